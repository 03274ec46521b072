// SPDX-License-Identifier: MIT
package io.pktkit.link;

import io.pktkit.device.Acceptor;
import io.pktkit.device.Attachment;
import io.pktkit.device.Connector;
import io.pktkit.device.Device;
import io.pktkit.device.FailureLog;
import io.pktkit.device.Quota;
import io.pktkit.internal.AcceptLoop;
import io.pktkit.internal.Daemons;
import io.pktkit.time.SystemTimers;
import io.pktkit.time.Timers;
import io.pktkit.wire.Pdu;
import java.io.IOException;
import java.nio.channels.ClosedChannelException;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicLong;
import org.jspecify.annotations.Nullable;

/**
 * Attaches each device that an acceptor brings to a network, until it is closed.
 *
 * <p>It owns a daemon thread that accepts, and the devices that it accepted: a device that the network does not take, or
 * that is one too many, is closed; one that is done is detached and closed. Nothing that one device does ends the loop.
 *
 * <p>What the acceptor throws does not say whether the next try may succeed: a peer that hung up while it was being
 * accepted looks the same as a lack of file descriptors. So accepting goes on while the acceptor says that it is open,
 * after a pause that doubles with each failure in a row, and ends after too many of them.
 *
 * @param <D> the kind of device
 * @param <P> what it moves
 */
public final class Serve<D extends Device<P>, P extends Pdu> implements AutoCloseable {

    private static final FailureLog FAILURES = new FailureLog(Serve.class, "device on its way in");

    private final Acceptor<D> acceptor;
    private final Connector<D, P> connector;
    private final ServeOptions options;
    private final Quota places;
    private final Incoming incoming = new Incoming();
    private final AcceptLoop<D> loop;
    private final Map<D, Attachment<P>> attached = new ConcurrentHashMap<>();
    private final AtomicLong rejected = new AtomicLong();
    private final CompletableFuture<Void> done = new CompletableFuture<>();
    private final CompletionStage<Void> doneView = done.minimalCompletionStage();
    private final Thread thread;
    private volatile boolean closed;

    private Serve(Acceptor<D> acceptor, Connector<D, P> connector, ServeOptions options, Timers timers) {
        this.acceptor = acceptor;
        this.connector = connector;
        this.options = options;
        this.places = new Quota(options.maxDevices());
        this.loop = new AcceptLoop<>(incoming, this::admit, FAILURES::record, options.backoff(), timers);
        this.thread = Daemons.thread("pktkit-serve", this::run);
    }

    /**
     * Starts to accept with the default options.
     *
     * @param <D> the kind of device
     * @param <P> what it moves
     * @param acceptor brings devices; if it is {@link AutoCloseable} it is closed together with this
     * @param connector the network
     * @return what ends it
     */
    public static <D extends Device<P>, P extends Pdu> Serve<D, P> start(
            Acceptor<D> acceptor, Connector<D, P> connector) {
        return start(acceptor, connector, ServeOptions.DEFAULT, SystemTimers.shared());
    }

    /**
     * Starts to accept.
     *
     * @param <D> the kind of device
     * @param <P> what it moves
     * @param acceptor brings devices; if it is {@link AutoCloseable} it is closed together with this
     * @param connector the network
     * @param options limits and pauses
     * @param timers the clock of the pauses
     * @return what ends it
     */
    public static <D extends Device<P>, P extends Pdu> Serve<D, P> start(
            Acceptor<D> acceptor, Connector<D, P> connector, ServeOptions options, Timers timers) {
        Serve<D, P> serve = new Serve<>(acceptor, connector, options, timers);
        serve.thread.start();
        return serve;
    }

    /**
     * Tells when accepting has ended.
     *
     * @return a stage that completes after {@link #close()}, or exceptionally with what ended it, mostly an {@link IOException}
     */
    public CompletionStage<Void> done() {
        return doneView;
    }

    /** {@return how many devices are attached} */
    public int attached() {
        return attached.size();
    }

    /** {@return how many devices were closed because they were too many, or because the network did not take them} */
    public long rejected() {
        return rejected.get();
    }

    /** Stops accepting, waits for the loop to end, and detaches and closes the devices. Idempotent. */
    @Override
    public void close() {
        closed = true;
        closeAcceptor();
        loop.close();
        awaitThread();
        for (D device : attached.keySet()) {
            release(device);
        }
    }

    private void run() {
        loop.run();
        Throwable failure = incoming.end;
        if (failure == null || closed) {
            done.complete(null);
        } else {
            done.completeExceptionally(failure);
        }
    }

    /** Attaches a device or closes it. Whatever it throws is its own loss. */
    private void admit(D device) throws IOException {
        if (closed || !places.tryAcquire()) {
            rejected.incrementAndGet();
            closeQuietly(device);
            return;
        }
        boolean isIn = false;
        try {
            attached.put(device, connector.connect(device));
            isIn = true;
            device.done().whenComplete((nothing, failure) -> release(device));
            if (closed) {
                release(device);
            }
        } catch (IOException | RuntimeException | Error failure) {
            rejected.incrementAndGet();
            if (isIn) {
                release(device);
            } else {
                places.release();
            }
            throw failure; // one device never ends the loop, which closes it
        }
    }

    private void release(D device) {
        Attachment<P> attachment = attached.remove(device);
        if (attachment != null) {
            closeQuietly(attachment);
            closeQuietly(device);
            places.release();
        }
    }

    private void closeAcceptor() {
        if (acceptor instanceof AutoCloseable closeable) {
            closeQuietly(closeable);
        } else {
            thread.interrupt(); // there is no other way to wake it
        }
    }

    private void awaitThread() {
        boolean interrupted = false;
        while (thread != Thread.currentThread() && thread.isAlive()) {
            try {
                thread.join();
            } catch (InterruptedException interrupt) {
                interrupted = true;
            }
        }
        if (interrupted) {
            Thread.currentThread().interrupt();
        }
    }

    private static void closeQuietly(AutoCloseable closeable) {
        try {
            closeable.close();
        } catch (Throwable failure) {
            FAILURES.record(failure);
        }
    }

    /** What the acceptor brings, until it is closed or has failed too often. Of the thread that accepts. */
    private final class Incoming implements AcceptLoop.Source<D> {

        private int failuresInARow;
        private @Nullable Throwable end;

        @Override
        public D accept() throws IOException {
            try {
                D device = acceptor.accept();
                failuresInARow = 0;
                return device;
            } catch (IOException | RuntimeException | Error failure) {
                failuresInARow++;
                if (isFinal(failure)) {
                    end = failure;
                }
                throw failure;
            }
        }

        private boolean isFinal(Throwable failure) {
            return failure instanceof ClosedChannelException
                    || !acceptor.isOpen()
                    || failuresInARow >= options.maxFailures();
        }

        @Override
        public boolean isOpen() {
            return end == null && !closed;
        }
    }
}
