// SPDX-License-Identifier: MIT
package io.pktkit.link;

import io.pktkit.time.Alarm;
import io.pktkit.time.Timers;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;

/** A wait by the given clock that can be ended early, for good. One thread waits; any thread ends it. */
final class Pause {

    private final Timers timers;
    private final ReentrantLock lock = new ReentrantLock();
    private final Condition over = lock.newCondition();
    private boolean waiting;
    private boolean ended;

    Pause(Timers timers) {
        this.timers = timers;
    }

    void await(long nanos) {
        Alarm alarm = timers.newAlarm(() -> wake(false));
        lock.lock();
        try {
            waiting = true;
            alarm.arm(Timers.after(timers.nowNanos(), nanos));
            while (waiting && !ended) {
                over.awaitUninterruptibly();
            }
        } finally {
            lock.unlock();
            alarm.close();
        }
    }

    void end() {
        wake(true);
    }

    private void wake(boolean end) {
        lock.lock();
        try {
            waiting = false;
            ended |= end;
            over.signalAll();
        } finally {
            lock.unlock();
        }
    }
}
