// SPDX-License-Identifier: MIT

/** Captures: what passes a device, written for Wireshark and read again. */
module io.pktkit.pcap {
    requires transitive io.pktkit.core;
    requires static transitive org.jspecify;

    exports io.pktkit.pcap;
}
