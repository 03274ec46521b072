// SPDX-License-Identifier: MIT
package io.pktkit.wire;

/** Protocol numbers as IANA assigns them: the IPv4 protocol field and the IPv6 next header field. */
public final class IpProtocol {

    /** ICMP for IPv4, RFC 792. */
    public static final int ICMP = 1;

    /** IGMP, RFC 3376. */
    public static final int IGMP = 2;

    /** IPv4 inside IP, RFC 2003. */
    public static final int IP_IN_IP = 4;

    /** TCP, RFC 9293. */
    public static final int TCP = 6;

    /** UDP, RFC 768. */
    public static final int UDP = 17;

    /** GRE, RFC 2784. */
    public static final int GRE = 47;

    /** IPsec encapsulating security payload, RFC 4303. */
    public static final int ESP = 50;

    /** IPsec authentication header, RFC 4302. */
    public static final int AH = 51;

    /** ICMP for IPv6, RFC 4443. */
    public static final int ICMPV6 = 58;

    private IpProtocol() {}

    /**
     * Names a protocol for people to read.
     *
     * @param protocol the protocol number
     * @return the protocol's name, or {@code proto(N)} when it has none here
     */
    public static String name(int protocol) {
        return switch (protocol) {
            case ICMP -> "ICMP";
            case IGMP -> "IGMP";
            case IP_IN_IP -> "IP-in-IP";
            case TCP -> "TCP";
            case UDP -> "UDP";
            case GRE -> "GRE";
            case ESP -> "ESP";
            case AH -> "AH";
            case ICMPV6 -> "ICMPv6";
            default -> "proto(" + protocol + ")";
        };
    }
}
