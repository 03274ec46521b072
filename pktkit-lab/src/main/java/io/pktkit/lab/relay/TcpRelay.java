// SPDX-License-Identifier: MIT
package io.pktkit.lab.relay;

import io.pktkit.device.FailureLog;
import io.pktkit.internal.AcceptLoop;
import io.pktkit.internal.Daemons;
import io.pktkit.time.SystemTimers;
import io.pktkit.time.Timers;
import io.pktkit.wire.IpAddress;
import java.io.Closeable;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.SocketException;
import java.util.List;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.atomic.LongAdder;

/**
 * Takes connections of one network into another: 256 at a time, of which an IPv4 address or an IPv6 /64 has a quarter at most, but
 * programs of this host, over the loopback, all. Half-closed connections stay half-closed, and whether silent ones are still there
 * is asked by keep-alive. Any thread.
 */
public final class TcpRelay implements AutoCloseable {

    private static final int MAX_CONNECTIONS = 256;
    private static final int BUFFER = 64 << 10;

    private final ServerSocket server;
    private final Dialer dialer;
    private final ExecutorService threads;
    private final AcceptLoop<Socket> loop;
    private final SourcePlaces places = new SourcePlaces(MAX_CONNECTIONS);
    private final Set<Closeable> open = ConcurrentHashMap.newKeySet();
    private final FailureLog failures = new FailureLog(TcpRelay.class, "relaying a connection");
    private final LongAdder refused = new LongAdder();
    private volatile boolean closed;

    private TcpRelay(ServerSocket server, Dialer dialer, Timers timers, ExecutorService threads) {
        this.server = server;
        this.dialer = dialer;
        this.threads = threads;
        this.loop = AcceptLoop.on(server, this::take, failures::record, timers);
    }

    /**
     * Begins to take connections.
     *
     * @param server where they come from; the relay owns it from now on
     * @param dialer who makes their far halves
     * @return the relay
     */
    public static TcpRelay start(ServerSocket server, Dialer dialer) {
        return start(server, dialer, SystemTimers.shared());
    }

    /**
     * Begins to take connections.
     *
     * @param server where they come from; the relay owns it from now on
     * @param dialer who makes their far halves
     * @param timers the clock of the pauses when none can be accepted, for a want of file descriptors for instance
     * @return the relay
     */
    public static TcpRelay start(ServerSocket server, Dialer dialer, Timers timers) {
        String name = "pktkit-relay-" + server.getLocalPort();
        return start(server, dialer, timers, Executors.newCachedThreadPool(body -> Daemons.thread(name, body)));
    }

    /** With its threads, which the relay owns. */
    static TcpRelay start(ServerSocket server, Dialer dialer, Timers timers, ExecutorService threads) {
        TcpRelay relay = new TcpRelay(server, dialer, timers, threads);
        try {
            threads.execute(relay.loop::run);
            return relay;
        } catch (RuntimeException | Error failure) {
            relay.close();
            throw failure;
        }
    }

    /** {@return the port that it listens on} */
    public int port() {
        return server.getLocalPort();
    }

    /** {@return how many connections were refused because there were too many, also of their source, or could not be dialled for} */
    public long refused() {
        return refused.sum();
    }

    private void take(Socket accepted) {
        IpAddress source = IpAddress.of(accepted.getInetAddress());
        if (!places.tryTake(source)) {
            refused.increment();
            closeQuietly(accepted);
            return;
        }
        try {
            threads.execute(() -> serve(accepted, source));
        } catch (RejectedExecutionException ended) {
            places.giveBack(source);
            closeQuietly(accepted);
        } catch (RuntimeException | Error failure) { // no thread for it
            places.giveBack(source);
            refused.increment();
            throw failure;
        }
    }

    private void serve(Socket accepted, IpAddress source) {
        try {
            own(accepted);
            relay(accepted);
        } catch (RuntimeException | Error failure) { // of the dialer, or no thread for the way back
            failures.record(failure);
        } finally {
            drop(accepted);
            places.giveBack(source);
        }
    }

    private void relay(Socket accepted) {
        Socket far;
        try {
            far = dialer.dial(accepted);
        } catch (IOException e) {
            refused.increment();
            return;
        }
        try {
            own(far);
            splice(accepted, far);
        } finally {
            drop(far);
        }
    }

    /** Whoever is opened while the relay closes is closed by one of the two. */
    private void own(Socket socket) {
        open.add(socket);
        if (closed) {
            closeQuietly(socket);
        }
    }

    private void drop(Socket socket) {
        open.remove(socket);
        closeQuietly(socket);
    }

    private void splice(Socket near, Socket far) {
        Future<?> back;
        try {
            // A peer that has vanished would hold its place for ever: nobody here writes to it unasked.
            near.setKeepAlive(true);
            far.setKeepAlive(true);
            back = threads.submit(() -> copy(far, near));
        } catch (SocketException | RejectedExecutionException ended) { // a socket, or this
            return;
        }
        copy(near, far);
        try {
            back.get();
        } catch (InterruptedException | ExecutionException e) {
            closeQuietly(near); // the relay is closing
        }
    }

    /** To the end of one direction, which the other side is told; an error ends both. */
    private static void copy(Socket from, Socket to) {
        byte[] buffer = new byte[BUFFER];
        try {
            InputStream input = from.getInputStream();
            OutputStream output = to.getOutputStream();
            for (int count = input.read(buffer); count >= 0; count = input.read(buffer)) {
                output.write(buffer, 0, count);
            }
            to.shutdownOutput();
        } catch (IOException e) {
            closeQuietly(from);
            closeQuietly(to);
        }
    }

    static void closeQuietly(Closeable what) {
        try {
            what.close();
        } catch (IOException e) {
            // It is gone either way.
            return;
        }
    }

    /** Ends all connections. Idempotent. */
    @Override
    public void close() {
        closed = true;
        closeQuietly(server);
        loop.close();
        List.copyOf(open).forEach(TcpRelay::closeQuietly);
        threads.shutdownNow();
    }
}
