// SPDX-License-Identifier: MIT
package io.pktkit.nat.engine;

import static io.pktkit.nat.engine.NatWorld.ACK;
import static io.pktkit.nat.engine.NatWorld.PUBLIC;
import static io.pktkit.nat.engine.NatWorld.SERVER;
import static io.pktkit.nat.engine.NatWorld.SYN;
import static io.pktkit.nat.engine.NatWorld.error;
import static io.pktkit.nat.engine.NatWorld.payload;
import static io.pktkit.nat.engine.NatWorld.ping;
import static io.pktkit.nat.engine.NatWorld.tcp;
import static io.pktkit.nat.engine.NatWorld.udp;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.pktkit.nat.engine.NatWorld.Sent;
import io.pktkit.nat.observe.NatDrop;
import io.pktkit.nat.observe.NatForwardException;
import io.pktkit.nat.policy.NatLimits;
import io.pktkit.nat.policy.NatTimeouts;
import io.pktkit.nat.policy.Prefix64;
import io.pktkit.wire.ChecksumStatus;
import io.pktkit.wire.Fragmenter;
import io.pktkit.wire.IpAddress;
import io.pktkit.wire.IpPrefix;
import io.pktkit.wire.IpProtocol;
import io.pktkit.wire.Packet;
import io.pktkit.wire.PacketBuilder;
import io.pktkit.wire.Reassembler;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Objects;
import org.junit.jupiter.api.Test;

/** NAT64: RFC 6146 and RFC 7915. The ICMP tables are in {@link Icmp64Test}. */
class Nat64Test {

    static final Prefix64 PREFIX = Prefix64.WELL_KNOWN;
    static final Prefix64 SECOND = Prefix64.of(IpPrefix.parse("2001:db8:64::/48"));
    static final IpAddress GATEWAY6 = IpAddress.parse("2001:db8:1::1");
    static final IpAddress HOST6 = IpAddress.parse("2001:db8:1::2");
    static final IpAddress OTHER6 = IpAddress.parse("2001:db8:1::3");
    static final IpAddress SERVER6 = PREFIX.embed(SERVER);

    private final NatWorld world = world();

    static NatWorld world() {
        NatWorld world = new NatWorld(config -> config.prefix64(PREFIX).prefix64(SECOND));
        world.inside.prefix(IpPrefix.of(GATEWAY6, 64));
        return world;
    }

    private int connect(IpAddress host, int port) {
        int outside = world.passedOut(tcp(host, port, SERVER6, 80, SYN)).sourcePort();
        world.passedIn(tcp(SERVER, 80, PUBLIC, outside, SYN | ACK));
        world.passedOut(tcp(host, port, SERVER6, 80, ACK));
        return outside;
    }

    @Test
    void shouldTranslateUdpBothWays() {
        ByteBuffer datagram = udp(HOST6, 5000, SERVER6, 53);
        new Packet().wrap(datagram).trafficClass(0xB9).hopLimit(40);

        Sent out = world.passedOut(datagram);

        assertEquals(PUBLIC, out.packet().source());
        assertEquals(SERVER, out.packet().destination());
        assertEquals(5000, out.sourcePort());
        assertEquals(53, out.destinationPort());
        assertEquals(0xB9, out.packet().trafficClass(), "RFC 7915 section 5.1");
        assertEquals(39, out.packet().hopLimit());
        assertTrue(!out.packet().dontFragment(), "no longer than 1260");
        assertEquals(ChecksumStatus.VALID, out.packet().verifyTransportChecksum());
        ByteBuffer answer = udp(SERVER, 53, PUBLIC, 5000);
        new Packet().wrap(answer).trafficClass(0x0B);
        Sent in = world.passedIn(answer);
        assertEquals(SERVER6, in.packet().source());
        assertEquals(HOST6, in.packet().destination());
        assertEquals(5000, in.destinationPort());
        assertEquals(0x0B, in.packet().trafficClass());
        assertEquals(63, in.packet().hopLimit());
        assertEquals(ChecksumStatus.VALID, in.packet().verifyTransportChecksum());
    }

    @Test
    void shouldTranslateTcpAndFollowIt() {
        int outside = connect(HOST6, 5000);

        world.pass(NatTimeouts.DEFAULT.tcpEstablished());
        world.timer();

        Sent probe = world.one();
        assertEquals(SERVER6, probe.packet().source());
        assertEquals(HOST6, probe.packet().destination());
        assertEquals(ChecksumStatus.VALID, probe.packet().verifyTransportChecksum());
        world.pass(NatTimeouts.DEFAULT.tcpClosing());
        assertSame(NatDrop.NO_MAPPING, world.in(tcp(SERVER, 80, PUBLIC, outside, ACK)));
    }

