// SPDX-License-Identifier: MIT
package io.pktkit.vtcp.internal.stream;

import java.util.Arrays;

/**
 * Disjoint intervals of stream offsets in rising order: what was received beyond a gap. Neighbours merge. The number
 * of intervals is bounded, so that a peer that sends every other byte cannot make the table grow past it; an interval
 * that would be one too many is refused, and the peer repeats it.
 */
public final class IntervalSet {
    private static final long[] NOTHING = {};

    private long[] bounds = NOTHING; // start and end of each in turn
    private int count;
    private long total;

    /**
     * Adds an interval.
     *
     * @param most how many intervals there may be
     * @return false if it was refused because the table is full
     */
    boolean add(long start, long end, int most) {
        int first = firstEndingAtOrAfter(start);
        int last = first;
        long mergedStart = start;
        long mergedEnd = end;
        while (last < count && start(last) <= end) {
            mergedStart = Math.min(mergedStart, start(last));
            mergedEnd = Math.max(mergedEnd, end(last));
            total -= end(last) - start(last);
            last++;
        }
        if (first == last) {
            if (count >= most) {
                return false;
            }
            openSlot(first);
        }
        if (last - first > 1) {
            closeSlots(first + 1, last);
        }
        bounds[2 * first] = mergedStart;
        bounds[2 * first + 1] = mergedEnd;
        total += mergedEnd - mergedStart;
        return true;
    }

    /** Removes what is below an offset, and answers the end of the interval that contains or begins at it. */
    long advance(long offset) {
        long reached = offset;
        int gone = 0;
        while (gone < count && start(gone) <= reached) {
            reached = Math.max(reached, end(gone));
            total -= end(gone) - start(gone);
            gone++;
        }
        closeSlots(0, gone);
        return reached;
    }

    /** Whether every offset of the range is in the set. */
    boolean contains(long start, long end) {
        int index = firstEndingAtOrAfter(end);
        return index < count && start(index) <= start;
    }

    /** The lowest interval that shares an offset with the range, or -1. */
    int firstWithin(long start, long end) {
        int index = firstEndingAtOrAfter(start + 1);
        return index < count && start(index) < end ? index : -1;
    }

    /** The interval that holds an offset, or -1. */
    int indexOf(long offset) {
        int index = firstEndingAtOrAfter(offset + 1);
        return index < count && start(index) <= offset ? index : -1;
    }

    void clear() {
        bounds = NOTHING;
        count = 0;
        total = 0;
    }

    public int count() {
        return count;
    }

    /** How many intervals there is memory for. */
    int capacity() {
        return bounds.length / 2;
    }

    public boolean isEmpty() {
        return count == 0;
    }

    public long start(int index) {
        return bounds[2 * index];
    }

    public long end(int index) {
        return bounds[2 * index + 1];
    }

    /** Offsets in all intervals together. */
    public long total() {
        return total;
    }

    private int firstEndingAtOrAfter(long offset) {
        int low = 0;
        int high = count;
        while (low < high) {
            int middle = (low + high) >>> 1;
            if (end(middle) < offset) {
                low = middle + 1;
            } else {
                high = middle;
            }
        }
        return low;
    }

    private void openSlot(int index) {
        if (2 * count == bounds.length) {
            bounds = Arrays.copyOf(bounds, Math.max(8, 2 * bounds.length));
        }
        System.arraycopy(bounds, 2 * index, bounds, 2 * index + 2, 2 * (count - index));
        count++;
    }

    private void closeSlots(int from, int to) {
        System.arraycopy(bounds, 2 * to, bounds, 2 * from, 2 * (count - to));
        count -= to - from;
    }
}
