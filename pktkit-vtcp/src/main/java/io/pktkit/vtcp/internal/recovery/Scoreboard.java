// SPDX-License-Identifier: MIT
package io.pktkit.vtcp.internal.recovery;

import io.pktkit.device.ByteBudget;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * What is in flight: one record for each range that was sent as a segment, in rising order and without gaps from
 * SND.UNA to SND.NXT, with what is known of its fate.
 *
 * <p>A record is {@link #SACKED}, or else perhaps {@link #LOST}; {@link #RESENT} says that its last repeat is still on
 * its way. Each record that the peer is not known to hold stands in one of two queues: on its way, in the order of
 * sending, which is what RACK walks; or waiting to be sent again. The byte counts by flag are kept up to date, so that
 * "pipe" (RFC 6675 section 4) costs nothing.
 *
 * <p>No acknowledgment costs more than the records that it newly covers: a run of records already SACKED is leapt over,
 * its records link forward to where the run ended when last looked at. Records are made when segments are sent and cut
 * at multiples of the MSS only, never where a SACK block says, so that how many there are is not in the peer's hand; a
 * block that covers a record in part does not count for it.
 */
public final class Scoreboard {
    public static final int SACKED = 1;
    public static final int LOST = 2;
    /** The last repeat of it is in flight. */
    public static final int RESENT = 4;
    /** It was sent more than once, so that its acknowledgment does not tell a round-trip time (Karn). */
    static final int EVER_RESENT = 8;
    /** Nothing but a timeout says that it is lost. */
    static final int ASSUMED = 16;
    /** It was last sent while the application left the window unused. */
    static final int APP_LIMITED = 32;

    static final int MAX_RECORDS = 1 << 17;

    private final RecordObserver observer;
    private SegmentRecords records;
    private RecordQueue onTheirWay;
    private RecordQueue toResend;

    private long outstanding;
    private long sackedBytes;
    private int sackedRecords;
    private long lostBytes;
    private long resentBytes;

    private long ackedSentAt;
    private boolean ackedOnce;
    private long newestSackSentAt;
    private boolean newestSackOnce;
    private long visited;

    /**
     * An empty one.
     *
     * @param observer is told of what is sent and delivered
     * @param memory what the records are reserved from, or null
     */
    Scoreboard(RecordObserver observer, @Nullable ByteBudget memory) {
        this.observer = observer;
        this.records = new SegmentRecords(memory);
        this.onTheirWay = new RecordQueue(records);
        this.toResend = new RecordQueue(records);
    }

    /** Records a range as sent. */
    public void add(long start, int length, long now) {
        long id = records.add(start, length, now);
        onTheirWay.append(id);
        outstanding += length;
        observer.sent(records, id);
    }

    /** Whether new data has to wait until acknowledgments have made room for its records. */
    public boolean isFull() {
        return records.count() >= MAX_RECORDS || !records.hasRoom();
    }

    /**
     * Drops what is below SND.UNA; {@link #ackedOnce} and {@link #ackedSentAt} then tell of the newest record among it
     * that was sent once and not yet selectively acknowledged. The newest, because the acknowledgment of an older one
     * may have been lost on the way, and a loss probe that waits two round trips would then wait longer each time.
     *
     * @return bytes dropped that had not been selectively acknowledged before
     */
    public long acknowledge(long una) {
        ackedOnce = false;
        long fresh = 0;
        while (records.count() > 0 && records.start(records.firstId()) < una) {
            visited++;
            long id = records.firstId();
            int part = (int) Math.min(una - records.start(id), records.length(id));
            fresh += isSacked(id) ? 0 : part;
            shrinkFirst(id, part);
        }
        return fresh;
    }

    private void shrinkFirst(long id, int part) {
        account(records.flags(id), -part);
        if (part < records.length(id)) {
            records.trimFront(id, part);
            if (isSacked(id)) { // the peer held all but its FIN, or has forgotten the rest
                sackedRecords--;
                change(id, LOST, SACKED);
                toResend.append(id);
            }
            return;
        }
        if (isSacked(id)) {
            sackedRecords--;
        } else {
            if (sentOnce(id)) {
                ackedOnce = true;
                ackedSentAt = records.time(id);
            }
            observer.delivered(records, id);
            queueOf(records.flags(id)).remove(id);
        }
        records.dropFirst();
    }

    /**
     * Marks the records that lie wholly within a block.
     *
     * @return bytes that were not selectively acknowledged before
     */
    public long sack(long from, long to) {
        long fresh = 0;
        long id = firstNotSacked(records.lowerBound(from));
        while (id < records.endId() && records.end(id) <= to) {
            visited++;
            fresh += records.length(id);
            if (sentOnce(id)) {
                newestSackOnce = true;
                newestSackSentAt = records.time(id);
            }
            observer.delivered(records, id);
            queueOf(records.flags(id)).remove(id);
            change(id, SACKED, LOST | RESENT | ASSUMED);
            sackedRecords++;
            records.next(id, id + 1);
            id = firstNotSacked(id + 1);
        }
        return fresh;
    }

    /** Follows the links of a SACKED run, and halves the path for the next who does. */
    private long firstNotSacked(long from) {
        long id = from;
        while (id < records.endId() && isSacked(id)) {
            visited++;
            long next = records.next(id);
            if (next < records.endId() && isSacked(next)) {
                records.next(id, records.next(next));
            }
            id = next;
        }
        return id;
    }

    /** Takes a record for lost that is neither held by the peer nor was taken for lost before. */
    boolean markLost(int index) {
        long id = records.firstId() + index;
        if ((records.flags(id) & (SACKED | LOST)) != 0) {
            return false;
        }
        lose(id);
        return true;
    }

    /** Takes the oldest transmission on its way for lost, a repeat too. */
    void loseOldest() {
        lose(onTheirWay.first());
    }

    private void lose(long id) {
        visited++;
        onTheirWay.remove(id);
        change(id, LOST, RESENT | ASSUMED);
        toResend.append(id);
    }

    /**
     * After a timeout: everything that the peer is not known to hold is lost, its repeats too.
     *
     * @param reneged whether the peer has forgotten what it selectively acknowledged (RFC 2018 section 8)
     */
    public void markAllLost(boolean reneged) {
        onTheirWay.clear();
        toResend.clear();
        for (long id = records.firstId(); id < records.endId(); id++) {
            if (reneged) {
                change(id, 0, SACKED);
            }
            if (!isSacked(id)) {
                boolean known = (records.flags(id) & LOST) != 0;
                change(id, known ? LOST : LOST | ASSUMED, RESENT);
                toResend.append(id);
            }
        }
        sackedRecords = reneged ? 0 : sackedRecords;
    }

    /** The timeout was spurious: what only it took for lost, and was not sent again, is still on its way. */
    void restoreAssumed() {
        List<Long> order = new ArrayList<>();
        for (long id = onTheirWay.first(); id != SegmentRecords.NONE; id = records.next(id)) {
            order.add(id);
        }
        for (long id = records.firstId(); id < records.endId(); id++) {
            int state = records.flags(id);
            if ((state & ASSUMED) != 0 && queueOf(state) == toResend && !isSacked(id)) {
                toResend.remove(id);
                change(id, 0, LOST | ASSUMED);
                order.add(id);
            }
        }
        order.sort(Comparator.comparingLong(id -> records.time(id)));
        onTheirWay.clear();
        for (long id : order) {
            onTheirWay.append(id);
        }
    }

    /** Cuts the records that no longer fit into a segment, and takes those of them for lost that the peer lacks. */
    public void split(int mss) {
        rebuild(mss, records.firstId(), records.endId());
    }

    /** Cuts one record into segments, and takes them for lost if the peer lacks it. */
    public void cut(int index, int mss) {
        long id = records.firstId() + index;
        rebuild(mss, id, id + 1);
    }

    private void rebuild(int mss, long from, long to) {
        SegmentRecords old = records;
        RecordQueue oldOrder = onTheirWay;
        long[] renumbered = new long[old.count()];
        records = old.cut(mss, from, to, renumbered);
        onTheirWay = new RecordQueue(records);
        toResend = new RecordQueue(records);
        forgetCounts();
        for (long id = records.firstId(); id < records.endId(); id++) {
            int state = records.flags(id);
            account(state, records.length(id));
            if ((state & SACKED) != 0) {
                sackedRecords++;
                records.next(id, id + 1);
            } else if (queueOf(state) == toResend) {
                toResend.append(id);
            }
        }
        for (long id = oldOrder.first(); id != SegmentRecords.NONE; id = old.next(id)) {
            long piece = renumbered[(int) (id - old.firstId())];
            if (queueOf(records.flags(piece)) == onTheirWay) {
                onTheirWay.append(piece);
            }
        }
    }

    /** The record that has waited longest to be sent again, or -1. */
    public int nextToResend() {
        long id = toResend.first();
        return id == SegmentRecords.NONE ? -1 : (int) (id - records.firstId());
    }

    public void resent(int index, long now) {
        long id = records.firstId() + index;
        queueOf(records.flags(id)).remove(id);
        change(id, RESENT | EVER_RESENT, 0);
        records.time(id, now);
        onTheirWay.append(id);
        observer.sent(records, id);
    }

    /** Whether anything is on its way that is not known to have arrived or to be lost. */
    boolean hasOldest() {
        return onTheirWay.first() != SegmentRecords.NONE;
    }

    long oldestSentAt() {
        return records.time(onTheirWay.first());
    }

    long oldestEnd() {
        return records.end(onTheirWay.first());
    }

    /** The index of the first record at an offset or after it. */
    public int indexAt(long offset) {
        return (int) (records.lowerBound(offset) - records.firstId());
    }

    /** Where the record ends that has the byte before an offset. */
    public long endOfSegment(long offset) {
        long id = records.lowerBound(offset) - 1;
        return id >= records.firstId() ? Math.max(offset, records.end(id)) : offset;
    }

    public long start(int index) {
        return records.start(records.firstId() + index);
    }

    public int length(int index) {
        return records.length(records.firstId() + index);
    }

    public int flagsOf(int index) {
        return records.flags(records.firstId() + index);
    }

    public int count() {
        return records.count();
    }

    /** RFC 6675: bytes in the network, lost ones not counted and repeats counted. */
    public long pipe() {
        return outstanding - sackedBytes - lostBytes + resentBytes;
    }

    public long outstanding() {
        return outstanding;
    }

    public long sackedBytes() {
        return sackedBytes;
    }

    public int sackedRecords() {
        return sackedRecords;
    }

    public long lostBytes() {
        return lostBytes;
    }

    /** Bytes whose last repeat is on its way. */
    public long resentBytes() {
        return resentBytes;
    }

    public boolean ackedOnce() {
        return ackedOnce;
    }

    public long ackedSentAt() {
        return ackedSentAt;
    }

    /** Whether a block newly covered a record that was sent once; asking resets it. */
    public boolean takeSackedOnce() {
        boolean once = newestSackOnce;
        newestSackOnce = false;
        return once;
    }

    public long newestSackSentAt() {
        return newestSackSentAt;
    }

    /** How many records were looked at so far, bisection not counted: what the cost of an acknowledgment is told by. */
    long visited() {
        return visited;
    }

    public void clear() {
        records.clear();
        onTheirWay.clear();
        toResend.clear();
        forgetCounts();
    }

    private void forgetCounts() {
        outstanding = 0;
        sackedBytes = 0;
        sackedRecords = 0;
        lostBytes = 0;
        resentBytes = 0;
    }

    /** Gives the memory back if nothing is in flight. */
    public void trim() {
        if (records.count() == 0) {
            clear();
        }
    }

    private boolean sentOnce(long id) {
        return (records.flags(id) & EVER_RESENT) == 0;
    }

    private boolean isSacked(long id) {
        return (records.flags(id) & SACKED) != 0;
    }

    private RecordQueue queueOf(int flags) {
        return (flags & (LOST | RESENT)) == LOST ? toResend : onTheirWay;
    }

    private void change(long id, int set, int clear) {
        int length = records.length(id);
        account(records.flags(id), -length);
        records.flags(id, (records.flags(id) & ~clear) | set);
        account(records.flags(id), length);
    }

    private void account(int state, int bytes) {
        outstanding += bytes;
        sackedBytes += (state & SACKED) != 0 ? bytes : 0;
        lostBytes += (state & LOST) != 0 ? bytes : 0;
        resentBytes += (state & RESENT) != 0 ? bytes : 0;
    }
}
