// SPDX-License-Identifier: MIT
package io.pktkit.impair;

import io.pktkit.device.DropReason;
import io.pktkit.device.FailureLog;
import io.pktkit.time.Alarm;
import io.pktkit.time.Timers;
import java.nio.ByteBuffer;
import org.jspecify.annotations.Nullable;

/**
 * A {@link LinkQueue} with a lock, an alarm and a way out. Any thread.
 *
 * <p>One thread at a time releases, with no lock held: the timer's, or one that sent what is due at once. What is sent
 * meanwhile queues up behind it. A release ends with what was there when it began; what its own handlers sent since then
 * is left to the alarm, or two handlers that answer each other would keep a thread for ever.
 */
final class Lane {

    private static final FailureLog FAILURES = new FailureLog(Lane.class, "release");

    private final Timers timers;
    private final Exit exit;
    private final Object lock = new Object();
    private final LinkQueue queue;
    private final Alarm alarm;
    private @Nullable Thread releasing;
    private boolean closed;

    /** Where a direction leads, and who counts for it. */
    interface Exit {

        /** Passes on what has come to the end of the link. One thread at a time; must not keep the message. */
        void release(Message message);

        /** Counts messages that went no further; called with the lock of the lane held. */
        void dropped(DropReason reason, int count);

        /** Counts that a release threw. */
        void failed();
    }

    Lane(Impairment impairment, Direction direction, boolean frames, Timers timers, Exit exit) {
        this.timers = timers;
        this.exit = exit;
        this.queue = new LinkQueue(impairment, direction, frames);
        this.alarm = timers.newAlarm(this::release);
    }

    /**
     * Takes a message. If it is {@link LinkQueue.Fate#HELD}, {@link #release()} is to follow; if it is dropped, that is
     * counted.
     */
    LinkQueue.Fate offer(ByteBuffer source, int offset, int length, int segmentSize, boolean checksumPending) {
        synchronized (lock) {
            if (closed) {
                queue.refuse();
                exit.dropped(DropReason.CLOSED, 1);
                return LinkQueue.Fate.OVERFLOW;
            }
            boolean mayPass = releasing == null;
            LinkQueue.Fate fate =
                    queue.offer(source, offset, length, segmentSize, checksumPending, mayPass, timers.nowNanos());
            switch (fate) {
                case LOST -> exit.dropped(DropReason.LINK_LOSS, 1);
                case CUT -> exit.dropped(DropReason.LINK_DOWN, 1);
                case OVERFLOW -> exit.dropped(DropReason.QUEUE_FULL, 1);
                case PASS, HELD -> {
                    // Not dropped.
                }
            }
            return fate;
        }
    }

    /** Delivers what is due, unless another call is doing so, and sets the alarm for the rest. */
    void release() {
        long arrivedBefore;
        synchronized (lock) {
            if (releasing != null || closed) {
                return;
            }
            if (!Timers.isDue(queue.nextDeadlineNanos(), timers.nowNanos())) {
                alarm.arm(queue.nextDeadlineNanos());
                return;
            }
            releasing = Thread.currentThread();
            arrivedBefore = queue.arrivals();
        }
        Message message = next(null, arrivedBefore);
        while (message != null) {
            try {
                exit.release(message);
            } catch (Throwable failure) {
                exit.failed();
                FAILURES.record(failure);
            }
            message = next(message, arrivedBefore);
        }
    }

    /** Takes the next message that is due; if there is none, the release is over. */
    private @Nullable Message next(@Nullable Message delivered, long arrivedBefore) {
        synchronized (lock) {
            if (delivered != null && !closed) {
                queue.recycle(delivered);
            }
            Message message = queue.pollDue(timers.nowNanos(), arrivedBefore);
            if (message == null) {
                releasing = null;
                if (!closed) {
                    alarm.arm(queue.nextDeadlineNanos());
                }
                lock.notifyAll();
            }
            return message;
        }
    }

    /** Waits until nothing waits and nothing is being released; at once if this thread is the one that releases. */
    boolean awaitIdle(long deadlineNanos) throws InterruptedException {
        synchronized (lock) {
            while (releasing != null || !queue.isEmpty()) {
                long left = deadlineNanos - System.nanoTime();
                if (releasing == Thread.currentThread() || left <= 0) {
                    return false;
                }
                lock.wait(left / 1_000_000, (int) (left % 1_000_000));
            }
            return true;
        }
    }

    boolean isIdle() {
        synchronized (lock) {
            return releasing == null && queue.isEmpty();
        }
    }

    boolean isReleasedByThisThread() {
        synchronized (lock) {
            return releasing == Thread.currentThread();
        }
    }

    long nextDeadlineNanos() {
        synchronized (lock) {
            return queue.nextDeadlineNanos();
        }
    }

    Impairment impairment() {
        synchronized (lock) {
            return queue.impairment();
        }
    }

    void update(Impairment impairment) {
        synchronized (lock) {
            queue.update(impairment);
        }
    }

    void partition() {
        synchronized (lock) {
            exit.dropped(DropReason.LINK_DOWN, queue.partition());
            lock.notifyAll();
        }
    }

    void heal() {
        synchronized (lock) {
            queue.heal();
        }
    }

    boolean isPartitioned() {
        synchronized (lock) {
            return queue.isPartitioned();
        }
    }

    LinkStats stats() {
        synchronized (lock) {
            return queue.stats();
        }
    }

    /** Drops what waits, takes no more, and waits for a release by the alarm, unless that is what called this. */
    void close() {
        synchronized (lock) {
            if (!closed) {
                closed = true;
                exit.dropped(DropReason.CLOSED, queue.close());
                lock.notifyAll();
            }
        }
        // The alarm's callback takes the lock, so this must not hold it.
        alarm.close();
    }
}
