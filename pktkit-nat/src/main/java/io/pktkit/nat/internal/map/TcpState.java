// SPDX-License-Identifier: MIT
package io.pktkit.nat.internal.map;

import io.pktkit.wire.TcpSegment;

/**
 * How far a TCP connection is, as far as a translator sees it: the state machine of RFC 6146 section 3.5.2.2, which RFC 7857
 * section 2 asks of NAT44 too. "Inside" is its V6, "outside" its V4.
 *
 * <p>Two deviations. A SYN from either end begins anew in {@link #BOTH_FIN} and {@link #TRANSITORY}, where the RFC would
 * keep the former, and call the latter established: hosts reuse the ports of a finished connection. And a reset of a
 * connection that was not yet open is {@link #TRANSITORY} too, so that it does not come alive by a retransmission.
 *
 * <p>In a connection that seems open a SYN changes nothing, but the answer that acknowledges it does: see {@link #isTriedBy}.
 */
public enum TcpState {
    /** Nothing is known. */
    CLOSED,
    /** A SYN came from inside. */
    INSIDE_SYN,
    /** A SYN came from outside, and was let in. */
    OUTSIDE_SYN,
    /** SYNs went both ways. */
    ESTABLISHED,
    /** The inside end is done sending. */
    INSIDE_FIN,
    /** The outside end is done sending. */
    OUTSIDE_FIN,
    /** Both are. */
    BOTH_FIN,
    /** Reset, or idle for too long; what comes yet makes it established again (RFC 7857 section 2.2). */
    TRANSITORY;

    private static final int DECISIVE = TcpSegment.SYN | TcpSegment.FIN | TcpSegment.RST;

    private static final int SYN_ACK = TcpSegment.SYN | TcpSegment.ACK;

    /**
     * Tells what a segment makes of it.
     *
     * @param inside whether it came from inside
     * @param flags its flags
     * @return the state after it
     */
    public TcpState after(boolean inside, int flags) {
        if ((flags & DECISIVE) == 0) {
            return this == TRANSITORY ? ESTABLISHED : this;
        }
        if ((flags & TcpSegment.RST) != 0) {
            return this == CLOSED ? CLOSED : TRANSITORY;
        }
        if ((flags & TcpSegment.SYN) != 0) {
            return afterSyn(inside, (flags & TcpSegment.ACK) != 0);
        }
        return switch (this) {
            case ESTABLISHED, TRANSITORY -> inside ? INSIDE_FIN : OUTSIDE_FIN;
            case INSIDE_FIN -> inside ? this : BOTH_FIN;
            case OUTSIDE_FIN -> inside ? BOTH_FIN : this;
            default -> this;
        };
    }

    /** An answer to a SYN that was not remembered says that there was one. */
    private TcpState afterSyn(boolean inside, boolean answers) {
        return switch (this) {
            case CLOSED, TRANSITORY -> answers ? ESTABLISHED : inside ? INSIDE_SYN : OUTSIDE_SYN;
            case BOTH_FIN -> answers ? this : inside ? INSIDE_SYN : OUTSIDE_SYN;
            case INSIDE_SYN -> inside ? this : ESTABLISHED;
            case OUTSIDE_SYN -> inside ? ESTABLISHED : this;
            default -> this;
        };
    }

    /**
     * Tells whether a segment is a SYN that leaves a connection as it is: perhaps one of its ends has lost it and begins
     * another, and the answer of the other end will tell.
     *
     * @param flags its flags
     * @return whether it is
     */
    public boolean isTriedBy(int flags) {
        boolean open = this == ESTABLISHED || this == INSIDE_FIN || this == OUTSIDE_FIN;
        return open && (flags & (DECISIVE | SYN_ACK)) == TcpSegment.SYN;
    }

    /**
     * Tells whether a segment is the answer to a SYN.
     *
     * @param flags its flags
     * @return whether it is
     */
    public static boolean isAnswer(int flags) {
        return (flags & (DECISIVE | SYN_ACK)) == SYN_ACK;
    }

    /**
     * Tells whether a segment that left the state as it is keeps the connection alive. While it opens only SYNs of its
     * opener do, and at its end nothing does: neither a stray acknowledgment nor a forged reset shall hold a port.
     *
     * @param inside whether it came from inside
     * @param flags its flags
     * @return whether it does
     */
    public boolean isRefreshedBy(boolean inside, int flags) {
        return switch (this) {
            case ESTABLISHED, INSIDE_FIN, OUTSIDE_FIN -> true;
            case INSIDE_SYN -> inside && (flags & TcpSegment.SYN) != 0;
            case OUTSIDE_SYN -> !inside && (flags & TcpSegment.SYN) != 0;
            default -> false;
        };
    }
}
