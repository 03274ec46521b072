// SPDX-License-Identifier: MIT
package io.pktkit.vtcp.internal;

import io.pktkit.wire.TcpSegment;

/**
 * What a SYN carries beyond itself. RFC 9293 section 3.10.7.2 wants it queued while the handshake goes on; what our
 * window does not take, the peer sends again.
 */
final class SynData {
    private SynData() {}

    /** Notes what goes with our own SYN, and tells how many bytes. */
    static int send(Tcb tcb) {
        FastOpen fastOpen = tcb.fastOpen;
        int length = fastOpen == null ? 0 : fastOpen.payload();
        if (length > 0) {
            tcb.counters.dataSegmentsSent++;
            tcb.counters.bytesSent += length;
            if (length == tcb.send.queued()) {
                tcb.send.smallEnd = 1L + length; // else it was small only for the room that options take
            }
        }
        return length;
    }

    /** Queues payload and FIN of a SYN without ACK; the SYN-ACK then acknowledges what was taken. */
    static void queue(Tcb tcb, TcpSegment syn) {
        int length = syn.payloadLength();
        if (length > 0) {
            tcb.counters.dataSegmentsReceived++;
            long taken = tcb.receive.accept(1, syn.buffer(), syn.payloadOffset(), length);
            tcb.counters.bytesReceived += taken;
            tcb.counters.synBytesReceived = (int) taken;
            tcb.timeouts.armTrim();
        }
        if (syn.has(TcpSegment.FIN)) {
            tcb.receive.onFin(1 + length);
            tcb.receive.takeFin();
        }
    }
}
