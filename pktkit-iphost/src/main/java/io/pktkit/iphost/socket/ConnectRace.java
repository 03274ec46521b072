// SPDX-License-Identifier: MIT
package io.pktkit.iphost.socket;

import io.pktkit.time.Timers;
import io.pktkit.vtcp.TcpConfig;
import io.pktkit.vtcp.TcpFailure;
import io.pktkit.vtcp.host.HostConnection;
import io.pktkit.vtcp.host.TcpEvents;
import io.pktkit.wire.IpAddress;
import java.io.IOException;
import java.net.ConnectException;
import java.net.NoRouteToHostException;
import java.net.SocketException;
import java.net.SocketTimeoutException;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * Connects to the first of several addresses that answers (RFC 8305 section 5): the next one is tried when one fails, or
 * after a delay while those before are still under way. Used under the shell's lock, by one thread.
 */
final class ConnectRace implements TcpEvents {
    /** The Connection Attempt Delay that RFC 8305 section 8 recommends. */
    static final long STAGGER_NANOS = TimeUnit.MILLISECONDS.toNanos(250);

    private final HostShell shell;
    private final TcpConfig config;
    private final @Nullable IpAddress localAddress;
    private final int localPort;
    private final String host;
    private final int port;
    private final byte[] first;
    private final Waiter waiter;
    private final List<HostConnection> underWay = new ArrayList<>();
    /** The attempt that had the first bytes with it, and how many it took. */
    private @Nullable HostConnection early;

    private int taken;
    private @Nullable HostConnection winner;
    private @Nullable IOException failure;
    private boolean failedNow;
    private boolean cancelled;

    ConnectRace(
            HostShell shell,
            TcpConfig config,
            @Nullable IpAddress localAddress,
            int localPort,
            String host,
            int port,
            byte[] first) {
        this.localAddress = localAddress;
        this.shell = shell;
        this.first = first;
        this.config = config;
        this.localPort = localPort;
        this.host = host;
        this.port = port;
        this.waiter = shell.newWaiter();
    }

    /** Ends {@link #run} from another thread, with an error. */
    void cancel() {
        cancelled = true;
        waiter.signal();
    }

    /**
     * Connects.
     *
     * @param addresses at least one
     * @return an established connection, whose events still come here
     */
    HostConnection run(List<IpAddress> addresses, long deadlineNanos) throws IOException {
        try {
            int next = 0;
            long nextAt = shell.nowNanos();
            while (true) {
                if (cancelled) {
                    throw new SocketException("socket closed while connecting");
                }
                shell.checkOpen();
                HostConnection connected = winner;
                if (connected != null) {
                    underWay.remove(connected);
                    return connected;
                }
                long now = shell.nowNanos();
                if (Timers.isDue(deadlineNanos, now)) {
                    throw timedOut();
                }
                if (next < addresses.size() && (failedNow || Timers.isDue(nextAt, now))) {
                    failedNow = false;
                    attempt(addresses.get(next++), now);
                    nextAt = Timers.after(now, STAGGER_NANOS);
                } else if (next == addresses.size() && underWay.isEmpty()) {
                    throw failure == null ? timedOut() : failure;
                } else {
                    waiter.await(next < addresses.size() ? Timers.earlier(nextAt, deadlineNanos) : deadlineNanos);
                }
            }
        } finally {
            abandonTheRest();
        }
    }

    private void attempt(IpAddress address, long now) {
        try {
            IpAddress source = sourceFor(address);
            underWay.add(open(source, address, now));
        } catch (IOException e) {
            failed(e);
        }
    }

    private IpAddress sourceFor(IpAddress address) throws IOException {
        if (!shell.host().addresses().isOneHost(address)) {
            throw new NoRouteToHostException(
                    address + " is not the address of one host: TCP connects to no group and to no broadcast address");
        }
        IpAddress bound = localAddress;
        if (bound == null) {
            return shell.host().sourceFor(address);
        }
        if (bound.family() != address.family()) {
            throw new NoRouteToHostException("no way to " + address + " from " + bound
                    + ", which the socket is bound to: it is of the other family");
        }
        if (bound.isLoopback() && !shell.isOwn(address)) { // RFC 1122 section 3.2.1.3 (g)
            throw new NoRouteToHostException("no way to " + address + " from " + bound
                    + ", which the socket is bound to: a loopback address does not leave its host");
        }
        return bound;
    }

    /** One attempt alone may have data in its SYN: the others would only deliver it to more hosts. */
    private HostConnection open(IpAddress source, IpAddress address, long now) throws IOException {
        if (first.length == 0 || early != null || !config.fastOpen()) {
            return shell.host().tcp().connect(config, source, localPort, address, port, this, now);
        }
        ByteBuffer data = ByteBuffer.wrap(first);
        HostConnection opened = shell.host().tcp().connect(config, source, localPort, address, port, data, this, now);
        early = opened;
        taken = data.position();
        return opened;
    }

    /** {@return how many of the first bytes a connection has taken} */
    @SuppressWarnings("ReferenceEquality") // connections have no other identity
    int taken(HostConnection connection) {
        return connection == early ? taken : 0;
    }

    private void abandonTheRest() {
        for (HostConnection connection : List.copyOf(underWay)) {
            connection.abort(shell.nowNanos());
        }
        underWay.clear();
    }

    @Override
    public void onEstablished(HostConnection connection, long nowNanos) {
        if (winner == null) {
            winner = connection;
            waiter.signal();
        }
    }

    @Override
    @SuppressWarnings("ReferenceEquality") // connections have no other identity
    public void onClosed(HostConnection connection, long nowNanos) {
        if (connection != winner && underWay.remove(connection)) {
            failed(describe(connection));
            waiter.signal();
        }
    }

    /** The first failure is the one told: it is of the address that was preferred. */
    private void failed(IOException e) {
        failedNow = true;
        if (failure == null) {
            failure = e;
        } else {
            failure.addSuppressed(e);
        }
    }

    private IOException describe(HostConnection connection) {
        String target = target(connection.tuple().remoteAddress());
        TcpFailure reason = connection.failure();
        if (reason == TcpFailure.TIMED_OUT) {
            return new ConnectException("connection to " + target + " timed out");
        }
        if (reason == TcpFailure.UNREACHABLE) {
            return new NoRouteToHostException(target + ": the network reports it unreachable");
        }
        return new ConnectException("connection to " + target + " refused");
    }

    private SocketTimeoutException timedOut() {
        SocketTimeoutException e = new SocketTimeoutException("connection to " + host + " port " + port + " timed out");
        if (failure != null) {
            e.addSuppressed(failure);
        }
        return e;
    }

    private String target(IpAddress address) {
        String shown = address.toString();
        return (host.equals(shown) ? shown : host + " (" + shown + ")") + " port " + port;
    }
}
