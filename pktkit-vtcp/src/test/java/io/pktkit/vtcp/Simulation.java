// SPDX-License-Identifier: MIT
package io.pktkit.vtcp;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.pktkit.wire.IpAddress;
import io.pktkit.wire.TcpSegment;
import java.nio.ByteBuffer;
import java.util.PriorityQueue;
import java.util.Random;

/** Two engines over an impaired link, in virtual time. All randomness comes from the one seed. */
final class Simulation {
    static final long MS = 1_000_000L;

    /** What the link does to segments; the same both ways. */
    record Impairment(
            double loss,
            double duplicate,
            double reorder,
            double stripOptions,
            double thinAcks,
            long delay,
            long jitter,
            long perSegment) {
        static Impairment none(long delay) {
            return new Impairment(0, 0, 0, 0, 0, delay, 0, 0);
        }
    }

    private record Delivery(long at, long order, boolean toServer, ByteBuffer bytes) {}

    final long seed;
    final Random random;
    final Impairment link;
    final Endpoint client;
    final Endpoint server;
    final TcpMemory memory;
    final TcpTuple tuple = new TcpTuple(IpAddress.parse("10.0.0.1"), 40000, IpAddress.parse("10.0.0.2"), 80);
    long now;
    int calls;

    private final PriorityQueue<Delivery> inFlight =
            new PriorityQueue<>((a, b) -> a.at != b.at ? Long.compare(a.at, b.at) : Long.compare(a.order, b.order));
    private final long[] lineFree = new long[2];
    private final int[] thinned = new int[2];
    private final IsnSource isn;
    private long order;
    private boolean clean;

    Simulation(long seed, Impairment link, TcpConfig clientConfig, TcpConfig serverConfig, int up, int down) {
        this.seed = seed;
        this.random = new Random(seed);
        this.link = link;
        this.now = random.nextLong() >> 1; // any origin, also a negative one
        java.util.Arrays.fill(lineFree, now);
        int near = -1 - random.nextInt(100_000); // sequence numbers that wrap soon
        this.isn = (t, at) -> near + t.localPort();
        this.memory = new TcpMemory(4096L << Math.floorMod(seed, 9)); // from too little to plenty
        this.client = new Endpoint("client", budgeted(clientConfig), up, 0, random);
        this.server = new Endpoint("server", budgeted(serverConfig), down, 1, random);
        client.wire = bytes -> transmit(true, bytes);
        server.wire = bytes -> transmit(false, bytes);
    }

    private TcpConfig budgeted(TcpConfig config) {
        return config.toBuilder().memory(memory).build();
    }

    String context() {
        return "seed=" + seed;
    }

    /** Connects, runs both applications to their ends, and asserts that all arrived and nothing is left. */
    void run(long maxSeconds) {
        long start = now;
        client.open(TcpConnection.connect(client.config, tuple, isn, client, now), context());
        while (!(client.isClosed() && server.isClosed())) {
            long next = nextEvent();
            assertTrue(next != Long.MAX_VALUE, () -> context() + " nothing is armed: " + describe());
            now = Math.max(now, next);
            assertTrue(now - start < maxSeconds * 1000 * MS, () -> context() + " takes too long: " + describe());
            assertTrue(++calls < 5_000_000, () -> context() + " too many events: " + describe());
            // The impairment ends at last, so that a finite number of retries is enough.
            clean = now - start > maxSeconds * 1000 * MS / 3;
            step(next);
        }
        assertEquals(server.toSend, client.received, () -> context() + " client received; " + describe());
        assertEquals(client.toSend, server.received, () -> context() + " server received; " + describe());
        assertNull(client.connection().failure(), () -> context() + " client failure " + describe());
        assertNull(server.connection().failure(), () -> context() + " server failure " + describe());
        assertEquals(0, memory.used(), () -> context() + " budget is left; " + describe());
    }

    private void step(long next) {
        Delivery delivery = inFlight.peek();
        if (delivery != null && delivery.at <= next) {
            inFlight.remove();
            deliver(delivery);
        }
        tick(client);
        tick(server);
    }

    private void tick(Endpoint end) {
        if (end.connection == null) {
            return;
        }
        if (end.connection.nextDeadlineNanos() <= now) {
            end.connection.onTick(now);
            end.check();
        }
        if (!end.connection.isClosed() || end.connection.readable() > 0) {
            end.appetite = random.nextInt(8) == 0 ? 0 : Integer.MAX_VALUE;
            if (inFlight.isEmpty()) {
                end.appetite = Integer.MAX_VALUE; // whoever waits for a read must get one
            }
            end.runApplication(now, end == client ? server.toSend : client.toSend);
        }
    }

    private void deliver(Delivery delivery) {
        TcpSegment segment = new TcpSegment().wrap(delivery.bytes, 0, delivery.bytes.limit());
        Endpoint end = delivery.toServer ? server : client;
        if (end.connection == null) {
            if (segment.has(TcpSegment.SYN)) {
                end.open(TcpConnection.accept(end.config, tuple.reversed(), isn, segment, end, now), context());
            }
            return;
        }
        end.connection.onSegment(segment, 0, now);
        end.check();
    }

    private long nextEvent() {
        Delivery delivery = inFlight.peek();
        long next = delivery == null ? Long.MAX_VALUE : delivery.at;
        next = Math.min(next, deadline(client));
        return Math.min(next, deadline(server));
    }

    private static long deadline(Endpoint end) {
        return end.connection == null ? Long.MAX_VALUE : end.connection.nextDeadlineNanos();
    }

    private void transmit(boolean toServer, byte[] bytes) {
        if (!clean && random.nextDouble() < link.loss) {
            return;
        }
        TcpSegment segment = new TcpSegment().wrap(ByteBuffer.wrap(bytes), 0, bytes.length);
        if (!clean && segment.payloadLength() == 0 && segment.flags() == TcpSegment.ACK) {
            int line = toServer ? 0 : 1;
            if (thinned[line] < 7 && random.nextDouble() < link.thinAcks) {
                thinned[line]++;
                return;
            }
            thinned[line] = 0;
        }
        if (segment.has(TcpSegment.SYN) && random.nextDouble() < link.stripOptions) {
            stripOptions(segment);
        }
        int copies = !clean && random.nextDouble() < link.duplicate ? 2 : 1;
        for (int i = 0; i < copies; i++) {
            int line = toServer ? 0 : 1;
            long leaves = Math.max(now, lineFree[line]) + link.perSegment;
            lineFree[line] = leaves;
            long at = leaves + link.delay + (link.jitter == 0 ? 0 : (long) (random.nextDouble() * link.jitter));
            if (!clean && random.nextDouble() < link.reorder) {
                at += link.delay + 3 * link.jitter + MS;
            }
            inFlight.add(new Delivery(at, order++, toServer, ByteBuffer.wrap(bytes)));
        }
    }

    /** A middlebox that overwrites one kind of option of a SYN with NOPs. */
    private void stripOptions(TcpSegment segment) {
        int kind = new int[] {2, 3, 4, 8}[random.nextInt(4)];
        ByteBuffer buffer = segment.buffer();
        int at = segment.optionsOffset();
        int end = at + segment.optionsLength();
        while (at < end) {
            int length = buffer.get(at) <= 1 ? 1 : buffer.get(at + 1);
            if (buffer.get(at) == kind) {
                for (int i = 0; i < length; i++) {
                    buffer.put(at + i, (byte) 1);
                }
            }
            at += length;
        }
    }

    String describe() {
        return "client=" + (client.connection == null ? "-" : client.connection.info()) + " server="
                + (server.connection == null ? "-" : server.connection.info());
    }
}
