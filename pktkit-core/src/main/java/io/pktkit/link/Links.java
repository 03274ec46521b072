// SPDX-License-Identifier: MIT
package io.pktkit.link;

import io.pktkit.device.Attachment;
import io.pktkit.device.DropReason;
import io.pktkit.device.ForwardingDepth;
import io.pktkit.device.L2Device;
import io.pktkit.device.L3Device;
import io.pktkit.internal.OffloadFinisher;
import io.pktkit.internal.ThreadState;
import io.pktkit.wire.Frame;
import io.pktkit.wire.Packet;

/** Joins two devices back to back. */
public final class Links {

    private Links() {}

    /**
     * Sends what comes out of each device into the other. Takes over both handlers.
     *
     * @param a one device
     * @param b the other
     * @return what cuts the link; the devices stay open, and what they bring from then on is dropped until they are given
     *     other handlers
     */
    public static Attachment connect(L2Device a, L2Device b) {
        Cable cable = new Cable();
        a.setHandler(frame -> cable.pass(a, b, frame));
        b.setHandler(frame -> cable.pass(b, a, frame));
        return cable;
    }

    /**
     * Sends what comes out of each device into the other. Takes over both handlers.
     *
     * @param a one device
     * @param b the other
     * @return what cuts the link; the devices stay open, and what they bring from then on is dropped until they are given
     *     other handlers
     */
    public static Attachment connect(L3Device a, L3Device b) {
        Cable cable = new Cable();
        a.setHandler(packet -> cable.pass(a, b, packet));
        b.setHandler(packet -> cable.pass(b, a, packet));
        return cable;
    }

    private static final class Cable implements Attachment {

        private volatile boolean cut;

        @Override
        public void close() {
            cut = true;
        }

        private void pass(L2Device from, L2Device to, Frame frame) {
            ThreadState thread = ThreadState.current();
            if (cut || !thread.enter(ForwardingDepth.DEFAULT_LIMIT)) {
                from.stats().receiveDropped(cut ? DropReason.CLOSED : DropReason.LOOP);
                return;
            }
            try {
                OffloadFinisher.send(to, frame, thread);
            } finally {
                thread.leave();
            }
        }

        private void pass(L3Device from, L3Device to, Packet packet) {
            ThreadState thread = ThreadState.current();
            if (cut || !thread.enter(ForwardingDepth.DEFAULT_LIMIT)) {
                from.stats().receiveDropped(cut ? DropReason.CLOSED : DropReason.LOOP);
                return;
            }
            try {
                OffloadFinisher.send(to, packet, thread);
            } finally {
                thread.leave();
            }
        }
    }
}
