// SPDX-License-Identifier: MIT
package io.pktkit.nat.engine;

import static io.pktkit.nat.engine.NatWorld.GATEWAY;
import static io.pktkit.nat.engine.NatWorld.HOST;
import static io.pktkit.nat.engine.NatWorld.PUBLIC;
import static io.pktkit.nat.engine.NatWorld.SERVER;
import static io.pktkit.nat.engine.NatWorld.ping;
import static io.pktkit.nat.engine.NatWorld.udp;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.pktkit.nat.engine.NatWorld.Sent;
import io.pktkit.nat.observe.NatDrop;
import io.pktkit.wire.Checksum;
import io.pktkit.wire.IpAddress;
import io.pktkit.wire.IpPrefix;
import io.pktkit.wire.IpProtocol;
import io.pktkit.wire.LinkCast;
import io.pktkit.wire.Packet;
import io.pktkit.wire.PacketBuilder;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.Test;

/** What a NAT does as a router: RFC 1812, 2827, 3022. */
class RoutingTest {

    private static IpAddress ip(String text) {
        return IpAddress.parse(text);
    }

    @Test
    void shouldSpendAHopAndSaySoWhenThereIsNone() { // RFC 1812 section 5.3.1
        NatWorld world = new NatWorld();
        assertEquals(63, world.passedOut(udp(HOST, 5000, SERVER, 53)).packet().hopLimit());
        for (int hops = 0; hops < 2; hops++) {
            ByteBuffer last = udp(HOST, 5000, SERVER, 53);
            new Packet().wrap(last).hopLimit(hops);
            assertSame(NatDrop.HOP_LIMIT, world.out(last));
            Sent error = world.one();
            assertSame(world.link, error.to());
            assertEquals(GATEWAY, error.packet().source());
            assertEquals(11, error.icmp().type());
            assertEquals(0xC0, error.packet().trafficClass());
            ByteBuffer late = udp(SERVER, 53, PUBLIC, 5000);
            new Packet().wrap(late).hopLimit(hops);
            assertSame(NatDrop.HOP_LIMIT, world.in(late));
            assertNull(world.one().to());
            assertEquals(PUBLIC, world.one().packet().source());
        }
    }

    @Test
    void shouldNotAnswerErrorsLaterFragmentsAndGroups() { // RFC 1812 section 4.3.2.7
        NatWorld world = new NatWorld();
        Sent out = world.passedOut(udp(HOST, 5000, SERVER, 53));
        ByteBuffer error = NatWorld.error(SERVER, PUBLIC, 3, 3, out.packet());
        new Packet().wrap(error).hopLimit(1);
        assertSame(NatDrop.HOP_LIMIT, world.in(error));
        assertTrue(world.sent.isEmpty());
        ByteBuffer fragment = udp(HOST, 5000, SERVER, 53);
        fragment.putShort(6, (short) 2);
        new Packet().wrap(fragment).hopLimit(1).recomputeIpv4Checksum();
        assertSame(NatDrop.HOP_LIMIT, world.out(fragment));
        assertTrue(world.sent.isEmpty());
    }

    @Test
    void shouldLimitItsErrors() { // RFC 1812 section 4.3.2.8
        NatWorld world = new NatWorld();
        NatLink tenant = world.engine.addLink(world.engine.addInside().prefix(IpPrefix.of(GATEWAY, 24)));
        ByteBuffer last = udp(HOST, 5000, SERVER, 53);
        new Packet().wrap(last).hopLimit(1);
        int answered = 0;
        for (int i = 0; i < 200; i++) {
            world.out(last);
            answered += world.sent.size();
        }
        assertEquals(50, answered);
        world.out(tenant, last);
        assertEquals(1, world.sent.size(), "each namespace has a limit of its own");
        world.pass(Duration.ofMillis(10));
        world.out(last);
        assertEquals(1, world.sent.size());
    }

    @Test
    void shouldTakeSourcesOfItsNetworksAlone() { // RFC 2827
        NatWorld world = new NatWorld();
        for (String source : List.of(
                "10.0.1.2",
                "10.0.0.1",
                "10.0.0.0",
                "10.0.0.255",
                "203.0.113.1",
                "127.0.0.1",
                "0.0.0.0",
                "255.255.255.255",
                "224.0.0.1",
                "169.254.1.1",
                "192.168.5.5")) {
            assertSame(NatDrop.BAD_SOURCE, world.out(udp(ip(source), 5000, SERVER, 53)), "source=" + source);
        }
        world.inside.routes(List.of(IpPrefix.parse("192.168.0.0/16")));
        assertNull(world.out(udp(ip("192.168.5.5"), 5000, SERVER, 53)));
        assertSame(NatDrop.STAYS_INSIDE, world.out(udp(HOST, 5000, ip("192.168.7.7"), 53)));
    }

