// SPDX-License-Identifier: MIT
package io.pktkit.time;

import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;

/**
 * Timers on the clock of the system, with one daemon thread for all of them.
 *
 * <p>The thread is started when the first alarm is armed and waits without waking up while nothing is due. It runs the
 * callbacks one after another, so a callback must not block. An alarm that is closed is forgotten at once.
 */
public final class SystemTimers implements Timers {

    private static final SystemTimers SHARED = new SystemTimers();

    private final ReentrantLock lock = new ReentrantLock();
    private final Condition changed = lock.newCondition();
    private final AlarmHeap heap = new AlarmHeap();
    private boolean started;

    private SystemTimers() {}

    /**
     * The timers of this process.
     *
     * @return the one instance
     */
    public static SystemTimers shared() {
        return SHARED;
    }

    @Override
    public long nowNanos() {
        return System.nanoTime();
    }

    @Override
    public Alarm newAlarm(Runnable onFire) {
        return new SystemAlarm(this, onFire);
    }

    /**
     * Tells how many alarms the timer thread has to look at: those that are armed, and some that were until lately.
     *
     * @return the count
     */
    public int pending() {
        lock.lock();
        try {
            return heap.size();
        } finally {
            lock.unlock();
        }
    }

    /** Puts an alarm where its deadline says, unless it is there or earlier already. */
    void enqueue(SystemAlarm alarm) {
        lock.lock();
        try {
            long deadline = alarm.deadline();
            if (alarm.isClosed() || deadline == NEVER) {
                return;
            }
            if (alarm.wakeUp() != NEVER && deadline - alarm.wakeUp() >= 0) {
                return;
            }
            if (heap.put(alarm, deadline)) {
                changed.signal();
            }
            start();
        } finally {
            lock.unlock();
        }
    }

    void remove(SystemAlarm alarm) {
        lock.lock();
        try {
            heap.remove(alarm);
        } finally {
            lock.unlock();
        }
    }

    private void start() {
        if (!started) {
            Thread thread = new Thread(this::run, "pktkit-timers");
            thread.setDaemon(true);
            thread.start();
            started = true;
        }
    }

    private void run() {
        while (true) {
            SystemAlarm alarm = next();
            if (alarm != null) {
                alarm.fire(nowNanos());
                // What was armed while the alarm was out of the queue has queued itself; what was moved later has not.
                enqueue(alarm);
            }
        }
    }

    /** Waits for the first alarm's wake-up and takes it out; null when it is worth looking again. */
    private @Nullable SystemAlarm next() {
        lock.lock();
        try {
            SystemAlarm first = heap.first();
            if (first == null) {
                changed.awaitUninterruptibly();
                return null;
            }
            long left = first.wakeUp() - nowNanos();
            if (left > 0) {
                long remaining = changed.awaitNanos(left);
                return remaining > 0 ? null : heap.takeDue(nowNanos());
            }
            return heap.takeDue(nowNanos());
        } catch (InterruptedException interrupt) {
            // A callback may have interrupted its thread. The timers of the whole process do not end for that.
            return null;
        } finally {
            lock.unlock();
        }
    }
}
