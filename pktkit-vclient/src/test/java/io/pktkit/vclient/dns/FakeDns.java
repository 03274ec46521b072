// SPDX-License-Identifier: MIT
package io.pktkit.vclient.dns;

import io.pktkit.wire.IpAddress;
import java.io.IOException;
import java.net.PortUnreachableException;
import java.net.SocketTimeoutException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.PriorityQueue;
import org.jspecify.annotations.Nullable;

/** Scripted servers in virtual time: time moves only when a resolver waits. */
final class FakeDns implements DnsTransport {
    /** What a server does with a query. */
    interface Server {
        void onQuery(DnsMessage query, Reply reply);
    }

    /** Lets a server answer, at once or later. */
    interface Reply {
        void send(long delayMillis, byte[] octets);

        default void send(DnsMessage message) {
            send(1, message.toBytes(DnsMessage.MAX_LENGTH));
        }
    }

    final List<String> log = new ArrayList<>();
    final List<DnsMessage> queries = new ArrayList<>();
    private final Map<IpAddress, Server> servers = new HashMap<>();
    private final Map<IpAddress, Server> tcpServers = new HashMap<>();
    private long now = Long.MAX_VALUE - Duration.ofSeconds(3).toNanos(); // the clock wraps during most tests
    int openChannels;

    void server(String address, Server server) {
        servers.put(IpAddress.parse(address), server);
    }

    void tcpServer(String address, Server server) {
        tcpServers.put(IpAddress.parse(address), server);
    }

    void advance(Duration time) {
        now += time.toNanos();
    }

    @Override
    public long nowNanos() {
        return now;
    }

    @Override
    public Channel open(IpAddress server) {
        openChannels++;
        return new FakeChannel(server);
    }

    @Override
    public byte[] exchangeOverTcp(IpAddress server, byte[] query, long deadlineNanos) throws IOException {
        log.add("tcp " + server);
        Server target = tcpServers.get(server);
        List<byte[]> answers = new ArrayList<>();
        if (target != null) {
            target.onQuery(DnsMessageTest.parse(query), (delay, octets) -> answers.add(octets));
        }
        if (answers.isEmpty()) {
            throw new SocketTimeoutException("no answer");
        }
        return answers.get(0);
    }

    private static final class Arrival {
        final long atNanos;
        final int order;
        final byte[] octets;

        Arrival(long atNanos, int order, byte[] octets) {
            this.atNanos = atNanos;
            this.order = order;
            this.octets = octets;
        }
    }

    private final class FakeChannel implements Channel {
        private final IpAddress server;
        private final PriorityQueue<Arrival> arrivals = new PriorityQueue<>((a, b) -> {
            int byTime = Long.signum(a.atNanos - b.atNanos);
            return byTime != 0 ? byTime : Integer.compare(a.order, b.order);
        });
        private int order;

        FakeChannel(IpAddress server) {
            this.server = server;
        }

        @Override
        public void send(byte[] octets) {
            DnsMessage query = DnsMessageTest.parse(octets);
            queries.add(query);
            log.add("udp " + server + " "
                    + DnsType.name(query.questions().get(0).type()));
            Server target = servers.get(server);
            if (target != null) {
                target.onQuery(
                        query,
                        (delay, answer) -> arrivals.add(
                                new Arrival(now + Duration.ofMillis(delay).toNanos(), order++, answer)));
            }
        }

        @Override
        public byte @Nullable [] receive(long deadlineNanos) throws IOException {
            if (!servers.containsKey(server)) {
                throw new PortUnreachableException("nobody listens");
            }
            Arrival next = arrivals.peek();
            if (next == null || next.atNanos - deadlineNanos > 0) {
                now = now - deadlineNanos < 0 ? deadlineNanos : now;
                return null;
            }
            now = now - next.atNanos < 0 ? next.atNanos : now;
            arrivals.remove();
            return next.octets;
        }

        @Override
        public void close() {
            openChannels--;
        }
    }
}
