// SPDX-License-Identifier: MIT
package io.pktkit.vtcp;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.pktkit.device.ByteBudget;
import io.pktkit.wire.IpAddress;
import io.pktkit.wire.IpFamily;
import io.pktkit.wire.TcpSegment;
import java.util.List;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/** Two engines and the paths between them, in virtual time. All randomness comes from the one seed. */
final class Simulation {
    static final long MS = 1_000_000L;

    /** What a plain path does to segments; the same both ways. */
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

        List<Stage> stages(Stages make) {
            return List.of(
                    make.stripFromSyns(stripOptions, 2, 3, 4, 8),
                    make.loss(loss),
                    make.thinAcks(thinAcks),
                    make.duplicate(duplicate),
                    make.line(() -> (int) perSegment, 0),
                    make.delay(delay, jitter),
                    make.reorder(reorder, delay + 3 * jitter + MS));
        }
    }

    /** Makes the stages of one direction; the sender is the end that packets come from. */
    interface Paths {
        List<Stage> between(Stages make, Simulation simulation, Endpoint sender);
    }

    /** How the connection comes to be. */
    enum Opening {
        CLIENT,
        SIMULTANEOUS,
        COOKIE
    }

    final World world;
    final Endpoint client;
    final Endpoint server;
    /** The budget of both ends, from too little to plenty. */
    final ByteBudget memory;

    final TcpTuple tuple;
    /** Chance that a call gives an earlier time than the one before. */
    double backwards;
    /** Chance that a receiver drops, with each segment that arrives, what it holds beyond a gap; and how often. */
    double forgetful;

    int forgets = 20;
    Opening opening = Opening.CLIENT;

    private final long seed;
    private final IsnSource isn;
    private final SynCookies cookies = new SynCookies(new byte[16]);
    private int calls;

    Simulation(long seed, Impairment link, TcpConfig clientConfig, TcpConfig serverConfig, int up, int down) {
        this(
                seed,
                IpFamily.IPV4,
                (make, simulation, sender) -> link.stages(make),
                clientConfig,
                serverConfig,
                up,
                down);
    }

    Simulation(
            long seed, IpFamily family, Paths paths, TcpConfig clientConfig, TcpConfig serverConfig, int up, int down) {
        this.seed = seed;
        this.world = new World(seed, new java.util.Random(seed).nextLong() >> 1); // any origin, also a negative one
        boolean four = family == IpFamily.IPV4;
        this.tuple = new TcpTuple(
                IpAddress.parse(four ? "10.0.0.1" : "2001:db8::1"),
                40000,
                IpAddress.parse(four ? "10.0.0.2" : "2001:db8::2"),
                80);
        int near = -1 - world.random.nextInt(100_000); // sequence numbers that wrap soon
        this.isn = (t, at) -> near + t.localPort();
        this.memory = new ByteBudget(4096L << Math.floorMod(seed, 9));
        this.client = new Endpoint("client", budgeted(clientConfig), up, 0, world.random);
        this.server = new Endpoint("server", budgeted(serverConfig), down, 1, world.random);
        client.peer = server;
        server.peer = client;
        client.wire = path(paths, new Stages(world, tuple), client, server);
        server.wire = path(paths, new Stages(world, tuple.reversed()), server, client);
    }

    private TcpConfig budgeted(TcpConfig config) {
        return config.toBuilder().memory(memory).build();
    }

    private Consumer<Packet> path(Paths paths, Stages make, Endpoint from, Endpoint to) {
        return Stage.chain(paths.between(make, this, from), packet -> {
            if (make.isIntact(packet)) {
                world.schedule(0, () -> deliver(packet, to)); // never from within a call of the sender
            }
        });
    }

    private String context() {
        return "seed=" + seed;
    }

    /** Connects, runs both applications to their ends, and asserts that all arrived and nothing is left. */
    void run(long maxSeconds) {
        long start = world.now;
        client.open(TcpConnection.connect(client.config, tuple, isn, client, time()), context());
        if (opening == Opening.SIMULTANEOUS) {
            server.open(TcpConnection.connect(server.config, tuple.reversed(), isn, server, time()), context());
        }
        while (!(client.isClosed() && server.isClosed())) {
            long next = Math.min(world.next(), Math.min(deadline(client), deadline(server)));
            assertTrue(next != Long.MAX_VALUE, () -> context() + " nothing is armed: " + describe());
            world.advance(next);
            long spent = world.now - start - world.leapt;
            assertTrue(spent < maxSeconds * 1000 * MS, () -> context() + " takes too long: " + describe());
            assertTrue(++calls < 3_000_000, () -> context() + " too many events: " + describe());
            world.clean = spent > maxSeconds * 1000 * MS / 3;
            attend(client, server.toSend);
            attend(server, client.toSend);
        }
        assertEnd(client, server);
        assertEnd(server, client);
        assertEquals(0, memory.used(), () -> context() + " budget is left; " + describe());
    }

    private void assertEnd(Endpoint end, Endpoint peer) {
        end.read(time(), peer.toSend, Integer.MAX_VALUE); // what a reset of the ended connection left
        assertEquals(peer.toSend, end.received, () -> context() + " " + end.name + " received; " + describe());
        assertNull(end.connection().failure(), () -> context() + " " + end.name + " failure " + describe());
        TcpInfo.Queues queues = end.connection().info().queues();
        assertEquals(0, queues.sendAllocated(), () -> context() + " " + end.name + " send buffer");
        assertEquals(0, queues.receiveAllocated(), () -> context() + " " + end.name + " receive buffer");
        assertEquals(Long.MAX_VALUE, deadline(end), () -> context() + " " + end.name + " timer");
    }

    private void attend(Endpoint end, int peerSends) {
        if (end.connection == null) {
            return;
        }
        if (end.connection.nextDeadlineNanos() <= world.now) {
            end.connection.onTick(time());
            end.check();
        }
        if (!end.connection.isClosed() || end.connection.readable() > 0) {
            boolean hungry = world.random.nextInt(8) != 0;
            if (!hungry) {
                world.schedule(world.upTo(50 * MS), () -> {}); // it must come back to read
            }
            end.runApplication(world, time(), peerSends, hungry);
        }
    }

    private void deliver(Packet packet, Endpoint to) {
        TcpSegment segment = packet.segment();
        if (to.connection == null) {
            answerUnopened(segment, packet.ecn());
        } else if (to.connection.isClosed()) {
            if (!segment.has(TcpSegment.RST)) {
                to.resetStray(segment, to == server ? tuple.reversed() : tuple);
            }
        } else {
            if (forgets > 0 && world.harms(forgetful) && to.forget()) {
                forgets--;
            }
            to.connection.onSegment(segment, packet.segmentSize(), packet.ecn(), time());
            to.check();
        }
    }

    private void answerUnopened(TcpSegment segment, int ecn) {
        TcpTuple ours = tuple.reversed();
        if (segment.flags() == TcpSegment.SYN || (segment.has(TcpSegment.SYN) && !segment.has(TcpSegment.ACK))) {
            if (opening == Opening.COOKIE) {
                cookies.respond(server.config, ours, segment, server, time());
            } else {
                server.open(
                        TcpConnection.accept(server.config, ours, isn, segment, ecn, SynAnswer.HOLD, server, time()),
                        context());
            }
        } else if (opening == Opening.COOKIE) {
            SynCookies.@Nullable Accepted cookie = cookies.check(ours, segment, time());
            if (cookie != null) {
                server.open(TcpConnection.accept(server.config, ours, isn, cookie, segment, server, time()), context());
            }
        }
    }

    /** The time that a call is told. */
    private long time() {
        return backwards > 0 && world.random.nextDouble() < backwards ? world.now - world.upTo(10_000 * MS) : world.now;
    }

    private static long deadline(Endpoint end) {
        return end.connection == null ? Long.MAX_VALUE : end.connection.nextDeadlineNanos();
    }

    private String describe() {
        return "client=" + (client.connection == null ? "-" : client.connection.info()) + " server="
                + (server.connection == null ? "-" : server.connection.info());
    }
}
