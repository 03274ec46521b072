// SPDX-License-Identifier: MIT
package io.pktkit.ovpn;

import io.pktkit.device.Mailbox;
import java.util.ArrayDeque;
import java.util.List;
import java.util.concurrent.Executor;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * Calls connectors and the listener, in the order of what happened. What begins something is refused when too much waits;
 * what ends it is never lost, or its device, place and address would be taken for ever. That is bounded, too, as each end
 * is that of something that was begun. Any thread.
 */
final class Lifecycle {

    /** How many beginnings wait at most. */
    static final int MOST_BEGINNINGS = 1024;

    private final Consumer<Throwable> failures;

    /** Has at most the next task in it, so that it is never full. */
    private final Mailbox mailbox;

    // Guarded by this.
    private final ArrayDeque<Task> tasks = new ArrayDeque<>();
    private int beginnings;
    private boolean posted;
    private boolean closed;

    private record Task(Runnable action, boolean isBeginning) {}

    /**
     * Creates it with nothing to do.
     *
     * @param failures hears what is thrown by what is done at the close, and by the executor
     * @param executor runs the tasks
     * @param owner whose callbacks they are, for the log
     */
    Lifecycle(Consumer<Throwable> failures, Executor executor, Class<?> owner) {
        this.failures = failures;
        this.mailbox = new Mailbox(executor, owner);
    }

    /** Leaves a task that begins something; false if it is refused. */
    boolean begin(Runnable action) {
        Task task = new Task(action, true);
        synchronized (this) {
            if (closed || beginnings == MOST_BEGINNINGS) {
                return false;
            }
            beginnings++;
            tasks.add(task);
        }
        if (postNext()) {
            return true;
        }
        synchronized (this) {
            if (tasks.remove(task)) {
                beginnings--;
            }
        }
        return false;
    }

    /** Leaves a task that must be done, at the latest when the server is closed. */
    void end(Runnable action) {
        synchronized (this) {
            if (closed) {
                return;
            }
            tasks.add(new Task(action, false));
        }
        postNext();
    }

    /** Sees to it that the next task is run; false if the executor takes none, so that the next call tries again. */
    private boolean postNext() {
        synchronized (this) {
            if (posted || tasks.isEmpty()) {
                return true;
            }
            posted = true;
        }
        boolean taken = false;
        try {
            taken = mailbox.post(this::runNext);
        } catch (RuntimeException | Error failure) {
            // No thread can be started, perhaps. That is no failure of who calls, and the task stays: no end is lost.
            failures.accept(failure);
        } finally {
            if (!taken) {
                synchronized (this) {
                    posted = false;
                }
            }
        }
        return taken;
    }

    private void runNext() {
        Task next = next();
        try {
            if (next != null) {
                next.action.run();
            }
        } finally {
            synchronized (this) {
                posted = false;
            }
            postNext();
        }
    }

    private synchronized @Nullable Task next() {
        Task next = tasks.poll();
        if (next != null && next.isBeginning) {
            beginnings--;
        }
        return next;
    }

    /** Waits for the task that runs, and does what must still be done. None runs after this returned. */
    void close() {
        mailbox.close();
        List<Task> left;
        synchronized (this) {
            closed = true;
            left = List.copyOf(tasks);
            tasks.clear();
        }
        for (Task task : left) {
            if (!task.isBeginning) {
                try {
                    task.action.run();
                } catch (RuntimeException | Error failure) {
                    failures.accept(failure);
                }
            }
        }
    }
}
