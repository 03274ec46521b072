// SPDX-License-Identifier: MIT
package io.pktkit.slirp.internal;

import io.pktkit.device.FailureLog;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.channels.ClosedSelectorException;
import java.nio.channels.SelectableChannel;
import java.nio.channels.SelectionKey;
import java.nio.channels.Selector;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;

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

    private static final FailureLog FAILURES = new FailureLog(SelectorLoop.class, "socket loop task");

    /** What a registered channel is attached to. */
    interface Ready {
        /** The channel can do something it was registered for. */
        void onReady(SelectionKey key);

        /** {@link #onReady} has thrown: give the channel up. */
        void onFailure();
    }

    private final Selector selector;
    private final Thread thread;
    private final Queue<Runnable> tasks = new ConcurrentLinkedQueue<>();
    private final AtomicBoolean wakeupPending = new AtomicBoolean();
    private final ByteBuffer buffer = ByteBuffer.allocateDirect(BUFFER_LENGTH);
    private volatile boolean closed;

    /**
     * Starts the thread.
     *
     * @param name of the thread
     * @throws IOException when the system refuses a selector
     */
    public SelectorLoop(String name) throws IOException {
        selector = Selector.open();
        thread = new Thread(this::run, name);
        thread.setDaemon(true);
        thread.start();
    }

    /** Any thread. After the loop was closed the task does not run. */
    void execute(Runnable task) {
        tasks.add(task);
        if (Thread.currentThread() != thread && wakeupPending.compareAndSet(false, true)) {
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

    /** The scratch buffer of the loop, cleared. Whoever asks for it has it until the method it was called from returns. */
    ByteBuffer buffer() {
        return buffer.clear();
    }

    SelectionKey register(SelectableChannel channel, int interest, Ready ready) throws IOException {
        return channel.register(selector, interest, ready);
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
        if (tasks.isEmpty()) {
            selector.select(this::dispatch);
        } else {
            selector.selectNow(this::dispatch);
        }
        wakeupPending.set(false); // before looking at the queue: who adds from here on wakes the next select
        for (int i = 0; i < TASKS_PER_ROUND; i++) {
            Runnable task = tasks.poll();
            if (task == null) {
                return;
            }
            contain(task);
        }
    }

    private void dispatch(SelectionKey key) {
        if (key.isValid() && key.attachment() instanceof Ready ready) {
            try {
                ready.onReady(key);
            } catch (RuntimeException | Error failure) {
                FAILURES.record(failure);
                contain(ready::onFailure);
            }
        }
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
            selector.selectNow(this::dispatch);
            wakeupPending.set(false); // it has swallowed a wake-up; what that was for is polled before the next select
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
        } catch (IOException e) {
            FAILURES.record(e);
        }
    }
}
