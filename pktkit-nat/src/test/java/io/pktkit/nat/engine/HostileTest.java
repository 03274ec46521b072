// SPDX-License-Identifier: MIT
package io.pktkit.nat.engine;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.pktkit.nat.policy.NatLimits;
import io.pktkit.wire.IpPrefix;
import io.pktkit.wire.Packet;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** Mutated, truncated and random packets both ways: nothing is thrown, and nothing is left behind. */
class HostileTest {

    private static void run(int packets, long seed) {
        Random random = new Random(seed);
        NatWorld world = new NatWorld(config -> config.limits(NatLimits.DEFAULT
                .withMappings(500, 400, 300)
                .withSessions(800, 700, 600)
                .withFragments(50, 50_000)));
        NatInside other = world.engine.addInside().prefix(IpPrefix.of(NatWorld.GATEWAY, 24));
        NatLink second = world.engine.addLink(other);
        int outside = world.mapUdp(NatWorld.HOST, 5000, NatWorld.SERVER, 53);
        int open = world.connect(NatWorld.HOST, 5001, NatWorld.SERVER, 80);
        Packet sent = world.passedOut(NatWorld.udp(NatWorld.HOST, 5000, NatWorld.SERVER, 53))
                .packet();
        List<ByteBuffer> seeds = new ArrayList<>(List.of(
                NatWorld.udp(NatWorld.HOST, 5000, NatWorld.SERVER, 53),
                NatWorld.udp(NatWorld.SERVER, 53, NatWorld.PUBLIC, outside),
                NatWorld.tcp(NatWorld.HOST, 5001, NatWorld.SERVER, 80, NatWorld.ACK),
                NatWorld.tcp(NatWorld.SERVER, 80, NatWorld.PUBLIC, open, NatWorld.ACK),
                NatWorld.tcp(NatWorld.SERVER, 81, NatWorld.PUBLIC, open + 1, NatWorld.SYN),
                NatWorld.ping(NatWorld.HOST, NatWorld.SERVER, true, 7),
                NatWorld.ping(NatWorld.SERVER, NatWorld.PUBLIC, true, 7),
                NatWorld.udp(NatWorld.OTHER_HOST, 9, NatWorld.PUBLIC, outside),
                NatWorld.error(NatWorld.SERVER, NatWorld.PUBLIC, 3, 4, sent),
                NatWorld.error(NatWorld.HOST, NatWorld.SERVER, 3, 3, sent)));
        Packet view = new Packet();
        for (int i = 0; i < packets; i++) {
            ByteBuffer base = seeds.get(random.nextInt(seeds.size()));
            byte[] bytes = NatWorld.bytes(base);
            for (int change = random.nextInt(4); change > 0; change--) {
                bytes[random.nextInt(bytes.length)] = (byte) random.nextInt();
            }
            int length = random.nextInt(6) == 0 ? random.nextInt(bytes.length + 1) : bytes.length;
            view.wrap(ByteBuffer.wrap(bytes), 0, length);
            if (random.nextInt(8) != 0) {
                view.recomputeIpv4Checksum();
                view.recomputeTransportChecksum();
            }
            world.output.clear();
            switch (random.nextInt(3)) {
                case 0 -> world.engine.fromOutside(view, world.now, world.output);
                case 1 -> world.engine.fromInside(second, view, world.now, world.output);
                default -> world.engine.fromInside(world.link, view, world.now, world.output);
            }
            for (int j = 0; j < world.output.size(); j++) {
                assertTrue(world.output.packet(j).isComplete(), "seed=" + seed + " i=" + i);
            }
            if (random.nextInt(200) == 0) {
                world.passNanos(random.nextLong(Duration.ofSeconds(30).toNanos()));
                world.output.clear();
                world.engine.onTimer(world.now, world.output);
            }
        }
        world.pass(Duration.ofDays(1));
        for (int i = 0; i < 4; i++) {
            world.output.clear();
            world.engine.onTimer(world.now, world.output);
        }
        assertEquals(0, world.engine.size(), "seed=" + seed);
        assertEquals(0, world.engine.sessions(), "seed=" + seed);
        assertEquals(Long.MAX_VALUE, world.engine.nextDeadlineNanos(), "seed=" + seed);
    }

    @Test
    void shouldSurviveMutatedPackets() {
        for (long seed = 0; seed < 4; seed++) {
            run(50_000, seed);
        }
    }

    @Test
    @Tag("long")
    void shouldSurviveAMillionMutatedPackets() {
        for (long seed = 100; seed < 110; seed++) {
            run(1_000_000, seed);
        }
    }
}
