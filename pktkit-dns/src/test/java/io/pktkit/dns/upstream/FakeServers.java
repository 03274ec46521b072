// SPDX-License-Identifier: MIT
package io.pktkit.dns.upstream;

import io.pktkit.dns.DnsMessage;
import io.pktkit.dns.DnsType;
import io.pktkit.time.ManualTime;
import io.pktkit.time.Timers;
import io.pktkit.wire.IpAddress;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Random;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.FutureTask;
import org.jspecify.annotations.Nullable;

/** Scripted servers in virtual time. Where there is none, the port is closed. */
public final class FakeServers implements DnsTransport {
    /** What a server does with a query. */
    public interface Server {
        /** Is called as the query is sent. */
        void onQuery(DnsMessage query, Reply reply);
    }

    /** Lets a server answer, at once or later. */
    public interface Reply {
        /** Sends octets. */
        void send(long delayMillis, byte[] octets);

        /** Sends a message after a millisecond. */
        default void send(DnsMessage message) {
            send(1, message.toBytes(DnsMessage.MAX_LENGTH));
        }
    }

    /** The clock wraps during most tests. */
    public final ManualTime time =
            new ManualTime(Long.MAX_VALUE - Duration.ofSeconds(3).toNanos());

    /** What was asked of whom. */
    public final List<String> log = Collections.synchronizedList(new ArrayList<>());

    /** The queries. */
    public final List<DnsMessage> queries = Collections.synchronizedList(new ArrayList<>());

    private final Map<String, Server> servers = new HashMap<>();
    private int open;

    /** No servers. */
    public FakeServers() {}

    /** A server over UDP. */
    public void server(String address, Server server) {
        servers.put("udp " + IpAddress.parse(address), server);
    }

    /** A server over TCP. */
    public void tcpServer(String address, Server server) {
        servers.put("tcp " + IpAddress.parse(address), server);
    }

    /** Takes a server away. */
    public void close(String address) {
        servers.remove("udp " + IpAddress.parse(address));
    }

    /** A client whose randomness is known. */
    public DnsClient client(DnsClientConfig config, String... addresses) {
        DnsClient client = new DnsClient(time, this, config, new Random(42));
        client.setServers(List.of(addresses).stream()
                .map(IpAddress::parse)
                .map(DnsServer::of)
                .toList());
        return client;
    }

    /** Ports that are open. */
    public synchronized int open() {
        return open;
    }

    /** Runs something that waits in a client, and moves the clock whenever it sleeps. */
    public <T> T run(DnsClient client, Callable<T> task) throws Exception {
        FutureTask<T> future = new FutureTask<>(task);
        Thread thread = new Thread(future);
        thread.start();
        while (!future.isDone()) {
            if (Thread.currentThread().isInterrupted()) { // by the timeout of the test
                thread.interrupt();
                throw new IllegalStateException("it still waits at " + time.nowNanos() + ": " + client.counters());
            }
            if (client.counters().sleeping() > 0) {
                time.runNext();
            } else {
                Thread.onSpinWait();
            }
        }
        thread.join();
        try {
            return future.get();
        } catch (ExecutionException e) {
            if (e.getCause() instanceof Exception failure) {
                throw failure;
            }
            throw e;
        }
    }

    @Override
    public Exchange open(DnsServer server, DnsProtocol protocol, byte[] octets, Runnable onArrival) {
        DnsMessage query = Objects.requireNonNull(DnsMessage.parse(octets));
        String key = (protocol == DnsProtocol.UDP ? "udp " : "tcp ") + server.address();
        queries.add(query);
        log.add(key + " " + DnsType.name(query.questions().get(0).type()));
        FakeExchange exchange = new FakeExchange(onArrival);
        Server target = servers.get(key);
        if (target == null) {
            time.schedule(millis(1), () -> exchange.arrive(null));
        } else {
            target.onQuery(query, (delay, answer) -> time.schedule(millis(delay), () -> exchange.arrive(answer)));
        }
        return exchange;
    }

    private static long millis(long delay) {
        return Timers.toNanos(Duration.ofMillis(delay));
    }

    private final class FakeExchange implements Exchange {
        private final Runnable onArrival;
        private final ArrayDeque<byte[]> arrived = new ArrayDeque<>();
        private boolean broken;
        private boolean closed;

        FakeExchange(Runnable onArrival) {
            this.onArrival = onArrival;
            synchronized (FakeServers.this) {
                open++;
            }
        }

        void arrive(byte @Nullable [] octets) {
            synchronized (this) {
                if (closed) {
                    return;
                }
                broken |= octets == null;
                if (octets != null) {
                    arrived.add(octets);
                }
            }
            onArrival.run();
        }

        @Override
        public synchronized byte @Nullable [] poll() throws IOException {
            byte[] next = arrived.poll();
            if (next == null && broken) {
                throw new IOException("nobody listens");
            }
            return next;
        }

        @Override
        public synchronized void close() {
            if (!closed) {
                closed = true;
                synchronized (FakeServers.this) {
                    open--;
                }
            }
        }
    }
}
