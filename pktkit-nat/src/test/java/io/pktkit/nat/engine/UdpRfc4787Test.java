// SPDX-License-Identifier: MIT
package io.pktkit.nat.engine;

import static io.pktkit.nat.engine.NatWorld.GATEWAY;
import static io.pktkit.nat.engine.NatWorld.HOST;
import static io.pktkit.nat.engine.NatWorld.OTHER_HOST;
import static io.pktkit.nat.engine.NatWorld.OTHER_SERVER;
import static io.pktkit.nat.engine.NatWorld.PUBLIC;
import static io.pktkit.nat.engine.NatWorld.SERVER;
import static io.pktkit.nat.engine.NatWorld.udp;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.pktkit.nat.engine.NatWorld.Sent;
import io.pktkit.nat.observe.NatDrop;
import io.pktkit.nat.observe.NatForwardException;
import io.pktkit.nat.policy.Filtering;
import io.pktkit.nat.policy.NatTimeouts;
import io.pktkit.wire.IpAddress;
import io.pktkit.wire.IpPrefix;
import io.pktkit.wire.IpProtocol;
import io.pktkit.wire.Packet;
import io.pktkit.wire.PacketBuilder;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.Test;

/** The requirements of RFC 4787, one test or more for each. */
class UdpRfc4787Test {

    private static final Duration UDP = NatTimeouts.DEFAULT.udp();

    @Test
    void shouldMapAnEndpointToOneWhateverItSendsTo() { // REQ-1
        NatWorld world = new NatWorld();

        Sent first = world.passedOut(udp(HOST, 5000, SERVER, 53));
        Sent second = world.passedOut(udp(HOST, 5000, OTHER_SERVER, 99));

        assertEquals(PUBLIC, first.packet().source());
        assertEquals(first.sourcePort(), second.sourcePort());
        assertEquals(53, first.destinationPort());
        assertEquals(1, world.engine.size());
    }

    @Test
    void shouldKeepAHostOnTheAddressThatItIsPairedWith() { // REQ-2
        IpAddress second = IpAddress.parse("203.0.113.2");
        NatWorld world = new NatWorld(config -> config.outside(second));
        Set<IpAddress> used = new HashSet<>();
        for (int host = 2; host < 40; host++) {
            IpAddress inside = IpAddress.parse("10.0.0." + host);
            IpAddress first =
                    world.passedOut(udp(inside, 5000, SERVER, 53)).packet().source();
            used.add(first);
            for (int port = 6000; port < 6010; port++) {
                Sent next = world.passedOut(udp(inside, port, OTHER_SERVER, port));
                assertEquals(first, next.packet().source(), "host=" + inside);
            }
            Sent tcp = world.passedOut(NatWorld.tcp(inside, 80, SERVER, 80, NatWorld.SYN));
            assertEquals(first, tcp.packet().source());
        }

        assertEquals(Set.of(PUBLIC, second), used);
    }

    @Test
    void shouldNotGiveOnePortToTwo() { // REQ-3
        NatWorld world = new NatWorld();

        int first = world.mapUdp(HOST, 5000, SERVER, 53);
        int second = world.mapUdp(OTHER_HOST, 5000, SERVER, 53);

        assertEquals(5000, first);
        assertNotEquals(first, second);
        assertEquals(
                HOST, world.passedIn(udp(SERVER, 53, PUBLIC, first)).packet().destination());
        Sent other = world.passedIn(udp(SERVER, 53, PUBLIC, second));
        assertEquals(OTHER_HOST, other.packet().destination());
        assertEquals(5000, other.destinationPort());
    }

    @Test
    void shouldKeepTheClassOfAPort() { // REQ-3a
        NatWorld world = new NatWorld();
        for (int port = 1; port < 100; port++) {
            int outside = world.mapUdp(HOST, port, SERVER, 53);
            assertTrue(outside >= 600 && outside < 1024, "port=" + port + " outside=" + outside);
        }
        for (int port = 2000; port < 2100; port++) {
            world.mapUdp(HOST, port, SERVER, 53);
            int outside = world.mapUdp(OTHER_HOST, port, SERVER, 53);
            assertTrue(outside >= 10_000, "port=" + port + " outside=" + outside);
        }
    }

    @Test
    void shouldKeepTheParityOfAPort() { // REQ-4
        NatWorld world = new NatWorld();
        for (int port = 900; port < 1100; port++) {
            assertEquals(port & 1, world.mapUdp(HOST, port, SERVER, 53) & 1, "port=" + port);
            assertEquals(port & 1, world.mapUdp(OTHER_HOST, port, SERVER, 53) & 1, "port=" + port);
        }
    }