    @Test
    void shouldTranslateQueries() { // RFC 7915 sections 4.2, 5.2: 8 and 128, 0 and 129
        Sent out = world.passedOut(ping(HOST6, SERVER6, true, 77));
        assertTrue(out.icmp().isEchoRequest());
        assertTrue(out.packet().isIpv4());
        Sent in = world.passedIn(ping(SERVER, PUBLIC, false, out.sourcePort()));
        assertTrue(in.packet().isIpv6());
        assertTrue(in.icmp().isEchoReply());
        assertEquals(77, in.icmp().identifier());
        ByteBuffer bad = ping(HOST6, SERVER6, true, 77);
        bad.putShort(42, (short) ~bad.getShort(42));
        assertSame(NatDrop.BAD_CHECKSUM, world.out(bad), "nothing is laundered");
    }

    @Test
    void shouldAnswerFromThePrefixThatTheHostUsed() { // several at once
        world.passedOut(udp(HOST6, 5000, SERVER6, 53));
        world.passedOut(udp(HOST6, 5000, SECOND.embed(SERVER), 54));

        assertEquals(
                SERVER6, world.passedIn(udp(SERVER, 53, PUBLIC, 5000)).packet().source());
        assertEquals(
                SECOND.embed(SERVER),
                world.passedIn(udp(SERVER, 54, PUBLIC, 5000)).packet().source());
    }

    @Test
    void shouldShareOneMappingCoreWithNat44() {
        int six = world.passedOut(udp(HOST6, 5000, SERVER6, 53)).sourcePort();
        int four = world.mapUdp(NatWorld.HOST, 5000, SERVER, 53);
        assertNotEquals(six, four);

        // From an IPv4 host to the IPv6 one by the address outside, and back.
        assertNull(world.out(udp(NatWorld.HOST, 5000, PUBLIC, six)));
        assertEquals(HOST6, world.one().packet().destination());
        assertEquals(PREFIX.embed(PUBLIC), world.one().packet().source());
        assertNull(world.out(udp(HOST6, 5000, PREFIX.embed(PUBLIC), four)));
        assertEquals(NatWorld.HOST, world.one().packet().destination());
        assertEquals(PUBLIC, world.one().packet().source());
    }

    @Test
    void shouldTurnPacketsBack() { // RFC 6146 section 3.8
        int server = world.passedOut(udp(HOST6, 5000, SERVER6, 53)).sourcePort();
        assertNull(world.out(udp(OTHER6, 6000, PREFIX.embed(PUBLIC), server)));
        Sent turned = world.one();
        assertEquals(HOST6, turned.packet().destination());
        assertEquals(PREFIX.embed(PUBLIC), turned.packet().source());
        assertEquals(63, turned.packet().hopLimit());
        assertNull(world.out(error(HOST6, PREFIX.embed(PUBLIC), 1, 4, turned.packet())));
        assertEquals(OTHER6, world.one().packet().destination());
        assertEquals(4, world.one().icmp().code());
    }

    @Test
    void shouldChooseWhomItTranslates() { // RFC 6146 section 3.5, RFC 6052 section 3.1
        for (String source : List.of("64:ff9b::102:304", "ff02::1", "::", "::1", "fe80::1", "2001:db8:2::1")) {
            assertSame(NatDrop.BAD_SOURCE, world.out(udp(IpAddress.parse(source), 1, SERVER6, 53)), "source=" + source);
        }
        assertSame(NatDrop.BAD_SOURCE, world.out(udp(GATEWAY6, 1, SERVER6, 53)));
        assertSame(NatDrop.NOT_FOR_US, world.out(udp(HOST6, 1, IpAddress.parse("2001:db8:9::1"), 53)));
        assertSame(NatDrop.NOT_FOR_US, world.out(udp(HOST6, 1, IpAddress.parse("::ffff:198.51.100.7"), 53)));
        for (String destination : List.of("10.1.2.3", "192.168.1.1", "127.0.0.1", "224.0.0.1", "0.0.0.0")) {
            IpAddress to = PREFIX.embed(IpAddress.parse(destination));
            assertSame(NatDrop.MARTIAN, world.out(udp(HOST6, 1, to, 53)), "to=" + destination);
        }
        assertNull(world.out(udp(HOST6, 1, SECOND.embed(IpAddress.parse("192.168.1.1")), 53)));
        for (IpAddress own : List.of(NatWorld.HOST, NatWorld.GATEWAY)) {
            assertSame(NatDrop.STAYS_INSIDE, world.out(udp(HOST6, 1, SECOND.embed(own), 53)), "own=" + own);
        }
    }

