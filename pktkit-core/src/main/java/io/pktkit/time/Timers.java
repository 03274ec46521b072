// SPDX-License-Identifier: MIT
package io.pktkit.time;

import io.pktkit.internal.Daemons;
import java.time.Duration;
import java.util.concurrent.Executor;

/** A clock and what runs at a time of it. Any thread. */
public interface Timers {

    /** The deadline of something that has none. */
    long NEVER = Long.MAX_VALUE;

    /** The longest that a deadline can be ahead, about 146 years: beyond, differences would change their sign. */
    long MAX_DELAY = Long.MAX_VALUE / 2;

    /**
     * Reads the clock.
     *
     * @return nanoseconds from an arbitrary origin; never goes back, may be negative, to be compared by difference
     */
    long nowNanos();

    /**
     * Creates an alarm that is not armed.
     *
     * @param onFire what to run when the deadline has come, on the timer thread and with no lock held; it must not block,
     *     and what it throws is contained
     * @return the alarm
     */
    Alarm newAlarm(Runnable onFire);

    /**
     * Runs something once.
     *
     * @param delayNanos how long from now; 0 or less is at once
     * @param task what to run, as for {@link #newAlarm}
     * @return what calls it off
     */
    default Cancellable schedule(long delayNanos, Runnable task) {
        Alarm alarm = newAlarm(task);
        alarm.arm(after(nowNanos(), delayNanos));
        return alarm::close;
    }

    /**
     * Tells where user code is called that may block: a listener, an observer, never an alarm. By default that is a few
     * daemon threads of the process.
     *
     * @return an executor, to be used through a {@link io.pktkit.device.Mailbox}, which keeps the order
     */
    default Executor callbacks() {
        return Daemons.callbacks();
    }

    /**
     * Adds a delay to a time.
     *
     * @param nanos the time
     * @param delayNanos the delay; less than 0 is taken as 0, more than {@link #MAX_DELAY} as that
     * @return the deadline, never {@link #NEVER}
     */
    static long after(long nanos, long delayNanos) {
        long deadline = nanos + Math.min(Math.max(delayNanos, 0), MAX_DELAY);
        return deadline == NEVER ? NEVER + 1 : deadline;
    }

    /**
     * Adds a delay to a time.
     *
     * @param nanos the time
     * @param delay the delay, cut to {@code [0, MAX_DELAY]}
     * @return the deadline, never {@link #NEVER}
     */
    static long after(long nanos, Duration delay) {
        return after(nanos, toNanos(delay));
    }

    /**
     * Chooses the earlier of two deadlines.
     *
     * @param a a deadline or {@link #NEVER}
     * @param b a deadline or {@link #NEVER}
     * @return the one that comes first; {@link #NEVER} if there is none
     */
    static long earlier(long a, long b) {
        if (a == NEVER) {
            return b;
        }
        return b != NEVER && b - a < 0 ? b : a;
    }

    /**
     * Tells whether a deadline has come.
     *
     * @param deadlineNanos a deadline or {@link #NEVER}
     * @param nowNanos the time
     * @return true at the deadline and after it
     */
    static boolean isDue(long deadlineNanos, long nowNanos) {
        return deadlineNanos != NEVER && nowNanos - deadlineNanos >= 0;
    }

    /**
     * Converts a duration without overflow.
     *
     * @param duration the duration
     * @return its nanoseconds, cut to {@code [-MAX_DELAY, MAX_DELAY]}
     */
    static long toNanos(Duration duration) {
        if (duration.compareTo(Duration.ofNanos(MAX_DELAY)) > 0) {
            return MAX_DELAY;
        }
        if (duration.compareTo(Duration.ofNanos(-MAX_DELAY)) < 0) {
            return -MAX_DELAY;
        }
        return duration.toNanos();
    }
}
