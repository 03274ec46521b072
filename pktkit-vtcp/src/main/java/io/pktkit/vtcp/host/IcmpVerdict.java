// SPDX-License-Identifier: MIT
package io.pktkit.vtcp.host;

import io.pktkit.vtcp.TcpConnection;
import io.pktkit.vtcp.TcpState;
import io.pktkit.wire.IcmpMessage;

/** What an ICMP error means to TCP (RFC 5461, RFC 5927). */
enum IcmpVerdict {
    TOO_BIG,
    /** The host is there and does not want it: port or protocol unreachable, prohibited. */
    HARD,
    /**
     * The network knows no way to the host. Whoever waits for an open to succeed is better told at once (RFC 5461, 4.1); to a
     * connection that stands it says no more than {@link #SOFT}, as routes come back.
     */
    NO_WAY,
    /** Packets went astray for now. */
    SOFT,
    /** Nothing to act on: source quench (RFC 6633), redirects, parameter problems. */
    IGNORED;

    private static final int V4_UNREACHABLE = 3;
    private static final int V4_TIME_EXCEEDED = 11;
    private static final int V6_UNREACHABLE = 1;
    private static final int V6_TOO_BIG = 2;
    private static final int V6_TIME_EXCEEDED = 3;

    static IcmpVerdict of(boolean ipv6, IcmpMessage icmp) {
        return ipv6 ? ofIpv6(icmp.type(), icmp.code()) : ofIpv4(icmp.type(), icmp.code());
    }

    void apply(TcpConnection connection, IcmpMessage icmp, int quotedSequence, long nowNanos) {
        switch (this) {
            case TOO_BIG -> connection.onPacketTooBig(icmp.mtu(), quotedSequence, nowNanos);
            case HARD -> connection.onUnreachable(true, quotedSequence, nowNanos);
            case NO_WAY -> connection.onUnreachable(connection.state() == TcpState.SYN_SENT, quotedSequence, nowNanos);
            case SOFT -> connection.onUnreachable(false, quotedSequence, nowNanos);
            case IGNORED -> {}
        }
    }

    private static IcmpVerdict ofIpv4(int type, int code) {
        if (type == V4_TIME_EXCEEDED) {
            return SOFT;
        }
        if (type != V4_UNREACHABLE) {
            return IGNORED;
        }
        return switch (code) {
            case 4 -> TOO_BIG;
            case 2, 3, 9, 10, 13 -> HARD; // protocol, port, and the prohibited ones of RFC 1122 and RFC 1812
            default -> NO_WAY;
        };
    }

    private static IcmpVerdict ofIpv6(int type, int code) {
        if (type == V6_TOO_BIG) {
            return TOO_BIG;
        }
        if (type == V6_TIME_EXCEEDED) {
            return SOFT;
        }
        if (type != V6_UNREACHABLE) {
            return IGNORED;
        }
        return code == 1 || code == 4 ? HARD : NO_WAY; // prohibited, port (RFC 4443, 3.1)
    }
}