    @Test
    void shouldForgetAfterFiveMinutesAndNotBefore() { // REQ-5
        NatWorld world = new NatWorld();
        int outside = world.mapUdp(HOST, 5000, SERVER, 53);

        world.passNanos(UDP.toNanos() - 1);
        assertNull(world.in(udp(OTHER_SERVER, 1, PUBLIC, outside)));
        world.passNanos(1);
        assertSame(NatDrop.NO_MAPPING, world.in(udp(SERVER, 53, PUBLIC, outside)));

        assertEquals(0, world.engine.size());
        assertTrue(UDP.compareTo(Duration.ofMinutes(5)) >= 0);
    }

    @Test
    void shouldForgetWithoutPacketsWhenTheTimerRuns() { // REQ-5
        NatWorld world = new NatWorld();
        world.mapUdp(HOST, 5000, SERVER, 53);
        assertEquals(world.now + UDP.toNanos(), world.engine.nextDeadlineNanos());

        world.pass(UDP);
        world.timer();

        assertEquals(0, world.engine.size());
        assertEquals(0, world.engine.sessions());
    }

    @Test
    void shouldForgetWellKnownPortsSoonerIfToldTo() { // REQ-5a
        Duration shorter = Duration.ofSeconds(30);
        NatWorld world = new NatWorld(config -> config.timeouts(NatTimeouts.DEFAULT.withUdp(UDP, shorter)));
        int dns = world.mapUdp(HOST, 5000, SERVER, 53);
        int other = world.mapUdp(HOST, 5001, SERVER, 5353);

        world.pass(shorter);

        assertSame(NatDrop.NO_MAPPING, world.in(udp(SERVER, 53, PUBLIC, dns)));
        assertNull(world.in(udp(SERVER, 5353, PUBLIC, other)));
    }

    @Test
    void shouldRefreshByWhatGoesOut() { // REQ-6
        NatWorld world = new NatWorld();
        int outside = world.mapUdp(HOST, 5000, SERVER, 53);
        for (int i = 0; i < 5; i++) {
            world.passNanos(UDP.toNanos() - 1);
            assertEquals(outside, world.mapUdp(HOST, 5000, OTHER_SERVER, 1000 + i));
        }
    }

    @Test
    void shouldRefreshByWhatComesInFromWhomTheHostKnowsAlone() { // REQ-6a
        NatWorld world = new NatWorld();
        int outside = world.mapUdp(HOST, 5000, SERVER, 53);

        world.passNanos(UDP.toNanos() - 1);
        world.passedIn(udp(SERVER, 53, PUBLIC, outside));
        world.passNanos(UDP.toNanos() - 1);
        for (int i = 0; i < 10; i++) {
            world.passedIn(udp(OTHER_SERVER, 1000 + i, PUBLIC, outside));
        }
        world.passNanos(1);

        assertSame(NatDrop.NO_MAPPING, world.in(udp(OTHER_SERVER, 1000, PUBLIC, outside)));
    }

    @Test
    void shouldRefuseOverlappingNetworks() { // REQ-7
        NatWorld world = new NatWorld();

        assertThrows(
                IllegalArgumentException.class,
                () -> world.engine.addInside().prefix(IpPrefix.parse("203.0.113.254/24")));
        assertThrows(
                IllegalArgumentException.class,
                () -> world.engine.outside(List.of(IpAddress.parse("10.0.0.77")), world.now));
        assertEquals(List.of(PUBLIC), world.engine.outside());
    }

    @Test
    void shouldMoveToAnotherAddressAtRunTime() { // REQ-7
        NatWorld world = new NatWorld();
        int outside = world.mapUdp(HOST, 5000, SERVER, 53);
        IpAddress second = IpAddress.parse("203.0.113.2");

        world.engine.outside(List.of(second), world.now);

        assertSame(NatDrop.NOT_FOR_US, world.in(udp(SERVER, 53, PUBLIC, outside)));
        assertEquals(
                second, world.passedOut(udp(HOST, 5000, SERVER, 53)).packet().source());
    }

