// SPDX-License-Identifier: MIT
package io.pktkit.nat.internal.map;

import io.pktkit.wire.IpProtocol;

/** Which of the port spaces a protocol uses. ICMPv6 queries are mapped to those of ICMP. */
public final class Kind {

    /** TCP ports. */
    public static final int TCP = 0;

    /** UDP ports. */
    public static final int UDP = 1;

    /** Identifiers of ICMP queries. */
    public static final int ICMP = 2;

    /** Call IDs of enhanced GRE (RFC 2637). */
    public static final int GRE = 3;

    /** Protocols of which an address is all that can be translated. Their "port" is the protocol number. */
    public static final int OTHER = 4;

    /** How many there are. */
    public static final int COUNT = 5;

    private static final int[] PROTOCOLS = {IpProtocol.TCP, IpProtocol.UDP, IpProtocol.ICMP, IpProtocol.GRE};

    private Kind() {}

    /**
     * Finds the space of a protocol.
     *
     * @param protocol the protocol number
     * @return one of the constants
     */
    public static int of(int protocol) {
        return switch (protocol) {
            case IpProtocol.TCP -> TCP;
            case IpProtocol.UDP -> UDP;
            case IpProtocol.ICMP, IpProtocol.ICMPV6 -> ICMP;
            case IpProtocol.GRE -> GRE;
            default -> OTHER;
        };
    }

    /**
     * Finds the protocol of a mapping outside.
     *
     * @param kind one of the constants
     * @param port the mapping's port
     * @return the protocol number, for ICMP that of IPv4
     */
    public static int protocol(int kind, int port) {
        return kind == OTHER ? port : PROTOCOLS[kind];
    }
}
