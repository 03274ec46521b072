// SPDX-License-Identifier: MIT
package io.pktkit.impair;

import io.pktkit.time.Timers;
import java.nio.ByteBuffer;
import org.jspecify.annotations.Nullable;

/**
 * One direction of a link, without clock, thread or device: messages and the time go in, messages that are due come out.
 * One owner at a time; a {@link Lane} guards it with its lock.
 *
 * <p>A message meets, in this order: a partition, loss, the queue's limits, the line with its rate, and the delay.
 */
final class LinkQueue {

    /** What became of a message that was offered. */
    enum Fate {
        /** Nothing is to happen to it: the caller passes it on as it is. */
        PASS,
        /** It was copied. */
        HELD,
        LOST,
        CUT,
        OVERFLOW
    }

    private static final long DUPLICATE_GAP_NANOS = 1_000;
    private static final long BIT_NANOS = 8 * 1_000_000_000L;

    private final LinkModel model;
    private final Marker marker;
    private final MessageHeap heap = new MessageHeap();
    private final MessagePool pool = new MessagePool();
    private boolean partitioned;
    private long queuedBytes;
    private long arrivals;

    /** When the line is free again, and the part of a nanosecond beyond that, in units of 1/rate. */
    private long lineFreeAt;

    private long lineRemainder;
    private boolean lineUsed;

    /** The latest deadline of what must not be overtaken, {@link Timers#NEVER} if there was nothing of the kind yet. */
    private long inOrderUntil = Timers.NEVER;

    private long offered;
    private long passed;
    private long lost;
    private long cut;
    private long overflowed;
    private long discarded;
    private long duplicated;
    private long duplicatesRefused;
    private long corrupted;
    private long reordered;
    private long marked;

    LinkQueue(Impairment impairment, Direction direction, boolean frames) {
        this.model = new LinkModel(impairment, direction);
        this.marker = new Marker(frames);
    }

    /** Adds delays up to the longest that deadlines can express; each is in [0, MAX_DELAY], so nothing overflows. */
    static long sum(long a, long b) {
        return Math.min(a + b, Timers.MAX_DELAY);
    }

    /**
     * Takes a message, which stays the caller's.
     *
     * @param mayPass whether nothing that left the queue is still being delivered, so that nothing would be overtaken
     */
    Fate offer(
            ByteBuffer source,
            int offset,
            int length,
            int segmentSize,
            boolean checksumPending,
            boolean mayPass,
            long nowNanos) {
        offered++;
        model.draw();
        if (partitioned) {
            cut++;
            return Fate.CUT;
        }
        if (model.lost()) {
            lost++;
            return Fate.LOST;
        }
        if (mayPass && heap.size() == 0 && model.leavesAlone()) {
            passed++;
            return Fate.PASS;
        }
        if (!hasRoom(length)) {
            overflowed++;
            return Fate.OVERFLOW;
        }
        boolean late = model.isLate(waitNanos(nowNanos));
        long delay = sum(lineNanos(length, nowNanos), model.delayNanos());
        if (delay >= Timers.MAX_DELAY) {
            lost++;
            return Fate.LOST;
        }
        hold(source, offset, length, segmentSize, checksumPending, late, deadline(nowNanos, delay));
        return Fate.HELD;
    }

    /** Takes out what is due first, if it arrived before the given count of arrivals. */
    @Nullable
    Message pollDue(long nowNanos, long arrivedBefore) {
        Message first = heap.first();
        if (first == null || !Timers.isDue(first.deadline, nowNanos) || first.arrival >= arrivedBefore) {
            return null;
        }
        heap.poll();
        queuedBytes -= first.length;
        passed++;
        return first;
    }

    /** Takes back a message that was polled. */
    void recycle(Message message) {
        pool.give(message);
    }

    long nextDeadlineNanos() {
        Message first = heap.first();
        return first == null ? Timers.NEVER : first.deadline;
    }

    long arrivals() {
        return arrivals;
    }

    boolean isEmpty() {
        return heap.size() == 0;
    }

    Impairment impairment() {
        return model.impairment();
    }

