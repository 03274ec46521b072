// SPDX-License-Identifier: MIT
package io.pktkit.vtcp.internal;

import io.pktkit.wire.TcpSegment;

/**
 * What a SYN carries beyond itself. RFC 9293 section 3.10.7.2 wants it queued while the handshake goes on; what our
 * window does not take, the peer sends again.
 */
final class SynData {
    private SynData() {}

    /** Queues payload and FIN of a SYN without ACK; the SYN-ACK then acknowledges what was taken. */
    static void queue(Tcb tcb, TcpSegment syn) {
        int length = syn.payloadLength();
        if (length > 0) {
            tcb.counters.dataSegmentsReceived++;
            tcb.counters.bytesReceived += tcb.receive.accept(1, syn.buffer(), syn.payloadOffset(), length);
            tcb.timeouts.armTrim();
        }
        if (syn.has(TcpSegment.FIN)) {
            tcb.receive.onFin(1 + length);
            tcb.receive.takeFin();
        }
    }
}
