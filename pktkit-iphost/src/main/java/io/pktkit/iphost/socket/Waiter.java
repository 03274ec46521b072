// SPDX-License-Identifier: MIT
package io.pktkit.iphost.socket;

import io.pktkit.time.Alarm;
import io.pktkit.time.Timers;
import java.io.InterruptedIOException;
import java.util.concurrent.locks.Condition;
import org.jspecify.annotations.Nullable;

/**
 * Where threads wait for one thing of the shell. Deadlines are alarms of the shell's timers rather than timed waits, so
 * that they run in virtual time too. Guarded by the shell's lock.
 */
final class Waiter {
    private final HostShell shell;
    private final Condition condition;
    private @Nullable Alarm alarm;
    private long armedAt = Timers.NEVER;
    private int waiting;

    /** Counts the signals, so that one that comes while the lock is briefly free is not lost. */
    private long signals;

    /** Counts the deadlines that have come; each waiting thread then looks whether it was its own. */
    private long deadlines;

    Waiter(HostShell shell, Condition condition) {
        this.shell = shell;
        this.condition = condition;
    }

    /** Wakes all who wait here: what they wait for may have come. */
    void signal() {
        signals++;
        if (waiting > 0) {
            condition.signalAll();
        }
    }

    /**
     * Waits for a signal or the deadline; the caller looks again in either case. What is queued is sent before.
     *
     * @return false if the deadline has come
     */
    boolean await(long deadlineNanos) throws InterruptedIOException {
        long seen = signals;
        shell.flush();
        if (signals != seen || shell.host().isClosed()) { // closing signals those only that wait already
            return true;
        }
        if (Timers.isDue(deadlineNanos, shell.nowNanos())) {
            return false;
        }
        waiting++;
        shell.onWaiting(this);
        try {
            arm(deadlineNanos);
            long before = deadlines;
            while (signals == seen && deadlines == before) {
                condition.await();
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new InterruptedIOException("interrupted while waiting");
        } finally {
            if (--waiting == 0) {
                shell.onWaited(this);
                disarm();
            }
        }
        return !Timers.isDue(deadlineNanos, shell.nowNanos()) || signals != seen;
    }

    private void arm(long deadlineNanos) {
        if (Timers.earlier(armedAt, deadlineNanos) == armedAt) {
            return;
        }
        Alarm used = alarm;
        if (used == null) {
            used = shell.newAlarm(this::onDeadline);
            alarm = used;
        }
        armedAt = deadlineNanos;
        used.arm(deadlineNanos);
    }

    private void disarm() {
        if (alarm != null && armedAt != Timers.NEVER) {
            armedAt = Timers.NEVER;
            alarm.disarm();
        }
    }

    private void onDeadline() {
        shell.enter();
        try {
            armedAt = Timers.NEVER;
            deadlines++;
            condition.signalAll(); // those whose time has not come arm again
        } finally {
            shell.leave();
        }
    }
}
