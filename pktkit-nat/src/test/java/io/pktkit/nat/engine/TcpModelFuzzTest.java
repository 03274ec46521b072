// SPDX-License-Identifier: MIT
package io.pktkit.nat.engine;

import static io.pktkit.nat.engine.NatWorld.ACK;
import static io.pktkit.nat.engine.NatWorld.FIN;
import static io.pktkit.nat.engine.NatWorld.PUBLIC;
import static io.pktkit.nat.engine.NatWorld.RST;
import static io.pktkit.nat.engine.NatWorld.SYN;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.pktkit.nat.observe.NatDrop;
import io.pktkit.nat.observe.NatMapping;
import io.pktkit.nat.policy.Filtering;
import io.pktkit.nat.policy.NatConfig;
import io.pktkit.nat.policy.NatTimeouts;
import io.pktkit.wire.IpAddress;
import io.pktkit.wire.IpPrefix;
import io.pktkit.wire.IpProtocol;
import io.pktkit.wire.Packet;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/**
 * The engine against a naive model of TCP: segments with all kinds of flags, both ways, between a few endpoints, and time. The
 * model has one record for each pair of endpoints, searched through one by one, and the states of RFC 6146 section 3.5.2.2
 * as three facts: which ends have sent a SYN, which a FIN, and whether it was reset or idle for too long.
 */
class TcpModelFuzzTest {

    private static final long OPEN = NatTimeouts.DEFAULT.tcpEstablished().toNanos();
    private static final long OPENING = NatTimeouts.DEFAULT.tcpOpening().toNanos();
    private static final long CLOSING = NatTimeouts.DEFAULT.tcpClosing().toNanos();
    /** No port of a mapping. */
    private static final int UNUSED = 9;

    private static final int[] FLAGS = {
        SYN, SYN, SYN | ACK, SYN | ACK, ACK, ACK, ACK, FIN | ACK, FIN | ACK, RST, RST | ACK, FIN, 0, SYN | FIN,
        SYN | RST
    };

    private record Inside(int host, int port) {}

    private record Remote(int address, int port) {}

    /** What is known of two endpoints. */
    private static final class Connection {
        boolean insideSyn;
        boolean outsideSyn;
        boolean insideFin;
        boolean outsideFin;

        /** Reset, or idle for too long. */
        boolean transitory;

        /** Whether the inside host has sent anything but resets. */
        boolean spoken;

        long until;

        boolean isOpen() {
            return insideSyn && outsideSyn && !transitory;
        }

        boolean isClosed() {
            return insideFin && outsideFin;
        }

        long lifetime() {
            return transitory || isClosed() ? CLOSING : isOpen() ? OPEN : OPENING;
        }

        /** Whether it lives; an open one that is not half-closed gets four minutes for its probe. */
        boolean lives(long now) {
            if (until <= now && isOpen() && !insideFin && !outsideFin) {
                transitory = true;
                until += CLOSING;
            }
            return until > now;
        }

        /** Whether a segment changed anything. */
        boolean take(boolean inside, int flags) {
            String before = state();
            if ((flags & RST) != 0) {
                if (insideSyn || outsideSyn || transitory) {
                    is(true, true, false, false, true);
                }
            } else if ((flags & SYN) != 0) {
                syn(inside, (flags & ACK) != 0);
            } else if ((flags & FIN) != 0) {
                if (insideSyn && outsideSyn && !isClosed()) {
                    transitory = false;
                    insideFin |= inside;
                    outsideFin |= !inside;
                }
            } else if (transitory) {
                is(true, true, false, false, false);
            }
            return !before.equals(state());
        }

        private void syn(boolean inside, boolean answers) {
            boolean nothing = transitory || (!insideSyn && !outsideSyn);
            if (nothing && answers) {
                is(true, true, false, false, false);
            } else if (nothing || (isClosed() && !answers)) {
                is(inside, !inside, false, false, false);
            } else if (!(insideSyn && outsideSyn)) {
                insideSyn |= inside;
                outsideSyn |= !inside;
            }
        }

        private void is(
                boolean insideOpens, boolean outsideOpens, boolean insideEnds, boolean outsideEnds, boolean over) {
            insideSyn = insideOpens;
            outsideSyn = outsideOpens;
            insideFin = insideEnds;
            outsideFin = outsideEnds;
            transitory = over;
        }

        String state() {
            return insideSyn + " " + outsideSyn + " " + insideFin + " " + outsideFin + " " + transitory;
        }

        /** An open one by any segment, an opening one by the SYNs of its opener, a closed one by none. */
        boolean isRefreshedBy(boolean inside, int flags) {
            if (transitory || isClosed() || (!insideSyn && !outsideSyn)) {
                return false;
            }
            return isOpen() || ((flags & SYN) != 0 && inside == insideSyn);
        }
    }

