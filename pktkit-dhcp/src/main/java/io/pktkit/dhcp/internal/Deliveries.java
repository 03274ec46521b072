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
 * <p>Packets may be dropped at {@link #MAX_PACKETS} when the deliverer is stuck in a call, as on any full link; events are not,
 * their number being bounded by the states of their owner.
 */
public final class Deliveries {
    static final int MAX_PACKETS = 1024;

    private static final Logger LOG = System.getLogger(Deliveries.class.getName());

    private final ArrayDeque<Call> queue = new ArrayDeque<>();
    private final String owner;
    private int packets;
    private long droppedPackets;
    private int failures;
    private boolean draining;

    private record Call(Runnable action, @Nullable BooleanSupplier wanted, boolean packet) {}

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

    /** Queues the sending of a packet, under the same condition; false if there is no room. */
    public boolean packetIf(BooleanSupplier wanted, Runnable action) {
        return add(new Call(action, wanted, true));
    }

    /** Queues the sending of a packet; false if there is no room. */
    public boolean packet(Runnable action) {
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

    public synchronized long droppedPackets() {
        return droppedPackets;
    }

    private synchronized boolean add(Call call) {
        if (call.packet && packets >= MAX_PACKETS) {
            droppedPackets++;
            return false;
        }
        packets += call.packet ? 1 : 0;
        queue.add(call);
        return true;
    }

    private synchronized @Nullable Call next() {
        Call call = queue.poll();
        if (call == null) {
            draining = false;
        } else if (call.packet) {
            packets--;
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
