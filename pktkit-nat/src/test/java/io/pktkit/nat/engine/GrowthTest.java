// SPDX-License-Identifier: MIT
package io.pktkit.nat.engine;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.pktkit.nat.observe.NatDrop;
import io.pktkit.nat.policy.NatLimits;
import io.pktkit.wire.IpAddress;
import io.pktkit.wire.IpPrefix;
import io.pktkit.wire.IpProtocol;
import io.pktkit.wire.Packet;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Random;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** A million mappings: what one more costs, and what a packet of one of them does, by how many there are. */
class GrowthTest {

    private static final int OUTSIDE_ADDRESSES = 24;
    private static final int PORTS_OF_A_HOST = 20;

    private static NatWorld world(int mappings) {
        NatLimits limits = NatLimits.DEFAULT
                .withMappings(2 * mappings, 2 * mappings, 65_535)
                .withSessions(2 * mappings, 65_535, 1024);
        NatWorld world = new NatWorld(config -> {
            config.limits(limits);
            for (int i = 1; i < OUTSIDE_ADDRESSES; i++) {
                config.outside(IpAddress.ofIpv4(0xCB00_7101 + i));
            }
            return config;
        });
        world.inside.routes(List.of(IpPrefix.parse("10.1.0.0/16")));
        return world;
    }

    private static IpAddress host(int number) {
        return IpAddress.ofIpv4(0x0A01_0001 + number / PORTS_OF_A_HOST);
    }

    private static int port(int number) {
        return 20_000 + number % PORTS_OF_A_HOST;
    }

    /** Makes mappings and tells, for each power of ten, how many steps a new one took and how long a lookup. */
    private static List<String> grow(int most, long seed) {
        NatWorld world = world(most);
        Random random = new Random(seed);
        Packet view = new Packet();
        List<String> curve = new ArrayList<>();
        long steps = 0;
        int worst = 0;
        int from = 0;
        long[] nanos = new long[most];
        int next = 1000;
        for (int i = 0; i < most; i++) {
            view.wrap(NatWorld.udp(host(i), port(i), NatWorld.SERVER, 53));
            world.output.clear();
            long before = System.nanoTime();
            NatDrop drop = world.engine.fromInside(world.link, view, world.now, world.output);
            nanos[i] = System.nanoTime() - before;
            assertEquals(null, drop, () -> "seed=" + seed + " size=" + world.engine.size());
            steps += world.engine.steps();
            worst = Math.max(worst, world.engine.steps());
            if (i + 1 == next) {
                Arrays.sort(nanos, from, next);
                int count = next - from;
                curve.add(String.format(
                        Locale.ROOT,
                        "%8d mappings: %.2f steps for a new one, %d at worst; median %d ns, 99.99 %% %d ns, worst %d ns; lookup %.0f ns",
                        next,
                        (double) steps / count,
                        worst,
                        nanos[from + count / 2],
                        nanos[from + (int) (count * 0.9999)],
                        nanos[next - 1],
                        lookups(world, next, random)));
                assertTrue(steps <= 12L * count, () -> "seed=" + seed + " " + curve);
                assertTrue(worst <= 200, () -> "seed=" + seed + " " + curve);
                steps = 0;
                worst = 0;
                from = next;
                next *= 10;
            }
        }
        assertEquals(most, world.engine.size());
        world.pass(Duration.ofDays(1));
        for (int i = 0; i < most && world.engine.size() > 0; i++) {
            world.timer();
        }
        assertEquals(0, world.engine.size(), "nothing is left behind");
        assertEquals(0, world.engine.sessions());
        return curve;
    }

    private static double lookups(NatWorld world, int size, Random random) {
        int count = 100_000;
        IpAddress[] hosts = new IpAddress[1024];
        int[] numbers = new int[1024];
        for (int i = 0; i < 1024; i++) {
            numbers[i] = random.nextInt(size);
            hosts[i] = host(numbers[i]);
        }
        long before = System.nanoTime();
        for (int i = 0; i < count; i++) {
            int at = i & 1023;
            assertNotNull(world.engine
                    .mappings()
                    .find(world.inside, IpProtocol.UDP, hosts[at], port(numbers[at]), world.now));
        }
        return (System.nanoTime() - before) / (double) count;
    }

    @Test
    void shouldTakeTheSameFewStepsHoweverManyThereAre() {
        grow(10_000, 1);
    }

    /** Nanoseconds are told, and not judged. */
    @Test
    @Tag("long")
    void shouldHoldAMillionMappingsWithoutACliff() {
        List<String> curve = grow(1_000_000, 2);
        assertEquals(4, curve.size());
        curve.forEach(System.out::println);
    }
}
