// SPDX-License-Identifier: MIT
package io.pktkit.hub;

import io.pktkit.internal.OffloadFinisher;
import io.pktkit.internal.ThreadState;
import io.pktkit.wire.Fragmenter;
import io.pktkit.wire.Packet;
import java.util.function.Consumer;

/**
 * What becomes of a packet that is longer than the next link takes. A super-segment is cut first, and a checksum summed: each
 * piece is what would have been on the wire.
 */
final class Fragments {

    private Fragments() {}

    /** Makes them, in buffers of the thread's present depth. */
    static Fragmenter.Result make(ThreadState thread, L3HubPort out, Packet packet, Consumer<Packet> to) {
        if (!packet.isUnfinished()) {
            return make(thread, out.mtu(), packet, to);
        }
        if (packet.dontFragment()) {
            return Fragmenter.Result.DONT_FRAGMENT;
        }
        OffloadFinisher.sendFinished(
                piece -> make(thread, out.mtu(), piece, to) == Fragmenter.Result.FRAGMENTED,
                out.device().stats(),
                false,
                packet,
                thread);
        return Fragmenter.Result.FRAGMENTED;
    }

    private static Fragmenter.Result make(ThreadState thread, int mtu, Packet whole, Consumer<Packet> to) {
        if (whole.totalLength() <= mtu) {
            to.accept(whole);
            return Fragmenter.Result.FRAGMENTED;
        }
        return thread.scratch().fragmenter().fragment(whole, mtu, to);
    }
}
