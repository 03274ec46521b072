// SPDX-License-Identifier: MIT
package io.pktkit.wire;

/** The two versions of IP. */
public enum IpFamily {
    /** IPv4, RFC 791. */
    IPV4(4),
    /** IPv6, RFC 8200. */
    IPV6(16);

    private final int addressLength;

    IpFamily(int addressLength) {
        this.addressLength = addressLength;
    }

    /** {@return the length of an address in bytes, 4 or 16} */
    public int addressLength() {
        return addressLength;
    }

    /** {@return the length of the longest prefix in bits, 32 or 128} */
    public int maxPrefixLength() {
        return addressLength * 8;
    }

    /** {@return the EtherType that carries this family} */
    public int etherType() {
        return this == IPV4 ? EtherType.IPV4 : EtherType.IPV6;
    }
}