    @Test
    void shouldForwardToUnicastAlone() { // RFC 1812 section 5.3.7
        NatWorld world = new NatWorld();
        for (String destination : List.of(
                "0.0.0.0",
                "0.1.2.3",
                "127.0.0.1",
                "169.254.1.1",
                "224.0.0.251",
                "239.255.255.250",
                "240.0.0.1",
                "255.255.255.255")) {
            assertSame(NatDrop.MARTIAN, world.out(udp(HOST, 5000, ip(destination), 53)), "to=" + destination);
        }
        for (String neighbour : List.of("10.0.0.3", "10.0.0.255", "10.0.0.0")) {
            assertSame(NatDrop.STAYS_INSIDE, world.out(udp(HOST, 5000, ip(neighbour), 53)), "to=" + neighbour);
        }
        world.output.clear();
        Packet flooded = new Packet().wrap(udp(HOST, 5000, SERVER, 53)).linkCast(LinkCast.BROADCAST);
        assertSame(NatDrop.LINK_BROADCAST, world.engine.fromInside(world.link, flooded, world.now, world.output));
    }

    @Test
    void shouldNotBelieveForgedSourcesFromOutside() { // RFC 2827, RFC 3704
        NatWorld world = new NatWorld();
        int outside = world.mapUdp(HOST, 5000, SERVER, 53);
        for (String source :
                List.of("203.0.113.1", "10.0.0.7", "127.0.0.1", "0.0.0.0", "224.0.0.1", "240.0.0.1", "169.254.0.1")) {
            assertSame(NatDrop.BAD_SOURCE, world.in(udp(ip(source), 53, PUBLIC, outside)), "source=" + source);
        }
        assertSame(NatDrop.NOT_FOR_US, world.in(udp(SERVER, 53, HOST, 5000)));
        assertSame(NatDrop.NOT_FOR_US, world.in(udp(SERVER, 53, ip("203.0.113.2"), outside)));
    }

    @Test
    void shouldRouteWhatIsExcluded() { // RFC 1812 sections 4.3.2.4, 5.2.7
        NatWorld world = new NatWorld(config -> config.exclude(IpPrefix.parse("198.51.100.0/24")));
        NatLink second = world.engine.addLink(world.inside);
        IpAddress translated = ip("192.0.2.1");
        assertNull(world.out(second, udp(HOST, 5000, SERVER, 53)));
        assertNull(world.out(second, udp(NatWorld.OTHER_HOST, 5000, translated, 53)));
        assertSame(second, world.passedIn(udp(SERVER, 53, HOST, 5000)).to(), "where it is");
        assertSame(
                second, world.passedIn(udp(SERVER, 53, NatWorld.OTHER_HOST, 1)).to(), "where it sends other things");
        assertSame(
                world.link, world.passedIn(udp(SERVER, 53, ip("10.0.0.9"), 1)).to(), "never seen");

        second.mtu(600);
        ByteBuffer large = udp(SERVER, 53, HOST, 5000, 1000);
        assertNull(world.in(large));
        assertEquals(2, world.sent.size());
        assertTrue(world.sent.stream()
                .allMatch(sent -> sent.to() == second && sent.packet().isFragment()));
        new Packet().wrap(large).dontFragment(true);
        assertSame(NatDrop.TOO_BIG, world.in(large));
        assertEquals(600, world.one().icmp().mtu());
        assertEquals(PUBLIC, world.one().packet().source(), "no address from inside");
        new Packet().wrap(large).hopLimit(1);
        assertSame(NatDrop.HOP_LIMIT, world.in(large));
        assertEquals(11, world.one().icmp().type());
        assertEquals(PUBLIC, world.one().packet().source());

        world.engine.removeLink(second);
        assertSame(world.link, world.passedIn(udp(SERVER, 53, HOST, 5000)).to(), "the one that is left");
    }