    @Test
    void shouldPairAHostAnewWhenItsAddressGoes() throws NatForwardException { // REQ-2
        IpAddress second = IpAddress.parse("203.0.113.2");
        NatWorld world = new NatWorld(config -> config.outside(second));
        IpAddress first = world.passedOut(udp(HOST, 5000, SERVER, 53)).packet().source();
        IpAddress left = first.equals(PUBLIC) ? second : PUBLIC;
        world.engine.mappings().forward(world.inside, IpProtocol.TCP, left, 80, HOST, 8080, Duration.ZERO, world.now);

        world.engine.outside(List.of(left), world.now);

        Sent moved = world.passedOut(udp(HOST, 6000, SERVER, 53));
        assertEquals(left, moved.packet().source(), "though the host still had a forward");
        Sent back = world.passedIn(udp(SERVER, 53, left, moved.sourcePort()));
        assertEquals(6000, back.destinationPort());
        world.engine.outside(List.of(), world.now);
        assertEquals(0, world.engine.size());
    }

    @Test
    void shouldLetAnybodyInByDefault() { // REQ-8
        NatWorld world = new NatWorld();
        int outside = world.mapUdp(HOST, 5000, SERVER, 53);

        Sent stranger = world.passedIn(udp(OTHER_SERVER, 777, PUBLIC, outside));

        assertEquals(HOST, stranger.packet().destination());
        assertEquals(5000, stranger.destinationPort());
        assertEquals(OTHER_SERVER, stranger.packet().source());
    }

    @Test
    void shouldFilterByAddressIfToldTo() { // REQ-8
        NatWorld world = new NatWorld(config -> config.filtering(IpProtocol.UDP, Filtering.ADDRESS_DEPENDENT));
        int outside = world.mapUdp(HOST, 5000, SERVER, 53);

        assertSame(NatDrop.FILTERED, world.in(udp(OTHER_SERVER, 53, PUBLIC, outside)));
        assertNull(world.in(udp(SERVER, 54, PUBLIC, outside)));
        world.mapUdp(HOST, 5000, OTHER_SERVER, 1);
        assertNull(world.in(udp(OTHER_SERVER, 53, PUBLIC, outside)));
    }

    @Test
    void shouldForgetAnAddressWithItsLastSession() { // REQ-8
        NatWorld world = new NatWorld(config -> config.filtering(IpProtocol.UDP, Filtering.ADDRESS_DEPENDENT));
        int outside = world.mapUdp(HOST, 5000, SERVER, 53);
        world.pass(UDP.dividedBy(2));
        world.mapUdp(HOST, 5000, OTHER_SERVER, 53);

        world.pass(UDP.dividedBy(2));

        assertSame(NatDrop.FILTERED, world.in(udp(SERVER, 54, PUBLIC, outside)));
        assertNull(world.in(udp(OTHER_SERVER, 54, PUBLIC, outside)));
    }

    @Test
    void shouldFilterByAddressAndPortIfToldTo() { // REQ-8
        NatWorld world = new NatWorld(config -> config.filtering(IpProtocol.UDP, Filtering.ADDRESS_AND_PORT_DEPENDENT));
        int outside = world.mapUdp(HOST, 5000, SERVER, 53);

        assertSame(NatDrop.FILTERED, world.in(udp(SERVER, 54, PUBLIC, outside)));
        assertNull(world.in(udp(SERVER, 53, PUBLIC, outside)));
    }

    @Test
    void shouldTurnPacketsBackWithOutsideSourceAddressAndPort() { // REQ-9, 9a
        NatWorld world = new NatWorld();
        int server = world.mapUdp(HOST, 5000, SERVER, 53);
        world.mapUdp(HOST, 6000, SERVER, 53);

        assertNull(world.out(udp(OTHER_HOST, 6000, PUBLIC, server)));
        Sent turned = world.one();

        assertSame(world.link, turned.to());
        assertEquals(PUBLIC, turned.packet().source());
        assertNotEquals(6000, turned.sourcePort());
        assertEquals(HOST, turned.packet().destination());
        assertEquals(5000, turned.destinationPort());
        assertEquals(63, turned.packet().hopLimit(), "one hop, not two");
        int caller = turned.sourcePort();
        assertNull(world.out(udp(HOST, 5000, PUBLIC, caller)));
        assertEquals(OTHER_HOST, world.one().packet().destination());
        assertEquals(server, world.one().sourcePort());
    }

    @Test
    void shouldDoTheSameEachTime() { // REQ-11
        NatWorld world = new NatWorld();
        int outside = world.mapUdp(HOST, 5000, SERVER, 53);
        for (int i = 0; i < 100; i++) {
            assertEquals(outside, world.mapUdp(HOST, 5000, SERVER, 53 + i));
        }
    }

