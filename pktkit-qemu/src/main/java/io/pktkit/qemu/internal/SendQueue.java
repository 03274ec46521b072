// SPDX-License-Identifier: MIT
package io.pktkit.qemu.internal;

import java.nio.ByteBuffer;

/**
 * Frames with their lengths as one run of bytes, in a ring: what the peer has not taken yet. It begins small and doubles up to
 * its limit, since most guests never make it grow.
 *
 * <p>Any thread may {@link #offer}. One at a time takes: it asks for {@link #readable}, writes from that without a lock held,
 * and tells how much with {@link #taken}. The ring may be replaced meanwhile by a larger one; the old one keeps its bytes.
 */
public final class SendQueue {

    /** The least limit: one frame of the longest. */
    public static final int LEAST_LIMIT = 1 << 17;

    private static final int FIRST_CAPACITY = 1 << 16;

    private static final ByteBuffer[] NOTHING = new ByteBuffer[0];

    private final int limit;

    /** Guarded by this, as is all below. The capacity is a power of two; 0 until something was offered. */
    private ByteBuffer ring = ByteBuffer.allocate(0);

    /** Two views of the ring: from the head to the end, and from the beginning. */
    private ByteBuffer[] parts = NOTHING;

    private int head;
    private int size;

    /**
     * Creates an empty queue.
     *
     * @param limit bytes that wait at most, {@link #LEAST_LIMIT} or more
     */
    public SendQueue(int limit) {
        this.limit = limit;
    }

    /**
     * Copies a frame, and its length before it.
     *
     * @param source where the frame is
     * @param offset its first byte, absolute
     * @param length its bytes, at most {@link FrameDecoder#LONGEST_FRAME}
     * @return false if there is no room for all of it
     */
    public synchronized boolean offer(ByteBuffer source, int offset, int length) {
        int more = FrameDecoder.LENGTH_BYTES + length;
        if (more > limit - size) {
            return false;
        }
        if (more > ring.capacity() - size) {
            grow(size + more);
        }
        int mask = ring.capacity() - 1;
        int at = head + size;
        for (int i = 0; i < FrameDecoder.LENGTH_BYTES; i++) {
            ring.put((at + i) & mask, (byte) (length >>> (24 - 8 * i)));
        }
        int begin = (at + FrameDecoder.LENGTH_BYTES) & mask;
        int first = Math.min(length, ring.capacity() - begin);
        ring.put(begin, source, offset, first);
        ring.put(0, source, offset + first, length - first);
        size += more;
        return true;
    }

    /**
     * Shows what waits. Only for who takes.
     *
     * @return two buffers, of which the second may be empty; none at all if nothing waits
     */
    public synchronized ByteBuffer[] readable() {
        if (size == 0) {
            return NOTHING;
        }
        int first = Math.min(size, ring.capacity() - head);
        parts[0].limit(head + first).position(head);
        parts[1].limit(size - first).position(0);
        return parts;
    }

    /**
     * Forgets what was written. Only for who takes.
     *
     * @param bytes how many of those that were shown
     */
    public synchronized void taken(int bytes) {
        size -= bytes;
        head = size == 0 ? 0 : (head + bytes) & (ring.capacity() - 1);
    }

    /** {@return whether nothing waits} */
    public synchronized boolean isEmpty() {
        return size == 0;
    }

    private void grow(int needed) {
        int capacity = Math.max(FIRST_CAPACITY, ring.capacity());
        while (capacity < needed) {
            capacity *= 2;
        }
        // Direct, because the channel would copy from anything else into a direct buffer once more.
        ByteBuffer larger = ByteBuffer.allocateDirect(capacity);
        int first = Math.min(size, ring.capacity() - head);
        larger.put(0, ring, head, first);
        larger.put(first, ring, 0, size - first);
        ring = larger;
        parts = new ByteBuffer[] {larger.duplicate(), larger.duplicate()};
        head = 0;
    }
}