    /** Changes what happens to later messages; those that wait keep their deadlines. */
    void update(Impairment impairment) {
        if (impairment.rate() != model.impairment().rate()) {
            lineRemainder = 0;
        }
        lineUsed &= impairment.rate() != 0;
        model.update(impairment);
    }

    /** Cuts the link, and tells how many waiting messages that cost. */
    int partition() {
        partitioned = true;
        int dropped = clear();
        cut += dropped;
        return dropped;
    }

    void heal() {
        partitioned = false;
    }

    boolean isPartitioned() {
        return partitioned;
    }

    /** Drops everything for good, and tells how many messages that cost. */
    int close() {
        int dropped = clear();
        discarded += dropped;
        pool.clear();
        return dropped;
    }

    /** Counts a message that came after the close. */
    void refuse() {
        offered++;
        discarded++;
    }

    LinkStats stats() {
        return new LinkStats(
                offered,
                passed,
                lost,
                cut,
                overflowed,
                discarded,
                duplicated,
                duplicatesRefused,
                corrupted,
                reordered,
                marked,
                heap.size(),
                queuedBytes);
    }

    private void hold(
            ByteBuffer source,
            int offset,
            int length,
            int segmentSize,
            boolean checksumPending,
            boolean late,
            long deadline) {
        Message message = pool.take(length);
        message.fill(source, offset, length, segmentSize, checksumPending);
        if ((late || model.marked()) && marker.mark(message)) {
            marked++;
        }
        if (model.corrupted() && length > 0) {
            message.flip(model.bitOf(length));
            corrupted++;
        }
        if (model.reordered()) {
            reordered++;
        }
        add(message, deadline);
        if (model.duplicated()) {
            duplicate(message);
        }
    }

    private void duplicate(Message message) {
        if (!hasRoom(message.length)) {
            duplicatesRefused++;
            return;
        }
        Message copy = pool.take(message.length);
        copy.fill(message.buffer, 0, message.length, message.segmentSize, message.checksumPending);
        add(copy, Timers.after(message.deadline, DUPLICATE_GAP_NANOS));
        duplicated++;
    }

    private void add(Message message, long deadline) {
        message.deadline = deadline;
        message.arrival = arrivals;
        arrivals++;
        queuedBytes += message.length;
        heap.add(message);
    }

    private boolean hasRoom(int length) {
        Impairment now = model.impairment();
        return heap.size() < now.queuePackets() && queuedBytes + length <= now.queueBytes();
    }

    /** How long until the first bit leaves. */
    private long waitNanos(long nowNanos) {
        return lineUsed ? Math.max(0, lineFreeAt - nowNanos) : 0;
    }

    /** How long until the last bit has left, and takes the line for that time. */
    private long lineNanos(int length, long nowNanos) {
        long rate = model.impairment().rate();
        if (rate == 0) {
            return 0;
        }
        long waiting = waitNanos(nowNanos);
        if (waiting == 0) {
            lineRemainder = 0;
        }
        // The remainder is carried on, so that a long burst takes its exact time and not one that is rounded for each.
        long work = length * BIT_NANOS + lineRemainder;
        long line = sum(waiting, work / rate);
        if (line < Timers.MAX_DELAY) {
            lineRemainder = work % rate;
            lineFreeAt = nowNanos + line;
            lineUsed = true;
        }
        return line;
    }

    /**
     * Without jitter a link is a pipe: also when its delay was just made shorter, nothing overtakes what is on the way. Only
     * what was held back to be overtaken does not count.
     */
    private long deadline(long nowNanos, long delay) {
        long deadline = Timers.after(nowNanos, delay);
        if (model.reordered()) {
            return deadline;
        }
        if (inOrderUntil == Timers.NEVER || heap.size() == 0 || deadline - inOrderUntil >= 0) {
            inOrderUntil = deadline;
            return deadline;
        }
        return model.impairment().jitterNanos() == 0 ? inOrderUntil : deadline;
    }

    private int clear() {
        int dropped = heap.size();
        Message message = heap.poll();
        while (message != null) {
            pool.give(message);
            message = heap.poll();
        }
        queuedBytes = 0;
        return dropped;
    }
}
