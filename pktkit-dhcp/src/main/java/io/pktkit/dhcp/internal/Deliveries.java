// SPDX-License-Identifier: MIT
package io.pktkit.dhcp.internal;

import io.pktkit.device.FailureLog;
import io.pktkit.internal.CallbackGate;
import io.pktkit.internal.ThreadState;
import java.util.ArrayDeque;
import java.util.function.BooleanSupplier;
import org.jspecify.annotations.Nullable;

/**
 * Calls to be made on the packet path, queued under their owner's lock and made after it is released: one at a time, in order, by
 * whichever thread comes first. What is queued while a call runs, by the call itself too, is made by the same thread afterwards.
 * Any thread may call it. What may block is not called from here: it belongs into a mailbox.
 *
 * <p>What others can cause any number of is lossy: while {@link #MAX_WAITING} calls wait it is dropped and counted, as on a full
 * link. Other calls are few by the states of their owner, or their owner looks whether there is room before it does what would
 * cause them.
 *
 * <p>{@link #close} ends it: what is queued is made before it returns, and nothing is called after.
 */
public final class Deliveries implements AutoCloseable {
    static final int MAX_WAITING = 1024;

    /** Who drains is inside it, so that who closes can wait without closing a circle of waits. Never shut. */
    private final CallbackGate draining = new CallbackGate();

    private final ArrayDeque<Call> queue = new ArrayDeque<>();
    private final FailureLog failures;
    private @Nullable Thread runner; // who drains
    private boolean closed;
    private long dropped;

    private record Call(Runnable action, @Nullable BooleanSupplier wanted) {}

    /** The owner is named in the log when a call throws. */
    public Deliveries(Class<?> owner) {
        failures = new FailureLog(owner, "callback of " + owner.getSimpleName());
    }

    /** Queues a call that is always made. */
    public void event(Runnable action) {
        add(new Call(action, null), false);
    }

    /** Queues a call that is left out if {@code wanted} is false when its turn comes. */
    public void eventIf(BooleanSupplier wanted, Runnable action) {
        add(new Call(action, wanted), false);
    }

    /** Queues a call under the same condition; false if there is no room. */
    public boolean lossyIf(BooleanSupplier wanted, Runnable action) {
        return add(new Call(action, wanted), true);
    }

    /** Queues a call; false if there is no room. */
    public boolean lossy(Runnable action) {
        return add(new Call(action, null), true);
    }

    /** Whether a lossy call would be taken now. */
    public synchronized boolean hasRoom() {
        return queue.size() < MAX_WAITING;
    }

    /** Makes the calls. The caller must hold no lock. */
    public void drain() {
        ThreadState thread = ThreadState.current();
        draining.enter(thread); // first, so that nobody who sees a runner finds it outside
        try {
            synchronized (this) {
                if (runner != null) {
                    return;
                }
                runner = Thread.currentThread();
            }
            for (Call call = nextOrEnd(); call != null; call = nextOrEnd()) {
                make(call);
            }
        } finally {
            draining.exit(thread);
        }
    }

    /**
     * Makes what is queued and takes no more. Waits for a call that runs on another thread, unless that waits for this one in
     * turn. From within a call of its own it makes the rest at once. The caller must hold no lock. Idempotent.
     */
    @Override
    public void close() {
        boolean nested;
        synchronized (this) {
            closed = true;
            nested = runner == Thread.currentThread();
        }
        if (nested) {
            for (Call call = next(); call != null; call = next()) {
                make(call);
            }
            return;
        }
        drain();
        draining.awaitEmpty();
    }

    /** How many lossy calls found no room. */
    public synchronized long dropped() {
        return dropped;
    }

    /** How many calls threw. */
    public long failures() {
        return failures.count();
    }

    private synchronized boolean add(Call call, boolean lossy) {
        if (closed || (lossy && queue.size() >= MAX_WAITING)) {
            dropped += lossy ? 1 : 0;
            return false;
        }
        queue.add(call);
        return true;
    }

    private synchronized @Nullable Call next() {
        return queue.poll();
    }

    private synchronized @Nullable Call nextOrEnd() {
        Call call = queue.poll();
        if (call == null) {
            runner = null;
        }
        return call;
    }

    /** A callback that throws costs its own call, and the queue goes on. */
    private void make(Call call) {
        try {
            if (call.wanted == null || call.wanted.getAsBoolean()) {
                call.action.run();
            }
        } catch (Throwable failure) {
            failures.record(failure);
        }
    }
}
