// SPDX-License-Identifier: MIT
package io.pktkit.nat.engine;

import static io.pktkit.nat.engine.NatWorld.GATEWAY;
import static io.pktkit.nat.engine.NatWorld.HOST;
import static io.pktkit.nat.engine.NatWorld.PUBLIC;
import static io.pktkit.nat.engine.NatWorld.SERVER;
import static io.pktkit.nat.engine.NatWorld.udp;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;

import io.pktkit.nat.engine.NatWorld.Sent;
import io.pktkit.nat.observe.NatDrop;
import io.pktkit.nat.policy.NatLimits;
import io.pktkit.wire.IpPrefix;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.Test;

/** Namespaces: equal addresses, separate shares. */
class TenantTest {

    private static NatLink tenant(NatWorld world) {
        return world.engine.addLink(world.engine.addInside().prefix(IpPrefix.of(GATEWAY, 24)));
    }

    @Test
    void shouldKeepEqualAddressesApart() {
        NatWorld world = new NatWorld();
        List<NatLink> links = new ArrayList<>();
        Set<Integer> ports = new HashSet<>();
        List<Integer> mapped = new ArrayList<>();
        for (int i = 0; i < 50; i++) {
            NatLink link = tenant(world);
            links.add(link);
            assertNull(world.out(link, udp(HOST, 5000, SERVER, 53)));
            ports.add(world.one().sourcePort());
            mapped.add(world.one().sourcePort());
        }
        assertEquals(50, ports.size());
        for (int i = 0; i < 50; i++) {
            Sent back = world.passedIn(udp(SERVER, 53, PUBLIC, mapped.get(i)));
            assertSame(links.get(i), back.to());
            assertEquals(HOST, back.packet().destination());
        }
    }

    @Test
    void shouldForgetANamespaceAtOnceAndNoOther() {
        NatWorld world = new NatWorld();
        NatLink other = tenant(world);
        int kept = world.mapUdp(HOST, 5000, SERVER, 53);
        world.out(other, udp(HOST, 6000, SERVER, 53));
        int gone = world.one().sourcePort();

        world.engine.removeInside(other.inside(), world.now);

        assertSame(NatDrop.NO_MAPPING, world.in(udp(SERVER, 53, PUBLIC, gone)));
        assertSame(NatDrop.CLOSED, world.out(other, udp(HOST, 6000, SERVER, 53)));
        assertNull(world.in(udp(SERVER, 53, PUBLIC, kept)));
        assertEquals(1, world.engine.size());
        assertNotEquals(other.inside().id(), world.engine.addInside().id(), "numbers are never used again");
        assertThrows(IllegalStateException.class, () -> world.engine.addLink(other.inside()));
    }

    @Test
    void shouldServeOthersWhenOneHasTakenItsShare() {
        NatWorld world = new NatWorld(config -> config.limits(NatLimits.DEFAULT.withMappings(100, 20, 100)));
        NatLink greedy = tenant(world);
        for (int i = 0; i < 100; i++) {
            world.out(greedy, udp(HOST, 5000 + i, SERVER, 53));
        }
        assertEquals(20, greedy.inside().mappings());
        assertEquals(80, world.engine.drops(NatDrop.LIMIT));
        for (int i = 0; i < 20; i++) {
            assertNull(world.out(udp(HOST, 5000 + i, SERVER, 53)));
        }
    }

    @Test
    void shouldTurnPacketsToAnotherNamespaceAsFromOutside() {
        NatWorld world = new NatWorld();
        NatLink other = tenant(world);
        int server = world.mapUdp(HOST, 5000, SERVER, 53);

        assertNull(world.out(other, udp(HOST, 7000, PUBLIC, server)));

        assertSame(world.link, world.one().to());
        assertEquals(PUBLIC, world.one().packet().source());
    }

    @Test
    void shouldFollowAHostFromLinkToLink() {
        NatWorld world = new NatWorld();
        NatLink second = world.engine.addLink(world.inside);
        int outside = world.mapUdp(HOST, 5000, SERVER, 53);
        assertSame(world.link, world.passedIn(udp(SERVER, 53, PUBLIC, outside)).to());

        world.out(second, udp(HOST, 5000, SERVER, 53));

        assertSame(second, world.passedIn(udp(SERVER, 53, PUBLIC, outside)).to());
        world.engine.removeLink(second);
        assertSame(NatDrop.CLOSED, world.in(udp(SERVER, 53, PUBLIC, outside)));
        world.mapUdp(HOST, 5000, SERVER, 53);
        assertNull(world.in(udp(SERVER, 53, PUBLIC, outside)));
    }
}
