// SPDX-License-Identifier: MIT
package io.pktkit.device;

import java.nio.ByteBuffer;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/** The free buffers of an {@link Outbox}, in two sizes, the latest given first. Guarded by the outbox. */
final class OutboxBuffers {

    /** An Ethernet frame of the usual MTU with headroom. */
    private static final int SMALL = 2048;

    /** The longest IP packet with headroom. */
    private static final int LARGE = (1 << 16) + 128;

    private static final int MAX_FREE_SMALL = 512;
    private static final int MAX_FREE_LARGE = 16;

    private final Stack small = new Stack(MAX_FREE_SMALL);
    private final Stack large = new Stack(MAX_FREE_LARGE);

    ByteBuffer take(int size) {
        if (size > LARGE) {
            return ByteBuffer.allocate(size);
        }
        boolean fitsSmall = size <= SMALL;
        ByteBuffer free = (fitsSmall ? small : large).pop();
        return free != null ? free.clear() : ByteBuffer.allocate(fitsSmall ? SMALL : LARGE);
    }

    void give(ByteBuffer buffer) {
        if (buffer.capacity() == SMALL) {
            small.push(buffer);
        } else if (buffer.capacity() == LARGE) {
            large.push(buffer);
        }
    }

    void clear() {
        small.clear();
        large.clear();
    }

    private static final class Stack {

        private final int limit;
        private @Nullable ByteBuffer[] free = new ByteBuffer[4];
        private int size;

        Stack(int limit) {
            this.limit = limit;
        }

        void push(ByteBuffer buffer) {
            if (size == limit) {
                return;
            }
            if (size == free.length) {
                free = Arrays.copyOf(free, Math.min(limit, 2 * size));
            }
            free[size] = buffer;
            size++;
        }

        @Nullable
        ByteBuffer pop() {
            if (size == 0) {
                return null;
            }
            size--;
            ByteBuffer buffer = free[size];
            free[size] = null;
            return buffer;
        }

        void clear() {
            Arrays.fill(free, null);
            size = 0;
        }
    }
}
