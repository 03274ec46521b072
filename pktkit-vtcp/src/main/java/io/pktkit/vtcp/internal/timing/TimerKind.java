// SPDX-License-Identifier: MIT
package io.pktkit.vtcp.internal.timing;

/** What a connection can be waiting for. In the order in which timers that are due together are handled. */
public enum TimerKind {
    /** A segment that may be lost or only late, RFC 8985 section 6. */
    REORDERING(0),
    /** A tail loss probe, which defers the retransmission that is due with it. */
    LOSS_PROBE(1),
    /** RFC 6298; also the probes of a window that closed with data in flight. */
    RETRANSMIT(2),
    /** Nothing in flight, and the window too small for what is queued. */
    PERSIST(3),
    /** An acknowledgment that is held back. */
    DELAYED_ACK(4),
    /** Silence of the peer. */
    KEEPALIVE(5),
    /** The end of FIN-WAIT-2 or TIME-WAIT. */
    CLOSE(6),
    /** The user timeout. */
    USER_TIMEOUT(7),
    /** Buffers that may have emptied. */
    TRIM(8),
    /** The end of the time that a released connection has to deliver what it holds. */
    LINGER(9),
    /** Segments that the pacer holds back. */
    PACING(10);

    /** Where a {@link TimerSet} keeps it. */
    final int slot;

    TimerKind(int slot) {
        this.slot = slot;
    }
}
