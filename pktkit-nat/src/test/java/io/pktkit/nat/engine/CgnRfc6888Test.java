// SPDX-License-Identifier: MIT
package io.pktkit.nat.engine;

import static io.pktkit.nat.engine.NatWorld.HOST;
import static io.pktkit.nat.engine.NatWorld.OTHER_HOST;
import static io.pktkit.nat.engine.NatWorld.PUBLIC;
import static io.pktkit.nat.engine.NatWorld.SERVER;
import static io.pktkit.nat.engine.NatWorld.udp;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.pktkit.nat.engine.NatWorld.Sent;
import io.pktkit.nat.observe.NatDrop;
import io.pktkit.nat.observe.NatMapping;
import io.pktkit.nat.observe.NatObserver;
import io.pktkit.nat.policy.NatConfig;
import io.pktkit.nat.policy.NatLimits;
import io.pktkit.nat.policy.NatTimeouts;
import io.pktkit.wire.IpAddress;
import io.pktkit.wire.IpPrefix;
import io.pktkit.wire.Packet;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.Test;

/** The requirements of RFC 6888, and limits at large. */
class CgnRfc6888Test {

    @Test
    void shouldLimitTheMappingsOfAHost() { // REQ-4
        NatWorld world = new NatWorld(config -> config.limits(NatLimits.DEFAULT.withMappings(1000, 1000, 10)));
        for (int port = 2000; port < 2010; port++) {
            world.mapUdp(HOST, port, SERVER, 53);
        }

        assertSame(NatDrop.LIMIT, world.out(udp(HOST, 2010, SERVER, 53)));
        assertNull(world.out(udp(HOST, 2000, SERVER, 54)), "what exists goes on");
        assertNull(world.out(udp(OTHER_HOST, 2010, SERVER, 53)), "others are not concerned");
        world.pass(NatTimeouts.DEFAULT.udp());
        assertNull(world.out(udp(HOST, 2010, SERVER, 53)), "what has ended no longer counts");
    }

    @Test
    void shouldLimitHowFastAHostBeginsMappings() { // REQ-4
        NatWorld world = new NatWorld(config -> config.limits(NatLimits.DEFAULT.withMappingRate(10)));
        for (int i = 0; i < 100; i++) {
            assertNull(world.out(udp(HOST, 2000 + i, SERVER, 53)), "burst, i=" + i);
        }
        assertSame(NatDrop.LIMIT, world.out(udp(HOST, 3000, SERVER, 53)));
        world.pass(Duration.ofMillis(100));
        assertNull(world.out(udp(HOST, 3000, SERVER, 53)));
        assertSame(NatDrop.LIMIT, world.out(udp(HOST, 3001, SERVER, 53)));
    }

    @Test
    void shouldLimitTheSessionsOfAHost() { // REQ-5
        NatWorld world = new NatWorld(config -> config.limits(NatLimits.DEFAULT.withSessions(1000, 20, 10)));
        for (int port = 0; port < 100; port++) {
            world.passedOut(udp(HOST, 2000, SERVER, 1000 + port));
        }
        assertEquals(10, world.engine.sessions(), "of a mapping");
        for (int i = 0; i < 100; i++) {
            world.passedOut(udp(HOST, 3000 + i, SERVER, 53));
        }

        assertEquals(20, world.engine.sessions(), "of a host");
        world.passedOut(udp(OTHER_HOST, 2000, SERVER, 53));
        assertEquals(21, world.engine.sessions());
    }

    @Test
    void shouldNotLetStrangersUseUpSessions() { // spec 5.4.12
        NatWorld world = new NatWorld(config -> config.limits(NatLimits.DEFAULT.withSessions(160, 80, 80)));
        int outside = world.mapUdp(HOST, 2000, SERVER, 53);
        for (int port = 1; port < 1000; port++) {
            world.passedIn(udp(IpAddress.parse("198.51.100.9"), port, PUBLIC, outside));
        }
        assertEquals(11, world.engine.sessions(), "an eighth is for strangers");
        for (int port = 1000; port < 1079; port++) {
            world.passedOut(udp(HOST, 2000, SERVER, port));
        }
        assertEquals(90, world.engine.sessions());
        world.pass(NatTimeouts.DEFAULT.udp());
        world.timer();
        assertEquals(0, world.engine.sessions());
    }