    @Test
    void shouldKeepAMappingThroughErrors() { // REQ-12
        NatWorld world = new NatWorld();
        Sent out = world.passedOut(udp(HOST, 5000, SERVER, 53));

        world.passedIn(NatWorld.error(SERVER, PUBLIC, 3, 3, out.packet()));

        assertNull(world.in(udp(SERVER, 53, PUBLIC, out.sourcePort())));
    }

    @Test
    void shouldPassErrorsOfRoutersThatTheHostNeverHeardOf() { // REQ-12a, 12b
        NatWorld world = new NatWorld(config -> config.filtering(Filtering.ADDRESS_AND_PORT_DEPENDENT));
        Sent out = world.passedOut(udp(HOST, 5000, SERVER, 53));

        Sent error = world.passedIn(NatWorld.error(OTHER_SERVER, PUBLIC, 3, 1, out.packet()));

        assertEquals(OTHER_SERVER, error.packet().source());
        assertEquals(HOST, error.packet().destination());
    }

    @Test
    void shouldAskForFragmentationInwardWhenTooBig() { // REQ-13
        NatWorld world = new NatWorld();
        world.engine.outsideMtu(1000);
        ByteBuffer big = udp(HOST, 5000, SERVER, 53, 1100);
        new Packet().wrap(big).dontFragment(true);

        assertSame(NatDrop.TOO_BIG, world.out(big));

        Sent error = world.one();
        assertSame(world.link, error.to());
        assertEquals(GATEWAY, error.packet().source());
        assertEquals(3, error.icmp().type());
        assertEquals(4, error.icmp().code());
        assertEquals(1000, error.icmp().mtu());
        assertEquals(0, world.engine.size(), "nothing is remembered of it");
    }

    @Test
    void shouldFragmentInOrderWhenAllowed() { // REQ-13a
        NatWorld world = new NatWorld();
        world.engine.outsideMtu(600);

        assertNull(world.out(udp(HOST, 5000, SERVER, 53, 1500)));

        int end = 0;
        for (Sent piece : world.sent) {
            assertTrue(piece.packet().totalLength() <= 600);
            assertEquals(end, piece.packet().fragmentOffset());
            assertEquals(PUBLIC, piece.packet().source());
            end += piece.packet().totalLength() - 20;
        }
        assertEquals(1508, end);
        assertEquals(3, world.sent.size());
    }

    @Test
    void shouldFragmentForTheInsideToo() { // REQ-13a
        NatWorld world = new NatWorld();
        int outside = world.mapUdp(HOST, 5000, SERVER, 53);
        world.link.mtu(600);

        assertNull(world.in(udp(SERVER, 53, PUBLIC, outside, 1000)));

        assertEquals(2, world.sent.size());
        assertEquals(HOST, world.sent.get(1).packet().destination());
        ByteBuffer fixed = udp(SERVER, 53, PUBLIC, outside, 1000);
        new Packet().wrap(fixed).dontFragment(true);
        assertSame(NatDrop.TOO_BIG, world.in(fixed));
        assertNull(world.one().to());
        assertEquals(PUBLIC, world.one().packet().source());
        assertEquals(600, world.one().icmp().mtu());
    }

    @Test
    void shouldLeaveAZeroChecksumAlone() { // RFC 3022 section 4.1
        NatWorld world = new NatWorld();
        ByteBuffer datagram = udp(HOST, 5000, SERVER, 53);
        datagram.putShort(26, (short) 0);

        Sent out = world.passedOut(datagram);

        assertEquals(0, out.packet().buffer().getShort(26));
    }

    @Test
    void shouldNeverMakeAChecksumZero() { // RFC 768, RFC 3022 section 4.1
        NatWorld world = new NatWorld();
        for (int word = 0; word < 65_536; word++) {
            ByteBuffer payload = ByteBuffer.allocate(2);
            payload.putShort(0, (short) word);
            Sent out = world.passedOut(PacketBuilder.udp(HOST, 5000, SERVER, 53, payload));
            assertNotEquals(0, out.packet().buffer().getShort(26), "word=" + word);
        }
    }

    @Test
    void shouldLeaveBytesBehindThePacketAlone() {
        NatWorld world = new NatWorld();
        ByteBuffer datagram = udp(HOST, 5000, SERVER, 53);
        ByteBuffer padded = ByteBuffer.allocate(datagram.capacity() + 9);
        padded.put(0, datagram, 0, datagram.capacity());
        padded.put(datagram.capacity(), (byte) 0x55);

        Sent out = world.passedOut(padded);

        assertEquals(datagram.capacity(), out.packet().length());
    }
}
