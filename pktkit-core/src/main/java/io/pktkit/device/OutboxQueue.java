// SPDX-License-Identifier: MIT
package io.pktkit.device;

import java.nio.ByteBuffer;
import org.jspecify.annotations.Nullable;

/** The waiting packets of an {@link Outbox}: a ring that grows to its bound. The bound in bytes
 * counts the buffers as they are, and not what is in them. Guarded by the outbox. */
final class OutboxQueue {

    private static final int FIRST_CAPACITY = 16;

    private final int maxPackets;
    private final long maxBytes;

    private @Nullable ByteBuffer[] buffers = new ByteBuffer[FIRST_CAPACITY];
    private int[] offsets = new int[FIRST_CAPACITY];
    private int[] lengths = new int[FIRST_CAPACITY];
    /** The segment size, or its complement if the checksum is pending. */
    private int[] facts = new int[FIRST_CAPACITY];

    private int head;
    private int size;
    private long bytes;

    OutboxQueue(int maxPackets, int maxBytes) {
        this.maxPackets = maxPackets;
        this.maxBytes = maxBytes;
    }

    boolean offer(ByteBuffer buffer, int offset, int length, int segmentSize, boolean checksumPending) {
        if (size == maxPackets || bytes + buffer.capacity() > maxBytes) {
            return false;
        }
        if (size == buffers.length) {
            grow();
        }
        int at = (head + size) & (buffers.length - 1);
        buffers[at] = buffer;
        offsets[at] = offset;
        lengths[at] = length;
        facts[at] = checksumPending ? ~segmentSize : segmentSize;
        size++;
        bytes += buffer.capacity();
        return true;
    }

    /** Removes the oldest. Not to be called when empty. */
    ByteBuffer poll() {
        ByteBuffer buffer = buffers[head];
        if (buffer == null) {
            throw new IllegalStateException("poll of an empty queue: size=" + size);
        }
        buffers[head] = null;
        bytes -= buffer.capacity();
        head = (head + 1) & (buffers.length - 1);
        size--;
        return buffer;
    }

    int headOffset() {
        return offsets[head];
    }

    int headLength() {
        return lengths[head];
    }

    int headSegmentSize() {
        return facts[head] < 0 ? ~facts[head] : facts[head];
    }

    boolean headChecksumPending() {
        return facts[head] < 0;
    }

    boolean isEmpty() {
        return size == 0;
    }

    int size() {
        return size;
    }

    /** How many more buffers of a capacity fit. */
    int room(int capacity) {
        return (int) Math.min(maxPackets - size, (maxBytes - bytes) / capacity);
    }

    private void grow() {
        int capacity = buffers.length;
        @Nullable ByteBuffer[] moreBuffers = new ByteBuffer[2 * capacity];
        int[] moreOffsets = new int[2 * capacity];
        int[] moreLengths = new int[2 * capacity];
        int[] moreFacts = new int[2 * capacity];
        for (int i = 0; i < size; i++) {
            int from = (head + i) & (capacity - 1);
            moreBuffers[i] = buffers[from];
            moreOffsets[i] = offsets[from];
            moreLengths[i] = lengths[from];
            moreFacts[i] = facts[from];
        }
        buffers = moreBuffers;
        offsets = moreOffsets;
        lengths = moreLengths;
        facts = moreFacts;
        head = 0;
    }
}
