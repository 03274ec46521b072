// SPDX-License-Identifier: MIT
package io.pktkit.internal;

import io.pktkit.time.Alarm;
import io.pktkit.time.Timers;
import java.io.IOException;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.channels.CancelledKeyException;
import java.nio.channels.SelectionKey;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * Takes what a source brings, one after the other, for as long as the source is open. Nothing that comes ends it, and no
 * want of anything does:
 *
 * <ul>
 *   <li>A failure to accept pauses it, whatever it is: a peer that hung up, no descriptors (EMFILE), no memory. The next peer
 *       waits in the backlog meanwhile; who tries again at once does nothing else, for as long as the want lasts. The pause
 *       doubles with each failure in a row.
 *   <li>A failure to take what was accepted, such as a thread that cannot be started (an {@link OutOfMemoryError}), is the
 *       loss of that one alone, which is closed. It is not paused for: each costs its peer a connection, so it is no spin.
 * </ul>
 *
 * <p>A blocking source has a thread that {@link #run() runs} this; one in a selector tells by {@link #onReady} that something
 * is there, and is paused by taking its key's interest away, so that the rest of the selector's work goes on.
 *
 * <p>Everything that a pause needs is made beforehand: when descriptors or threads are out it is too late.
 *
 * @param <C> what comes: connections, devices, datagrams
 */
public final class AcceptLoop<C> implements AutoCloseable {

    private static final long FIRST_PAUSE_NANOS = TimeUnit.MILLISECONDS.toNanos(10);
    private static final long LAST_PAUSE_NANOS = TimeUnit.SECONDS.toNanos(1);

    /** Accepted at one wake-up of a selector; the rest comes at the next, after the others' turn. */
    private static final int AT_ONCE = 64;

    /** There is nothing to accept, and nothing to wait for but the source. */
    private static final long NOTHING = -1;

    private final Source<C> source;
    private final Sink<? super C> sink;
    private final Consumer<Throwable> failed;
    private final Backoff backoff;
    private final Timers timers;
    private final Alarm resume;
    private final Pause pause = new Pause();
    private volatile @Nullable SelectionKey paused;
    private volatile boolean closed;

    /** Where things come from. Of the thread that accepts, but for the question whether it is open. */
    public interface Source<C> {

        /**
         * Waits for the next, or looks for it in a selector.
         *
         * @return the next; null only if it does not wait, and nothing is there
         * @throws IOException if it could not be accepted
         */
        @Nullable
        C accept() throws IOException;

        /** {@return whether a later {@link #accept()} may succeed} */
        boolean isOpen();
    }

    /** Where they go. */
    @FunctionalInterface
    public interface Sink<C> {

        /**
         * Takes one over, on the thread that accepts.
         *
         * @param accepted the one, closed by the loop if this throws and it can be closed
         * @throws IOException if it is of no use
         */
        void take(C accepted) throws IOException;
    }

    /**
     * Makes one that does nothing yet, with pauses of its own choice.
     *
     * @param source what accepts; stays the caller's, who closes it before this
     * @param sink takes what was accepted
     * @param failed told of each failure, which it must not add to
     * @param backoff the pauses
     * @param timers the clock of the pauses
     */
    public AcceptLoop(
            Source<C> source, Sink<? super C> sink, Consumer<Throwable> failed, Backoff backoff, Timers timers) {
        this.source = source;
        this.sink = sink;
        this.failed = failed;
        this.backoff = backoff;
        this.timers = timers;
        this.resume = timers.newAlarm(this::resume);
    }

    /**
     * Makes one that does nothing yet, with pauses of 10 ms to a second.
     *
     * @param source what accepts; stays the caller's, who closes it before this
     * @param sink takes what was accepted
     * @param failed told of each failure, which it must not add to
     * @param timers the clock of the pauses
     */
    public AcceptLoop(Source<C> source, Sink<? super C> sink, Consumer<Throwable> failed, Timers timers) {
        this(source, sink, failed, new Backoff(FIRST_PAUSE_NANOS, LAST_PAUSE_NANOS), timers);
    }

    /**
     * Makes one of a listening socket.
     *
     * @param listener the socket; stays the caller's, who closes it before this
     * @param sink takes a connection over
     * @param failed told of each failure, which it must not add to
     * @param timers the clock of the pauses
     * @return the loop
     */
    public static AcceptLoop<Socket> on(
            ServerSocket listener, Sink<? super Socket> sink, Consumer<Throwable> failed, Timers timers) {
        return new AcceptLoop<>(
                new Source<>() {
                    @Override
                    public Socket accept() throws IOException {
                        return listener.accept();
                    }

                    @Override
                    public boolean isOpen() {
                        return !listener.isClosed();
                    }
                },
                sink,
                failed,
                timers);
    }

    /**
     * Makes one of a listening channel.
     *
     * @param listener the channel; stays the caller's, who closes it before this
     * @param sink takes a connection over
     * @param failed told of each failure, which it must not add to
     * @param timers the clock of the pauses
     * @return the loop
     */
    public static AcceptLoop<SocketChannel> on(
            ServerSocketChannel listener, Sink<? super SocketChannel> sink, Consumer<Throwable> failed, Timers timers) {
        return new AcceptLoop<>(
                new Source<>() {
                    @Override
                    public @Nullable SocketChannel accept() throws IOException {
                        return listener.accept();
                    }

                    @Override
                    public boolean isOpen() {
                        return listener.isOpen();
                    }
                },
                sink,
                failed,
                timers);
    }

    /** Accepts until this or the source is closed. The source blocks. */
    public void run() {
        while (isGoingOn()) {
            long nanos = accept();
            if (nanos > 0) {
                pause.begin();
                sleep(nanos);
                pause.await();
            }
        }
    }

    /**
     * Accepts what is there. The source does not block.
     *
     * @param key the source's, whose interest is in accepting; on the selector's thread
     */
    public void onReady(SelectionKey key) {
        for (int i = 0; i < AT_ONCE && isGoingOn(); i++) {
            long nanos = accept();
            if (nanos == NOTHING) {
                return;
            }
            if (nanos > 0) {
                paused = key;
                listen(key, 0);
                sleep(nanos);
                return;
            }
        }
    }

    /** Ends a pause and lets {@link #run()} return. Close the source first, so that it waits for nothing more. Idempotent. */
    @Override
    public void close() {
        closed = true;
        pause.end(true);
        resume.close();
    }

    private boolean isGoingOn() {
        return !closed && source.isOpen();
    }

    /** Gives how long to pause before the next. */
    private long accept() {
        C accepted;
        try {
            accepted = source.accept();
        } catch (Throwable failure) {
            if (!isGoingOn()) {
                return NOTHING;
            }
            failed.accept(failure);
            return backoff.next();
        }
        if (accepted == null) {
            return NOTHING;
        }
        backoff.reset();
        try {
            sink.take(accepted);
        } catch (Throwable failure) {
            failed.accept(failure);
            close(accepted);
        }
        return 0;
    }

    private void close(C refused) {
        if (refused instanceof AutoCloseable closeable) {
            try {
                closeable.close();
            } catch (Throwable failure) {
                failed.accept(failure);
            }
        }
    }

    private void sleep(long nanos) {
        resume.arm(Timers.after(timers.nowNanos(), nanos));
    }

    private void resume() {
        SelectionKey key = paused;
        if (key == null) {
            pause.end(false);
        } else {
            listen(key, SelectionKey.OP_ACCEPT);
            key.selector().wakeup();
        }
    }

    private static void listen(SelectionKey key, int interest) {
        try {
            key.interestOps(interest);
        } catch (CancelledKeyException closed) {
            return; // with its source, between two looks at it
        }
    }
}
