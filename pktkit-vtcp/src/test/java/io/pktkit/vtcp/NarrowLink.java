// SPDX-License-Identifier: MIT
package io.pktkit.vtcp;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.pktkit.vtcp.internal.Invariants;
import io.pktkit.wire.IpAddress;
import io.pktkit.wire.IpFamily;
import io.pktkit.wire.TcpSegment;
import java.nio.ByteBuffer;
import java.util.PriorityQueue;
import java.util.Random;
import org.jspecify.annotations.Nullable;

/**
 * Two engines over a link of 10 Mbit/s that drops packets above a size without a word, in virtual time. The client's
 * stream is checked byte for byte at the server.
 */
final class NarrowLink {
    static final long MS = 1_000_000L;
    private static final long NANOS_PER_BYTE = 800;
    private static final long DELAY = 10 * MS;
    private static final long FORWARD_QUEUE = 60 * MS;

    private record Delivery(long at, long order, Peer to, ByteBuffer bytes) {}

    final Peer client = new Peer();
    final Peer server = new Peer();
    /** Bytes of the largest IP packet that passes, either way. */
    int limit = 65_535;
    /** The share of packets lost besides. */
    double loss;
    /** Packets that were too large. */
    int swallowed;

    private final TcpConfig config;
    private final TcpTuple tuple;
    private final int headers;
    private final Random random;
    private final String context;
    private final PriorityQueue<Delivery> inFlight =
            new PriorityQueue<>((a, b) -> a.at != b.at ? Long.compare(a.at, b.at) : Long.compare(a.order, b.order));
    private long now;
    private long order;
    private int toSend;
    private int written;
    private int received;

    NarrowLink(IpFamily family, TcpConfig config, long seed) {
        this.config = config;
        random = new Random(seed);
        context = "seed=" + seed;
        headers = family == IpFamily.IPV4 ? 20 : 40;
        boolean v4 = family == IpFamily.IPV4;
        tuple = new TcpTuple(
                IpAddress.parse(v4 ? "10.0.0.1" : "fd00::1"), 40000, IpAddress.parse(v4 ? "10.0.0.2" : "fd00::2"), 80);
        client.open(TcpConnection.connect(config, tuple, (t, at) -> -5000, client, now));
    }

    TcpConnection sender() {
        assertNotNull(client.connection);
        return client.connection;
    }

    TcpInfo info() {
        return sender().info();
    }

    long now() {
        return now;
    }

    /** Sends so many bytes and waits until the peer has acknowledged them. */
    void transfer(int bytes) {
        toSend += bytes;
        long start = now;
        write();
        while (written < toSend || info().queues().sendQueued() > 0) {
            long next = nextEvent();
            assertTrue(next != Long.MAX_VALUE, () -> context + " nothing is armed: " + info());
            assertTrue(now - start < 120_000 * MS, () -> context + " takes too long: " + info());
            step(next);
        }
        assertEquals(toSend, received, context);
    }

    /** Writes, and lets time pass whatever becomes of it. */
    void outage(int bytes, long millis) {
        toSend += bytes;
        write();
        pause(millis);
    }

    /** Lets time pass. */
    void pause(long millis) {
        long until = now + millis * MS;
        while (nextEvent() <= until) {
            step(nextEvent());
        }
        now = until;
    }

    private void step(long next) {
        now = Math.max(now, next);
        Delivery delivery = inFlight.peek();
        if (delivery != null && delivery.at <= now) {
            inFlight.remove();
            delivery.to.receive(delivery.bytes);
        }
        client.tick();
        server.tick();
        write();
        server.read();
    }

    private long nextEvent() {
        Delivery delivery = inFlight.peek();
        long next = delivery == null ? Long.MAX_VALUE : delivery.at;
        return Math.min(next, Math.min(client.deadline(), server.deadline()));
    }

    private void write() {
        while (written < toSend && sender().writable() > 0) {
            byte[] chunk = new byte[Math.min(8192, toSend - written)];
            for (int i = 0; i < chunk.length; i++) {
                chunk[i] = Endpoint.octet(0, written + i);
            }
            written += Math.max(0, sender().write(ByteBuffer.wrap(chunk), now));
            client.check();
        }
    }

    /** One end and its line to the other. */
    final class Peer implements SegmentSink {
        private final ByteBuffer buffer = ByteBuffer.allocate(70_000);
        private @Nullable TcpConnection connection;
        private @Nullable Invariants invariants;
        private long lineFree;

        private void open(TcpConnection opened) {
            connection = opened;
            invariants = new Invariants(opened.tcb(), context);
        }

        private void check() {
            if (invariants != null) {
                invariants.check();
            }
        }

        private long deadline() {
            return connection == null ? Long.MAX_VALUE : connection.nextDeadlineNanos();
        }

        private void tick() {
            if (connection != null && connection.nextDeadlineNanos() <= now) {
                connection.onTick(now);
                check();
            }
        }

        private void receive(ByteBuffer bytes) {
            TcpSegment segment = new TcpSegment().wrap(bytes, 0, bytes.limit());
            if (connection == null) {
                if (segment.has(TcpSegment.SYN)) {
                    open(TcpConnection.accept(config, tuple.reversed(), (t, at) -> 7, segment, this, now));
                }
                return;
            }
            connection.onSegment(segment, 0, now);
            check();
        }

        private void read() {
            ByteBuffer target = ByteBuffer.allocate(65_536);
            while (connection != null && connection.read(target.clear(), now) > 0) {
                for (int i = 0; i < target.position(); i++) {
                    assertEquals(Endpoint.octet(0, received + i), target.get(i), context + " offset " + (received + i));
                }
                received += target.position();
                check();
            }
        }

        @Override
        public ByteBuffer reserve(int length) {
            return buffer.clear();
        }

        @Override
        public void commit(TcpTuple ends, ByteBuffer segment, int offset, int length, int ecn, boolean dontFragment) {
            if (length + headers > limit) {
                swallowed++;
                return;
            }
            long leaves = Math.max(now, lineFree) + (length + headers) * NANOS_PER_BYTE;
            if (random.nextDouble() < loss || leaves - now > FORWARD_QUEUE) {
                return;
            }
            lineFree = leaves;
            byte[] copy = new byte[length];
            segment.get(offset, copy);
            inFlight.add(
                    new Delivery(leaves + DELAY, order++, this == client ? server : client, ByteBuffer.wrap(copy)));
        }
    }
}
