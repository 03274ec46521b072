// SPDX-License-Identifier: MIT
package io.pktkit.vtcp.internal;

/**
 * What is in flight: one record for each range that was sent as a segment, in rising order and without gaps from
 * SND.UNA to SND.NXT, with what is known of its fate. Kept as parallel arrays in a ring, so that sending a segment
 * allocates nothing and a selective acknowledgment finds its records by bisection.
 *
 * <p>A record is {@link #SACKED}, or else perhaps {@link #LOST}; {@link #RESENT} says that its last repeat is still on
 * its way. The byte counts by flag are kept up to date, so that "pipe" (RFC 6675 section 4) costs nothing.
 *
 * <p>Records are made when segments are sent and cut at multiples of the MSS only, never where a SACK block says: how
 * many there are is not in the peer's hand. A block that covers a record in part does not count for it.
 */
final class Scoreboard {
    static final int SACKED = 1;
    static final int LOST = 2;
    /** The last repeat of it is in flight. */
    static final int RESENT = 4;
    /** It was sent more than once, so that its acknowledgment does not tell a round-trip time (Karn). */
    static final int EVER_RESENT = 8;

    static final int MAX_RECORDS = 1 << 17;
    private static final int SMALLEST = 16;

    private long[] starts = new long[0];
    private int[] lengths = new int[0];
    private long[] times = new long[0];
    private byte[] flags = new byte[0];
    private int head;
    private int count;

    private long outstanding;
    private long sackedBytes;
    private int sackedRecords;
    private long lostBytes;
    private long resentBytes;
    private long highestSacked;
    private long sackScan;
    private long resendScan;

    private long ackedSentAt;
    private boolean ackedOnce;
    private long newestSackSentAt;
    private boolean newestSackOnce;

    /** Records a range as sent. */
    void add(long start, int length, long now) {
        if (count == starts.length) {
            grow();
        }
        int slot = slot(count++);
        starts[slot] = start;
        lengths[slot] = length;
        times[slot] = now;
        flags[slot] = 0;
        outstanding += length;
    }

    boolean isFull() {
        return count >= MAX_RECORDS;
    }

    /**
     * Drops what is below SND.UNA; {@link #ackedOnce} and {@link #ackedSentAt} then tell of the oldest record among it
     * that was sent once and not yet selectively acknowledged.
     *
     * @return bytes dropped that had not been selectively acknowledged before
     */
    long acknowledge(long una) {
        ackedOnce = false;
        long fresh = 0;
        while (count > 0 && start(0) < una) {
            int part = (int) Math.min(una - start(0), length(0));
            if ((flagsOf(0) & SACKED) == 0) {
                fresh += part;
                if (!ackedOnce && (flagsOf(0) & EVER_RESENT) == 0 && part == length(0)) {
                    ackedOnce = true;
                    ackedSentAt = times[head];
                }
            }
            shrinkHead(part);
        }
        sackScan = Math.max(sackScan, una);
        resendScan = Math.max(resendScan, una);
        return fresh;
    }

    private void shrinkHead(int part) {
        account(flagsOf(0), -part);
        if (part < length(0)) {
            starts[head] += part;
            lengths[head] -= part;
            return;
        }
        if ((flagsOf(0) & SACKED) != 0) {
            sackedRecords--;
        }
        head = (head + 1) & (starts.length - 1);
        count--;
    }

    /**
     * Marks the records that lie wholly within a block.
     *
     * @return bytes that were not selectively acknowledged before
     */
    long sack(long from, long to) {
        long fresh = 0;
        for (int i = lowerBound(from); i < count && start(i) + length(i) <= to; i++) {
            if ((flagsOf(i) & SACKED) == 0) {
                fresh += length(i);
                if ((flagsOf(i) & EVER_RESENT) == 0) {
                    newestSackOnce = true;
                    newestSackSentAt = times[slot(i)];
                }
                change(i, SACKED, LOST | RESENT);
                sackedRecords++;
                highestSacked = Math.max(highestSacked, start(i) + length(i));
            }
        }
        return fresh;
    }

    /**
     * Marks what RFC 6675 takes for lost: three separate ranges above it, or more bytes than two full segments, have
     * been selectively acknowledged.
     *
     * @return whether anything new was marked
     */
    boolean markLostBySack(int mss) {
        long bytes = 0;
        int ranges = 0;
        boolean inRange = false;
        int floor = lowerBound(sackScan);
        for (int i = lowerBound(highestSacked) - 1; i >= floor; i--) {
            if ((flagsOf(i) & SACKED) == 0) {
                inRange = false;
                continue;
            }
            bytes += length(i);
            ranges += inRange ? 0 : 1;
            inRange = true;
            if (ranges >= LossRecovery.DUP_THRESHOLD || bytes > (LossRecovery.DUP_THRESHOLD - 1L) * mss) {
                return markLostBelow(start(i));
            }
        }
        return false;
    }

    private boolean markLostBelow(long boundary) {
        boolean any = false;
        for (int i = lowerBound(sackScan); i < count && start(i) < boundary; i++) {
            any |= markLost(i);
        }
        sackScan = Math.max(sackScan, boundary);
        return any;
    }

    /** Takes a record for lost that is neither held by the peer nor taken for lost already. */
    boolean markLost(int index) {
        if ((flagsOf(index) & (SACKED | LOST)) != 0) {
            return false;
        }
        change(index, LOST, RESENT);
        resendScan = Math.min(resendScan, start(index));
        return true;
    }