    @Test
    void shouldCountHostsByTheirNetwork() {
        NatWorld limited =
                new NatWorld(config -> config.prefix64(PREFIX).limits(NatLimits.DEFAULT.withMappings(100, 100, 5)));
        limited.inside.prefix(IpPrefix.of(GATEWAY6, 64));
        for (int i = 0; i < 5; i++) {
            assertNull(limited.out(udp(IpAddress.parse("2001:db8:1::" + (i + 10)), 5000, SERVER6, 53)));
        }
        assertSame(NatDrop.LIMIT, limited.out(udp(HOST6, 5000, SERVER6, 53)));
        assertEquals(1, limited.one().icmp().type());
        assertEquals(1, limited.one().icmp().code());
    }

    @Test
    void shouldSpendHopsAndSaySo() {
        ByteBuffer last = udp(HOST6, 5000, SERVER6, 53);
        new Packet().wrap(last).hopLimit(1);
        assertSame(NatDrop.HOP_LIMIT, world.out(last));
        assertEquals(GATEWAY6, world.one().packet().source());
        assertEquals(3, world.one().icmp().type());
    }

    @Test
    void shouldAnswerPings() {
        assertNull(world.out(ping(HOST6, GATEWAY6, true, 5)));
        assertEquals(GATEWAY6, world.one().packet().source());
        assertNull(world.out(ping(HOST6, PREFIX.embed(PUBLIC), true, 5)));
        assertTrue(world.one().icmp().isEchoReply());
        assertEquals(HOST6, world.one().packet().destination());
    }

    private static ByteBuffer withHeaders(ByteBuffer packet, int... headers) {
        ByteBuffer longer = ByteBuffer.allocate(packet.capacity() + 8 * headers.length);
        longer.put(0, packet, 0, 40);
        int next = packet.get(6);
        for (int i = 0; i < headers.length; i++) {
            longer.put(i == 0 ? 6 : 40 + 8 * (i - 1), (byte) headers[i]);
            longer.put(40 + 8 * i, (byte) next).put(41 + 8 * i, (byte) 0);
            longer.putInt(44 + 8 * i, 0).putShort(42 + 8 * i, (short) 0x0100);
        }
        longer.put(40 + 8 * headers.length, packet, 40, packet.capacity() - 40);
        longer.putShort(4, (short) (longer.capacity() - 40));
        return longer;
    }

    @Test
    void shouldSkipExtensionHeaders() { // RFC 7915 section 5.1
        Sent plain = world.passedOut(udp(HOST6, 5000, SERVER6, 53));
        ByteBuffer routed = withHeaders(udp(HOST6, 5000, SERVER6, 53), 0, 60, 43);
        routed.put(59, (byte) 0);

        Sent out = world.passedOut(routed);

        assertEquals(plain.packet().length(), out.packet().length());
        assertEquals(ChecksumStatus.VALID, out.packet().verifyTransportChecksum());
        routed.put(59, (byte) 1);
        assertSame(NatDrop.UNSUPPORTED, world.out(routed));
        assertEquals(4, world.one().icmp().type());
        assertEquals(0, world.one().icmp().code());
        assertEquals(59, world.one().icmp().pointer());
    }

    @Test
    void shouldTakeNoPieceForAWhole() { // RFC 6946
        ByteBuffer atomic = withHeaders(udp(HOST6, 5000, SERVER6, 53), 44).putShort(42, (short) 0);
        assertEquals(5000, world.passedOut(atomic).sourcePort());
        ByteBuffer twice = withHeaders(udp(HOST6, 5000, SERVER6, 53), 44, 44).putShort(42, (short) 0);
        for (int second : new int[] {1, 0}) {
            twice.putShort(50, (short) second);
            assertSame(NatDrop.UNSUPPORTED, world.out(twice), "second=" + second);
        }
    }

    @Test
    void shouldSurviveAHeaderOfLength255() { // the endless loop of the Go original
        for (int kind : new int[] {0, 43, 60}) {
            ByteBuffer packet = withHeaders(udp(HOST6, 5000, SERVER6, 53), kind);
            packet.put(40, (byte) kind).put(41, (byte) 255);
            assertSame(NatDrop.MALFORMED, world.out(packet), "kind=" + kind);
        }
        assertSame(NatDrop.UNSUPPORTED, world.out(PacketBuilder.ip(HOST6, SERVER6, IpProtocol.ESP, 64, payload(40))));
    }