    @Test
    void shouldCountStrangersWhomAHostAnswersAsItsOwn() { // REQ-5
        NatWorld world = new NatWorld(config -> config.limits(NatLimits.DEFAULT.withSessions(160, 80, 80)));
        IpAddress stranger = IpAddress.parse("198.51.100.9");
        int outside = world.mapUdp(HOST, 2000, SERVER, 53);
        for (int port = 1; port <= 1000; port++) {
            assertEquals(
                    2000, world.passedIn(udp(stranger, port, PUBLIC, outside)).destinationPort());
            assertEquals(
                    outside, world.passedOut(udp(HOST, 2000, stranger, port)).sourcePort());
        }
        assertEquals(90, world.engine.sessions(), "as many as a host may have, and an eighth");
        world.pass(NatTimeouts.DEFAULT.udp());
        world.timer();
        assertEquals(0, world.engine.sessions());
    }

    @Test
    void shouldPassWhatItDoesNotRemember() { // spec 3.1
        NatWorld world = new NatWorld(config -> config.limits(NatLimits.DEFAULT.withSessions(1000, 20, 1)));
        int outside = world.mapUdp(HOST, 2000, SERVER, 53);
        Sent untracked = world.passedOut(udp(HOST, 2000, SERVER, 99));

        assertSame(NatDrop.UNRELATED_ERROR, world.in(NatWorld.error(SERVER, PUBLIC, 3, 3, untracked.packet())));
        world.passedIn(udp(SERVER, 99, PUBLIC, outside));
        world.passNanos(NatTimeouts.DEFAULT.udp().toNanos() - 1);
        world.passedOut(udp(HOST, 2000, SERVER, 99));
        world.passNanos(1);
        assertEquals(outside, world.mapUdp(HOST, 2000, SERVER, 99), "what goes out keeps the mapping");
    }

    @Test
    void shouldNotTranslateWhatIsExcluded() { // REQ-6
        NatWorld world = new NatWorld(config -> config.exclude(IpPrefix.parse("198.51.100.0/24")));

        Sent out = world.passedOut(udp(HOST, 5000, SERVER, 53));
        Sent in = world.passedIn(udp(SERVER, 53, HOST, 5000));

        assertEquals(HOST, out.packet().source());
        assertEquals(63, out.packet().hopLimit());
        assertEquals(HOST, in.packet().destination());
        assertEquals(0, world.engine.size());
        IpAddress elsewhere = IpAddress.parse("192.0.2.1");
        assertEquals(
                PUBLIC, world.passedOut(udp(HOST, 5000, elsewhere, 53)).packet().source());
        assertSame(NatDrop.NOT_FOR_US, world.in(udp(elsewhere, 53, HOST, 5000)));
    }

    @Test
    void shouldLetAPortRestBeforeAnotherHostGetsIt() { // REQ-8
        NatTimeouts times = NatTimeouts.DEFAULT;
        NatWorld world = new NatWorld();
        assertEquals(5000, world.mapUdp(HOST, 5000, SERVER, 53));
        world.pass(times.udp());
        world.timer();
        assertEquals(0, world.engine.size());

        world.passNanos(times.quarantine().toNanos() - 1);
        assertNotEquals(5000, world.mapUdp(OTHER_HOST, 5000, SERVER, 53));
        world.engine.mappings().remove(world.engine.mappings().list().get(0), world.now);
        world.passNanos(1);
        assertEquals(5000, world.mapUdp(IpAddress.parse("10.0.0.9"), 5000, SERVER, 53));
    }

    @Test
    void shouldGiveAPortBackToTheSameHostAtOnce() { // REQ-8
        NatWorld world = new NatWorld();
        world.mapUdp(HOST, 5000, SERVER, 53);
        world.pass(NatTimeouts.DEFAULT.udp());

        assertEquals(5000, world.mapUdp(HOST, 5000, SERVER, 53));
    }

