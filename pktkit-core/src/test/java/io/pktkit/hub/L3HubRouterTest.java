// SPDX-License-Identifier: MIT
package io.pktkit.hub;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotSame;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.pktkit.device.DropReason;
import io.pktkit.link.PipeL3;
import io.pktkit.time.ManualTime;
import io.pktkit.wire.ChecksumStatus;
import io.pktkit.wire.IcmpMessage;
import io.pktkit.wire.IpAddress;
import io.pktkit.wire.IpPrefix;
import io.pktkit.wire.LinkCast;
import io.pktkit.wire.Packet;
import io.pktkit.wire.PacketBuilder;
import io.pktkit.wire.TcpSegment;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

/** What RFC 1812 and RFC 4443 ask of a router, beyond finding the way. */
class L3HubRouterTest {

    private static final int TOO_BIG_V4 = 3;
    private static final int TOO_BIG_V6 = 2;

    private final L3Hub hub = new L3Hub(new ManualTime());
    private final RouterNode inside = new RouterNode("10.0.0.1/24", "2001:db8::1/64");
    private final List<Packet> outside = new ArrayList<>();
    private final PipeL3 far = new PipeL3(
            packet -> outside.add(
                    new Packet().wrap(ByteBuffer.wrap(packet.toBytes())).facts(packet)),
            IpPrefix.parse("10.0.1.1/24"),
            IpPrefix.parse("2001:db8:1::1/64"));

    L3HubRouterTest() {
        hub.connect(inside);
        hub.connect(far);
        hub.setIcmpSource(IpAddress.parse("192.0.2.9"));
        hub.setIcmpSource(IpAddress.parse("2001:db8:f::9"));
    }

    @ParameterizedTest
    @ValueSource(ints = {0, 1, 2, 8, 9, 10, 12, 19})
    void shouldDropABrokenIpv4HeaderWithoutAWord(int at) {
        Packet packet = RouterNode.packet("10.0.0.1", "10.0.1.7", 64);
        packet.buffer().put(at, (byte) (packet.buffer().get(at) ^ 1));

        inside.inject(new Packet().wrap(packet.buffer()));

        assertEquals(0, outside.size());
        assertEquals(0, inside.inbox.size());
        assertEquals(1, hub.stats().dropped());
    }

    @Test
    void shouldCountABadChecksumAsSuch() {
        Packet packet = RouterNode.packet("10.0.0.1", "10.0.1.7", 64);
        packet.buffer().putShort(10, (short) ~packet.buffer().getShort(10));

        inside.inject(packet);

        assertEquals(1, hub.stats().dropped(DropReason.BAD_CHECKSUM));
    }

    @ParameterizedTest
    @CsvSource({"10.0.0.1, 10.0.1.7", "2001:db8::1, 2001:db8:1::7"})
    void shouldNotRouteAUnicastPacketThatCameToAllOfItsLink(String from, String to) {
        for (LinkCast cast : new LinkCast[] {LinkCast.BROADCAST, LinkCast.MULTICAST}) {
            inside.inject(RouterNode.packet(from, to, 64).linkCast(cast));
            inside.inject(RouterNode.packet(from, to, 1).linkCast(cast));
        }

        assertEquals(0, outside.size());
        assertEquals(0, inside.inbox.size(), "and nothing is answered");
        assertTrue(hub.stats().dropped(DropReason.LINK_BROADCAST) == 4);
    }

    @ParameterizedTest
    @EnumSource(LinkCast.class)
    void shouldPassAGroupHoweverTheLinkAddressedIt(LinkCast cast) {
        inside.inject(RouterNode.packet("10.0.0.1", "224.0.0.251", 64).linkCast(cast));

        assertEquals(1, outside.size());
    }

