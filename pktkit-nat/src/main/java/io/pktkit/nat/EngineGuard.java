// SPDX-License-Identifier: MIT
package io.pktkit.nat;

import io.pktkit.nat.engine.NatEngine;
import io.pktkit.nat.engine.NatInside;
import io.pktkit.nat.engine.NatOutput;
import io.pktkit.nat.policy.NatConfig;
import io.pktkit.time.Alarm;
import io.pktkit.time.Timers;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;

/** The engine of a {@link Nat} with its lock, its clock, and the alarm that it asks for. Everything by the lock. */
final class EngineGuard {

    final NatEngine engine;
    boolean closed;
    private final Timers timers;
    private final ReentrantLock lock = new ReentrantLock();
    private final Alarm alarm;
    private long armed = Timers.NEVER;

    /**
     * Guards a new engine.
     *
     * @param onAlarm is to call {@link #onTimer}
     */
    EngineGuard(NatConfig config, Timers timers, Runnable onAlarm) {
        this.engine = new NatEngine(config);
        this.timers = timers;
        this.alarm = timers.newAlarm(onAlarm);
    }

    void lock() {
        lock.lock();
    }

    void unlock() {
        lock.unlock();
    }

    long nowNanos() {
        return timers.nowNanos();
    }

    /** What the engine does may have changed when it wants to be called. */
    void arm() {
        long next = engine.nextDeadlineNanos();
        if (next != armed) {
            armed = next;
            alarm.arm(next);
        }
    }

    void onTimer(NatOutput output) {
        if (!closed) {
            engine.onTimer(nowNanos(), output);
            armed = Timers.NEVER;
            arm();
        }
    }

    @Nullable
    NatInside find(int namespace) {
        for (NatInside inside : engine.insides()) {
            if (inside.id() == namespace) {
                return inside;
            }
        }
        return null;
    }

    NatInside required(int namespace) {
        NatInside inside = find(namespace);
        if (inside == null) {
            throw new IllegalArgumentException("no such namespace: namespace=" + namespace);
        }
        return inside;
    }

    /** Without the lock: an alarm that has gone off may be waiting for it. */
    void stop() {
        alarm.close();
    }
}
