// SPDX-License-Identifier: MIT
package io.pktkit.nat.internal.map;

import io.pktkit.time.Timers;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/**
 * What ends next, as a binary heap. A deadline that moves later, as with each packet, is not told to the heap: it is found
 * when the old one has come, and put back. One that moves earlier is told.
 */
final class ExpiryHeap {

    private static final int BITS = 10;
    private static final int PIECE = 1 << BITS;

    /** In pieces, since a packet would wait for a copy of all of it. */
    private @Nullable Timed[][] heap = {new Timed[PIECE]};

    private int pieces = 1;
    private int size;

    int size() {
        return size;
    }

    /** The earliest deadline, perhaps one that has moved; NEVER if there is none. */
    long first() {
        Timed top = heap[0][0];
        return top == null ? Timers.NEVER : top.heapKey;
    }

    void add(Timed item) {
        if (size == pieces << BITS) {
            grow();
        }
        item.heapKey = item.expiresAt;
        up(size++, item);
    }

    private void grow() {
        if (pieces == heap.length) {
            heap = Arrays.copyOf(heap, 2 * pieces);
        }
        heap[pieces++] = new Timed[PIECE];
    }

    /** Its deadline changed; only an earlier one moves it now. */
    void moved(Timed item) {
        if (item.heapIndex < 0) {
            add(item);
        } else if (item.expiresAt - item.heapKey < 0) {
            item.heapKey = item.expiresAt;
            up(item.heapIndex, item);
        }
    }

    @SuppressWarnings("ReferenceEquality") // an item is itself and no other
    void remove(Timed item) {
        int at = item.heapIndex;
        if (at < 0) {
            return;
        }
        item.heapIndex = -1;
        size--;
        @Nullable Timed[] piece = heap[size >>> BITS];
        Timed last = piece[size & (PIECE - 1)];
        piece[size & (PIECE - 1)] = null;
        if (last != null && last != item) {
            up(at, last);
            down(last.heapIndex, last);
        }
    }

    /** The next whose deadline has come, taken out; null if there is none. Puts back at most {@code budget} moved ones. */
    @Nullable
    Timed poll(long now, int budget) {
        for (int i = 0; i < budget; i++) {
            Timed top = heap[0][0];
            if (top == null || top.heapKey - now > 0) {
                return null;
            }
            if (top.expiresAt - now <= 0) {
                remove(top);
                return top;
            }
            top.heapKey = top.expiresAt;
            down(0, top);
        }
        return null;
    }

    private void up(int from, Timed item) {
        int at = from;
        while (at > 0) {
            Timed parent = at((at - 1) >>> 1);
            if (parent.heapKey - item.heapKey <= 0) {
                break;
            }
            put(at, parent);
            at = (at - 1) >>> 1;
        }
        put(at, item);
    }

    private void down(int from, Timed item) {
        int at = from;
        for (int child = 2 * at + 1; child < size; child = 2 * at + 1) {
            if (child + 1 < size && at(child + 1).heapKey - at(child).heapKey < 0) {
                child++;
            }
            if (item.heapKey - at(child).heapKey <= 0) {
                break;
            }
            put(at, at(child));
            at = child;
        }
        put(at, item);
    }

    private Timed at(int index) {
        Timed item = heap[index >>> BITS][index & (PIECE - 1)];
        if (item == null) {
            throw new IllegalStateException("hole in the heap: index=" + index + " size=" + size);
        }
        return item;
    }

    private void put(int index, Timed item) {
        heap[index >>> BITS][index & (PIECE - 1)] = item;
        item.heapIndex = index;
    }
}