    /** A mapping as the model sees it. */
    private static final class Known {
        final int outside;
        final Map<Remote, Connection> connections = new HashMap<>();

        /** Until when who has the address of a remote may come in, whose connection may have ended before. */
        final Map<Integer, Long> contacts = new HashMap<>();

        Known(int outside) {
            this.outside = outside;
        }

        boolean isAlive(long now) {
            connections.values().removeIf(each -> !each.lives(now));
            return connections.values().stream().anyMatch(each -> each.spoken);
        }
    }

    /** An engine and what is known of it. */
    private static final class Model {

        private final Random random;
        private final long seed;
        private final Filtering mode;
        private final NatEngine engine;
        private final NatLink link;
        private final NatOutput output = new NatOutput();
        private final Map<Inside, Known> known = new HashMap<>();
        private final Map<String, Integer> seen = new HashMap<>();
        private String latest = "";
        private long now;

        Model(long seed, Filtering mode) {
            this.seed = seed;
            this.mode = mode;
            this.random = new Random(seed);
            this.engine = new NatEngine(NatConfig.builder(PUBLIC)
                    .filtering(mode)
                    .timeouts(NatTimeouts.DEFAULT.withQuarantine(Duration.ZERO))
                    .random(new Random(seed)::nextLong)
                    .build());
            this.link = engine.addLink(engine.addInside().prefix(IpPrefix.parse("10.0.0.1/24")));
        }

        private static IpAddress host(int index) {
            return IpAddress.ofIpv4(0x0A00_0002 + index);
        }

        private static IpAddress remote(int index) {
            return IpAddress.ofIpv4(0xC633_6401 + index);
        }

        private String context() {
            return "seed=" + seed + " mode=" + mode + " now=" + now + " latest=" + latest;
        }

        private void run(int steps) {
            for (int i = 0; i < steps; i++) {
                switch (random.nextInt(24)) {
                    case 0 -> now += random.nextLong(2 * CLOSING);
                    case 1 -> now += random.nextInt(8) == 0 ? OPEN - random.nextLong(3) : random.nextLong(CLOSING / 8);
                    case 2 -> {
                        output.clear();
                        engine.onTimer(now, output);
                        check();
                    }
                    case 3, 4, 5, 6, 7, 8, 9, 10, 11, 12 -> inbound();
                    default -> outbound();
                }
            }
            now += 2 * OPEN;
            output.clear();
            engine.onTimer(now, output);
            check();
            assertEquals(0, engine.size(), this::context);
            assertEquals(0, engine.sessions(), this::context);
        }

        private void prune() {
            known.values().removeIf(each -> !each.isAlive(now));
        }

        private int flags() {
            return FLAGS[random.nextInt(FLAGS.length)];
        }

        private void count(boolean inside, Connection connection, int flags) {
            seen.merge(connection.state() + " " + inside + " " + flags, 1, Integer::sum);
        }

        private void outbound() {
            prune();
            Inside inside = new Inside(random.nextInt(2), 2000 + random.nextInt(3));
            Remote to = new Remote(random.nextInt(3), 80 + random.nextInt(2));
            int flags = flags();
            latest = inside + " to " + to + " flags=" + flags;
            output.clear();
            NatDrop drop = engine.fromInside(
                    link,
                    new Packet().wrap(NatWorld.tcp(host(inside.host), inside.port, remote(to.address), to.port, flags)),
                    now,
                    output);
            Known mapping = known.get(inside);
            if (mapping == null) {
                boolean opens = (flags & (SYN | FIN | RST)) == SYN;
                assertEquals(opens ? null : NatDrop.NO_MAPPING, drop, this::context);
                if (!opens) {
                    return;
                }
                int port = outside();
                assertTrue(known.values().stream().noneMatch(each -> each.outside == port), this::context);
                mapping = new Known(port);
                known.put(inside, mapping);
            }
            assertEquals(null, drop, this::context);
            assertEquals(mapping.outside, outside(), this::context);
            spoke(mapping, to, flags);
        }

        private void spoke(Known mapping, Remote to, int flags) {
            Connection connection = mapping.connections.get(to);
            boolean reset = (flags & RST) != 0;
            if (connection == null) {
                if (reset) {
                    return;
                }
                connection = new Connection();
                mapping.connections.put(to, connection);
                connection.spoken = true;
                // What comes in the middle of a connection that is forgotten goes on with it.
                connection.transitory = (flags & SYN) == 0;
                connection.insideSyn = connection.transitory;
                connection.outsideSyn = connection.transitory;
                connection.until = now + OPENING;
            }
            count(true, connection, flags);
            boolean changed = connection.take(true, flags);
            if (reset
                    ? changed && connection.spoken
                    : changed || !connection.spoken || connection.isRefreshedBy(true, flags)) {
                connection.until = now + connection.lifetime();
                connection.spoken |= !reset;
                contact(mapping, to, connection);
            }
        }

