// SPDX-License-Identifier: MIT
package io.pktkit.time;

import io.pktkit.device.FailureLog;
import io.pktkit.internal.Daemons;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;

/**
 * Timers on the clock of the system, with one daemon thread for all of them.
 *
 * <p>The thread is started when the first alarm is made, so that none fails to be armed for want of a thread, and waits
 * without waking up while nothing is due. It runs the callbacks one after another, so a callback must not block. An alarm
 * that is closed is forgotten at once.
 */
public final class SystemTimers implements Timers {

    private static final SystemTimers SHARED = new SystemTimers();

    private static final FailureLog INTERRUPTS = new FailureLog(SystemTimers.class, "wait of the timer thread");

    private final ReentrantLock lock = new ReentrantLock();
    private final Condition changed = lock.newCondition();
    private final AlarmHeap heap = new AlarmHeap();
    private volatile boolean started;

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
        if (!started) {
            start();
        }
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
        lock.lock();
        try {
            if (!started) {
                Daemons.thread("pktkit-timers", this::run).start();
                started = true;
            }
        } finally {
            lock.unlock();
        }
    }

    private void run() {
        while (true) {
            SystemAlarm alarm = next();
            alarm.fire(nowNanos());
            // What was armed while the alarm was out of the queue has queued itself; what was moved later has not.
            enqueue(alarm);
        }
    }

    /** Waits for the first wake-up and takes its alarm out. */
    private SystemAlarm next() {
        lock.lock();
        try {
            SystemAlarm due = heap.takeDue(nowNanos());
            while (due == null) {
                try {
                    SystemAlarm first = heap.first();
                    if (first == null) {
                        changed.await();
                    } else {
                        changed.awaitNanos(first.wakeUp() - nowNanos());
                    }
                } catch (InterruptedException interrupt) {
                    // A callback has interrupted its own thread. The timers of the process do not end for that, and
                    // looking once more is all there is to do.
                    INTERRUPTS.record(interrupt);
                }
                due = heap.takeDue(nowNanos());
            }
            return due;
        } finally {
            lock.unlock();
        }
    }
}
