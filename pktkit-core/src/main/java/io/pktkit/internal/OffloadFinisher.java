// SPDX-License-Identifier: MIT
package io.pktkit.internal;

import io.pktkit.device.Attachment;
import io.pktkit.device.Burst;
import io.pktkit.device.Device;
import io.pktkit.device.DeviceStats;
import io.pktkit.device.DropReason;
import io.pktkit.device.Offload;
import io.pktkit.device.Sender;
import io.pktkit.wire.Pdu;
import java.nio.ByteBuffer;
import java.util.Set;

/**
 * Sends to a device and does in software what the device does not take over. This is the one place where that happens:
 * hubs and links send through here. It writes into the {@link Scratch#FINISHED} buffer of the thread's present depth.
 */
public final class OffloadFinisher {

    /** What whoever sends through here takes unfinished, as it is finished where that is needed. */
    public static final Set<Offload> ALL = Set.of(Offload.SEGMENTATION, Offload.CHECKSUM);

    private OffloadFinisher() {}

    /**
     * Sends a frame or packet.
     *
     * @param <P> frames or packets
     * @param to where to
     * @param pdu the frame or packet, perhaps with work left to do
     * @param thread the calling thread's state, inside a hub or link
     * @return false if any of it was dropped
     */
    public static <P extends Pdu> boolean send(Attachment<P> to, P pdu, ThreadState thread) {
        if (!pdu.isUnfinished()) {
            return to.send(pdu);
        }
        Device<P> device = to.device();
        return finish(to, device.offloads(), device.stats(), false, pdu, thread);
    }

    /**
     * Sends a frame or packet to what takes no unfinished ones at all.
     *
     * @param <P> frames or packets
     * @param to where to
     * @param stats counts what cannot be finished
     * @param received whether that is counted as received and dropped, or else as sent and dropped
     * @param pdu the frame or packet, perhaps with work left to do
     * @param thread the calling thread's state, at a depth that is the caller's own
     * @return false if any of it was dropped
     */
    public static <P extends Pdu> boolean sendFinished(
            Sender<P> to, DeviceStats stats, boolean received, P pdu, ThreadState thread) {
        return finish(to, Set.of(), stats, received, pdu, thread);
    }

    /**
     * Sends an unfinished frame or packet to a device that finishes by itself, in one burst: for the device, which is thus given
     * finished ones of those that it cannot finish better.
     *
     * @param <P> frames or packets
     * @param to the device
     * @param stats counts what cannot be finished
     * @param pdu the frame or packet, with work left to do
     * @return false if any of it was dropped
     */
    public static <P extends Pdu> boolean sendPieces(Sender<P> to, DeviceStats stats, P pdu) {
        ThreadState thread = ThreadState.current();
        if (!thread.enter(ThreadState.DEFAULT_LIMIT)) {
            return refuse(stats, false, DropReason.LOOP);
        }
        Burst burst = Burst.open();
        try {
            return finish(to, Set.of(), stats, false, pdu, thread);
        } finally {
            thread.leave();
            burst.close();
        }
    }

    private static <P extends Pdu> boolean finish(
            Sender<P> to, Set<Offload> taken, DeviceStats stats, boolean received, P pdu, ThreadState thread) {
        if (pdu.segmentSize() != 0 && !taken.contains(Offload.SEGMENTATION)) {
            return cut(to, stats, received, pdu, thread.scratch());
        }
        if (pdu.checksumPending() && !taken.contains(Offload.CHECKSUM)) {
            return sum(to, stats, received, pdu, thread.scratch());
        }
        return to.send(pdu);
    }

    private static <P extends Pdu> boolean sum(
            Sender<P> to, DeviceStats stats, boolean received, P pdu, Scratch scratch) {
        ByteBuffer copy = scratch.buffer(Scratch.FINISHED, pdu.length());
        P finished = scratch.view(Scratch.FINISHED, pdu, copy, pdu.copyTo(copy, 0), pdu.segmentSize());
        if (!finished.packet().recomputeTransportChecksum()) {
            return refuse(stats, received, DropReason.MALFORMED);
        }
        return to.send(finished);
    }

    private static <P extends Pdu> boolean cut(
            Sender<P> to, DeviceStats stats, boolean received, P pdu, Scratch scratch) {
        int header = pdu.linkHeaderLength();
        Segmenter segmenter = scratch.segmenter();
        DropReason refused = segmenter.begin(pdu.packet(), pdu.segmentSize());
        if (refused != null) {
            return refuse(stats, received, refused);
        }
        stats.cutSuperSegment();
        boolean all = true;
        ByteBuffer piece = scratch.buffer(Scratch.FINISHED, header + segmenter.maxLength());
        piece.put(0, pdu.buffer(), pdu.offset(), header);
        while (segmenter.hasNext()) {
            int length = segmenter.next(piece, header, scratch.packet(Scratch.FINISHED));
            all &= to.send(scratch.view(Scratch.FINISHED, pdu, piece, header + length, 0));
        }
        return all;
    }

    private static boolean refuse(DeviceStats stats, boolean received, DropReason reason) {
        if (received) {
            stats.receiveDropped(reason);
        } else {
            stats.sendDropped(reason);
        }
        return false;
    }
}
