// SPDX-License-Identifier: MIT
package io.pktkit.time;

import io.pktkit.internal.CallbackGate;
import io.pktkit.internal.ThreadState;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.Comparator;
import java.util.TreeSet;
import java.util.concurrent.Executor;
import org.jspecify.annotations.Nullable;

/**
 * Timers whose clock moves only when it is told to, for tests.
 *
 * <p>Callbacks run inside {@link #advance}, on its thread: by deadline, and those of one deadline in the order in which
 * they were armed. During a callback the clock stands at its deadline. What a callback arms is run by the same
 * advance if it falls into it. What a callback throws is thrown by the advance, because a test should see it.
 *
 * <p>What is given to {@link #callbacks()} waits too, for the next {@link #advance} or {@link #runCallbacks()}, so that a
 * test sees user code run on its own thread, when it says so.
 *
 * <p>Unless told otherwise the clock starts a few seconds before 0, so that code which compares times without regard
 * to their sign, or takes 0 for "none", fails in its test and not after 292 years.
 */
public final class ManualTime implements Timers {

    private static final long DEFAULT_START = -3_000_000_000L;

    private final Object lock = new Object();
    private final TreeSet<ManualAlarm> armed;
    private long now;
    private long arrivals;
    private final ArrayDeque<Runnable> callbacks = new ArrayDeque<>();

    /** Creates a clock that starts at -3 s. */
    public ManualTime() {
        this(DEFAULT_START);
    }

    /**
     * Creates a clock.
     *
     * @param startNanos the time to start at; any value, also just before the overflow
     */
    public ManualTime(long startNanos) {
        this.now = startNanos;
        // Relative to the start the order is a total one, as a sorted set wants it, also across the overflow.
        this.armed = new TreeSet<>(Comparator.comparingLong((ManualAlarm alarm) -> alarm.deadline - startNanos)
                .thenComparingLong(alarm -> alarm.arrival));
    }

    @Override
    public long nowNanos() {
        synchronized (lock) {
            return now;
        }
    }

    @Override
    public Alarm newAlarm(Runnable onFire) {
        return new ManualAlarm(onFire);
    }

    /**
     * Moves the clock and runs what becomes due on the way.
     *
     * @param duration how far; not negative
     */
    public void advance(Duration duration) {
        advanceNanos(Timers.toNanos(duration));
    }

    /**
     * Moves the clock and runs what becomes due on the way.
     *
     * @param nanos how far; not negative, 0 runs what is due already
     */
    public void advanceNanos(long nanos) {
        if (nanos < 0) {
            throw new IllegalArgumentException("time does not go back: nanos=" + nanos);
        }
        long target = nowNanos() + nanos;
        runCallbacks();
        ManualAlarm due = takeUntil(target);
        while (due != null) {
            due.fire();
            runCallbacks();
            due = takeUntil(target);
        }
        synchronized (lock) {
            if (target - now > 0) {
                now = target;
            }
        }
    }

    @Override
    public Executor callbacks() {
        return task -> {
            synchronized (lock) {
                callbacks.add(task);
            }
        };
    }

    /** Runs the user callbacks that wait, and those that come meanwhile. The clock stands still. */
    public void runCallbacks() {
        for (Runnable next = nextCallback(); next != null; next = nextCallback()) {
            next.run();
        }
    }

    private @Nullable Runnable nextCallback() {
        synchronized (lock) {
            return callbacks.poll();
        }
    }

    /**
     * Moves the clock to the next deadline, if there is one, and runs the one callback that is first in line.
     *
     * @return false if nothing is armed
     */
    public boolean runNext() {
        ManualAlarm next;
        synchronized (lock) {
            if (armed.isEmpty()) {
                return false;
            }
            next = take(armed.first());
        }
        next.fire();
        runCallbacks();
        return true;
    }

    /**
     * Tells how many alarms are armed.
     *
     * @return the count
     */
    public int pending() {
        synchronized (lock) {
            return armed.size();
        }
    }

    /**
     * Tells when the next alarm is due.
     *
     * @return the deadline; in the past if it was armed so; {@link Timers#NEVER} if nothing is armed
     */
    public long nextDeadlineNanos() {
        synchronized (lock) {
            return armed.isEmpty() ? NEVER : armed.first().deadline;
        }
    }

    private @Nullable ManualAlarm takeUntil(long target) {
        synchronized (lock) {
            if (armed.isEmpty() || armed.first().deadline - target > 0) {
                return null;
            }
            return take(armed.first());
        }
    }

    private ManualAlarm take(ManualAlarm alarm) {
        armed.remove(alarm);
        if (alarm.deadline - now > 0) {
            now = alarm.deadline;
        }
        alarm.deadline = NEVER;
        return alarm;
    }

    private final class ManualAlarm implements Alarm {

        private final Runnable onFire;
        private final CallbackGate gate = new CallbackGate();
        private long deadline = NEVER;
        private long arrival;

        private ManualAlarm(Runnable onFire) {
            this.onFire = onFire;
        }

        @Override
        public void arm(long deadlineNanos) {
            synchronized (lock) {
                disarm();
                if (deadlineNanos != NEVER && !gate.isClosed()) {
                    deadline = deadlineNanos;
                    arrival = arrivals++;
                    armed.add(this);
                }
            }
        }

        @Override
        public void disarm() {
            synchronized (lock) {
                if (deadline != NEVER) {
                    armed.remove(this);
                    deadline = NEVER;
                }
            }
        }

        @Override
        public void close() {
            synchronized (lock) {
                gate.shut();
                disarm();
            }
            gate.shutAndWait();
        }

        private void fire() {
            ThreadState thread = ThreadState.current();
            if (gate.enter(thread)) {
                try {
                    onFire.run();
                } finally {
                    gate.exit(thread);
                }
            }
        }
    }
}
