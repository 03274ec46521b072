// SPDX-License-Identifier: MIT
package io.pktkit.slirp.internal;

import io.pktkit.device.Burst;
import io.pktkit.device.FailureLog;
import io.pktkit.internal.Daemons;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.channels.ClosedSelectorException;
import java.nio.channels.SelectableChannel;
import java.nio.channels.SelectionKey;
import java.nio.channels.Selector;
import java.util.ArrayDeque;
import java.util.Objects;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * The one thread that touches sockets. Everything else hands it tasks, which run between two selects. Its methods are for the loop
 * thread itself unless they say "any thread".
 */
public final class SelectorLoop {
    /** Holds the longest datagram, and is what a bulk transfer moves at a time. */
    private static final int BUFFER_LENGTH = 1 << 16;

    /** Tasks run before sockets are looked at again. */
    private static final int TASKS_PER_ROUND = 256;

    /** How soon a waiting thread notices that the loop has died under its task. */
    private static final int POLL_FOR_END_MILLIS = 50;

    /** How often sockets that have sent their last are asked whether they were reset. */
    private static final long WATCH_MILLIS = 500;

    private static final FailureLog FAILURES = new FailureLog(SelectorLoop.class, "socket loop task");

    /** What a registered channel is attached to. */
    interface Ready {
        /** The channel can do something it was registered for. */
        void onReady(SelectionKey key);

        /** {@link #onReady} has thrown: give the channel up. */
        void onFailure();

        /** Of {@link #watchForReset}: the connection was reset, or both ends have sent their last. */
        default void onHangUp() {
            onFailure();
        }
    }

    private final Selector selector;

    /**
     * Sockets that have sent their last. That one was reset afterwards is seen by neither reading nor waiting for input, and waiting
     * for room would never wait. So they are registered here for what cannot happen to a connected socket, which leaves errors and
     * hang-ups, and are looked at now and then. A hang-up is also what a system reports of a connection that both ends have closed. Only then are new ones registered: most have ended by that time, and a socket that is registered
     * here gives its descriptor back at the look after its end.
     */
    private final Selector halfClosed;

    private final ArrayDeque<Watched> toWatch = new ArrayDeque<>();

    private record Watched(SelectableChannel channel, Ready ready) {}

    private long watchedAt;
    private final Thread thread;
    private final Consumer<SelectionKey> dispatcher = this::dispatch;

    /** Guarded by itself, with {@link #sleeping}. */
    private final ArrayDeque<Runnable> tasks = new ArrayDeque<>();

    /** Whether the thread waits for sockets, or is about to, and nobody has woken it yet. */
    private boolean sleeping;

    /** Whether {@link #sleeping} may be set. Owned by the loop thread. */
    private boolean slept;

    /** What was taken out of the queue for this round. Owned by the loop thread. */
    private final @Nullable Runnable[] taken = new Runnable[TASKS_PER_ROUND];

    private final ByteBuffer buffer = ByteBuffer.allocateDirect(BUFFER_LENGTH);
    private final PayloadBatch batch = new PayloadBatch();
    private volatile boolean closed;

    /**
     * Starts the thread.
     *
     * @param name of the thread
     * @throws IOException when the system refuses a selector
     */
    public SelectorLoop(String name) throws IOException {
        selector = Selector.open();
        halfClosed = openSecond(selector);
        thread = Daemons.thread(name, this::run);
        thread.start();
    }

    private static Selector openSecond(Selector first) throws IOException {
        try {
            return Selector.open();
        } catch (IOException e) {
            first.close();
            throw e;
        }
    }

    /** Any thread. After the loop was closed the task does not run. */
    void execute(Runnable task) {
        boolean wake;
        synchronized (tasks) {
            tasks.addLast(task);
            wake = sleeping;
            sleeping = false;
        }
        if (wake) {
            selector.wakeup();
        }
    }

    /** Any thread. Runs a task and waits until it is done and the sockets it closed are really closed. */
    void executeAndWait(Runnable task) {
        if (Thread.currentThread() == thread) {
            task.run();
            return;
        }
        CountDownLatch done = new CountDownLatch(1);
        execute(() -> {
            try {
                task.run();
                selectNow(); // a registered channel gives its descriptor back only in a select
            } finally {
                done.countDown();
            }
        });
        awaitOrEnd(done);
    }

    /** Any thread: whether it is the loop's. */
    boolean isCurrent() {
        return Thread.currentThread() == thread;
    }

    /** The scratch buffer of the loop, cleared. Whoever asks for it has it until the method it was called from returns. */
    ByteBuffer buffer() {
        return buffer.clear();
    }

    /** The batch of the loop; with what is in it, for whoever it was called from until that returns. */
    PayloadBatch batch() {
        return batch;
    }

    SelectionKey register(SelectableChannel channel, int interest, Ready ready) throws IOException {
        return channel.register(selector, interest, ready);
    }

