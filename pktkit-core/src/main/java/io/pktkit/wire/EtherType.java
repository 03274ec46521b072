// SPDX-License-Identifier: MIT
package io.pktkit.wire;

/** EtherType numbers (IEEE 802 Numbers at IANA), the ones a frame is dispatched on. */
public final class EtherType {

    /** IPv4, RFC 894. */
    public static final int IPV4 = 0x0800;

    /** ARP, RFC 826. */
    public static final int ARP = 0x0806;

    /** An IEEE 802.1Q customer VLAN tag. */
    public static final int VLAN = 0x8100;

    /** IPv6, RFC 2464. */
    public static final int IPV6 = 0x86DD;

    private EtherType() {}

    /**
     * Names an EtherType for people to read.
     *
     * @param etherType the number; anything above its low 16 bits is printed too, never cut off
     * @return the protocol's name, or the number as {@code 0x88cc} when it has none here
     */
    public static String name(int etherType) {
        return switch (etherType) {
            case IPV4 -> "IPv4";
            case ARP -> "ARP";
            case VLAN -> "802.1Q";
            case IPV6 -> "IPv6";
            default -> String.format("0x%04x", etherType);
        };
    }
}