    @Test
    void shouldAnswerPingsToItsAddresses() {
        NatWorld world = new NatWorld();
        assertNull(world.out(ping(HOST, GATEWAY, true, 9)));
        assertEquals(GATEWAY, world.one().packet().source());
        assertTrue(world.one().icmp().isEchoReply());
        assertNull(world.out(ping(HOST, PUBLIC, true, 9)));
        assertSame(world.link, world.one().to());
        assertEquals(PUBLIC, world.one().packet().source());
        assertNull(world.in(ping(SERVER, PUBLIC, true, 9)));
        assertNull(world.one().to());
        assertEquals(SERVER, world.one().packet().destination());
        assertEquals(0, world.engine.size());
        int answered = 0;
        for (int i = 0; i < 200; i++) {
            world.in(ping(SERVER, PUBLIC, true, 9));
            answered += world.sent.size();
        }
        assertEquals(49, answered);
    }

    @Test
    void shouldKeepWhatIsForItself() {
        NatWorld world = new NatWorld();

        assertSame(NatDrop.OURS, world.out(udp(HOST, 5000, GATEWAY, 53)));
        assertSame(NatDrop.OURS, world.out(NatWorld.tcp(HOST, 5000, GATEWAY, 53, NatWorld.SYN)));
        assertTrue(world.sent.isEmpty());
    }

    @Test
    void shouldTranslateTheAddressOfOtherProtocols() {
        NatWorld world = new NatWorld();
        ByteBuffer esp = PacketBuilder.ip(HOST, SERVER, IpProtocol.ESP, 64, NatWorld.payload(40));

        Sent out = world.passedOut(esp);
        assertEquals(PUBLIC, out.packet().source());
        assertEquals(
                ByteBuffer.wrap(NatWorld.bytes(esp), 20, 40),
                ByteBuffer.wrap(out.packet().toBytes(), 20, 40));
        Sent in = world.passedIn(PacketBuilder.ip(SERVER, PUBLIC, IpProtocol.ESP, 64, NatWorld.payload(40)));
        assertEquals(HOST, in.packet().destination());

        ByteBuffer second = PacketBuilder.ip(NatWorld.OTHER_HOST, SERVER, IpProtocol.ESP, 64, NatWorld.payload(40));
        assertSame(NatDrop.NO_PORT, world.out(second), "one host at a time");
        ByteBuffer signed = PacketBuilder.ip(HOST, SERVER, IpProtocol.AH, 64, NatWorld.payload(40));
        assertSame(NatDrop.UNSUPPORTED, world.out(signed));
    }

    @Test
    void shouldDropWhatIsMalformed() {
        NatWorld world = new NatWorld();
        ByteBuffer datagram = udp(HOST, 5000, SERVER, 53);
        for (int length = 0; length < datagram.capacity(); length++) {
            assertSame(
                    NatDrop.MALFORMED,
                    world.out(
                            ByteBuffer.wrap(NatWorld.bytes(datagram), 0, length).slice()),
                    "" + length);
        }
        datagram.putShort(10, (short) ~datagram.getShort(10));
        assertSame(NatDrop.BAD_CHECKSUM, world.out(datagram));
        for (int length : new int[] {0, 7, 31, 65_535}) {
            ByteBuffer lying = udp(HOST, 5000, SERVER, 53);
            lying.putShort(24, (short) length);
            assertSame(NatDrop.MALFORMED, world.out(lying), "length=" + length);
        }
    }

    @Test
    void shouldCarryPendingChecksumsAndSegments() {
        NatWorld world = new NatWorld();
        ByteBuffer segment = PacketBuilder.tcp(HOST, 5000, SERVER, 80, 1, 2, NatWorld.SYN, 100, NatWorld.payload(4000));
        int pseudo = Checksum.pseudoHeader(HOST, SERVER, IpProtocol.TCP, 4020);
        segment.putShort(36, (short) pseudo);
        Packet unfinished = new Packet().wrap(segment).checksumPending(true).segmentSize(1400);

        assertNull(world.engine.fromInside(world.link, unfinished, world.now, world.output));

        Packet out = world.output.packet(0);
        assertTrue(out.checksumPending());
        assertEquals(1400, out.segmentSize());
        int expected = Checksum.pseudoHeader(PUBLIC, SERVER, IpProtocol.TCP, 4020);
        assertEquals(expected % 0xFFFF, (out.buffer().getShort(36) & 0xFFFF) % 0xFFFF);
    }
}