    /** Tells, within a second, that a connected socket was reset, once: by {@link Ready#onHangUp}. */
    void watchForReset(SelectableChannel channel, Ready ready) {
        Watched first = toWatch.peekFirst();
        while (first != null && !first.channel.isOpen()) {
            toWatch.removeFirst();
            first = toWatch.peekFirst();
        }
        toWatch.addLast(new Watched(channel, ready));
    }

    private boolean isWatching() {
        return !toWatch.isEmpty() || !halfClosed.keys().isEmpty();
    }

    /** Any thread, but not the loop's own: stops the thread and waits for its end. */
    public void close() {
        closed = true;
        selector.wakeup();
        awaitEnd();
    }

    /** Not merely told that it is over: the thread is gone when this returns. */
    private void awaitEnd() {
        boolean interrupted = false;
        while (Thread.currentThread() != thread && thread.isAlive()) {
            try {
                thread.join();
            } catch (InterruptedException e) {
                interrupted = true; // told to the caller once what it asked for is done
            }
        }
        if (interrupted) {
            Thread.currentThread().interrupt();
        }
    }

    /** Returns when the latch is open or the thread has really ended; at once on the thread itself. */
    private void awaitOrEnd(CountDownLatch latch) {
        boolean interrupted = false;
        while (Thread.currentThread() != thread && thread.isAlive()) {
            try {
                if (latch.await(POLL_FOR_END_MILLIS, TimeUnit.MILLISECONDS)) {
                    break;
                }
            } catch (InterruptedException e) {
                interrupted = true; // told to the caller once what it asked for is done
            }
        }
        if (interrupted) {
            Thread.currentThread().interrupt();
        }
    }

    private void run() {
        try {
            while (!closed) {
                round();
            }
        } catch (IOException | ClosedSelectorException e) {
            FAILURES.record(e);
        } finally {
            closed = true;
            closeSelector();
        }
    }

    private void round() throws IOException {
        Burst burst = Burst.open(); // nothing is held back while it waits: what a round has sent has left at its end
        try {
            select();
            lookAtHalfClosed(WATCH_MILLIS);
            int count = takeTasks();
            for (int i = 0; i < count; i++) {
                contain(Objects.requireNonNull(taken[i]));
                taken[i] = null;
            }
        } finally {
            burst.close();
        }
    }

    private void select() throws IOException {
        if (!mayWait()) {
            selector.selectNow(dispatcher);
        } else if (!isWatching()) {
            selector.select(dispatcher);
        } else {
            selector.select(dispatcher, WATCH_MILLIS);
        }
    }

    /** Whether there is nothing to do but for sockets; then who adds a task wakes the thread. */
    private boolean mayWait() {
        synchronized (tasks) {
            slept = tasks.isEmpty();
            sleeping = slept;
            return slept;
        }
    }

    /** Nobody need wake the thread: tasks are looked at again before the next wait. */
    private void awake() {
        if (slept) {
            slept = false;
            synchronized (tasks) {
                sleeping = false;
            }
        }
    }

    private int takeTasks() {
        awake();
        synchronized (tasks) {
            int count = Math.min(tasks.size(), taken.length);
            for (int i = 0; i < count; i++) {
                taken[i] = tasks.pollFirst();
            }
            return count;
        }
    }

    private void dispatch(SelectionKey key) {
        awake();
        if (key.isValid() && key.attachment() instanceof Ready ready) {
            try {
                ready.onReady(key);
            } catch (RuntimeException | Error failure) {
                FAILURES.record(failure);
                contain(ready::onFailure);
            }
        }
    }

    private void lookAtHalfClosed(long everyMillis) throws IOException {
        if (!isWatching()) {
            return;
        }
        long now = System.nanoTime(); // sockets keep real time
        if (now - watchedAt < TimeUnit.MILLISECONDS.toNanos(everyMillis)) {
            return;
        }
        watchedAt = now;
        for (Watched next = toWatch.pollFirst(); next != null; next = toWatch.pollFirst()) {
            if (next.channel.isOpen()) {
                next.channel.register(halfClosed, SelectionKey.OP_CONNECT, next.ready);
            }
        }
        halfClosed.selectNow(key -> {
            if (key.attachment() instanceof Ready ready) {
                key.cancel();
                contain(ready::onHangUp);
            }
        });
    }

    private static void contain(Runnable task) {
        try {
            task.run();
        } catch (RuntimeException | Error failure) {
            FAILURES.record(failure);
        }
    }

    private void selectNow() {
        try {
            selector.selectNow(dispatcher);
            lookAtHalfClosed(0);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private void closeSelector() {
        try {
            for (SelectionKey key : selector.keys()) {
                key.channel().close();
            }
            selector.close();
            halfClosed.close();
        } catch (IOException e) {
            FAILURES.record(e);
        }
    }
}
