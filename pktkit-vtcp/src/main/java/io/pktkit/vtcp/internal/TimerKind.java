// SPDX-License-Identifier: MIT
package io.pktkit.vtcp.internal;

/** What a connection can be waiting for. In the order in which timers that are due together are handled. */
enum TimerKind {
    /** RFC 6298; also the probes of a window that closed with data in flight. */
    RETRANSMIT(0),
    /** Nothing in flight, and the window too small for what is queued. */
    PERSIST(1),
    /** An acknowledgment that is held back. */
    DELAYED_ACK(2),
    /** Silence of the peer. */
    KEEPALIVE(3),
    /** The end of FIN-WAIT-2 or TIME-WAIT. */
    CLOSE(4),
    /** The user timeout. */
    USER_TIMEOUT(5),
    /** Buffers that may have emptied. */
    TRIM(6);

    /** Where a {@link TimerSet} keeps it. */
    final int slot;

    TimerKind(int slot) {
        this.slot = slot;
    }
}
