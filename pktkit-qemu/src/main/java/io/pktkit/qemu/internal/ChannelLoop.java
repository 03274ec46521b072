// SPDX-License-Identifier: MIT
package io.pktkit.qemu.internal;

import io.pktkit.device.FailureLog;
import io.pktkit.internal.CallbackGate;
import io.pktkit.internal.Daemons;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.ClosedSelectorException;
import java.nio.channels.SelectableChannel;
import java.nio.channels.SelectionKey;
import java.nio.channels.Selector;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Consumer;

/**
 * The one thread that accepts, reads, and writes what a socket did not take at once, for a listener and all its connections.
 * It belongs to the listener and the devices, and ends when the last of them and the last connection are gone.
 *
 * <p>A connection has one read of at most {@link #BUFFER_LENGTH} bytes at each round, so a busy one takes turns with the
 * others.
 */
public final class ChannelLoop {

    /** Holds a burst of a hundred frames of 1500 bytes, or the longest frame and the beginning of the next. */
    static final int BUFFER_LENGTH = 1 << 18;

    private static final FailureLog FAILURES = new FailureLog(ChannelLoop.class, "QEMU socket");

    /** What a channel is registered with. On the loop's thread. */
    interface Ready {

        /** The channel can do what it was registered for. */
        void onReady() throws IOException;

        /** {@link #onReady} failed, or the loop ends: give the channel up. */
        void onFailure(Throwable failure);
    }

    private final Selector selector;
    private final Thread thread;
    private final Queue<Runnable> tasks = new ConcurrentLinkedQueue<>();
    private final AtomicBoolean wakeupPending = new AtomicBoolean();
    private final AtomicInteger owners = new AtomicInteger(1);
    private final ByteBuffer buffer = ByteBuffer.allocateDirect(BUFFER_LENGTH);

    private final Consumer<SelectionKey> dispatch = this::dispatch;

    /** The loop's alone. */
    private int connections;

    private ChannelLoop(String name) throws IOException {
        selector = Selector.open();
        thread = Daemons.thread(name, this::run);
    }

    /**
     * Starts a loop with one owner, the caller.
     *
     * @param name the thread's
     * @return the loop
     * @throws IOException if the system refuses a selector
     */
    public static ChannelLoop start(String name) throws IOException {
        ChannelLoop loop = new ChannelLoop(name);
        try {
            loop.thread.start();
        } catch (Error noThread) {
            loop.selector.close();
            throw noThread;
        }
        return loop;
    }

    /** Adds an owner. Only by who is one. Any thread. */
    public void retain() {
        owners.incrementAndGet();
    }

    /**
     * Takes an owner away. Any thread.
     *
     * @return whether it was the last: the thread ends as soon as the connections have
     */
    public boolean release() {
        boolean last = owners.decrementAndGet() == 0;
        if (last) {
            selector.wakeup();
        }
        return last;
    }

    /** {@return whether the last owner has left} */
    public boolean isLeft() {
        return owners.get() == 0;
    }

    /**
     * Runs something on the thread soon. Any thread. After the loop's end it does not run.
     *
     * @param task what to run
     */
    public void execute(Runnable task) {
        tasks.add(task);
        if (Thread.currentThread() != thread && wakeupPending.compareAndSet(false, true)) {
            selector.wakeup();
        }
    }

    /**
     * Closes a channel, and waits until it has given back its port, which one that is registered does in a select only. It does so
     * later where waiting is no use: on the thread itself, or on one that it waits for. Any thread.
     *
     * @param channel what to close
     */
    public void close(SelectableChannel channel) {
        Sockets.closeQuietly(channel);
        CountDownLatch closed = new CountDownLatch(1);
        execute(() -> {
            try {
                selector.selectNow(dispatch);
            } catch (IOException failure) {
                FAILURES.record(failure);
            } finally {
                closed.countDown();
            }
        });
        CallbackGate.await(thread, closed);
    }

    /** {@return the thread, to wait for its end} */
    public Thread thread() {
        return thread;
    }

    /** The buffer that all reads share, cleared: the caller's until its method returns. */
    ByteBuffer buffer() {
        return buffer.clear();
    }

    /** A connection keeps the loop going until {@link #connectionEnded}. Both on the loop's thread. */
    void connectionBegan() {
        connections++;
    }

    void connectionEnded() {
        connections--;
    }

    SelectionKey register(SelectableChannel channel, int interest, Ready ready) throws IOException {
        return channel.register(selector, interest, ready);
    }

    private void run() {
        Throwable end = new IOException("the loop has ended");
        try {
            while (owners.get() > 0 || connections > 0 || !tasks.isEmpty()) {
                round();
            }
        } catch (IOException | ClosedSelectorException failure) {
            FAILURES.record(failure);
            end = failure;
        } finally {
            giveUp(end);
        }
    }

    private void round() throws IOException {
        if (tasks.isEmpty()) {
            selector.select(dispatch);
        } else {
            selector.selectNow(dispatch);
        }
        wakeupPending.set(false); // before looking at the tasks: who adds from here on wakes the next select
        for (Runnable task = tasks.poll(); task != null; task = tasks.poll()) {
            contain(task);
        }
    }

    private void dispatch(SelectionKey key) {
        if (key.isValid() && key.attachment() instanceof Ready ready) {
            try {
                ready.onReady();
            } catch (IOException | RuntimeException | Error failure) {
                contain(() -> ready.onFailure(failure));
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

    private void giveUp(Throwable reason) {
        for (SelectionKey key : selector.keys()) {
            if (key.attachment() instanceof Ready ready) {
                contain(() -> ready.onFailure(reason));
            }
        }
        try {
            selector.close();
        } catch (IOException failure) {
            FAILURES.record(failure);
        }
    }
}