    /** After a timeout: everything that the peer is not known to hold is lost, its repeats too. */
    void markAllLost() {
        for (int i = 0; i < count; i++) {
            if ((flagsOf(i) & SACKED) == 0) {
                change(i, LOST, RESENT);
            }
        }
        resendScan = count == 0 ? resendScan : start(0);
        sackScan = resendScan;
    }

    /** The peer has forgotten what it selectively acknowledged (RFC 2018 section 8), or is about to. */
    void forgetSacks() {
        for (int i = 0; i < count; i++) {
            change(i, 0, SACKED);
        }
        sackedRecords = 0;
        highestSacked = count == 0 ? highestSacked : start(0);
    }

    /** Takes for lost the records that no longer fit into a segment. */
    void markLargerThan(int mss) {
        for (int i = 0; i < count; i++) {
            if (length(i) > mss && (flagsOf(i) & SACKED) == 0) {
                change(i, LOST, RESENT);
                resendScan = Math.min(resendScan, start(i));
            }
        }
    }

    /** The lowest record that is lost and of which no repeat is in flight, or -1. */
    int nextToResend() {
        if (lostBytes == 0) {
            return -1;
        }
        for (int i = lowerBound(resendScan); i < count; i++) {
            if ((flagsOf(i) & (LOST | RESENT)) == LOST) {
                resendScan = start(i);
                return i;
            }
        }
        resendScan = Long.MAX_VALUE;
        return -1;
    }

    /** Cuts a record so that its first part has at most {@code mss} bytes. */
    void cut(int index, int mss) {
        if (length(index) <= mss) {
            return;
        }
        if (count == starts.length) {
            grow();
        }
        for (int i = count; i > index + 1; i--) {
            copy(slot(i - 1), slot(i));
        }
        count++;
        int slot = slot(index);
        int rest = slot(index + 1);
        copy(slot, rest);
        starts[rest] += mss;
        lengths[rest] -= mss;
        lengths[slot] = mss;
        if ((flags[slot] & SACKED) != 0) {
            sackedRecords++;
        }
    }

    void resent(int index, long now) {
        change(index, RESENT | EVER_RESENT, 0);
        times[slot(index)] = now;
    }

    long start(int index) {
        return starts[slot(index)];
    }

    int length(int index) {
        return lengths[slot(index)];
    }

    int flagsOf(int index) {
        return flags[slot(index)];
    }

    long sentAt(int index) {
        return times[slot(index)];
    }

    int count() {
        return count;
    }

    /** RFC 6675: bytes in the network, lost ones not counted and repeats counted. */
    long pipe() {
        return outstanding - sackedBytes - lostBytes + resentBytes;
    }

    long outstanding() {
        return outstanding;
    }

    long sackedBytes() {
        return sackedBytes;
    }

    int sackedRecords() {
        return sackedRecords;
    }

    long lostBytes() {
        return lostBytes;
    }

    boolean ackedOnce() {
        return ackedOnce;
    }

    long ackedSentAt() {
        return ackedSentAt;
    }

    /** Whether a block newly covered a record that was sent once; asking resets it. */
    boolean takeSackedOnce() {
        boolean once = newestSackOnce;
        newestSackOnce = false;
        return once;
    }

    long newestSackSentAt() {
        return newestSackSentAt;
    }

    void clear() {
        head = 0;
        count = 0;
        outstanding = 0;
        sackedBytes = 0;
        sackedRecords = 0;
        lostBytes = 0;
        resentBytes = 0;
        starts = new long[0];
        lengths = new int[0];
        times = new long[0];
        flags = new byte[0];
    }

    /** Gives the memory back if nothing is in flight. */
    void trim() {
        if (count == 0) {
            clear();
        }
    }

    private int lowerBound(long offset) {
        int low = 0;
        int high = count;
        while (low < high) {
            int middle = (low + high) >>> 1;
            if (start(middle) < offset) {
                low = middle + 1;
            } else {
                high = middle;
            }
        }
        return low;
    }

    private void change(int index, int set, int clear) {
        int slot = slot(index);
        account(flags[slot], -lengths[slot]);
        flags[slot] = (byte) ((flags[slot] & ~clear) | set);
        account(flags[slot], lengths[slot]);
    }

    private void account(int state, int bytes) {
        outstanding += bytes;
        sackedBytes += (state & SACKED) != 0 ? bytes : 0;
        lostBytes += (state & LOST) != 0 ? bytes : 0;
        resentBytes += (state & RESENT) != 0 ? bytes : 0;
    }

    private int slot(int index) {
        return (head + index) & (starts.length - 1);
    }

    private void copy(int from, int to) {
        starts[to] = starts[from];
        lengths[to] = lengths[from];
        times[to] = times[from];
        flags[to] = flags[from];
    }

    private void grow() {
        int capacity = Math.max(SMALLEST, 2 * starts.length);
        long[] newStarts = new long[capacity];
        int[] newLengths = new int[capacity];
        long[] newTimes = new long[capacity];
        byte[] newFlags = new byte[capacity];
        for (int i = 0; i < count; i++) {
            int slot = slot(i);
            newStarts[i] = starts[slot];
            newLengths[i] = lengths[slot];
            newTimes[i] = times[slot];
            newFlags[i] = flags[slot];
        }
        starts = newStarts;
        lengths = newLengths;
        times = newTimes;
        flags = newFlags;
        head = 0;
    }
}
