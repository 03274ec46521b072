// SPDX-License-Identifier: MIT
package io.pktkit.vtcp.internal.opening;

import io.pktkit.wire.TcpSegment;
import org.jspecify.annotations.Nullable;

/**
 * What a SYN carries beyond itself. RFC 9293 section 3.10.7.2 wants it queued while the handshake goes on; what our
 * window does not take, the peer sends again.
 */
final class SynData {
    private SynData() {}

    /** Notes what goes with our own SYN, and tells how many bytes. */
    static int send(OpeningView view, @Nullable FastOpen fastOpen) {
        int length = fastOpen == null ? 0 : fastOpen.payload();
        if (length > 0) {
            view.counters().dataSegmentsSent++;
            view.counters().bytesSent += length;
            if (length == view.send().queued()) {
                view.send().smallEnd = 1L + length; // else it was small only for the room that options take
            }
        }
        return length;
    }

    /** Queues payload and FIN of a SYN without ACK; the SYN-ACK then acknowledges what was taken. */
    static void queue(OpeningView view, TcpSegment syn) {
        int length = syn.payloadLength();
        if (length > 0) {
            view.counters().dataSegmentsReceived++;
            long taken = view.receive().accept(1, syn.buffer(), syn.payloadOffset(), length);
            view.counters().bytesReceived += taken;
            view.counters().synBytesReceived = (int) taken;
            view.armTrim();
        }
        if (syn.has(TcpSegment.FIN)) {
            view.receive().onFin(1 + length);
            view.receive().takeFin();
        }
    }
}
