// SPDX-License-Identifier: MIT
package io.pktkit.nat.engine;

import static io.pktkit.nat.engine.NatWorld.GATEWAY;
import static io.pktkit.nat.engine.NatWorld.HOST;
import static io.pktkit.nat.engine.NatWorld.PUBLIC;
import static io.pktkit.nat.engine.NatWorld.SERVER;
import static io.pktkit.nat.engine.NatWorld.udp;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.pktkit.nat.observe.NatDrop;
import io.pktkit.nat.observe.NatForwardException;
import io.pktkit.nat.observe.NatMapping;
import io.pktkit.wire.IpAddress;
import io.pktkit.wire.IpProtocol;
import java.time.Duration;
import org.junit.jupiter.api.Test;

/** The host that a NAT is to its inside. */
class NatLocalTest {

    private static final IpAddress SSDP = IpAddress.parse("239.255.255.250");

    private final NatWorld world = new NatWorld();

    @Test
    void shouldGiveTheHostWhatIsForIt() {
        assertSame(NatDrop.OURS, world.out(udp(HOST, 5000, GATEWAY, 5351)));
        assertSame(NatDrop.MARTIAN, world.out(udp(HOST, 5000, SSDP, 1900)));

        world.engine.hosted(true);

        assertNull(world.out(udp(HOST, 5000, GATEWAY, 5351)));
        assertTrue(world.output.isLocal());
        assertEquals(0, world.output.size());
        assertNull(world.out(udp(HOST, 5000, SSDP, 1900)));
        assertTrue(world.output.isLocal());
        assertNull(world.out(udp(HOST, 5000, SERVER, 53)));
        assertFalse(world.output.isLocal(), "what is for others");
        assertEquals(1, world.output.size());
    }

    @Test
    void shouldGiveItNothingFromOutsideOrForged() {
        world.engine.hosted(true);

        assertSame(NatDrop.NO_MAPPING, world.in(udp(SERVER, 5000, PUBLIC, 5351)));
        assertFalse(world.output.isLocal());
        world.in(udp(SERVER, 5000, GATEWAY, 5351));
        assertFalse(world.output.isLocal());
        world.in(udp(SERVER, 5000, SSDP, 1900));
        assertFalse(world.output.isLocal());
        assertSame(NatDrop.BAD_SOURCE, world.out(udp(SERVER, 5000, GATEWAY, 5351)));
        assertSame(NatDrop.BAD_SOURCE, world.out(udp(SERVER, 5000, SSDP, 1900)));
        assertFalse(world.output.isLocal());
    }

    @Test
    void shouldFindMappingsByBothEnds() throws NatForwardException {
        NatInside inside = world.engine.insides().get(0);
        assertNull(world.engine.mappings().find(inside, IpProtocol.UDP, HOST, 5000, world.now));
        int port = world.mapUdp(HOST, 5000, SERVER, 53);

        NatMapping found = world.engine.mappings().find(inside, IpProtocol.UDP, HOST, 5000, world.now);

        assertEquals(found, world.engine.mappings().findOutside(IpProtocol.UDP, PUBLIC, port, world.now));
        assertNull(world.engine.mappings().findOutside(IpProtocol.TCP, PUBLIC, port, world.now));
        assertNull(world.engine.mappings().findOutside(IpProtocol.UDP, SERVER, port, world.now));
        NatMapping forward = world.engine
                .mappings()
                .forward(inside, IpProtocol.TCP, PUBLIC, 80, HOST, 8080, Duration.ofMinutes(1), world.now);
        assertEquals(forward, world.engine.mappings().findOutside(IpProtocol.TCP, PUBLIC, 80, world.now));
        world.now += Duration.ofMinutes(1).toNanos();
        assertNull(world.engine.mappings().findOutside(IpProtocol.TCP, PUBLIC, 80, world.now), "it has lapsed");
    }
}