    @ParameterizedTest
    @CsvSource({"1280, 1280, true", "1281, 1280, false", "1500, 1500, true", "1501, 1500, false", "9001, 9000, false"})
    void shouldTellThatAnIpv6PacketIsTooBig(int length, int mtu, boolean passes) {
        far.setMtu(mtu);
        inside.inject(udp("2001:db8::1", "2001:db8:1::7", length - 48));

        assertEquals(passes ? 1 : 0, outside.size());
        if (!passes) {
            Packet error = inside.inbox.get(0);
            IcmpMessage icmp = Objects.requireNonNull(error.icmp());
            assertEquals(TOO_BIG_V6, icmp.type());
            assertEquals(mtu, error.buffer().getInt(44));
            assertEquals(ChecksumStatus.VALID, error.verifyTransportChecksum());
            assertEquals(1, hub.stats().dropped(DropReason.TOO_BIG));
        }
    }

    @ParameterizedTest
    @CsvSource({"576, 576, true", "577, 576, false", "1501, 1500, false"})
    void shouldTellThatFragmentationIsNeeded(int length, int mtu, boolean passes) {
        far.setMtu(mtu);
        inside.inject(udp("10.0.0.1", "10.0.1.7", length - 28).dontFragment(true));

        assertEquals(passes ? 1 : 0, outside.size());
        if (!passes) {
            Packet error = inside.inbox.get(0);
            IcmpMessage icmp = Objects.requireNonNull(error.icmp());
            assertEquals(TOO_BIG_V4, icmp.type());
            assertEquals(4, icmp.code());
            assertEquals(mtu, error.buffer().getShort(26) & 0xFFFF, "next-hop MTU, RFC 1191 section 4");
        }
    }

    @Test
    void shouldFragmentWhatMayBeFragmented() {
        far.setMtu(576);
        Packet packet = udp("10.0.0.1", "10.0.1.7", 1400).dontFragment(false).identification(77);

        inside.inject(packet);

        assertEquals(3, outside.size());
        int payload = 0;
        for (Packet piece : outside) {
            assertTrue(piece.length() <= 576);
            assertEquals(63, piece.hopLimit());
            assertEquals(77, piece.identification());
            assertEquals(ChecksumStatus.VALID, piece.verifyIpv4Checksum());
            assertEquals(payload, piece.fragmentOffset());
            payload += piece.length() - 20;
        }
        assertEquals(1408, payload);
        assertEquals(1, hub.stats().forwarded());
        assertEquals(0, inside.inbox.size());
    }

    /** A segment of 1460 bytes and its 40 bytes of headers go through 1500, whatever the whole has. */
    @ParameterizedTest
    @CsvSource({"1460, true", "1461, false"})
    void shouldJudgeASuperSegmentByItsSegments(int segment, boolean passes) {
        Packet packet = new Packet()
                .wrap(PacketBuilder.tcp(
                        IpAddress.parse("10.0.0.1"),
                        1,
                        IpAddress.parse("10.0.1.7"),
                        2,
                        1,
                        1,
                        TcpSegment.ACK,
                        1000,
                        ByteBuffer.allocate(20_000)))
                .dontFragment(true)
                .segmentSize(segment);

        inside.inject(packet);

        assertEquals(passes, !outside.isEmpty());
        assertEquals(passes ? 0 : 1, hub.stats().dropped(DropReason.TOO_BIG));
        assertEquals(passes ? 0 : 1, inside.inbox.size());
    }

    @ParameterizedTest
    @ValueSource(booleans = {true, false})
    void shouldCountTheHopWhereThePacketIsOnlyIfItMay(boolean may) {
        Packet packet = RouterNode.packet("10.0.0.1", "10.0.2.7", 64);
        List<ByteBuffer> buffers = new ArrayList<>();
        hub.connect(new PipeL3(
                routed -> {
                    buffers.add(routed.buffer());
                    assertEquals(63, routed.hopLimit());
                    assertEquals(ChecksumStatus.VALID, routed.verifyIpv4Checksum());
                },
                IpPrefix.parse("10.0.2.1/24")));

        inside.inject(may ? packet.rewritable(0) : packet);

        if (may) {
            assertSame(packet.buffer(), buffers.get(0));
        } else {
            assertNotSame(packet.buffer(), buffers.get(0));
        }
        assertEquals(may ? 63 : 64, packet.hopLimit());
    }

