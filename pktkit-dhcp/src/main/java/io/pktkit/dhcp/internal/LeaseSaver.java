// SPDX-License-Identifier: MIT
package io.pktkit.dhcp.internal;

import io.pktkit.device.FailureLog;
import io.pktkit.device.Mailbox;
import io.pktkit.dhcp.LeaseStore;
import io.pktkit.dhcp.StoredLease;
import io.pktkit.time.Alarm;
import io.pktkit.time.Timers;
import java.io.IOException;
import java.util.List;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.Supplier;

/**
 * Hands the leases of a server to its store, some time after they changed: however many changes there are, the store is written once
 * a second at most, and never by the thread that a packet came on. Any thread.
 */
public final class LeaseSaver implements AutoCloseable {
    private static final long DELAY = 1_000_000_000L;
    private static final long RETRY = 10_000_000_000L;

    private final LeaseStore store;
    private final Supplier<List<StoredLease>> leases;
    private final Timers timers;
    private final Alarm alarm;
    private final Mailbox mailbox;
    private final FailureLog failures;
    private final AtomicBoolean changed = new AtomicBoolean();
    private final Object saving = new Object(); // held while the store is written; taken before the owner's lock

    /** {@code leases} tells them when they are to be saved, and is called with no lock of the owner's held. */
    public LeaseSaver(LeaseStore store, Supplier<List<StoredLease>> leases, Timers timers, Class<?> owner) {
        this.store = store;
        this.leases = leases;
        this.timers = timers;
        failures = new FailureLog(owner, "saving the leases of " + owner.getSimpleName());
        mailbox = new Mailbox(timers.callbacks(), owner);
        alarm = timers.newAlarm(this::post);
    }

    /** Notes that leases have changed. Also with the owner's lock held. */
    public void changed() {
        if (changed.compareAndSet(false, true)) {
            alarm.arm(Timers.after(timers.nowNanos(), DELAY));
        }
    }

    /** Saves what has changed, and ends. The caller must hold no lock. */
    @Override
    public void close() {
        alarm.close();
        mailbox.close();
        if (changed.get()) {
            save();
        }
    }

    private void post() {
        if (!mailbox.post(this::save)) {
            retry(); // no thread for it, which may pass
        }
    }

    private void save() {
        synchronized (saving) {
            changed.set(false); // before they are told: what changes meanwhile is for the next time
            try {
                store.save(leases.get());
            } catch (IOException | RuntimeException | Error failure) {
                failures.record(failure);
                changed.set(true);
                retry();
            }
        }
    }

    private void retry() {
        alarm.arm(Timers.after(timers.nowNanos(), RETRY));
    }
}