        private void contact(Known mapping, Remote remote, Connection connection) {
            if (connection.spoken) {
                mapping.contacts.merge(remote.address, connection.until, Math::max);
            }
        }

        /** The source port of what was sent. */
        private int outside() {
            return passed().buffer().getShort(20) & 0xFFFF;
        }

        /** What was passed on; probes of connections that are idle for too long go before it. */
        private Packet passed() {
            return output.packet(output.size() - 1);
        }

        private void inbound() {
            prune();
            List<Map.Entry<Inside, Known>> all = new ArrayList<>(known.entrySet());
            boolean nobody = all.isEmpty() || random.nextInt(8) == 0;
            Map.Entry<Inside, Known> target = nobody ? null : all.get(random.nextInt(all.size()));
            int port = target == null ? UNUSED : target.getValue().outside;
            Remote from = new Remote(random.nextInt(4), 80 + random.nextInt(3));
            int flags = flags();
            latest = from + " to " + port + " flags=" + flags;
            output.clear();
            NatDrop drop = engine.fromOutside(
                    new Packet().wrap(NatWorld.tcp(remote(from.address), from.port, PUBLIC, port, flags)), now, output);
            boolean syn = (flags & (SYN | ACK | RST)) == SYN;
            if (target == null) {
                assertEquals(syn ? NatDrop.UNSOLICITED_SYN : NatDrop.NO_MAPPING, drop, this::context);
                return;
            }
            Known mapping = target.getValue();
            Connection connection = mapping.connections.get(from);
            boolean admitted = (connection != null && connection.spoken)
                    || switch (mode) {
                        case ENDPOINT_INDEPENDENT -> true;
                        case ADDRESS_DEPENDENT -> mapping.contacts.getOrDefault(from.address, now) > now;
                        case ADDRESS_AND_PORT_DEPENDENT -> false;
                    };
            assertEquals(admitted ? null : syn ? NatDrop.UNSOLICITED_SYN : NatDrop.FILTERED, drop, this::context);
            if (!admitted) {
                return;
            }
            assertEquals(host(target.getKey().host), passed().destination(), this::context);
            assertEquals(target.getKey().port, passed().buffer().getShort(22), this::context);
            boolean reset = (flags & RST) != 0;
            if (connection == null) {
                if (reset) {
                    return;
                }
                connection = new Connection();
                connection.until = now + OPENING;
                mapping.connections.put(from, connection);
            }
            count(false, connection, flags);
            boolean changed = connection.take(false, flags);
            if (changed || (!reset && connection.isRefreshedBy(false, flags))) {
                connection.until = now + connection.lifetime();
                contact(mapping, from, connection);
            }
        }

        /** Both know the same mappings, and as many connections. */
        private void check() {
            prune();
            Set<Inside> there = new HashSet<>();
            Set<Integer> ports = new HashSet<>();
            for (NatMapping mapping : engine.mappings().list()) {
                assertEquals(IpProtocol.TCP, mapping.protocol(), this::context);
                Inside inside = new Inside(mapping.inside().toIpv4Bits() - 0x0A00_0002, mapping.insidePort());
                assertTrue(there.add(inside), this::context);
                assertTrue(ports.add(mapping.outsidePort()), this::context);
            }
            assertEquals(known.keySet(), there, this::context);
            assertEquals(there.size(), engine.size(), this::context);
            int connections = known.values().stream()
                    .mapToInt(each -> each.connections.size())
                    .sum();
            int contacts = mode != Filtering.ADDRESS_DEPENDENT
                    ? 0
                    : known.values().stream()
                            .mapToInt(each -> (int) each.contacts.values().stream()
                                    .filter(until -> until > now)
                                    .count())
                            .sum();
            assertEquals(connections + contacts, engine.sessions(), this::context);
        }
    }

    @Test
    void shouldAgreeWithTheModel() {
        for (Filtering each : Filtering.values()) {
            Map<String, Integer> seen = new HashMap<>();
            for (long from = 0; from < 8; from++) {
                Model model = new Model(from, each);
                model.run(10_000);
                seen.putAll(model.seen);
            }
            assertFalse(seen.size() < 100, () -> "it saw too little to mean much: " + seen.size() + " " + seen);
        }
    }

    @Test
    @Tag("long")
    void shouldAgreeWithTheModelForAMillionSegments() {
        for (Filtering each : Filtering.values()) {
            for (long from = 100; from < 150; from++) {
                new Model(from, each).run(20_000);
            }
        }
    }
}
