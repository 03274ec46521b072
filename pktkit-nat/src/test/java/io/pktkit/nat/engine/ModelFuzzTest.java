// SPDX-License-Identifier: MIT
package io.pktkit.nat.engine;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.pktkit.nat.observe.NatDrop;
import io.pktkit.nat.observe.NatForwardException;
import io.pktkit.nat.observe.NatMapping;
import io.pktkit.nat.policy.Filtering;
import io.pktkit.nat.policy.NatConfig;
import io.pktkit.nat.policy.NatLimits;
import io.pktkit.nat.policy.NatTimeouts;
import io.pktkit.wire.IpAddress;
import io.pktkit.wire.IpPrefix;
import io.pktkit.wire.IpProtocol;
import io.pktkit.wire.Packet;
import java.nio.ByteBuffer;
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
 * The engine against a naive model of UDP and pings, by random packets of many hosts of several tenants, forwards and time. The
 * model knows who may come in where, and for how long; which port or identifier a host gets, the engine may choose.
 */
class ModelFuzzTest {

    private static final long UDP = NatTimeouts.DEFAULT.udp().toNanos();
    private static final long PING = NatTimeouts.DEFAULT.icmpQuery().toNanos();
    private static final int HOSTS_LIMIT = 12;
    private static final int TENANT_LIMIT = 30;

    private record Inside(int tenant, int host, int port, boolean ping) {}

    private record Remote(int address, int port) {}

    /** A mapping as the model sees it: when each remote was spoken to last, or heard by it. */
    private static final class Known {
        final int outside;
        final Map<Remote, Long> until = new HashMap<>();
        long lease = Long.MIN_VALUE;

        Known(int outside) {
            this.outside = outside;
        }

        boolean isAlive(long now) {
            return lease != Long.MIN_VALUE
                    ? lease > now
                    : until.values().stream().anyMatch(end -> end > now);
        }
    }

    /** An engine and what is known of it. */
    private static final class Model {

        private final Random random;
        private final long seed;
        private final Filtering mode;
        private final NatEngine engine;
        private final List<NatLink> links = new ArrayList<>();
        private final NatOutput output = new NatOutput();
        private final Map<Inside, Known> model = new HashMap<>();
        private long now;

        Model(long seed, Filtering mode) {
            this.seed = seed;
            this.mode = mode;
            this.random = new Random(seed);
            NatLimits limits = NatLimits.DEFAULT.withMappings(1000, TENANT_LIMIT, HOSTS_LIMIT);
            this.engine = new NatEngine(NatConfig.builder(NatWorld.PUBLIC)
                    .limits(limits)
                    .filtering(mode)
                    .ports(20_000, 20_400)
                    .timeouts(NatTimeouts.DEFAULT.withQuarantine(Duration.ZERO))
                    .random(new Random(seed)::nextLong)
                    .build());
            for (int i = 0; i < 3; i++) {
                links.add(engine.addLink(engine.addInside().prefix(IpPrefix.parse("10.0.0.1/24"))));
            }
        }

        private static IpAddress host(int index) {
            return IpAddress.ofIpv4(0x0A00_0002 + index);
        }

        private static IpAddress remote(int index) {
            return IpAddress.ofIpv4(0xC633_6401 + index);
        }

        private String context() {
            return "seed=" + seed + " mode=" + mode + " now=" + now;
        }

        private void run(int steps) {
            for (int i = 0; i < steps; i++) {
                switch (random.nextInt(20)) {
                    case 0 -> now += random.nextLong(UDP / 3);
                    case 1 -> forward();
                    case 2 -> {
                        output.clear();
                        engine.onTimer(now, output);
                        check();
                    }
                    case 3, 4, 5, 6, 7, 8, 9 -> inbound();
                    default -> outbound();
                }
            }
            now += 10 * UDP;
            output.clear();
            engine.onTimer(now, output);
            model.values().removeIf(known -> !known.isAlive(now));
            check();
        }

        private void prune() {
            model.values().removeIf(known -> !known.isAlive(now));
        }

        private void outbound() {
            prune();
            int tenant = random.nextInt(links.size());
            boolean ping = random.nextInt(3) == 0;
            Inside inside = new Inside(tenant, random.nextInt(4), 2000 + random.nextInt(16), ping);
            Remote to = new Remote(random.nextInt(4), ping ? 0 : 1000 + random.nextInt(3));
            ByteBuffer packet = ping
                    ? NatWorld.ping(host(inside.host), remote(to.address), true, inside.port)
                    : NatWorld.udp(host(inside.host), inside.port, remote(to.address), to.port);
            output.clear();
            NatDrop drop = engine.fromInside(links.get(tenant), new Packet().wrap(packet), now, output);
            Known known = model.get(inside);
            if (known == null) {
                long ofHost = model.keySet().stream()
                        .filter(each -> each.tenant == tenant && each.host == inside.host)
                        .count();
                long ofTenant = model.keySet().stream()
                        .filter(each -> each.tenant == tenant)
                        .count();
                boolean full = ofHost >= HOSTS_LIMIT || ofTenant >= TENANT_LIMIT;
                assertEquals(full ? NatDrop.LIMIT : null, drop, this::context);
                if (full) {
                    return;
                }
                int port = outside(ping);
                assertTrue(
                        model.entrySet().stream()
                                .noneMatch(each -> each.getKey().ping == ping && each.getValue().outside == port),
                        this::context);
                known = new Known(port);
                model.put(inside, known);
            }
            assertEquals(null, drop, this::context);
            assertEquals(known.outside, outside(ping), this::context);
            known.until.put(to, now + lifetime(ping));
        }

