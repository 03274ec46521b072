// SPDX-License-Identifier: MIT
package io.pktkit.vtcp.internal.stream;

import java.nio.ByteBuffer;

/**
 * Bytes of a stream, each at the place that its offset has modulo the capacity. The capacity is a power of two that
 * doubles as needed, from nothing; an idle connection holds no array. Which offsets are valid is the owner's to know.
 */
final class ByteRing {
    /** The capacity of the first array. */
    static final int SMALLEST = 2048;

    private static final byte[] NOTHING = {};

    private byte[] bytes = NOTHING;

    int capacity() {
        return bytes.length;
    }

    /** {@return the capacity that so many bytes need} */
    static int capacityFor(int needed) {
        return needed <= SMALLEST ? SMALLEST : Integer.highestOneBit(needed - 1) << 1;
    }

    /**
     * Makes room for the offsets from {@code from} up to {@code from + needed}.
     *
     * @param from the lowest offset still wanted
     * @param to the offset after the highest that holds a byte
     * @param needed bytes that must fit from {@code from} on
     */
    void ensureCapacity(long from, long to, int needed) {
        if (needed <= bytes.length) {
            return;
        }
        move(from, to, capacityFor(needed));
    }

    /** Gives the memory back that the offsets from {@code from} up to {@code to} do not need. */
    void shrink(long from, long to) {
        if (from >= to) {
            bytes = NOTHING;
            return;
        }
        int capacity = SMALLEST;
        while (capacity < to - from) {
            capacity <<= 1;
        }
        if (capacity < bytes.length) {
            move(from, to, capacity);
        }
    }

    private void move(long from, long to, int capacity) {
        byte[] other = new byte[capacity];
        long at = from;
        while (at < to) {
            int source = (int) (at & (bytes.length - 1));
            int target = (int) (at & (capacity - 1));
            int run = (int) Math.min(to - at, Math.min(bytes.length - source, capacity - target));
            System.arraycopy(bytes, source, other, target, run);
            at += run;
        }
        bytes = other;
    }

    /** Copies {@code length} bytes at an absolute index of a buffer into the ring. */
    void put(long at, ByteBuffer source, int index, int length) {
        int start = (int) (at & (bytes.length - 1));
        int first = Math.min(length, bytes.length - start);
        source.get(index, bytes, start, first);
        if (first < length) {
            source.get(index + first, bytes, 0, length - first);
        }
    }

    /** Copies {@code length} bytes of the ring to an absolute index of a buffer. */
    void get(long at, ByteBuffer target, int index, int length) {
        int start = (int) (at & (bytes.length - 1));
        int first = Math.min(length, bytes.length - start);
        target.put(index, bytes, start, first);
        if (first < length) {
            target.put(index + first, bytes, 0, length - first);
        }
    }

    /** Gives the memory back; what was in it is gone. */
    void release() {
        bytes = NOTHING;
    }
}
