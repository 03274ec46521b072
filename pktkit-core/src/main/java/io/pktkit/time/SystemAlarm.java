// SPDX-License-Identifier: MIT
package io.pktkit.time;

import io.pktkit.device.FailureLog;
import io.pktkit.internal.CallbackGate;
import io.pktkit.internal.ThreadState;
import java.util.concurrent.atomic.AtomicLong;

/**
 * An alarm of {@link SystemTimers}.
 *
 * <p>The deadline and the alarm's place in the queue are two things. The place is where the timer thread will look at
 * the alarm, and it is never later than the deadline. So a deadline that moves later needs nothing but a write: the
 * timer thread finds the alarm not due and puts it where it belongs. Only one that moves earlier takes the lock.
 */
final class SystemAlarm implements Alarm {

    private static final FailureLog FAILURES = new FailureLog(SystemTimers.class, "timer callback");

    private final SystemTimers timers;
    private final Runnable onFire;
    private final CallbackGate gate = new CallbackGate();
    private final AtomicLong deadline = new AtomicLong(Timers.NEVER);

    /** Where the alarm is in the queue, or NEVER if it is not. Written under the lock of the timers. */
    private volatile long wakeUp = Timers.NEVER;

    /** The index in the heap. Guarded by the lock of the timers. */
    int index = -1;

    SystemAlarm(SystemTimers timers, Runnable onFire) {
        this.timers = timers;
        this.onFire = onFire;
    }

    @Override
    public void arm(long deadlineNanos) {
        deadline.set(deadlineNanos);
        if (deadlineNanos == Timers.NEVER) {
            return;
        }
        // The timer thread clears the wake-up and then reads the deadline, this thread does it the other way round:
        // at least one of the two sees what the other wrote.
        long planned = wakeUp;
        if (planned == Timers.NEVER || deadlineNanos - planned < 0) {
            timers.enqueue(this);
        }
    }

    @Override
    public void disarm() {
        deadline.set(Timers.NEVER);
    }

    @Override
    public void close() {
        gate.shut();
        deadline.set(Timers.NEVER);
        timers.remove(this);
        gate.shutAndWait();
    }

    boolean isClosed() {
        return gate.isClosed();
    }

    long deadline() {
        return deadline.get();
    }

    long wakeUp() {
        return wakeUp;
    }

    void wakeUp(long nanos) {
        wakeUp = nanos;
    }

    /** Runs the callback if the deadline is due; on the timer thread, without the lock. */
    void fire(long nowNanos) {
        long due = deadline.get();
        if (!Timers.isDue(due, nowNanos) || !deadline.compareAndSet(due, Timers.NEVER)) {
            return;
        }
        ThreadState thread = ThreadState.current();
        if (!gate.enter(thread)) {
            return;
        }
        try {
            onFire.run();
        } catch (Throwable failure) {
            FAILURES.record(failure);
        } finally {
            gate.exit(thread);
        }
    }
}
