// SPDX-License-Identifier: MIT
package io.pktkit.nat.upnp;

import io.pktkit.nat.service.NatHost;
import io.pktkit.time.Alarm;
import io.pktkit.time.Timers;
import io.pktkit.vtcp.host.HostConnection;
import io.pktkit.vtcp.host.TcpEvents;
import io.pktkit.vtcp.host.TcpListener;
import io.pktkit.wire.IpAddress;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** HTTP/1.1 at an address of a host of ours. Everything under that host's lock. */
final class HttpServer implements AutoCloseable {

    static final int MAX_CONNECTIONS = 64;
    static final int MAX_OF_CLIENT = 8;

    /** For a whole request, and between two; one octet now and then does not keep a connection. */
    static final long PATIENCE = Duration.ofSeconds(30).toNanos();

    private static final TcpListener.Options OPTIONS = new TcpListener.Options(16, 64, 10_000_000_000L);
    private static final byte[] CONTINUE = "HTTP/1.1 100 Continue\r\n\r\n".getBytes(StandardCharsets.US_ASCII);

    /** What makes a response. Called under the lock. */
    @FunctionalInterface
    interface Handler {
        HttpResponse handle(HttpRequest request, IpAddress client);
    }

    private final NatHost host;
    private final Handler handler;
    private final TcpListener listener;
    private final Alarm alarm;
    private final Set<Connection> connections = new LinkedHashSet<>();
    private final ByteBuffer input = ByteBuffer.allocate(4096);

    HttpServer(NatHost host, IpAddress address, int port, Handler handler) throws IOException {
        this.host = host;
        this.handler = handler;
        this.alarm = host.timers().newAlarm(this::onAlarm);
        host.shell().enter();
        try {
            listener = host.shell().host().tcp().listen(null, address, port, OPTIONS, this::onAcceptable);
        } finally {
            host.shell().leave();
        }
    }

    private void onAcceptable() {
        TcpListener from = opened();
        if (from == null) {
            return;
        }
        for (HostConnection next = from.accept(); next != null; next = from.accept()) {
            long now = host.shell().nowNanos();
            IpAddress client = next.tuple().remoteAddress();
            if (!host.isNeighbor(client) || connections.size() >= MAX_CONNECTIONS || of(client) >= MAX_OF_CLIENT) {
                next.abort(now);
                continue;
            }
            Connection connection = new Connection(next, client, now + PATIENCE);
            connections.add(connection);
            next.setEvents(connection);
            arm();
            connection.onReadable(next, now); // what came before is not told again
        }
    }

    /** Null within the constructor alone, when nobody can have come yet. */
    @SuppressWarnings("NullAway")
    private @Nullable TcpListener opened() {
        return listener;
    }

    private int of(IpAddress client) {
        int count = 0;
        for (Connection each : connections) { // 64 at most
            count += each.client.equals(client) ? 1 : 0;
        }
        return count;
    }

    private void arm() {
        long next = Timers.NEVER;
        for (Connection each : connections) {
            next = Timers.earlier(next, each.deadline);
        }
        alarm.arm(next);
    }

    private void onAlarm() {
        host.shell().enter();
        try {
            long now = host.shell().nowNanos();
            for (Connection each : List.copyOf(connections)) {
                if (now - each.deadline >= 0) {
                    each.end(now);
                }
            }
            arm();
        } finally {
            host.shell().leave();
        }
    }

    /** How many are open, for tests. */
    int size() {
        host.shell().enter();
        try {
            return connections.size();
        } finally {
            host.shell().leave();
        }
    }

    @Override
    public void close() {
        host.shell().enter();
        try {
            long now = host.shell().nowNanos();
            listener.close(now);
            List.copyOf(connections).forEach(each -> each.end(now));
        } finally {
            host.shell().leave();
        }
        alarm.close();
    }

    private final class Connection implements TcpEvents {
        final HostConnection stream;
        final IpAddress client;
        private final HttpParser parser = new HttpParser();
        private ByteBuffer output = ByteBuffer.allocate(0);
        private boolean last;
        private boolean finished;
        long deadline;

        /** From the first octet of a request on, its deadline stands. */
        private boolean begun;

        Connection(HostConnection stream, IpAddress client, long deadline) {
            this.stream = stream;
            this.client = client;
            this.deadline = deadline;
        }

        @Override
        public void onReadable(HostConnection connection, long now) {
            while (!last && !output.hasRemaining()) {
                input.clear();
                int peeked = stream.peek(input);
                if (peeked <= 0) {
                    if (peeked < 0) {
                        finish(now);
                    }
                    return;
                }
                input.flip();
                boolean whole = parser.take(input);
                stream.skip(input.position(), now);
                if (!begun && !parser.isIdle()) {
                    begun = true;
                    deadline = now + PATIENCE;
                    arm();
                }
                if (whole) {
                    answer(now);
                } else if (parser.pollContinue()) {
                    output = ByteBuffer.wrap(CONTINUE);
                    write(now);
                }
            }
        }

        private void answer(long now) {
            HttpRequest request = parser.poll();
            last = request == null || !request.isPersistent();
            HttpResponse response =
                    request == null ? new HttpResponse(parser.status()) : handler.handle(request, client);
            boolean head = request != null && request.method().equals("HEAD");
            output = ByteBuffer.wrap(response.toBytes(head, !last));
            begun = false;
            deadline = now + PATIENCE;
            arm();
            write(now);
        }

        private void write(long now) {
            if (output.hasRemaining() && stream.write(output, now) < 0) {
                end(now);
                return;
            }
            if (!output.hasRemaining() && last) {
                finish(now);
            }
        }

        @Override
        public void onWritable(HostConnection connection, long now) {
            write(now);
            if (!output.hasRemaining() && !last) {
                onReadable(connection, now);
            }
        }

        @Override
        public void onClosed(HostConnection connection, long now) {
            connections.remove(this);
        }

        /**
         * Lets it go, with what it has yet to take. It counts until it is closed at both ends: who never closes its own would else
         * take all that the host has, with connections that are none of ours any more.
         */
        private void finish(long now) {
            if (finished) {
                return;
            }
            finished = true;
            last = true;
            deadline = now + PATIENCE;
            arm();
            // What it goes on sending is read away, as unread input would reset the answer before it is read.
            input.clear();
            while (stream.read(input, now) > 0) {
                input.clear();
            }
            stream.release(PATIENCE, now);
        }

        void end(long now) {
            connections.remove(this);
            stream.abort(now);
        }
    }
}