        /** The source port, or the identifier, of what was sent. */
        private int outside(boolean ping) {
            return output.packet(0).buffer().getShort(ping ? 24 : 20) & 0xFFFF;
        }

        private static long lifetime(boolean ping) {
            return ping ? PING : UDP;
        }

        private void inbound() {
            prune();
            List<Map.Entry<Inside, Known>> all = new ArrayList<>(model.entrySet());
            boolean nobody = all.isEmpty() || random.nextInt(8) == 0;
            Map.Entry<Inside, Known> target = nobody ? null : all.get(random.nextInt(all.size()));
            int port = target == null ? 40_000 : target.getValue().outside;
            boolean ping = target != null && target.getKey().ping;
            Remote from = new Remote(random.nextInt(5), ping ? 0 : 1000 + random.nextInt(4));
            output.clear();
            ByteBuffer packet = ping
                    ? NatWorld.ping(remote(from.address), NatWorld.PUBLIC, false, port)
                    : NatWorld.udp(remote(from.address), from.port, NatWorld.PUBLIC, port);
            NatDrop drop = engine.fromOutside(new Packet().wrap(packet), now, output);
            if (target == null) {
                assertEquals(NatDrop.NO_MAPPING, drop, this::context);
                return;
            }
            Known known = target.getValue();
            boolean spoken = known.until.getOrDefault(from, Long.MIN_VALUE) > now;
            boolean sameAddress = known.until.entrySet().stream()
                    .anyMatch(each -> each.getKey().address == from.address && each.getValue() > now);
            boolean admitted = known.lease != Long.MIN_VALUE
                    || switch (mode) {
                        case ENDPOINT_INDEPENDENT -> true;
                        case ADDRESS_DEPENDENT -> sameAddress;
                        case ADDRESS_AND_PORT_DEPENDENT -> spoken;
                    };
            assertEquals(admitted ? null : NatDrop.FILTERED, drop, this::context);
            if (admitted) {
                assertEquals(links.get(target.getKey().tenant), output.target(0), this::context);
                assertEquals(host(target.getKey().host), output.packet(0).destination(), this::context);
                assertEquals(target.getKey().port, output.packet(0).buffer().getShort(ping ? 24 : 22), this::context);
                if (spoken) {
                    known.until.put(from, now + lifetime(ping));
                }
            }
        }

        private void forward() {
            prune();
            Inside inside =
                    new Inside(random.nextInt(links.size()), random.nextInt(4), 2000 + random.nextInt(16), false);
            int port = 100 + random.nextInt(6);
            long lease = 1 + random.nextLong(2 * UDP);
            Known known = model.get(inside);
            boolean taken = model.entrySet().stream()
                    .anyMatch(each -> each.getValue().outside == port
                            && !each.getKey().ping
                            && !each.getKey().equals(inside));
            // A mapping that a forward would displace is left out of the model.
            boolean elsewhere = known != null && known.outside != port;
            if (elsewhere) {
                return;
            }
            try {
                engine.mappings()
                        .forward(
                                links.get(inside.tenant).inside(),
                                IpProtocol.UDP,
                                NatWorld.PUBLIC,
                                port,
                                host(inside.host),
                                inside.port,
                                Duration.ofNanos(lease),
                                now);
                assertTrue(!taken, this::context);
                if (known == null) {
                    known = new Known(port);
                    model.put(inside, known);
                }
                known.lease = now + lease;
            } catch (NatForwardException refused) {
                assertTrue(taken, this::context);
            }
        }

        /** Both know the same mappings, each way unique. */
        private void check() {
            prune();
            Set<Inside> seen = new HashSet<>();
            Set<String> ports = new HashSet<>();
            for (NatMapping mapping : engine.mappings().list()) {
                Inside inside = new Inside(
                        mapping.namespace() - 1,
                        mapping.inside().toIpv4Bits() - 0x0A00_0002,
                        mapping.insidePort(),
                        mapping.protocol() == IpProtocol.ICMP);
                assertTrue(seen.add(inside), this::context);
                assertTrue(ports.add(mapping.protocol() + " " + mapping.outsidePort()), this::context);
            }
            assertEquals(model.keySet(), seen, this::context);
            for (int i = 0; i < links.size(); i++) {
                int tenant = i;
                assertEquals(
                        model.keySet().stream()
                                .filter(each -> each.tenant == tenant)
                                .count(),
                        links.get(i).inside().mappings(),
                        this::context);
            }
            assertEquals(seen.size(), engine.size(), this::context);
        }
    }

    @Test
    void shouldAgreeWithTheModel() {
        for (Filtering each : Filtering.values()) {
            for (long from = 0; from < 4; from++) {
                new Model(from, each).run(10_000);
            }
        }
    }

    @Test
    @Tag("long")
    void shouldAgreeWithTheModelForLong() {
        for (Filtering each : Filtering.values()) {
            for (long from = 100; from < 200; from++) {
                new Model(from, each).run(20_000);
            }
        }
    }
}
