// SPDX-License-Identifier: MIT
package io.pktkit.vtcp.internal.receiving;

import io.pktkit.vtcp.TcpState;
import io.pktkit.vtcp.internal.option.ReceivedOptions;
import io.pktkit.wire.TcpSegment;

/** When a new connection may take the tuple of one in TIME-WAIT (RFC 6191). */
public final class TupleReuse {
    /** Until then the timestamps of the new connection could still be taken for those of the old one. */
    private static final long REOPEN_AFTER = 1_000_000_000L;

    private TupleReuse() {}

    /** Whether a SYN of the peer is newer than all that this connection saw. */
    public static boolean acceptsSyn(ReceivingView view, TcpSegment syn) {
        if (view.state() != TcpState.TIME_WAIT
                || !syn.has(TcpSegment.SYN)
                || syn.has(TcpSegment.ACK)
                || syn.has(TcpSegment.RST)) {
            return false;
        }
        ReceivedOptions options = view.options();
        options.parse(syn);
        if (view.agreed().timestamps && options.timestamps) {
            int newer = options.tsVal - view.agreed().tsRecent;
            if (newer != 0) {
                return newer > 0;
            }
        }
        return view.receive().unwrap(syn.sequenceNumber()) >= view.receive().nxt;
    }

    /** Whether we may connect again: the peer's PAWS then keeps old segments of ours out, and ours those of the peer. */
    public static boolean acceptsConnect(ReceivingView view) {
        return view.state() == TcpState.TIME_WAIT
                && view.agreed().timestamps
                && view.now() - view.timeouts().lastReceived() >= REOPEN_AFTER;
    }
}
