// SPDX-License-Identifier: MIT
package io.pktkit.vtcp.internal.stream;

import java.nio.ByteBuffer;
import org.jspecify.annotations.Nullable;

/**
 * The receive queue, reassembly and the receive window. Bytes are put where they belong in one ring, in order or not;
 * an interval set tells which of those beyond RCV.NXT are there.
 *
 * <p>The window is judged by its right edge as it was announced, not by the free buffer: what was promised is accepted
 * and nothing else. The edge never moves left, but for the rounding of a scaled window, and moves right in steps that
 * are worth a segment (RFC 9293 section 3.8.6.2.2). A connection that gave its growth back still owes what it had
 * announced; if the budget cannot cover that when it comes, what exceeds the limit is dropped, and the peer repeats it
 * when the application has read.
 */
public final class ReceiveSide {
    private static final long NO_FIN = Long.MAX_VALUE;
    private static final int FEWEST_INTERVALS = 64;
    private static final int MOST_INTERVALS = 1 << 14;

    private final ByteRing ring = new ByteRing();
    private final IntervalSet beyond = new IntervalSet();
    private final BufferLimit limit;

    /** IRS. */
    public int irs;
    /** RCV.NXT: the next offset expected; the peer's SYN is offset 0. */
    public long nxt = 1;
    /** Bits by which our windows are shifted. */
    public int shift;
    /** The MSS that we announced, the unit of window updates. */
    public int mss;

    private long read = 1;
    private long edge = 1;
    private long fin = NO_FIN;
    private long highest = 1;
    private @Nullable SackHistory history;
    private @Nullable ReceiveTuning tuning;

    public ReceiveSide(BufferLimit limit) {
        this.limit = limit;
    }

    public int wire(long offset) {
        return irs + (int) offset;
    }

    /** The offset nearest to RCV.NXT that 32 bits can stand for; may be negative. */
    public long unwrap(int sequence) {
        return nxt + (sequence - wire(nxt));
    }

    /**
     * RFC 9293 section 3.4, table 5, against the window that was announced. But a segment without payload may lie right
     * at the edge, as all do of a peer that has filled the window and lost the first of it: with data lost both ways,
     * neither end would hear the other's acknowledgments.
     */
    public boolean isAcceptable(long sequence, long length) {
        long window = edge - nxt;
        if (length == 0) {
            return sequence >= nxt && sequence <= edge;
        }
        return window > 0 && sequence < edge && sequence + length > nxt;
    }

    /** Whether a reset lies in the window; RCV.NXT does so even if the window is closed. */
    public boolean isInWindow(long sequence) {
        return sequence == nxt || (sequence >= nxt && sequence < edge);
    }

    /**
     * Takes payload, cut to what the window allows.
     *
     * @return bytes by which RCV.NXT advanced
     */
    public long accept(long sequence, ByteBuffer source, int index, int length) {
        long from = Math.max(sequence, nxt);
        long to = Math.min(Math.min(sequence + length, edge), fin);
        if (sequence < nxt) {
            duplicate(sequence, Math.min(nxt, sequence + length));
        }
        if (to - read > limit.bytes()) {
            limit.coverTo(to - read);
            to = Math.min(to, read + limit.bytes());
        }
        if (to > from) {
            to = Math.min(to, read + hold((int) (to - read)));
        }
        if (to <= from) {
            return 0;
        }
        noteDuplicate(sequence, from, to);
        if (from > nxt && beyond.contains(from, to)) {
            history().arrived(from);
            return 0;
        }
        if (from > nxt && !beyond.add(from, to, mostIntervals(to))) {
            return 0;
        }
        int needed = (int) (to - read);
        ring.ensureCapacity(read, Math.max(highest, nxt), needed);
        ring.put(from, source, index + (int) (from - sequence), (int) (to - from));
        highest = Math.max(highest, to);
        if (from > nxt) {
            history().arrived(from);
            return 0;
        }
        long before = nxt;
        nxt = beyond.isEmpty() ? to : Math.min(beyond.advance(to), fin);
        return nxt - before;
    }

    /** RFC 2883 section 4: of what came again beyond RCV.NXT the first contiguous part, if there was none below it. */
    private void noteDuplicate(long sequence, long from, long to) {
        if (sequence < nxt || beyond.isEmpty()) {
            return;
        }
        int first = beyond.firstWithin(from, to);
        if (first >= 0) {
            duplicate(Math.max(from, beyond.start(first)), Math.min(to, beyond.end(first)));
        }
    }

    /** Data arrived in order; the echo of a timestamp of ours tells the round trip, if there is one. */
    public void measure(boolean hasEcho, int echo, long madeAt, long now) {
        ReceiveTuning present = tuning;
        if (present == null) {
            present = new ReceiveTuning();
            tuning = present;
        }
        if (hasEcho) {
            present.onEcho(echo, madeAt, now);
        } else {
            present.onAdvance(nxt, edge, now);
        }
    }

    /** The application has read: the buffer follows its pace, as far as a window can be announced. */
    public void tune(long now) {
        long wanted = tuning == null ? 0 : tuning.onRead(read, now);
        if (wanted > limit.bytes()) {
            limit.growTo(Math.min(wanted, maxAnnounced()));
        }
    }

