// SPDX-License-Identifier: MIT
package io.pktkit.impair;

import io.pktkit.internal.FreeBuffers;
import io.pktkit.time.Timers;
import io.pktkit.wire.Packet;
import io.pktkit.wire.Pdu;
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
        /** It met nothing yet: it is to be cut and summed first, and what comes of it to be offered. */
        UNFINISHED,
        LOST,
        CUT,
        OVERFLOW
    }

    private static final int NOT_ECT = 0;
    private static final int CE = 3;
    private static final long DUPLICATE_GAP_NANOS = 1_000;
    private static final long BIT_NANOS = 8 * 1_000_000_000L;

    private final LinkModel model;
    private final MessageView<Pdu> view = new MessageView<>();
    private final MessageHeap heap = new MessageHeap();
    private final MessageStore store = new MessageStore();
    private boolean partitioned;

    /** Of the buffers, not of what is in them: the bound is one of memory. */
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
    private long duplicated;
    private long duplicatesRefused;
    private long corrupted;
    private long reordered;
    private long marked;

    LinkQueue(Impairment impairment, Direction direction) {
        this.model = new LinkModel(impairment, direction);
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
    Fate offer(Pdu pdu, boolean mayPass, long nowNanos) {
        boolean nothingAhead = mayPass && heap.size() == 0;
        if (pdu.isUnfinished() && !(nothingAhead && !partitioned && model.isPerfect())) {
            return Fate.UNFINISHED;
        }
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
        if (nothingAhead && model.leavesAlone()) {
            passed++;
            return Fate.PASS;
        }
        int length = pdu.length();
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
        hold(pdu, late, deadline(nowNanos, delay));
        return Fate.HELD;
    }

    /** Takes out what is due first, if it arrived before the given count of arrivals. */
    @Nullable
    Message pollDue(long nowNanos, long arrivedBefore) {
        Message first = heap.first();
        return first == null || !Timers.isDue(first.deadline, nowNanos) || first.arrival >= arrivedBefore
                ? null
                : poll();
    }

    /** Takes out what would be due first. */
    @Nullable
    Message poll() {
        Message first = heap.poll();
        if (first != null) {
            queuedBytes -= first.capacity();
            passed++;
        }
        return first;
    }

    /** Takes back a message that was polled. */
    void recycle(Message message) {
        store.give(message);
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
        lineUsed = false; // what it was taken for is gone
        lineRemainder = 0;
        cut += dropped;
        return dropped;
    }

    void heal() {
        partitioned = false;
    }

    boolean isPartitioned() {
        return partitioned;
    }

    /** Gives up the memory that is kept for messages to come. */
    void forget() {
        store.clear();
    }

    LinkStats stats() {
        return new LinkStats(
                offered,
                passed,
                lost,
                cut,
                overflowed,
                duplicated,
                duplicatesRefused,
                corrupted,
                reordered,
                marked,
                heap.size(),
                queuedBytes);
    }

    private void hold(Pdu pdu, boolean late, long deadline) {
        Message message = store.copy(pdu);
        if ((late || model.marked()) && mark(message)) {
            marked++;
        }
        if (model.corrupted() && message.length > 0) {
            message.flip(model.bitOf(message.length));
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

    /** Tells whether the message was ECN-capable and is marked now; the IPv4 checksum is corrected incrementally. */
    private boolean mark(Message message) {
        Packet inside = view.of(message).packet();
        if (!inside.isValid() || inside.ecn() == NOT_ECT || inside.ecn() == CE) {
            return false;
        }
        inside.ecn(CE);
        return true;
    }

    private void duplicate(Message message) {
        if (!hasRoom(message.length)) {
            duplicatesRefused++;
            return;
        }
        add(store.copy(view.of(message)), Timers.after(message.deadline, DUPLICATE_GAP_NANOS));
        duplicated++;
    }

    private void add(Message message, long deadline) {
        message.deadline = deadline;
        message.arrival = arrivals;
        arrivals++;
        queuedBytes += message.capacity();
        heap.add(message);
    }

    private boolean hasRoom(int length) {
        Impairment now = model.impairment();
        return heap.size() < now.queuePackets() && queuedBytes + FreeBuffers.capacityFor(length) <= now.queueBytes();
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
            store.give(message);
            message = heap.poll();
        }
        queuedBytes = 0;
        return dropped;
    }
}
