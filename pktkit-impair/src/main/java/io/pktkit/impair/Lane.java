// SPDX-License-Identifier: MIT
package io.pktkit.impair;

import io.pktkit.device.Burst;
import io.pktkit.device.DeviceStats;
import io.pktkit.device.DropReason;
import io.pktkit.device.FailureLog;
import io.pktkit.device.ForwardingDepth;
import io.pktkit.device.Sender;
import io.pktkit.internal.OffloadFinisher;
import io.pktkit.internal.ThreadState;
import io.pktkit.time.Alarm;
import io.pktkit.time.Timers;
import io.pktkit.wire.Pdu;
import org.jspecify.annotations.Nullable;

/**
 * A {@link LinkQueue} with a lock, an alarm and a way out. Any thread.
 *
 * <p>One thread at a time releases, with no lock held: the timer's, or one that sent what is due at once. What is sent
 * meanwhile queues up behind it. A release ends with what was there when it began; what its own receivers sent since then
 * is left to the alarm, or two receivers that answer each other would keep a thread for ever.
 */
final class Lane<P extends Pdu> {

    private static final FailureLog FAILURES = new FailureLog(Lane.class, "release");

    private final Timers timers;
    private final Direction direction;
    private final Exit<P> exit;
    private final Object lock = new Object();
    private final LinkQueue queue;
    private final Alarm alarm;

    /** What the thread that releases lends. */
    private final MessageView<P> view = new MessageView<>();

    /** Made once, where a lambda at each call might be allocated each time. */
    private final Sender<P> pieces = this::take;

    private @Nullable Thread releasing;
    private boolean ended;

    /** Where a direction leads, and who counts for it. */
    interface Exit<P extends Pdu> {

        /** Passes on what has come to the end of the link; tells whether it was not dropped there. */
        boolean pass(P pdu);

        DeviceStats stats();

        /** Counts a message that went no further; called with the lock of the lane held. */
        void dropped(DropReason reason);
    }

    Lane(Impairment impairment, Direction direction, Timers timers, Exit<P> exit) {
        this.timers = timers;
        this.direction = direction;
        this.exit = exit;
        this.queue = new LinkQueue(impairment, direction);
        this.alarm = timers.newAlarm(this::releaseBurst);
    }

    /** Takes a message, which stays the caller's; returns false if it was dropped in a way that its sender sees. */
    boolean take(P pdu) {
        LinkQueue.Fate fate = offer(pdu);
        switch (fate) {
            case PASS -> {
                return exit.pass(pdu);
            }
            case HELD -> {
                release();
                return true;
            }
            case UNFINISHED -> {
                return finish(pdu);
            }
            case LOST, CUT -> {
                return true;
            }
            default -> {
                return false;
            }
        }
    }

    private LinkQueue.Fate offer(P pdu) {
        synchronized (lock) {
            LinkQueue.Fate fate = queue.offer(pdu, releasing == null, timers.nowNanos());
            switch (fate) {
                case LOST -> exit.dropped(DropReason.LINK_LOSS);
                case CUT -> exit.dropped(DropReason.LINK_DOWN);
                case OVERFLOW -> exit.dropped(DropReason.QUEUE_FULL);
                case PASS, HELD, UNFINISHED -> {
                    // Not dropped.
                }
            }
            return fate;
        }
    }

    /** Offers again what a wire would see. A level deeper, because what is here may be in the buffers of this level. */
    private boolean finish(P pdu) {
        ThreadState thread = ThreadState.current();
        if (!thread.enter(ForwardingDepth.DEFAULT_LIMIT)) {
            exit.dropped(DropReason.LOOP);
            return false;
        }
        try {
            return OffloadFinisher.sendFinished(pieces, exit.stats(), direction == Direction.RECEIVE, pdu, thread);
        } finally {
            thread.leave();
        }
    }

    private void releaseBurst() {
        Burst burst = Burst.open();
        try {
            release();
        } finally {
            burst.close();
        }
    }

    /** Delivers what is due, unless another call is doing so, and sets the alarm for the rest. */
    void release() {
        long arrivedBefore;
        synchronized (lock) {
            if (releasing != null) {
                return;
            }
            if (!ended && !Timers.isDue(queue.nextDeadlineNanos(), timers.nowNanos())) {
                alarm.arm(queue.nextDeadlineNanos());
                return;
            }
            releasing = Thread.currentThread();
            arrivedBefore = queue.arrivals();
        }
        Message message = next(null, arrivedBefore);
        while (message != null) {
            try {
                exit.pass(view.of(message));
            } catch (Throwable failure) {
                exit.stats().error();
                exit.dropped(DropReason.HANDLER_FAILED);
                FAILURES.record(failure);
            }
            message = next(message, arrivedBefore);
        }
    }

    /** Takes the next message that is due; if there is none, the release is over. */
    private @Nullable Message next(@Nullable Message delivered, long arrivedBefore) {
        synchronized (lock) {
            if (delivered != null) {
                queue.recycle(delivered);
            }
            Message message = ended ? queue.poll() : queue.pollDue(timers.nowNanos(), arrivedBefore);
            if (message == null) {
                releasing = null;
                alarm.arm(queue.nextDeadlineNanos());
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
            for (int left = queue.partition(); left > 0; left--) {
                exit.dropped(DropReason.LINK_DOWN);
            }
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

    /**
     * Passes on all that waits; nothing comes any more. If a release is under way it does so, and this waits for it if it is
     * the alarm's, unless that is what called this.
     */
    void end() {
        synchronized (lock) {
            ended = true;
        }
        release();
        // The alarm's callback takes the lock, so this must not hold it.
        alarm.close();
        synchronized (lock) {
            queue.forget();
        }
    }
}
