// SPDX-License-Identifier: MIT
package io.pktkit.vtcp.internal;

import io.pktkit.vtcp.TcpState;
import io.pktkit.wire.TcpSegment;

/** When a new connection may take the tuple of one in TIME-WAIT (RFC 6191). */
final class TupleReuse {
    /** Until then the timestamps of the new connection could still be taken for those of the old one. */
    private static final long REOPEN_AFTER = 1_000_000_000L;

    private TupleReuse() {}

    /** Whether a SYN of the peer is newer than all that this connection saw. */
    static boolean acceptsSyn(Tcb tcb, TcpSegment syn) {
        if (tcb.state != TcpState.TIME_WAIT
                || !syn.has(TcpSegment.SYN)
                || syn.has(TcpSegment.ACK)
                || syn.has(TcpSegment.RST)) {
            return false;
        }
        ReceivedOptions options = tcb.arrival().options;
        options.parse(syn);
        if (tcb.timestampsOn && options.timestamps) {
            int newer = options.tsVal - tcb.tsRecent;
            if (newer != 0) {
                return newer > 0;
            }
        }
        return tcb.receive.unwrap(syn.sequenceNumber()) >= tcb.receive.nxt;
    }

    /** Whether we may connect again: the peer's PAWS then keeps old segments of ours out, and ours those of the peer. */
    static boolean acceptsConnect(Tcb tcb) {
        return tcb.state == TcpState.TIME_WAIT && tcb.timestampsOn && tcb.now - tcb.lastReceived >= REOPEN_AFTER;
    }
}