    @Test
    void shouldNotLetOneOfSeveralReceiversRewriteForTheOthers() {
        List<Boolean> may = new ArrayList<>();
        hub.connect(new PipeL3(packet -> may.add(packet.isRewritable())));
        hub.connect(new PipeL3(packet -> may.add(packet.isRewritable())));

        inside.inject(RouterNode.packet("10.0.0.1", "224.0.0.251", 64).rewritable(0));

        assertEquals(List.of(false, false), may);
    }

    /** What a host left unfinished and allows to be fragmented is fragmented as it would have been on a wire. */
    @ParameterizedTest
    @CsvSource({"3000, 0, 3", "6000, 2900, 5"})
    void shouldFinishBeforeItFragments(int payload, int segment, int expected) {
        Packet packet = udp("10.0.0.1", "10.0.1.7", payload).dontFragment(false);
        Objects.requireNonNull(packet.udp()).checksum(0);

        inside.inject(packet.segmentSize(segment).checksumPending(true));

        assertEquals(expected, outside.size(), outside::toString);
        int bytes = 0;
        for (Packet piece : outside) {
            assertTrue(piece.totalLength() <= 1500 && !piece.isUnfinished(), piece::toString);
            bytes += piece.totalLength() - 20;
            if (!piece.isFragment()) {
                assertEquals(ChecksumStatus.VALID, piece.verifyTransportChecksum());
            }
        }
        int datagrams = segment == 0 ? 1 : (payload + segment - 1) / segment;
        assertEquals(payload + datagrams * 8, bytes);
        assertEquals(0, inside.inbox.size(), "nobody is told to send less");
        assertEquals(1, hub.stats().forwarded());
    }

    @ParameterizedTest
    @CsvSource({"10.0.0.1, 203.0.113.1, 3, 0", "2001:db8::1, 2001:db8:ffff::1, 1, 0"})
    void shouldSayThatThereIsNoRouteOnlyWhereAsked(String from, String to, int type, int code) {
        inside.inject(RouterNode.packet(from, to, 64));
        assertEquals(0, inside.inbox.size());
        hub.setUnreachables(true);

        inside.inject(RouterNode.packet(from, to, 64));

        IcmpMessage icmp = Objects.requireNonNull(inside.inbox.get(0).icmp());
        assertEquals(type, icmp.type());
        assertEquals(code, icmp.code());
        assertEquals(2, hub.stats().dropped(DropReason.NO_ROUTE));
    }

    @Test
    void shouldFollowAChangeOfAddressAndOfMtuWithTheNextPacket() {
        far.setPrefix(IpPrefix.parse("10.0.2.1/24"));
        inside.inject(RouterNode.packet("10.0.0.1", "10.0.1.7", 64));
        inside.inject(RouterNode.packet("10.0.0.1", "10.0.2.7", 64));

        assertEquals(1, outside.size());
        assertEquals(1, hub.stats().dropped(DropReason.NO_ROUTE));
    }

    @Test
    void shouldLetGoOfADeviceThatDoesNotTellItsAddresses() {
        ForeignDevice device = new ForeignDevice();
        device.failing = true;

        assertThrows(IllegalStateException.class, () -> hub.connect(device));

        assertFalse(device.isAttached());
        assertEquals(2, hub.portCount());
        device.failing = false;
        assertEquals(2, hub.connect(device).id());
    }

    @Test
    void shouldReuseTheNumbersOfPortsThatWent() {
        for (int i = 0; i < 1000; i++) {
            PipeL3 passing = new PipeL3(IpPrefix.parse("10.0.7.1/24"));
            L3HubPort port = hub.connect(passing);
            assertEquals(2, port.id());
            port.close();
        }
        inside.inject(RouterNode.packet("10.0.0.1", "10.0.1.7", 64));
        assertEquals(1, outside.size());
    }

    private static Packet udp(String from, String to, int payload) {
        return new Packet()
                .wrap(PacketBuilder.udp(
                        IpAddress.parse(from), 1, IpAddress.parse(to), 2, ByteBuffer.allocate(payload)));
    }
}