    /**
     * Their bookkeeping may take a sixteenth of the array that holds what is up to an offset, which is reserved, and not of
     * what the buffer may once hold. And an insertion must stay cheap.
     */
    private int mostIntervals(long to) {
        int capacity = Math.max(ring.capacity(), ByteRing.capacityFor((int) (to - read)));
        return Math.max(FEWEST_INTERVALS, Math.min(MOST_INTERVALS, capacity / 256));
    }

    /**
     * Remembers where the stream ends. A second FIN elsewhere is not believed, nor one before what has arrived. One beyond
     * a gap is told of like data, so that the peer's recovery sees that its last segment has arrived.
     */
    public void onFin(long offset) {
        if (fin != NO_FIN || offset < Math.max(nxt, highest) || offset > edge) {
            return;
        }
        fin = offset;
        if (fin > nxt && beyond.add(fin, fin + 1, mostIntervals(fin))) {
            history().arrived(fin);
        }
    }

    /** Steps over the FIN once all before it has arrived. */
    public boolean takeFin() {
        if (nxt != fin) {
            return false;
        }
        nxt++;
        edge = Math.max(edge, nxt);
        return true;
    }

    /** Reserves memory for so many bytes, or as many as there is memory for. */
    private int hold(int bytes) {
        int least = Math.max(ring.capacity(), ByteRing.SMALLEST);
        int capacity = ByteRing.capacityFor(bytes);
        while (capacity > least && !limit.hold(capacity)) {
            capacity >>= 1;
        }
        return Math.min(bytes, Math.max(capacity, least));
    }

    public int peek(ByteBuffer target) {
        int length = Math.min(target.remaining(), readable());
        if (length > 0) {
            ring.get(read, target, target.position(), length);
            target.position(target.position() + length);
        }
        return length;
    }

    public void skip(int length) {
        read += length;
    }

    public int readable() {
        return (int) (Math.min(nxt, fin) - read);
    }

    public boolean finReceived() {
        return nxt > fin;
    }

    public boolean endOfStream() {
        return finReceived() && read == fin;
    }

    /** The window's right edge that the free buffer would allow. */
    private long possibleEdge() {
        return Math.max(edge, read + limit.bytes());
    }

    /** Whether a read has made so much room that the peer is to be told now. */
    public boolean deservesUpdate() {
        if (finReceived()) {
            return false;
        }
        long left = edge - nxt;
        long possible = Math.min(possibleEdge() - nxt, maxAnnounced());
        return possible - left >= Math.min(limit.bytes() / 2, mss) && possible >= 2 * left;
    }

    private long maxAnnounced() {
        return 0xffffL << shift;
    }

    /** Chooses the window for a segment that is about to go out, and moves the edge with it. */
    public int announce(boolean scaled) {
        int bits = scaled ? shift : 0;
        long left = edge - nxt;
        long possible = possibleEdge() - nxt;
        long window = possible - left >= Math.min(limit.bytes() / 2, mss) ? possible : left;
        int field = (int) Math.min(0xffff, window >> bits);
        edge = Math.max(edge, nxt + ((long) field << bits));
        return field;
    }

    /** What is left of the announced window. */
    public long window() {
        return edge - nxt;
    }

    public boolean hasGap() {
        return !beyond.isEmpty();
    }

    public int outOfOrder() {
        return (int) beyond.total();
    }

    /** Bytes arrived again, and the peer is to be told. */
    public void duplicate(long start, long end) {
        history().duplicate(start, end);
    }

    public boolean hasDuplicate() {
        return history != null && history.hasDuplicate();
    }

    public SackHistory history() {
        SackHistory present = history;
        if (present == null) {
            present = new SackHistory();
            history = present;
        }
        return present;
    }

    public IntervalSet beyond() {
        return beyond;
    }

    /** Gives the memory back that what is held does not need. */
    public void trim() {
        long end = beyond.isEmpty() ? Math.min(nxt, fin) : highest;
        ring.shrink(read, end);
        limit.shrinkTo(end - read, ring.capacity());
        if (beyond.isEmpty()) {
            beyond.clear();
        }
        tuning = null;
        if (!hasGap() && !hasDuplicate()) {
            history = null;
        }
    }

    /** No more will come. What can be read is counted until it was. */
    public void close() {
        discardBeyond();
        limit.close(ring.capacity());
    }

    /** Forgets what lies beyond a gap: no more will come. */
    public void discardBeyond() {
        beyond.clear();
        highest = Math.min(highest, nxt);
        trim();
    }

    /** Forgets everything: nobody will read. */
    public void discardAll() {
        read = Math.min(nxt, fin);
        discardBeyond();
    }

    public BufferLimit limit() {
        return limit;
    }

    /** Null before data has arrived, and after silence, as the path may be another then. */
    public @Nullable ReceiveTuning tuning() {
        return tuning;
    }

    /** Whether {@link #trim} may have something to give back, now or later. */
    public boolean holdsMemory() {
        return ring.capacity() > 0 || limit.grown() > 0;
    }

    public int allocated() {
        return ring.capacity();
    }
}
