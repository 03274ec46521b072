// SPDX-License-Identifier: MIT
package io.pktkit.impair;

import java.util.ArrayDeque;

/** Free messages in three sizes, the latest given first. Guarded by the {@link LinkQueue}'s owner. */
final class MessagePool {

    /** A frame of the usual MTU, a jumbo frame, the longest IP packet in a frame. */
    private static final int[] SIZES = {2048, 16 << 10, (64 << 10) + 128};

    /** How many of each are kept, about 6 MiB in all; more than that at once is a burst that need not stay in memory. */
    private static final int[] KEPT = {1024, 128, 32};

    private final ArrayDeque<Message> small = new ArrayDeque<>();
    private final ArrayDeque<Message> medium = new ArrayDeque<>();
    private final ArrayDeque<Message> large = new ArrayDeque<>();

    Message take(int length) {
        int size = 0;
        while (size < SIZES.length && SIZES[size] < length) {
            size++;
        }
        if (size == SIZES.length) {
            return new Message(length);
        }
        Message free = of(size).pollLast();
        return free != null ? free : new Message(SIZES[size]);
    }

    void give(Message message) {
        int capacity = message.buffer.capacity();
        for (int size = 0; size < SIZES.length; size++) {
            if (SIZES[size] == capacity && of(size).size() < KEPT[size]) {
                of(size).addLast(message);
            }
        }
    }

    void clear() {
        small.clear();
        medium.clear();
        large.clear();
    }

    private ArrayDeque<Message> of(int size) {
        return size == 0 ? small : size == 1 ? medium : large;
    }
}