    @Test
    void shouldEvictNothingToMakeRoom() { // REQ-11
        NatWorld world = new NatWorld(config -> config.ports(20_000, 20_003).preservePorts(false));
        List<Integer> held = new ArrayList<>();
        for (int port = 2000; port < 2004; port++) {
            held.add(world.mapUdp(HOST, port, SERVER, 53));
        }

        assertSame(NatDrop.NO_PORT, world.out(udp(OTHER_HOST, 2000, SERVER, 53)));
        assertEquals(13, world.one().icmp().code());

        for (int port = 2000; port < 2004; port++) {
            assertEquals(held.get(port - 2000), world.mapUdp(HOST, port, SERVER, 53));
        }
        assertEquals(Set.of(20_000, 20_001, 20_002, 20_003), new HashSet<>(held));
        for (int i = 0; i < 4; i++) {
            assertEquals(i & 1, held.get(i) & 1, "held=" + held);
        }
    }

    @Test
    void shouldRefuseInTheSameFewStepsHoweverFull() { // spec 3.1: counted, not timed
        NatLimits limits =
                NatLimits.DEFAULT.withMappings(1 << 20, 1 << 20, 1 << 20).withMappingRate(1_000_000);
        NatWorld world = new NatWorld(config -> config.limits(limits).preservePorts(false));
        world.inside.routes(List.of(IpPrefix.parse("10.1.0.0/16")));
        int most = 0;
        for (int i = 0; i < 55_536; i++) {
            assertNull(
                    world.engine.fromInside(
                            world.link,
                            new Packet().wrap(udp(address(i), 2000, SERVER, 53)),
                            world.now,
                            cleared(world)),
                    "i=" + i);
            most = Math.max(most, world.engine.steps());
        }
        assertTrue(most < 100, "most=" + most);
        int refused = 0;
        for (int i = 0; i < 1000; i++) {
            assertSame(
                    NatDrop.NO_PORT,
                    world.engine.fromInside(
                            world.link,
                            new Packet().wrap(udp(address(60_000 + i), 2000, SERVER, 53)),
                            world.now,
                            cleared(world)));
            refused = Math.max(refused, world.engine.steps());
        }
        assertTrue(refused < 64, "refused=" + refused);
    }

    private static NatOutput cleared(NatWorld world) {
        world.output.clear();
        return world.output;
    }

    private static IpAddress address(int index) {
        return IpAddress.ofIpv4(0x0A01_0000 + index + 1);
    }

    @Test
    void shouldTellObserversOfMappingsButNotOfDestinations() { // REQ-12, REQ-14
        NatWorld world = new NatWorld();
        List<String> heard = new ArrayList<>();
        world.engine.observer(new NatObserver() {
            @Override
            public void created(NatMapping mapping) {
                heard.add("+" + mapping);
                throw new IllegalStateException("a poor observer");
            }

            @Override
            public void removed(NatMapping mapping) {
                heard.add("-" + mapping);
            }
        });

        for (int i = 0; i < 10; i++) {
            world.mapUdp(HOST, 5000, SERVER, 53 + i);
        }
        world.pass(NatTimeouts.DEFAULT.udp());
        world.timer();

        assertEquals(List.of("+UDP 10.0.0.2:5000 = 203.0.113.1:5000", "-UDP 10.0.0.2:5000 = 203.0.113.1:5000"), heard);
    }

    @Test
    void shouldDrawPortsThatNobodyCanGuess() { // REQ-15
        Set<Integer> first = new HashSet<>();
        for (int i = 0; i < 20; i++) {
            NatEngine engine =
                    new NatEngine(NatConfig.builder(PUBLIC).preservePorts(false).build());
            NatLink link = engine.addLink(engine.addInside().prefix(IpPrefix.parse("10.0.0.1/24")));
            NatOutput output = new NatOutput();
            engine.fromInside(link, new Packet().wrap(udp(HOST, 5000, SERVER, 53)), 0, output);
            first.add(output.packet(0).buffer().getShort(20) & 0xFFFF);
        }
        assertTrue(first.size() > 15, "first=" + first);
        assertFalse(first.contains(5000));
    }
}
