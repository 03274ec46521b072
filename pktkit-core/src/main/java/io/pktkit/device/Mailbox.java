// SPDX-License-Identifier: MIT
package io.pktkit.device;

import io.pktkit.internal.CallbackGate;
import io.pktkit.internal.ThreadState;
import java.util.ArrayDeque;
import java.util.concurrent.Executor;
import java.util.concurrent.RejectedExecutionException;
import org.jspecify.annotations.Nullable;

/**
 * Carries calls of user code out of the places where user code must not run: from under a lock, from the timer thread and
 * from the way of a packet. What an {@link Outbox} is for packets, this is for calls.
 *
 * <p>Tasks run in the order in which they were posted, one at a time, on the executor and never on the posting thread: a
 * slow one delays its own mailbox only. {@link io.pktkit.time.Timers#callbacks()} is the executor to give, so that tests
 * in virtual time decide when they run. A mailbox closes with its owner.
 *
 * <p>Any thread; {@link #post} also with a lock held. What a task throws is contained and logged at a bounded rate. What
 * waits is bounded: a task that is one too many is refused and counted, so who posts what must not be lost keeps the
 * number of its tasks small by its own states.
 */
public final class Mailbox implements AutoCloseable {

    /** How many tasks wait at most. */
    public static final int MAX_WAITING = 1024;

    private final Executor executor;
    private final FailureLog failures;
    private final CallbackGate gate = new CallbackGate();

    /** Guarded by this, as are the fields below. */
    private final ArrayDeque<Runnable> queue = new ArrayDeque<>(2);

    private boolean draining;
    private long refused;

    /**
     * Creates an empty mailbox.
     *
     * @param executor runs the tasks
     * @param owner whose callbacks they are, for the log
     */
    public Mailbox(Executor executor, Class<?> owner) {
        this.executor = executor;
        this.failures = new FailureLog(owner, "callback of " + owner.getSimpleName());
    }

    /**
     * Leaves a task to be run soon. Does not throw, also if the executor does.
     *
     * @param task the task
     * @return false if it was refused: the mailbox is closed or full, or its executor does not take it
     */
    public boolean post(Runnable task) {
        synchronized (this) {
            if (gate.isClosed() || queue.size() == MAX_WAITING) {
                refused++;
                return false;
            }
            queue.add(task);
            if (draining) {
                return true;
            }
            draining = true;
        }
        try {
            executor.execute(this::drain);
            return true;
        } catch (RuntimeException | Error failure) { // it has ended, or there is no thread at the moment
            synchronized (this) {
                draining = false;
                refused += queue.size();
                queue.clear();
            }
            if (!(failure instanceof RejectedExecutionException)) {
                failures.record(failure);
            }
            return false;
        }
    }

    /** {@return how many tasks were refused} */
    public synchronized long refused() {
        return refused;
    }

    /**
     * Drops what waits and takes no more. Idempotent. No task runs after it returned; called from within a task, it does
     * not wait for that one.
     */
    @Override
    public void close() {
        gate.shut();
        synchronized (this) {
            queue.clear();
        }
        gate.awaitEmpty();
    }

    private void drain() {
        ThreadState thread = ThreadState.current();
        for (Runnable task = next(); task != null; task = next()) {
            if (gate.enter(thread)) {
                try {
                    task.run();
                } catch (Throwable failure) {
                    failures.record(failure);
                } finally {
                    gate.exit(thread);
                }
            }
        }
    }

    private synchronized @Nullable Runnable next() {
        Runnable task = queue.poll();
        draining = task != null;
        return task;
    }
}
