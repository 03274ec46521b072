// SPDX-License-Identifier: MIT
package io.pktkit.wg.tunnel;

import io.pktkit.time.Alarm;
import io.pktkit.time.Timers;
import io.pktkit.wg.WgEngine;

/**
 * Keeps an alarm at the engine's deadline. Any thread. Mostly the deadline is where it was, which is seen without a lock;
 * who moves it looks again afterwards, so that no earlier deadline is overwritten by a later one that was read before.
 */
final class Deadline implements AutoCloseable {

    private final WgEngine engine;
    private final Alarm alarm;
    private volatile long armed = Timers.NEVER;

    Deadline(WgEngine engine, Timers timers, Runnable onTime) {
        this.engine = engine;
        this.alarm = timers.newAlarm(() -> {
            fired();
            onTime.run();
        });
    }

    /** To be called after whatever may have changed the engine's deadline. */
    void update() {
        if (engine.nextDeadlineNanos() == armed) {
            return;
        }
        synchronized (this) {
            long wanted = engine.nextDeadlineNanos();
            while (wanted != armed) {
                armed = wanted;
                alarm.arm(wanted);
                wanted = engine.nextDeadlineNanos();
            }
        }
    }

    /** What has fired is armed no more, even if the deadline is still the same. */
    private synchronized void fired() {
        armed = Timers.NEVER;
    }

    @Override
    public void close() {
        alarm.close();
    }
}
