// SPDX-License-Identifier: MIT
package io.pktkit.wg;

import io.pktkit.time.Timers;
import io.pktkit.wire.IpAddress;
import io.pktkit.wire.IpPrefix;
import io.pktkit.wire.PacketBuilder;
import java.nio.ByteBuffer;
import java.security.SecureRandom;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.PriorityQueue;
import java.util.Random;
import java.util.random.RandomGenerator;

/** Engines, the wires between them, and one virtual clock. */
final class World {

    static final Instant BEGINNING = Instant.parse("2026-01-01T00:00:00Z");

    final long seed;
    final Random random;
    final List<Host> hosts = new ArrayList<>();

    /** Virtual time; starts below 0, so that code which takes 0 for never fails here. */
    long now = -7_000_000_000L;

    long delay = 1_000_000L;
    double loss;
    double duplicate;
    boolean reorder;

    /** In milliseconds, what every jitter is. */
    int jitterMillis;

    private final PriorityQueue<Flight> flights = new PriorityQueue<>(
            Comparator.comparingLong((Flight flight) -> flight.at).thenComparingLong(flight -> flight.order));
    private long order;

    World(long seed) {
        this.seed = seed;
        this.random = new Random(seed);
    }

    Instant wallClock() {
        return BEGINNING.plusNanos(now);
    }

    Host host(String address) {
        return host(address, config());
    }

    Host host(String address, WgEngineConfig config) {
        Host host = new Host(this, new WgEndpoint(IpAddress.parse(address), 51_820), config);
        hosts.add(host);
        return host;
    }

    WgEngineConfig config() {
        return config(new FixedRandom(random.nextLong()));
    }

    WgEngineConfig config(SecureRandom secret) {
        return WgEngineConfig.create(this::wallClock, secret).jitter(new RandomGenerator() {
            @Override
            public long nextLong() {
                throw new AssertionError("jitter is bounded");
            }

            @Override
            public int nextInt(int bound) {
                return Math.min(jitterMillis, bound - 1);
            }
        });
    }

    /** Makes two hosts peers of each other; each owns 10.0.0.N/32 and fd00::N/128. */
    static void join(Host a, Host b) {
        a.peer = a.identity.addPeer(b.identity.publicKey(), options(b), a.world.now);
        b.peer = b.identity.addPeer(a.identity.publicKey(), options(a), b.world.now);
    }

    static WgPeerOptions options(Host other) {
        return WgPeerOptions.create()
                .endpoint(other.endpoint)
                .allowedIp(IpPrefix.of(other.inner(), 32))
                .allowedIp(IpPrefix.of(other.inner6(), 128));
    }

    void fly(Host from, byte[] datagram, WgEndpoint to) {
        int copies = random.nextDouble() < loss ? 0 : random.nextDouble() < duplicate ? 2 : 1;
        for (int i = 0; i < copies; i++) {
            long time = delay + (reorder ? (long) (random.nextDouble() * 200_000_000L) : 0);
            flights.add(new Flight(now + time, order++, from, datagram.clone(), to));
        }
    }

    void run(Duration duration) {
        runUntil(now + duration.toNanos());
    }

    void runUntil(long end) {
        while (true) {
            Flight first = flights.peek();
            long next = first == null ? Timers.NEVER : first.at;
            Host due = null;
            for (Host host : hosts) {
                long deadline = host.engine.nextDeadlineNanos();
                if (deadline != Timers.NEVER && (next == Timers.NEVER || deadline - next < 0)) {
                    next = deadline;
                    due = host;
                }
            }
            if (next == Timers.NEVER || next - end > 0) {
                now = end;
                return;
            }
            now = Math.max(now, next);
            if (due != null) {
                due.engine.onTimer(now, due);
            } else {
                Flight flight = flights.remove();
                for (Host host : hosts) {
                    if (host.endpoint.isSameRemote(flight.to)) {
                        host.receive(flight.datagram, flight.from.endpoint);
                    }
                }
            }
        }
    }

    /** A UDP packet in a buffer with room around it, at offset 20. */
    static ByteBuffer packet(IpAddress source, IpAddress destination, int payload) {
        ByteBuffer packet = PacketBuilder.udp(source, 1000, destination, 2000, ByteBuffer.allocate(payload));
        ByteBuffer roomy = ByteBuffer.allocate(20 + packet.remaining() + 40);
        roomy.put(20, packet, packet.position(), packet.remaining());
        roomy.position(20).limit(20 + packet.remaining());
        return roomy;
    }

    @SuppressWarnings("ArrayRecordComponent") // nobody compares flights
    private record Flight(long at, long order, Host from, byte[] datagram, WgEndpoint to) {}
}