    @Test
    void shouldSetDontFragmentOnWhatIsLong() { // RFC 7915 section 5.1
        assertTrue(
                !world.passedOut(udp(HOST6, 5000, SERVER6, 53, 1232)).packet().dontFragment());
        assertTrue(world.passedOut(udp(HOST6, 5000, SERVER6, 53, 1233)).packet().dontFragment());
    }

    @Test
    void shouldTellTheMtuInward() { // RFC 7915 section 5.1
        world.engine.outsideMtu(1400);
        assertNull(world.out(udp(HOST6, 5000, SERVER6, 53, 1372)));
        assertSame(NatDrop.TOO_BIG, world.out(udp(HOST6, 5000, SERVER6, 53, 1373)));
        assertEquals(2, world.one().icmp().type());
        assertEquals(1420, world.one().icmp().mtu());
        world.engine.outsideMtu(1000);
        assertNull(world.out(udp(HOST6, 5000, SERVER6, 53, 1200)));
        assertEquals(2, world.sent.size(), "what may be cut outside is");
    }

    private static List<ByteBuffer> cut(ByteBuffer packet, int mtu) {
        List<ByteBuffer> pieces = new ArrayList<>();
        new Fragmenter()
                .fragment(new Packet().wrap(packet), mtu, 77, piece -> pieces.add(ByteBuffer.wrap(piece.toBytes())));
        return pieces;
    }

    private Packet whole(List<ByteBuffer> pieces, boolean out) {
        Reassembler reassembler = new Reassembler();
        Packet whole = null;
        for (ByteBuffer piece : pieces) {
            assertNull(out ? world.out(piece) : world.in(piece));
            for (Sent sent : world.sent) {
                Packet got = reassembler.add(sent.packet(), world.now);
                whole = got == null ? whole : new Packet().wrap(ByteBuffer.wrap(got.toBytes()));
            }
        }
        assertNotNull(whole);
        assertEquals(ChecksumStatus.VALID, whole.verifyTransportChecksum());
        return whole;
    }

    @Test
    void shouldTranslateFragmentsBothWays() { // RFC 6146 section 3.4, RFC 7915 sections 4.1, 5.1
        List<ByteBuffer> pieces = cut(udp(HOST6, 5000, SERVER6, 53, 3000), 1280);
        Collections.reverse(pieces);
        Packet out = whole(pieces, true);
        assertEquals(SERVER, out.destination());
        assertEquals(77, world.sent.get(0).packet().identification(), "the low 16 bits");

        List<ByteBuffer> back = cut(udp(SERVER, 53, PUBLIC, 5000, 3000), 1500);
        Collections.reverse(back);
        Packet in = whole(back, false);
        assertEquals(HOST6, in.destination());
        assertTrue(world.sent.stream().allMatch(sent -> sent.packet().length() <= 1280));
        world.pass(NatTimeouts.DEFAULT.fragments());
        List<ByteBuffer> ping = cut(ping6(3000), 1280);
        assertSame(NatDrop.UNSUPPORTED, world.out(ping.get(0)));
    }

    @Test
    void shouldForwardNoFragmentWithoutAHopLeft() { // RFC 1812 section 5.3.1
        int outside = world.passedOut(udp(HOST6, 5000, SERVER6, 53)).sourcePort();
        List<ByteBuffer> pieces = cut(udp(SERVER, 53, PUBLIC, outside, 1000), 300);
        new Packet().wrap(pieces.get(1)).hopLimit(1);
        new Packet().wrap(pieces.get(2)).hopLimit(0);
        world.passedIn(pieces.get(0));
        assertSame(NatDrop.HOP_LIMIT, world.in(pieces.get(1)));
        assertSame(NatDrop.HOP_LIMIT, world.in(pieces.get(2)));
        assertEquals(63, world.passedIn(pieces.get(3)).packet().hopLimit());
    }

    private static ByteBuffer ping6(int length) {
        return PacketBuilder.icmpEcho(HOST6, SERVER6, true, 1, 1, payload(length));
    }

