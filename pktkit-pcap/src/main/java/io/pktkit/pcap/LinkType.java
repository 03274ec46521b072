// SPDX-License-Identifier: MIT
package io.pktkit.pcap;

/** What the packets of an interface begin with, of the registry of link types those that devices of ours have. */
public enum LinkType {
    /** An Ethernet header, LINKTYPE_ETHERNET. */
    ETHERNET(1),
    /** An IPv4 or IPv6 header, LINKTYPE_RAW. */
    RAW(101);

    private final int number;

    LinkType(int number) {
        this.number = number;
    }

    /** {@return the number in a file} */
    public int number() {
        return number;
    }
}
