// SPDX-License-Identifier: MIT
package io.pktkit.lab.internal;

import io.pktkit.device.FailureLog;
import io.pktkit.dns.DnsFrames;
import io.pktkit.dns.server.DnsForwarder;
import io.pktkit.dns.server.DnsRequest;
import io.pktkit.dns.upstream.DnsProtocol;
import io.pktkit.internal.AcceptLoop;
import io.pktkit.internal.Daemons;
import io.pktkit.iphost.socket.VirtualSocket;
import io.pktkit.time.SystemTimers;
import io.pktkit.time.Timers;
import io.pktkit.wire.IpAddress;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.Executor;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * DNS over TCP for guests (RFC 7766). What comes together on a connection, up to {@value #MAX_BATCH} queries, is asked side by
 * side and answered as the answers come; then what came meanwhile. A thread, {@code pktkit-dns-tcp}, accepts, and one of that
 * name serves each connection.
 *
 * <p>Bounds: {@value #MAX_CONNECTIONS} connections; of a guest {@value #MAX_OF_GUEST}, whose oldest makes way for a new one; when
 * all are taken, the oldest of the guest with most makes way. A connection that says nothing for ten seconds is closed; one that
 * does not take its answers holds one of its guest's places, until a new one needs it.
 */
final class DnsConnections implements AutoCloseable {
    private static final int MAX_CONNECTIONS = 64;
    private static final int MAX_OF_GUEST = 16;
    private static final int MAX_BATCH = 16;
    private static final int READ_BUFFER = 4 << 10;
    private static final Duration IDLE = Duration.ofSeconds(10);

    /** Longer than a query can be under way. */
    private static final Duration PATIENCE = Duration.ofSeconds(15);

    private static final System.Logger LOG = System.getLogger(DnsConnections.class.getName());

    private final ServerSocket listener;
    private final DnsForwarder forwarder;
    private final Executor threads;
    private final AcceptLoop<Socket> loop;
    private final FailureLog failures = new FailureLog(DnsConnections.class, "DNS over TCP");

    /** By guest, each in the order of their coming. Guarded by itself, as is the count and the flag. */
    private final Map<LanNameServer.Guest, LinkedHashSet<Connection>> connections = new HashMap<>();

    private int count;
    private boolean closed;

    /** The listener accepts {@link VirtualSocket}s only. */
    DnsConnections(ServerSocket listener, DnsForwarder forwarder) {
        this(listener, forwarder, SystemTimers.shared(), DnsConnections::newThread);
    }

    /** With a clock for the pauses, and what runs the loop and each connection, on a thread of its own. */
    DnsConnections(ServerSocket listener, DnsForwarder forwarder, Timers timers, Executor threads) {
        this.listener = listener;
        this.forwarder = forwarder;
        this.threads = threads;
        this.loop = AcceptLoop.on(listener, this::take, failures::record, timers);
        threads.execute(loop::run);
    }

    private static void newThread(Runnable task) {
        Daemons.thread("pktkit-dns-tcp", task).start();
    }

    private void take(Socket accepted) {
        Connection connection = new Connection((VirtualSocket) accepted);
        Connection displaced = add(connection);
        if (displaced != null) {
            end(displaced.socket);
        }
        if (displaced == connection) {
            return;
        }
        try {
            threads.execute(connection::serve);
        } catch (RuntimeException | Error failure) { // no thread for it
            remove(connection);
            throw failure;
        }
    }

    /** Takes a connection in, and gives the one that makes way for it, which is itself after the close. */
    private @Nullable Connection add(Connection connection) {
        synchronized (connections) {
            if (closed) {
                return connection;
            }
            Set<Connection> same = connections.computeIfAbsent(connection.guest, guest -> new LinkedHashSet<>());
            Connection displaced = null;
            if (same.size() >= MAX_OF_GUEST) {
                displaced = same.iterator().next();
            } else if (count >= MAX_CONNECTIONS) {
                displaced = oldestOfMost();
            }
            same.add(connection);
            count++;
            if (displaced != null) {
                removeLocked(displaced);
            }
            return displaced;
        }
    }

    private @Nullable Connection oldestOfMost() {
        Set<Connection> most = Set.of();
        for (Set<Connection> each : connections.values()) { // 64 at most
            most = each.size() > most.size() ? each : most;
        }
        return most.isEmpty() ? null : most.iterator().next();
    }

    private void remove(Connection connection) {
        synchronized (connections) {
            removeLocked(connection);
        }
    }

    private void removeLocked(Connection connection) {
        LinkedHashSet<Connection> same = connections.get(connection.guest);
        if (same != null && same.remove(connection)) {
            count--;
            if (same.isEmpty()) {
                connections.remove(connection.guest);
            }
        }
    }

    @Override
    public void close() {
        List<Connection> open = new ArrayList<>();
        synchronized (connections) {
            closed = true;
            connections.values().forEach(open::addAll);
        }
        try {
            listener.close();
        } catch (IOException e) {
            LOG.log(System.Logger.Level.DEBUG, "closing " + listener, e);
        }
        loop.close();
        open.forEach(connection -> end(connection.socket));
    }

    private static void end(Socket socket) {
        try {
            socket.close();
        } catch (IOException e) {
            LOG.log(System.Logger.Level.DEBUG, "closing " + socket, e);
        }
    }

    private final class Connection {
        final VirtualSocket socket;
        final LanNameServer.Guest guest;

        /** Filled by whoever brings answers, who must not wait for the guest to take them. */
        final BlockingQueue<byte[]> answers = new LinkedBlockingQueue<>();

        Connection(VirtualSocket socket) {
            this.socket = socket;
            this.guest = new LanNameServer.Guest(socket.tenant(), IpAddress.of(socket.getInetAddress()));
        }

        void serve() {
            DnsFrames frames = new DnsFrames();
            byte[] buffer = new byte[READ_BUFFER];
            try {
                socket.setSoTimeout((int) IDLE.toMillis());
                InputStream in = socket.getInputStream();
                for (int read = in.read(buffer); read >= 0; read = in.read(buffer)) {
                    frames.add(ByteBuffer.wrap(buffer, 0, read));
                    int asked;
                    do {
                        asked = ask(frames);
                        answer(asked);
                    } while (asked == MAX_BATCH);
                }
            } catch (IOException e) {
                LOG.log(System.Logger.Level.DEBUG, "DNS connection of " + guest, e);
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
            } finally {
                end(socket);
                remove(this);
            }
        }

        /** Asks what has come, side by side. */
        private int ask(DnsFrames frames) {
            int asked = 0;
            while (asked < MAX_BATCH) {
                byte[] message = frames.next();
                if (message == null) {
                    break;
                }
                forwarder.onRequest(new Query(this, message));
                asked++;
            }
            return asked;
        }

        /** Writes the answers in the order in which they come (RFC 7766 section 6.2.1.1). */
        private void answer(int asked) throws IOException, InterruptedException {
            OutputStream out = socket.getOutputStream();
            for (int i = 0; i < asked; i++) {
                byte[] answer = answers.poll(PATIENCE.toMillis(), TimeUnit.MILLISECONDS);
                if (answer == null) {
                    throw new IOException("a query was not answered");
                }
                out.write(DnsFrames.frame(answer));
            }
        }
    }

    private static final class Query implements DnsRequest {
        private final Connection connection;
        private final byte[] octets;

        Query(Connection connection, byte[] octets) {
            this.connection = connection;
            this.octets = octets;
        }

        @Override
        public ByteBuffer message() {
            return ByteBuffer.wrap(octets).asReadOnlyBuffer();
        }

        @Override
        public DnsProtocol protocol() {
            return DnsProtocol.TCP;
        }

        @Override
        public Object principal() {
            return connection.guest;
        }

        @Override
        public boolean isProven() {
            return true; // by its handshake
        }

        @Override
        public void reply(byte[] response) {
            connection.answers.add(response);
        }
    }
}
