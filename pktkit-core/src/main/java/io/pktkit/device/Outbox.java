// SPDX-License-Identifier: MIT
package io.pktkit.device;

import io.pktkit.internal.CallbackGate;
import io.pktkit.internal.FreeBuffers;
import io.pktkit.internal.ThreadState;
import io.pktkit.wire.Frame;
import io.pktkit.wire.Packet;
import java.nio.ByteBuffer;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.locks.LockSupport;
import org.jspecify.annotations.Nullable;

/**
 * Holds packets that were produced under an owner's lock until the lock is released, and then delivers them in order.
 *
 * <p>An engine that is guarded by a lock must not call anybody while it holds that lock. It writes its packets here
 * instead, and whoever held the lock drains after releasing it:
 *
 * <pre>{@code
 * lock.lock();
 * try {
 *     engine.onSegment(segment, now);   // reserve, write, commit
 * } finally {
 *     lock.unlock();
 * }
 * outbox.drainPackets(device::send);
 * }</pre>
 *
 * <p><b>Order.</b> One thread drains at a time. Who finds another one draining leaves at once: the drainer looks again
 * before it stops, under the same monitor as {@code commit}, so nothing is stranded and nothing overtakes. The same
 * holds for a drain inside a drain on one thread: the outer one goes on with it.
 *
 * <p><b>Threads.</b> {@link #reserve} and {@link #commit} belong together and are called under the owner's lock; one
 * reservation is open at a time. Everything else is for any thread. The inner monitor is never held across a callback.
 *
 * <p><b>Bounds.</b> What does not fit is dropped at the commit and counted. The bound in bytes is of memory: it counts the
 * buffers. Buffers are reused, the latest first; of each size 256 KiB, or sixteen, are kept while they are not needed.
 */
public final class Outbox implements AutoCloseable {

    /** Bytes that {@link #reserve} leaves free before the position, for the headers that a lower layer prepends. */
    public static final int HEADROOM = 64;

    /** Packets that an outbox holds unless told otherwise. */
    public static final int DEFAULT_MAX_PACKETS = 4096;

    /** Bytes that the buffers of an outbox have together unless told otherwise. */
    public static final int DEFAULT_MAX_BYTES = 8 << 20;

    private static final int KEPT_BYTES_PER_SIZE = 256 << 10;

    /** A burst of super-segments is a few buffers that are large. */
    private static final int KEPT_OF_EACH_SIZE = 16;

    /** Much longer than a drainer is between two packets. */
    private static final long PAUSE_NANOS = 10_000;

    private static final FailureLog FAILURES = new FailureLog(Outbox.class, "sink");

    private final FreeBuffers buffers = new FreeBuffers(KEPT_BYTES_PER_SIZE, KEPT_OF_EACH_SIZE);
    private final OutboxQueue queue;
    private final CallbackGate gate = new CallbackGate();
    private final AtomicLong dropped = new AtomicLong();

    /** The views that the drainer lends; only one thread drains at a time, and it alone uses them. */
    private final Packet packet = new Packet();

    private final Frame frame = new Frame();

    private @Nullable ByteBuffer reserved;
    private boolean draining;
    private boolean finishing;

    /** Takes a packet out of an outbox. */
    @FunctionalInterface
    public interface Sink {

        /**
         * Takes a packet. What this throws is contained, logged at a bounded rate, and costs that packet only.
         *
         * @param buffer on loan until this returns; its position and limit are at the packet's ends
         * @param offset where the packet begins; the bytes before it, {@link #HEADROOM} or fewer, may be overwritten
         * @param length its length
         */
        void take(ByteBuffer buffer, int offset, int length);
    }

    /** Creates an empty outbox with the default bounds. */
    public Outbox() {
        this(DEFAULT_MAX_PACKETS, DEFAULT_MAX_BYTES);
    }

