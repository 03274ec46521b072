// SPDX-License-Identifier: MIT
package io.pktkit.internal;

import java.nio.ByteBuffer;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/**
 * The free buffers of a queue, in sizes that double, the latest given first. Guarded by the queue's owner.
 *
 * <p>A buffer is at most twice as large as what it was taken for, or {@link #SMALLEST}: what is held is never far from
 * what was asked for, and the queue counts what is held, by {@link ByteBuffer#capacity()}.
 */
public final class FreeBuffers {

    /** An acknowledgment, an ARP request or a name query, with headroom. */
    public static final int SMALLEST = 256;

    /** 64 KiB of payload and its headers need one more doubling; beyond that a buffer is made to measure. */
    private static final int SIZES = 10;

    private final int keptPerSize;
    private final int fewest;

    private final @Nullable Stack[] free = new Stack[SIZES];

    /**
     * Creates a store that has none.
     *
     * @param keptPerSize how many bytes of buffers of each size are kept while they are not needed
     */
    public FreeBuffers(int keptPerSize) {
        this(keptPerSize, 0);
    }

    /**
     * Creates a store that has none, for who needs several of the largest.
     *
     * @param keptPerSize how many bytes of buffers of each size are kept while they are not needed
     * @param fewest how many buffers are kept of each size, whatever they have together
     */
    public FreeBuffers(int keptPerSize, int fewest) {
        this.keptPerSize = keptPerSize;
        this.fewest = fewest;
    }

    /**
     * Tells how large a buffer is.
     *
     * @param size how many bytes it is to hold
     * @return how many bytes a buffer for so many really has
     */
    public static int capacityFor(int size) {
        if (size <= SMALLEST) {
            return SMALLEST;
        }
        return size > SMALLEST << (SIZES - 1) ? size : Integer.highestOneBit(size - 1) << 1;
    }

    /**
     * Takes a buffer, or makes one.
     *
     * @param size how many bytes it is to hold
     * @return a cleared heap buffer of {@link #capacityFor} bytes, with old bytes in it
     */
    public ByteBuffer take(int size) {
        int capacity = capacityFor(size);
        Stack stack = stackOf(capacity);
        ByteBuffer buffer = stack == null ? null : stack.pop();
        return buffer != null ? buffer.clear() : ByteBuffer.allocate(capacity);
    }

    /**
     * Gives a buffer back, to be kept if there are not enough of its size.
     *
     * @param buffer one that was taken here
     */
    public void give(ByteBuffer buffer) {
        Stack stack = stackOf(buffer.capacity());
        if (stack != null) {
            stack.push(buffer);
        }
    }

    /** Forgets what is kept. */
    public void clear() {
        Arrays.fill(free, null);
    }

    private @Nullable Stack stackOf(int capacity) {
        int index = Integer.numberOfTrailingZeros(capacity / SMALLEST);
        if (index >= SIZES || capacity != SMALLEST << index) {
            return null;
        }
        Stack stack = free[index];
        if (stack == null) {
            stack = new Stack(Math.max(fewest, keptPerSize / capacity));
            free[index] = stack;
        }
        return stack;
    }

    private static final class Stack {

        private final int limit;
        private @Nullable ByteBuffer[] buffers = new ByteBuffer[2];
        private int size;

        Stack(int limit) {
            this.limit = limit;
        }

        void push(ByteBuffer buffer) {
            if (size == limit) {
                return;
            }
            if (size == buffers.length) {
                buffers = Arrays.copyOf(buffers, Math.min(limit, 2 * size));
            }
            buffers[size] = buffer;
            size++;
        }

        @Nullable
        ByteBuffer pop() {
            if (size == 0) {
                return null;
            }
            size--;
            ByteBuffer buffer = buffers[size];
            buffers[size] = null;
            return buffer;
        }
    }
}