    @Test
    void shouldCutWhatIsLongerThanEveryLinkTakes() { // RFC 7915 section 4.1
        int outside = world.passedOut(udp(HOST6, 5000, SERVER6, 53)).sourcePort();
        Packet whole = whole(List.of(udp(SERVER, 53, PUBLIC, outside, 1400)), false);
        assertEquals(1408 + 40, whole.length());
        assertEquals(2, world.sent.size());
        ByteBuffer fixed = udp(SERVER, 53, PUBLIC, outside, 1400);
        new Packet().wrap(fixed).dontFragment(true);
        assertTrue(!world.passedIn(fixed).packet().isFragment(), "what must not be cut is not");
        world.link.mtu(1400);
        assertSame(NatDrop.TOO_BIG, world.in(fixed));
        assertEquals(1380, world.one().icmp().mtu());
        assertEquals(PUBLIC, world.one().packet().source());
    }

    @Test
    void shouldComputeAChecksumWhereThereWasNone() { // RFC 7915 section 4.5
        int outside = world.passedOut(udp(HOST6, 5000, SERVER6, 53)).sourcePort();
        for (int length : new int[] {21, 1400}) {
            ByteBuffer bare = udp(SERVER, 53, PUBLIC, outside, length);
            bare.putShort(26, (short) 0);
            assertEquals(HOST6, whole(List.of(bare), false).destination());
        }
        ByteBuffer piece = cut(udp(SERVER, 53, PUBLIC, outside, 1400), 700).get(0);
        piece.putShort(26, (short) 0);
        assertSame(NatDrop.UNSUPPORTED, world.in(piece));
        ByteBuffer none = udp(HOST6, 5000, SERVER6, 53);
        none.putShort(46, (short) 0);
        assertSame(NatDrop.BAD_CHECKSUM, world.out(none));
    }

    @Test
    void shouldRefuseOpenSourceRoutesAndIgnoreOtherOptions() { // RFC 7915 section 4.1
        int outside = world.passedOut(udp(HOST6, 5000, SERVER6, 53)).sourcePort();
        ByteBuffer plain = udp(SERVER, 53, PUBLIC, outside);
        ByteBuffer packet = ByteBuffer.allocate(plain.capacity() + 8);
        packet.put(0, plain, 0, 20).put(28, plain, 20, plain.capacity() - 20);
        packet.put(0, (byte) 0x47).putShort(2, (short) packet.capacity());
        packet.putLong(20, 0x8307_0401_0203_0400L);
        new Packet().wrap(packet).recomputeIpv4Checksum();
        assertSame(NatDrop.UNSUPPORTED, world.in(packet));
        assertEquals(5, world.one().icmp().code());
        packet.put(22, (byte) 8);
        new Packet().wrap(packet).recomputeIpv4Checksum();
        assertEquals(plain.capacity() + 20, world.passedIn(packet).packet().length());
    }

    @Test
    void shouldHoldAnUnsolicitedSynForAnIpv6HostToo() { // RFC 6146 section 3.5.2.2
        assertSame(NatDrop.UNSOLICITED_SYN, world.in(tcp(SERVER, 80, PUBLIC, 4000, SYN)));
        assertEquals(4000, world.passedOut(tcp(HOST6, 4000, SERVER6, 80, SYN)).sourcePort());
        world.pass(Duration.ofSeconds(6));
        world.timer();
        assertTrue(world.sent.isEmpty());
    }

    @Test
    void shouldForwardToAnIpv6Host() throws NatForwardException { // static BIB entries, RFC 6146 section 3.1
        world.engine
                .mappings()
                .forward(world.inside, IpProtocol.TCP, PUBLIC, 80, HOST6, 8080, Duration.ZERO, world.now);

        Sent in = world.passedIn(tcp(SERVER, 999, PUBLIC, 80, SYN));

        assertEquals(HOST6, in.packet().destination());
        assertEquals(8080, in.destinationPort());
        assertEquals(SERVER6, in.packet().source());
        Sent back = world.passedOut(tcp(HOST6, 8080, in.packet().source(), 999, SYN | ACK));
        assertEquals(80, back.sourcePort());
        assertEquals(
                HOST6,
                Objects.requireNonNull(world.engine.mappings().list().get(0)).inside());
    }

    @Test
    void shouldAllocatePortsOfTheSameClassAndParity() { // RFC 6146 section 3.5.1.1
        for (int port : new int[] {80, 81, 5000, 5001}) {
            world.passedOut(udp(HOST6, port, SERVER6, 53));
            int second = world.passedOut(udp(OTHER6, port, SERVER6, 53)).sourcePort();
            assertEquals(port & 1, second & 1);
            assertEquals(port < 1024, second < 1024);
        }
    }
}