    /**
     * Creates an empty outbox.
     *
     * @param maxPackets how many packets it holds, 1 or more
     * @param maxBytes how many bytes the buffers of what waits may have together, 1 or more; a buffer has at most twice
     *     what its packet and the headroom need, or 256 bytes
     */
    public Outbox(int maxPackets, int maxBytes) {
        if (maxPackets < 1 || maxBytes < 1) {
            throw new IllegalArgumentException(
                    "bounds must be positive: maxPackets=" + maxPackets + " maxBytes=" + maxBytes);
        }
        this.queue = new OutboxQueue(maxPackets, maxBytes);
    }

    /**
     * Lends a buffer to write a packet into. A reservation that was never committed is given up by the next one.
     *
     * @param length how many bytes are needed, 0 or more
     * @return a big-endian buffer whose position is {@link #HEADROOM} and whose limit is {@code length} further; it holds
     *     old bytes, so write all that is committed
     */
    public synchronized ByteBuffer reserve(int length) {
        if (length < 0) {
            throw new IllegalArgumentException("length must not be negative: length=" + length);
        }
        ByteBuffer open = reserved;
        if (open != null) {
            buffers.give(open);
        }
        ByteBuffer buffer = buffers.take(Math.addExact(HEADROOM, length));
        reserved = buffer;
        return buffer.limit(HEADROOM + length).position(HEADROOM);
    }

    /**
     * Queues what was written into the reserved buffer.
     *
     * @param buffer the buffer that {@link #reserve} returned last
     * @param offset where the packet begins, also within the headroom
     * @param length its length
     * @return false if the outbox is full or closed: the packet was dropped and counted
     */
    public boolean commit(ByteBuffer buffer, int offset, int length) {
        return commit(buffer, offset, length, 0, false);
    }

    /**
     * Queues what was written into the reserved buffer, with what the bytes do not tell: see {@link io.pktkit.wire.Pdu}.
     * Only for an outbox that is drained as packets or frames.
     *
     * @param buffer the buffer that {@link #reserve} returned last
     * @param offset where the packet begins, also within the headroom
     * @param length its length
     * @param segmentSize the payload bytes of each segment of a super-segment, or 0
     * @param checksumPending whether the transport checksum holds only the pseudo-header's sum
     * @return false if the outbox is full, finishing or closed: the packet was dropped and counted
     */
    @SuppressWarnings("ReferenceEquality") // two buffers with the same bytes are not the same buffer
    public synchronized boolean commit(
            ByteBuffer buffer, int offset, int length, int segmentSize, boolean checksumPending) {
        if (buffer != reserved) {
            throw new IllegalStateException("committed a buffer that is not the reserved one");
        }
        if (offset < 0 || length < 0 || offset > buffer.capacity() - length) {
            throw new IllegalArgumentException(
                    "outside of the buffer: offset=" + offset + " length=" + length + " capacity=" + buffer.capacity());
        }
        reserved = null;
        buffer.clear().limit(offset + length).position(offset);
        if (isEnding() || !queue.offer(buffer, offset, length, segmentSize, checksumPending)) {
            buffers.give(buffer);
            dropped.incrementAndGet();
            return false;
        }
        return true;
    }

    /**
     * Queues a copy.
     *
     * @param source the buffer to copy from; its position and limit are neither used nor changed
     * @param offset where the packet begins
     * @param length its length
     * @return false if the outbox is full or closed: the packet was dropped and counted
     */
    public synchronized boolean append(ByteBuffer source, int offset, int length) {
        ByteBuffer copy = reserve(length);
        copy.put(HEADROOM, source, offset, length);
        return commit(copy, HEADROOM, length);
    }

    /**
     * Delivers what is queued, and what is queued meanwhile. Must not be called with a lock held.
     *
     * @param sink receives the packets in the order of their commits, without a lock
     * @return false if another drain, on this thread or another, is under way and delivers them instead
     */
    public boolean drain(Sink sink) {
        return drain(sink, null, null);
    }

    /**
     * Delivers what is queued as packets, as {@link #drain(Sink)} does.
     *
     * @param handler receives the packets
     * @return false if another drain is under way and delivers them instead
     */
    public boolean drainPackets(Receiver<Packet> handler) {
        return drain(null, handler, null);
    }

