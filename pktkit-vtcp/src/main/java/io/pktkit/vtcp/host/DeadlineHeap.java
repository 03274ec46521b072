// SPDX-License-Identifier: MIT
package io.pktkit.vtcp.host;

import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/**
 * The entries that wait for a time, soonest first. A binary heap that is re-armed lazily: the deadline of a busy connection moves
 * later with nearly every segment, and then nothing is done; only when the old time comes is the entry sorted in anew. A timing
 * wheel would make arming O(1), but arming earlier is rare enough that the heap's O(log n) never shows.
 */
final class DeadlineHeap {
    private static final int INITIAL_CAPACITY = 16;

    private @Nullable TupleEntry[] heap = new TupleEntry[INITIAL_CAPACITY];
    private int size;

    /** Makes sure that the entry comes up no later than its deadline. */
    void update(TupleEntry entry) {
        long deadline = entry.deadline();
        if (deadline == TcpHost.NEVER) {
            return; // if it is in the heap, it leaves when its old time comes
        }
        if (entry.heapIndex >= 0) {
            if (deadline - entry.armedAt < 0) {
                entry.armedAt = deadline;
                siftUp(entry.heapIndex, entry);
            }
            return;
        }
        if (size == heap.length) {
            heap = Arrays.copyOf(heap, size * 2);
        }
        entry.armedAt = deadline;
        siftUp(size++, entry);
    }

    @SuppressWarnings("ReferenceEquality") // entries are places in the heap
    void remove(TupleEntry entry) {
        int index = entry.heapIndex;
        if (index < 0) {
            return;
        }
        entry.heapIndex = -1;
        size--;
        TupleEntry last = heap[size];
        heap[size] = null;
        if (last != null && last != entry) {
            siftDown(index, last);
            if (last.heapIndex == index) {
                siftUp(index, last);
            }
        }
    }

    @Nullable
    TupleEntry first() {
        return heap[0];
    }

    int size() {
        return size;
    }

    private void siftUp(int from, TupleEntry entry) {
        int index = from;
        while (index > 0) {
            int parent = (index - 1) / 2;
            TupleEntry above = at(parent);
            if (above.armedAt - entry.armedAt <= 0) {
                break;
            }
            place(index, above);
            index = parent;
        }
        place(index, entry);
    }

    private void siftDown(int from, TupleEntry entry) {
        int index = from;
        while (true) {
            int child = index * 2 + 1;
            if (child >= size) {
                break;
            }
            if (child + 1 < size && at(child + 1).armedAt - at(child).armedAt < 0) {
                child++;
            }
            TupleEntry below = at(child);
            if (entry.armedAt - below.armedAt <= 0) {
                break;
            }
            place(index, below);
            index = child;
        }
        place(index, entry);
    }

    private TupleEntry at(int index) {
        TupleEntry entry = heap[index];
        if (entry == null) {
            throw new IllegalStateException("hole in the heap: index=" + index + " size=" + size);
        }
        return entry;
    }

    private void place(int index, TupleEntry entry) {
        heap[index] = entry;
        entry.heapIndex = index;
    }
}
