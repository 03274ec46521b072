// SPDX-License-Identifier: MIT
package io.pktkit.vtcp.internal.recovery;

import io.pktkit.device.ByteBudget;
import org.jspecify.annotations.Nullable;

/**
 * The storage of the {@link Scoreboard}: one record for each segment sent, as parallel arrays in a ring, so that
 * sending allocates nothing. A record is named by an id that counts up from the first one ever added; it stays the
 * same until the record is dropped, also when the ring grows.
 *
 * <p>The arrays are reserved from the budget of the buffers, but for the smallest: a peer that announces a small MSS makes
 * the records of what is in flight larger than what is in flight. Without room in it a ring does not grow for new data. It
 * does for segments in flight that have to be cut, which are not without records for a moment.
 */
final class SegmentRecords {
    static final long NONE = -1;
    private static final int SMALLEST = 16;
    private static final int STAMP = 4; // values of a stamp
    private static final int LINKS = 2; // to the record before and the next one
    static final int BYTES = (2 + STAMP + LINKS) * Long.BYTES + Integer.BYTES + 1; // of a record

    private final @Nullable ByteBudget memory;
    private int reserved;

    private long[] starts = new long[0];
    private int[] lengths = new int[0];
    private long[] times = new long[0];
    private byte[] flags = new byte[0];
    private long[] stamps = new long[0];
    private long[] links = new long[0];
    private long head;
    private int count;

    /** An empty one; without a budget nothing is reserved. */
    SegmentRecords(@Nullable ByteBudget memory) {
        this.memory = memory;
    }

    /** Whether one more can be added with what there is, or with what the budget has for growth. */
    boolean hasRoom() {
        return count < starts.length || memory == null || cost(nextCapacity()) - reserved <= memory.growable();
    }

    long add(long start, int length, long time) {
        if (count == starts.length) {
            grow();
        }
        long id = head + count++;
        int slot = slot(id);
        starts[slot] = start;
        lengths[slot] = length;
        times[slot] = time;
        flags[slot] = 0;
        return id;
    }

    /** Drops the oldest record. */
    void dropFirst() {
        head++;
        count--;
    }

    void clear() {
        head += count;
        count = 0;
        reserve(0);
        starts = new long[0];
        lengths = new int[0];
        times = new long[0];
        flags = new byte[0];
        stamps = new long[0];
        links = new long[0];
    }

    int count() {
        return count;
    }

    long firstId() {
        return head;
    }

    /** The id that the next record will have. */
    long endId() {
        return head + count;
    }

    /** The lowest id of a record that starts at an offset or after it; {@link #endId} if there is none. */
    long lowerBound(long offset) {
        int low = 0;
        int high = count;
        while (low < high) {
            int middle = (low + high) >>> 1;
            if (start(head + middle) < offset) {
                low = middle + 1;
            } else {
                high = middle;
            }
        }
        return head + low;
    }

    long start(long id) {
        return starts[slot(id)];
    }

    int length(long id) {
        return lengths[slot(id)];
    }

    long end(long id) {
        int slot = slot(id);
        return starts[slot] + lengths[slot];
    }

    /** Takes bytes off the front of a record. */
    void trimFront(long id, int bytes) {
        int slot = slot(id);
        starts[slot] += bytes;
        lengths[slot] -= bytes;
    }

    long time(long id) {
        return times[slot(id)];
    }

    void time(long id, long value) {
        times[slot(id)] = value;
    }

    int flags(long id) {
        return flags[slot(id)];
    }

    void flags(long id, int value) {
        flags[slot(id)] = (byte) value;
    }

    /** What {@link DeliveryRate} keeps of the moment of sending: together, as they are written and read together. */
    void stamp(long id, long delivered, long deliveredTime, long firstSentTime, long lostAndInFlight) {
        int at = STAMP * slot(id);
        stamps[at] = delivered;
        stamps[at + 1] = deliveredTime;
        stamps[at + 2] = firstSentTime;
        stamps[at + 3] = lostAndInFlight;
    }

    void copyStamp(long id, SegmentRecords from, long fromId) {
        System.arraycopy(from.stamps, STAMP * from.slot(fromId), stamps, STAMP * slot(id), STAMP);
    }

    long delivered(long id) {
        return stamps[STAMP * slot(id)];
    }

    long deliveredTime(long id) {
        return stamps[STAMP * slot(id) + 1];
    }

    long firstSentTime(long id) {
        return stamps[STAMP * slot(id) + 2];
    }

    long lostAndInFlight(long id) {
        return stamps[STAMP * slot(id) + 3];
    }

    /** The links belong to whichever {@link RecordQueue} the record is in, and else to the scoreboard. */
    long previous(long id) {
        return links[LINKS * slot(id)];
    }

    void previous(long id, long value) {
        links[LINKS * slot(id)] = value;
    }

    long next(long id) {
        return links[LINKS * slot(id) + 1];
    }

    void next(long id, long value) {
        links[LINKS * slot(id) + 1] = value;
    }

    /**
     * A copy in which the records from one id to another are cut; what of them the peer lacks is lost in all its pieces.
     * It takes over what is reserved.
     *
     * @param renumbered receives the new id of each record, or of its first piece
     */
    SegmentRecords cut(int most, long from, long to, long[] renumbered) {
        SegmentRecords copy = new SegmentRecords(memory);
        copy.reserved = reserved;
        reserved = 0;
        for (long id = head; id < head + count; id++) {
            renumbered[(int) (id - head)] = copy.endId();
            int piece = id >= from && id < to ? Math.min(most, length(id)) : length(id);
            boolean lost = piece < length(id) && (flags(id) & Scoreboard.SACKED) == 0;
            for (long at = start(id); at < end(id); at += piece) {
                long added = copy.add(at, (int) Math.min(piece, end(id) - at), time(id));
                copy.copyStamp(added, this, id);
                copy.flags(added, lost ? (flags(id) | Scoreboard.LOST) & ~Scoreboard.RESENT : flags(id));
            }
        }
        copy.reserve(cost(copy.starts.length));
        return copy;
    }

    private int slot(long id) {
        return (int) id & (starts.length - 1);
    }

    private int nextCapacity() {
        return Math.max(SMALLEST, 2 * starts.length);
    }

    /** What arrays for so many take; the smallest are free, as they are for the buffers. */
    private static int cost(int capacity) {
        return BYTES * Math.max(0, capacity - SMALLEST);
    }

    private void reserve(int wanted) {
        if (memory == null) {
            return;
        }
        if (wanted < reserved) {
            memory.release(reserved - wanted);
            reserved = wanted;
        } else if (memory.tryReserve(wanted - reserved)) {
            reserved = wanted;
        }
    }

    private void grow() {
        int capacity = nextCapacity();
        if (cost(capacity) > reserved) {
            reserve(cost(capacity));
        }
        SegmentRecords old = new SegmentRecords(null);
        old.starts = starts;
        old.lengths = lengths;
        old.times = times;
        old.flags = flags;
        old.stamps = stamps;
        old.links = links;
        starts = new long[capacity];
        lengths = new int[capacity];
        times = new long[capacity];
        flags = new byte[capacity];
        stamps = new long[STAMP * capacity];
        links = new long[LINKS * capacity];
        for (long id = head; id < head + count; id++) {
            int from = old.slot(id);
            int to = slot(id);
            starts[to] = old.starts[from];
            lengths[to] = old.lengths[from];
            times[to] = old.times[from];
            flags[to] = old.flags[from];
            copyStamp(id, old, id);
            System.arraycopy(old.links, LINKS * from, links, LINKS * to, LINKS);
        }
    }
}
