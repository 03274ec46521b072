// SPDX-License-Identifier: MIT
package io.pktkit.bench;

import io.pktkit.device.Offload;
import io.pktkit.vtcp.SegmentSink;
import io.pktkit.vtcp.TcpTuple;
import io.pktkit.wire.Checksum;
import io.pktkit.wire.IpProtocol;
import io.pktkit.wire.TcpSegment;
import java.nio.ByteBuffer;
import java.util.Set;

/**
 * The outgoing half of one end: a ring of buffers in which the engine writes its segments, and from which the other end
 * takes them in order. Confined to the benchmark's thread; allocates nothing after it was built.
 */
final class TransferEnd implements SegmentSink {

    /** Room for the headers of the layers below, as a device would leave it. */
    private static final int HEADROOM = 64;

    /** More than are ever under way here, so that nothing is lost. */
    private static final int SLOTS = 64;

    private final ByteBuffer[] slots = new ByteBuffer[SLOTS];
    private final int[] lengths = new int[SLOTS];
    private final int[] segmentSizes = new int[SLOTS];
    private final TcpSegment view = new TcpSegment();
    private final TcpTuple tuple;
    private final Set<Offload> offloads;
    private int head;
    private int tail;
    private long superSegments;

    TransferEnd(TcpTuple tuple, int mtu, boolean superSegments) {
        this.tuple = tuple;
        this.offloads = superSegments ? Set.of(Offload.SEGMENTATION, Offload.CHECKSUM) : Set.of();
        for (int i = 0; i < SLOTS; i++) {
            slots[i] = ByteBuffer.allocate(
                    HEADROOM + (superSegments ? Math.max(mtu, SegmentSink.MAX_SUPER_SEGMENT) : mtu));
        }
    }

    long superSegments() {
        return superSegments;
    }

    /** Of the segment taken last. */
    int segmentSize() {
        return segmentSizes[(head - 1) & (SLOTS - 1)];
    }

    @Override
    public Set<Offload> offloads() {
        return offloads;
    }

    boolean isEmpty() {
        return head == tail;
    }

    /** Takes the oldest segment out, with its checksum verified as the layer below an engine does. */
    TcpSegment take() {
        int slot = head & (SLOTS - 1);
        head++;
        int length = lengths[slot];
        if (!offloads.isEmpty()) {
            return view.wrap(slots[slot], HEADROOM, length);
        }
        int pseudo = Checksum.pseudoHeader(tuple.localAddress(), tuple.remoteAddress(), IpProtocol.TCP, length);
        if (Checksum.finish(Checksum.combine(pseudo, Checksum.sum(slots[slot], HEADROOM, length))) != 0) {
            throw new IllegalStateException("checksum is wrong: length=" + length);
        }
        return view.wrap(slots[slot], HEADROOM, length);
    }

    @Override
    public ByteBuffer reserve(int length) {
        if (tail - head == SLOTS) {
            throw new IllegalStateException("ring is full: slots=" + SLOTS);
        }
        return slots[tail & (SLOTS - 1)].clear().position(HEADROOM);
    }

    @Override
    public void commit(TcpTuple ends, ByteBuffer segment, int offset, int length, int ecn, boolean dontFragment) {
        commit(ends, segment, offset, length, 0, false, ecn, dontFragment);
    }

    @Override
    public void commit(
            TcpTuple ends,
            ByteBuffer segment,
            int offset,
            int length,
            int segmentSize,
            boolean checksumPending,
            int ecn,
            boolean dontFragment) {
        lengths[tail & (SLOTS - 1)] = length;
        segmentSizes[tail & (SLOTS - 1)] = segmentSize;
        superSegments += segmentSize == 0 ? 0 : 1;
        tail++;
    }
}