    /**
     * Delivers what is queued as frames, as {@link #drain(Sink)} does.
     *
     * @param handler receives the frames
     * @return false if another drain is under way and delivers them instead
     */
    public boolean drainFrames(Receiver<Frame> handler) {
        return drain(null, null, handler);
    }

    /**
     * Tells how many packets wait.
     *
     * @return the count
     */
    public synchronized int size() {
        return queue.size();
    }

    /**
     * Tells how many more packets of a size fit, so that an engine can stop before it loses one.
     *
     * @param length the size of each, 1 or more
     * @return the count, 0 when full
     */
    public synchronized int room(int length) {
        if (length < 1) {
            throw new IllegalArgumentException("length must be positive: length=" + length);
        }
        return isEnding() ? 0 : queue.room(FreeBuffers.capacityFor(Math.addExact(HEADROOM, length)));
    }

    /**
     * Tells how many packets were dropped because the outbox was full or closed.
     *
     * @return the count
     */
    public long dropped() {
        return dropped.get();
    }

    /**
     * Takes no more, waits until whoever drains has delivered what is queued, and closes. Where waiting would be for ever, it closes
     * at once: in a sink of this outbox, and in another callback if who drains waits for that one's end. Must not be called with a
     * lock held that a sink may want. Idempotent; no sink runs after it returned, unless it called this.
     */
    public void finish() {
        synchronized (this) {
            finishing = true;
        }
        // The gate is empty also between two packets of the drainer, who is about to enter it again.
        while (isDraining() && gate.awaitEmpty()) {
            LockSupport.parkNanos(this, PAUSE_NANOS);
        }
        close();
    }

    private synchronized boolean isDraining() {
        return draining;
    }

    private boolean isEnding() {
        return finishing || gate.isClosed();
    }

    /** Drops what is queued and takes no more. Idempotent; no sink runs after it returned, unless it called this. */
    @Override
    public void close() {
        gate.shutAndWait();
        synchronized (this) {
            while (!queue.isEmpty()) {
                queue.poll();
                dropped.incrementAndGet();
            }
            buffers.clear();
        }
    }

    /** One of the three receivers is given; three parameters in place of a lambda, which would be allocated each time. */
    private boolean drain(@Nullable Sink sink, @Nullable Receiver<Packet> packets, @Nullable Receiver<Frame> frames) {
        if (!begin()) {
            return false;
        }
        boolean finished = false;
        try {
            while (!finished) {
                finished = deliverNext(sink, packets, frames);
            }
        } finally {
            if (!finished) {
                end();
            }
        }
        return true;
    }

    private synchronized boolean begin() {
        if (draining) {
            return false;
        }
        draining = true;
        return true;
    }

    private synchronized void end() {
        draining = false;
    }

    /** Returns true, and is no longer draining, when there was nothing left. */
    private boolean deliverNext(
            @Nullable Sink sink, @Nullable Receiver<Packet> packets, @Nullable Receiver<Frame> frames) {
        ByteBuffer buffer;
        int offset;
        int length;
        int segmentSize;
        boolean checksumPending;
        synchronized (this) {
            if (queue.isEmpty()) {
                draining = false;
                return true;
            }
            offset = queue.headOffset();
            length = queue.headLength();
            segmentSize = queue.headSegmentSize();
            checksumPending = queue.headChecksumPending();
            buffer = queue.poll();
        }
        ThreadState thread = ThreadState.current();
        if (gate.enter(thread)) {
            try {
                if (sink != null) {
                    sink.take(buffer, offset, length);
                } else if (packets != null) {
                    packet.wrap(buffer, offset, length).rewritable(offset);
                    packets.receive(packet.segmentSize(segmentSize).checksumPending(checksumPending));
                } else if (frames != null) {
                    frame.wrap(buffer, offset, length).rewritable(offset);
                    frames.receive(frame.segmentSize(segmentSize).checksumPending(checksumPending));
                }
            } catch (Throwable failure) {
                FAILURES.record(failure);
            } finally {
                gate.exit(thread);
            }
        } else {
            dropped.incrementAndGet();
        }
        synchronized (this) {
            buffers.give(buffer);
        }
        return false;
    }
}
