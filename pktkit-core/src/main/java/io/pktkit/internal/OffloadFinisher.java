// SPDX-License-Identifier: MIT
package io.pktkit.internal;

import io.pktkit.device.DropReason;
import io.pktkit.device.L2Device;
import io.pktkit.device.L3Device;
import io.pktkit.device.Offload;
import io.pktkit.wire.Frame;
import io.pktkit.wire.Packet;
import java.nio.ByteBuffer;
import java.util.Set;

/**
 * Sends to a device and does in software what the device does not take over. This is the one place where that happens:
 * hubs and links send through here. It writes into the {@link Scratch#FINISHED} buffer of the thread's present depth.
 */
public final class OffloadFinisher {

    private OffloadFinisher() {}

    /**
     * Sends a frame.
     *
     * @param to the device
     * @param frame the frame, perhaps with work left to do
     * @param thread the calling thread's state, inside a hub or link
     * @return false if any of it was dropped
     */
    public static boolean send(L2Device to, Frame frame, ThreadState thread) {
        if (!frame.checksumPending() && frame.segmentSize() == 0) {
            return to.send(frame);
        }
        Set<Offload> taken = to.offloads();
        if (frame.segmentSize() != 0 && !taken.contains(Offload.SEGMENTATION)) {
            return cut(to, frame, thread);
        }
        if (frame.checksumPending() && !taken.contains(Offload.CHECKSUM)) {
            return sum(to, frame, thread);
        }
        return to.send(frame);
    }

    /**
     * Sends a packet.
     *
     * @param to the device
     * @param packet the packet, perhaps with work left to do
     * @param thread the calling thread's state, inside a hub or link
     * @return false if any of it was dropped
     */
    public static boolean send(L3Device to, Packet packet, ThreadState thread) {
        if (!packet.checksumPending() && packet.segmentSize() == 0) {
            return to.send(packet);
        }
        Set<Offload> taken = to.offloads();
        if (packet.segmentSize() != 0 && !taken.contains(Offload.SEGMENTATION)) {
            return cut(to, packet, thread);
        }
        if (packet.checksumPending() && !taken.contains(Offload.CHECKSUM)) {
            return sum(to, packet, thread);
        }
        return to.send(packet);
    }

    private static boolean sum(L2Device to, Frame frame, ThreadState thread) {
        Scratch scratch = thread.scratch();
        ByteBuffer copy = scratch.buffer(Scratch.FINISHED, frame.length());
        Frame finished = scratch.frame(Scratch.FINISHED).wrap(copy, 0, frame.copyTo(copy, 0));
        if (!finished.packet().recomputeTransportChecksum()) {
            to.stats().sendDropped(DropReason.MALFORMED);
            return false;
        }
        return to.send(finished);
    }

    private static boolean sum(L3Device to, Packet packet, ThreadState thread) {
        Scratch scratch = thread.scratch();
        ByteBuffer copy = scratch.buffer(Scratch.FINISHED, packet.length());
        Packet finished = scratch.packet(Scratch.FINISHED).wrap(copy, 0, packet.copyTo(copy, 0));
        if (!finished.recomputeTransportChecksum()) {
            to.stats().sendDropped(DropReason.MALFORMED);
            return false;
        }
        return to.send(finished);
    }

    private static boolean cut(L2Device to, Frame frame, ThreadState thread) {
        Scratch scratch = thread.scratch();
        int header = frame.headerLength();
        Segmenter segmenter = scratch.segmenter();
        DropReason refused = segmenter.begin(frame.packet(), frame.segmentSize());
        if (refused != null) {
            to.stats().sendDropped(refused);
            return false;
        }
        boolean all = true;
        ByteBuffer piece = scratch.buffer(Scratch.FINISHED, header + segmenter.maxLength());
        piece.put(0, frame.buffer(), frame.offset(), header);
        Frame view = scratch.frame(Scratch.FINISHED);
        while (segmenter.hasNext()) {
            int length = segmenter.next(piece, header, scratch.packet(Scratch.FINISHED));
            all &= to.send(view.wrap(piece, 0, header + length));
        }
        return all;
    }

    private static boolean cut(L3Device to, Packet packet, ThreadState thread) {
        Scratch scratch = thread.scratch();
        Segmenter segmenter = scratch.segmenter();
        DropReason refused = segmenter.begin(packet, packet.segmentSize());
        if (refused != null) {
            to.stats().sendDropped(refused);
            return false;
        }
        boolean all = true;
        ByteBuffer piece = scratch.buffer(Scratch.FINISHED, segmenter.maxLength());
        Packet view = scratch.packet(Scratch.FINISHED);
        while (segmenter.hasNext()) {
            int length = segmenter.next(piece, 0, view);
            all &= to.send(view.wrap(piece, 0, length));
        }
        return all;
    }
}
