// SPDX-License-Identifier: MIT
package io.pktkit.dhcp.internal;

import java.lang.System.Logger;
import java.lang.System.Logger.Level;
import java.util.ArrayDeque;
import java.util.function.BooleanSupplier;
import org.jspecify.annotations.Nullable;

/**
 * Calls to be made to the outside, queued under their owner's lock and made after it is released: one at a time, in order, by
 * whichever thread comes first. What is queued while a call runs, by the call itself too, is made by the same thread afterwards.
 * Any thread may call it.
 *
 * <p>What others can cause any number of is lossy: beyond {@link #MAX_LOSSY} that wait for a call to return it is dropped and
 * counted, as on a full link. Calls that must be made are few by the states of their owner.
 */
public final class Deliveries {
    static final int MAX_LOSSY = 1024;

    private static final Logger LOG = System.getLogger(Deliveries.class.getName());

    private final ArrayDeque<Call> queue = new ArrayDeque<>();
    private final String owner;
    private int lossyWaiting;
    private long dropped;
    private int failures;
    private boolean draining;

    private record Call(Runnable action, @Nullable BooleanSupplier wanted, boolean lossy) {}

    /** The owner is named in the log when a call throws. */
    public Deliveries(String owner) {
        this.owner = owner;
    }

    /** Queues a call that is always made. */
    public void event(Runnable action) {
        add(new Call(action, null, false));
    }

    /** Queues a call that is left out if {@code wanted} is false when its turn comes. */
    public void eventIf(BooleanSupplier wanted, Runnable action) {
        add(new Call(action, wanted, false));
    }

    /** Queues a call under the same condition; false if there is no room. */
    public boolean lossyIf(BooleanSupplier wanted, Runnable action) {
        return add(new Call(action, wanted, true));
    }

    /** Queues a call; false if there is no room. */
    public boolean lossy(Runnable action) {
        return add(new Call(action, null, true));
    }

    /** Makes the calls. The caller must hold no lock. */
    public void drain() {
        synchronized (this) {
            if (draining) {
                return;
            }
            draining = true;
        }
        for (Call call = next(); call != null; call = next()) {
            make(call);
        }
    }

    public synchronized long dropped() {
        return dropped;
    }

    private synchronized boolean add(Call call) {
        if (call.lossy && lossyWaiting >= MAX_LOSSY) {
            dropped++;
            return false;
        }
        lossyWaiting += call.lossy ? 1 : 0;
        queue.add(call);
        return true;
    }

    private synchronized @Nullable Call next() {
        Call call = queue.poll();
        if (call == null) {
            draining = false;
        } else if (call.lossy) {
            lossyWaiting--;
        }
        return call;
    }

    private void make(Call call) {
        try {
            if (call.wanted == null || call.wanted.getAsBoolean()) {
                call.action.run();
            }
        } catch (RuntimeException | Error e) {
            // A callback that throws costs its own call and the queue goes on. Logged at the 1st, 2nd, 4th, 8th...
            // time.
            int count = countFailure();
            if (Integer.bitCount(count) == 1) {
                LOG.log(Level.WARNING, owner + ": a callback failed, failures=" + count, e);
            }
        }
    }

    private synchronized int countFailure() {
        return failures == Integer.MAX_VALUE ? failures : ++failures;
    }
}
