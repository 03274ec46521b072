// SPDX-License-Identifier: MIT
package io.pktkit.vtcp.internal.stream;

import java.nio.ByteBuffer;

/**
 * Chooses the blocks of the next SACK option: a duplicate first, once (D-SACK, RFC 2883), then the interval that
 * changed last, then those reported before it (RFC 2018 section 4).
 */
public final class SackHistory {
    private static final int REMEMBERED = 4;

    private final long[] recent = new long[REMEMBERED];
    private int known;
    private long duplicateStart;
    private long duplicateEnd;

    /** Bytes arrived again. */
    void duplicate(long start, long end) {
        duplicateStart = start;
        duplicateEnd = end;
    }

    /** Something arrived beyond a gap, at this offset. */
    void arrived(long offset) {
        int from = Math.min(known, REMEMBERED - 1);
        System.arraycopy(recent, 0, recent, 1, from);
        recent[0] = offset;
        known = Math.min(REMEMBERED, known + 1);
    }

    boolean hasDuplicate() {
        return duplicateEnd > duplicateStart;
    }

    /**
     * Writes the blocks, both edges as 32 bits each, and forgets the duplicate.
     *
     * @return how many were written
     */
    public int writeBlocks(ReceiveSide side, ByteBuffer target, int index, int room) {
        int written = 0;
        if (hasDuplicate() && room > 0) {
            putBlock(side, target, index, duplicateStart, duplicateEnd);
            written++;
        }
        duplicateEnd = duplicateStart;
        IntervalSet intervals = side.beyond();
        long reported = 0;
        for (int i = 0; i < known && written < room; i++) {
            int interval = intervals.indexOf(recent[i]);
            if (interval < 0 || repeats(intervals, interval, i)) {
                continue;
            }
            putBlock(side, target, index + 8 * written, intervals.start(interval), intervals.end(interval));
            written++;
            reported++;
        }
        return fill(side, target, index, room, written, reported);
    }

    /** With room to spare, the lowest intervals not among the recent ones are told as well. */
    private int fill(ReceiveSide side, ByteBuffer target, int index, int room, int already, long reported) {
        IntervalSet intervals = side.beyond();
        int written = already;
        if (reported == intervals.count()) {
            return written;
        }
        for (int i = 0; i < intervals.count() && i < 2 * REMEMBERED && written < room; i++) {
            if (!repeats(intervals, i, known)) {
                putBlock(side, target, index + 8 * written, intervals.start(i), intervals.end(i));
                written++;
            }
        }
        return written;
    }

    private boolean repeats(IntervalSet intervals, int interval, int until) {
        for (int i = 0; i < until; i++) {
            if (intervals.indexOf(recent[i]) == interval) {
                return true;
            }
        }
        return false;
    }

    private static void putBlock(ReceiveSide side, ByteBuffer target, int index, long start, long end) {
        target.putInt(index, side.wire(start));
        target.putInt(index + 4, side.wire(end));
    }
}
