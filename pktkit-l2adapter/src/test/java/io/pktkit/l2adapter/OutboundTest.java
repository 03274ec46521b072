// SPDX-License-Identifier: MIT
package io.pktkit.l2adapter;

import static io.pktkit.l2adapter.TestNet.FAR4;
import static io.pktkit.l2adapter.TestNet.FAR6;
import static io.pktkit.l2adapter.TestNet.GATEWAY4;
import static io.pktkit.l2adapter.TestNet.GATEWAY6;
import static io.pktkit.l2adapter.TestNet.GATEWAY_MAC;
import static io.pktkit.l2adapter.TestNet.HOST4;
import static io.pktkit.l2adapter.TestNet.HOST6;
import static io.pktkit.l2adapter.TestNet.LINK_LOCAL;
import static io.pktkit.l2adapter.TestNet.MAC;
import static io.pktkit.l2adapter.TestNet.PEER4;
import static io.pktkit.l2adapter.TestNet.PEER6;
import static io.pktkit.l2adapter.TestNet.PEER_MAC;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.pktkit.device.DropReason;
import io.pktkit.wire.ArpPacket;
import io.pktkit.wire.Frame;
import io.pktkit.wire.IpAddress;
import io.pktkit.wire.IpFamily;
import io.pktkit.wire.IpPrefix;
import io.pktkit.wire.MacAddress;
import io.pktkit.wire.Packet;
import io.pktkit.wire.PacketBuilder;
import java.nio.ByteBuffer;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Where the host's packets go. */
class OutboundTest {

    private final TestNet net = new TestNet();

    private static IpAddress ip(String text) {
        return IpAddress.parse(text);
    }

    /** The address that the only frame sent asks for. */
    private IpAddress asked() {
        Frame frame = net.takeOne();
        Packet packet = frame.packet();
        if (!packet.isValid()) {
            return TestNet.arp(frame).targetAddress();
        }
        int target = packet.transportOffset() + 8;
        return IpAddress.ofIpv6(packet.buffer().getLong(target), packet.buffer().getLong(target + 8));
    }

    @ParameterizedTest
    @CsvSource({
        "255.255.255.255, ff:ff:ff:ff:ff:ff",
        "10.0.0.255, ff:ff:ff:ff:ff:ff",
        "224.0.0.251, 01:00:5e:00:00:fb",
        "239.255.129.2, 01:00:5e:7f:81:02",
        "239.128.1.2, 01:00:5e:00:01:02",
        "ff02::1, 33:33:00:00:00:01",
        "ff05::1:2345:6789, 33:33:23:45:67:89",
    })
    void shouldMapGroupsToTheirMac(String to, String mac) {
        net.emitTo(ip(to), 1);

        Frame frame = net.takeOne();
        assertEquals(MacAddress.parse(mac), frame.destination());
        assertEquals(MAC, frame.source());
        assertEquals(ip(to), frame.packet().destination());
    }

    @Test
    void shouldHaveNoDirectedBroadcastInPointToPointSubnet() {
        net.host.setPrefix(IpPrefix.parse("10.0.0.0/31"));

        net.emitTo(ip("10.0.0.1"), 1);

        assertEquals(ip("10.0.0.1"), asked());
    }

    @Test
    void shouldAskOnLinkNeighbourByBroadcast() {
        net.emitTo(PEER4, 1);

        Frame frame = net.takeOne();
        assertTrue(frame.isBroadcast());
        ArpPacket arp = TestNet.arp(frame);
        assertEquals(ArpPacket.REQUEST, arp.operation());
        assertEquals(MAC.toLong(), arp.senderMac());
        assertEquals(HOST4, arp.senderAddress());
        assertEquals(0, arp.targetMac());
        assertEquals(PEER4, arp.targetAddress());
    }

    @Test
    void shouldSolicitIpv6NeighbourAtItsGroup() {
        net.emitTo(ip("2001:db8::12:3456"), 1);

        Frame frame = net.takeOne();
        Packet packet = frame.packet();
        assertEquals(MacAddress.parse("33:33:ff:12:34:56"), frame.destination());
        assertEquals(ip("ff02::1:ff12:3456"), packet.destination());
        assertEquals(HOST6, packet.source());
        assertEquals(255, packet.hopLimit());
        ByteBuffer expected = TestNet.ndp(TestNet.NS, 0, HOST6, ip("ff02::1:ff12:3456"), ip("2001:db8::12:3456"), MAC);
        assertEquals(expected, ByteBuffer.wrap(packet.toBytes()));
    }

    @Test
    void shouldSolicitLinkLocalNeighbourFromLinkLocal() {
        net.emitTo(ip("fe80::99"), 1);

        assertEquals(LINK_LOCAL, net.takeOne().packet().source());
    }

    @Test
    void shouldSendThroughGatewayOfTheFamily() {
        net.adapter.setGateway(GATEWAY4);
        net.adapter.setGateway(GATEWAY6);

        net.emitTo(FAR4, 1);
        assertEquals(GATEWAY4, asked());
        net.emitTo(FAR6, 2);
        assertEquals(GATEWAY6, asked());

        net.confirm(GATEWAY_MAC, GATEWAY4);
        net.confirm(GATEWAY_MAC, GATEWAY6);
        assertEquals(
                List.of(1, 2),
                TestNet.marks(net.take(), frame -> frame.destination().equals(GATEWAY_MAC)));
    }

    @Test
    void shouldNotSendIpv4ThroughIpv6Gateway() {
        net.adapter.setGateway(GATEWAY6);

        net.emitTo(FAR4, 1);

        assertEquals(FAR4, asked(), "without an IPv4 gateway the destination itself is asked");
    }

    @Test
    void shouldNeverSendIpv4LinkLocalThroughGateway() {
        net.adapter.setGateway(GATEWAY4);

        net.emitTo(ip("169.254.7.7"), 1);

        assertEquals(ip("169.254.7.7"), asked());
    }

    @Test
    void shouldAskDirectlyWithoutPrefix() {
        TestNet bare = new TestNet("", "");
        bare.adapter.setGateway(GATEWAY4);

        bare.emitTo(FAR4, 1);

        ArpPacket arp = TestNet.arp(bare.takeOne());
        assertEquals(FAR4, arp.targetAddress());
        assertEquals(0, arp.senderIpv4());
    }

    @Test
    void shouldUseAnswerGivenToHostWithoutAddress() {
        TestNet bare = new TestNet("", "");
        bare.emitTo(FAR4, 5);
        bare.take();

        bare.inject(io.pktkit.wire.FrameBuilder.arp(MAC, ArpPacket.REPLY, PEER_MAC, FAR4, MAC, TestNet.ANY4));

        assertEquals(List.of(5), bare.takeMarks());
        assertEquals(NeighborState.REACHABLE, bare.state(FAR4));
    }

    @Test
    void shouldDropIpv6OffLinkWithoutGatewayAndReportNoRoute() {
        net.emitTo(FAR6, 1);

        assertTrue(net.frames.isEmpty(), "nothing is solicited off-link, RFC 4943");
        assertEquals(1, net.dropped(DropReason.NO_ROUTE));
        Packet error = new Packet().wrap(ByteBuffer.wrap(net.host.packets.get(0)));
        assertEquals(HOST6, error.source());
        assertEquals(HOST6, error.destination());
        int at = error.transportOffset();
        assertEquals(1, error.buffer().get(at));
        assertEquals(0, error.buffer().get(at + 1));
    }

    @Test
    void shouldTreatIpv6OfHostWithoutPrefixAsOffLink() {
        TestNet bare = new TestNet(HOST4 + "/24", "");
        bare.emitTo(PEER6, 1);

        assertTrue(bare.frames.isEmpty());
        assertEquals(1, bare.dropped(DropReason.NO_ROUTE));
    }

    @ParameterizedTest
    @ValueSource(
            strings = {"0.0.0.0", "0.1.2.3", "127.0.0.1", "10.0.0.1", "::", "::1", "2001:db8::1", "fe80::ff:fe00:1"})
    void shouldNotSendToMartiansOrItself(String to) {
        net.adapter.setGateway(GATEWAY4);
        net.adapter.setGateway(GATEWAY6);

        net.emitTo(ip(to), 1);

        assertTrue(net.frames.isEmpty());
        assertEquals(1, net.dropped(DropReason.MARTIAN));
    }

    @Test
    void shouldDropPacketWhenHostIsItsOwnGateway() {
        net.adapter.setGateway(HOST4);

        net.emitTo(FAR4, 1);

        assertTrue(net.frames.isEmpty());
        assertEquals(1, net.dropped(DropReason.NO_ROUTE));
    }

    @Test
    void shouldDropWhatIsNoPacket() {
        net.host.emit(ByteBuffer.allocate(10));

        assertEquals(1, net.dropped(DropReason.MALFORMED));
    }

    @Test
    void shouldSendOnceResolved() {
        net.resolve(PEER_MAC, PEER4);

        net.emitTo(PEER4, 7);

        Frame frame = net.takeOne();
        assertEquals(PEER_MAC, frame.destination());
        assertEquals(MAC, frame.source());
        assertEquals(TestNet.udp(PEER4, 7), ByteBuffer.wrap(frame.packet().toBytes()));
    }

    @Test
    void shouldKeepOffloadFacts() {
        net.resolve(PEER_MAC, PEER4);
        int[] facts = new int[4];
        net.listen(frame -> {
            facts[0] = frame.segmentSize();
            facts[1] = frame.checksumPending() ? 1 : 0;
        });
        Packet packet = new Packet().wrap(PacketBuilder.udp(HOST4, 1, PEER4, 2, ByteBuffer.allocate(8)));

        net.host.deliverFor(packet.segmentSize(4).checksumPending(true));

        assertEquals(4, facts[0]);
        assertEquals(1, facts[1]);
    }

    @Test
    void shouldKeepOffloadFactsOfWaitingPackets() {
        Packet packet = new Packet().wrap(PacketBuilder.udp(HOST4, 1, PEER4, 2, ByteBuffer.allocate(8)));
        net.host.deliverFor(packet.segmentSize(4).checksumPending(true));
        int[] facts = new int[4];
        net.listen(frame -> {
            facts[0] = frame.segmentSize();
            facts[1] = frame.checksumPending() ? 1 : 0;
        });

        net.confirm(PEER_MAC, PEER4);

        assertEquals(4, facts[0]);
        assertEquals(1, facts[1]);
    }

    @Test
    void shouldSendFromWithinAHandlerWithoutDisturbingTheLentFrame() {
        net.resolve(PEER_MAC, PEER4);
        net.listen(frame -> {
            byte[] before = frame.toBytes();
            if (net.frames.size() < 3) {
                net.frames.add(before);
                net.emitTo(PEER4, 100 + net.frames.size());
            }
            assertEquals(ByteBuffer.wrap(before), ByteBuffer.wrap(frame.toBytes()));
        });

        net.emitTo(PEER4, 100);

        assertEquals(List.of(100, 101, 102), net.takeMarks());
        assertEquals(0, net.adapter.stats().snapshot().errors());
    }

    @Test
    void shouldCutAnEndlessExchangeBetweenHostAndNetwork() {
        net.resolve(PEER_MAC, PEER4);
        int[] sent = {0};
        net.listen(frame -> {
            sent[0]++;
            net.emitTo(PEER4, 0);
        });

        net.emitTo(PEER4, 0);

        assertTrue(sent[0] > 1 && sent[0] < 100, "sent=" + sent[0]);
        assertEquals(1, net.dropped(DropReason.LOOP));
    }

    @ParameterizedTest
    @ValueSource(strings = {"0.0.0.0", "224.0.0.1", "127.0.0.1", "255.255.255.255", "::", "ff02::1", "::1"})
    void shouldRefuseAddressesThatAreNoGateway(String gateway) {
        assertThrows(IllegalArgumentException.class, () -> net.adapter.setGateway(ip(gateway)));
    }

    @Test
    void shouldForgetGatewayWhenCleared() {
        net.adapter.setGateway(GATEWAY6);
        net.adapter.clearGateway(IpFamily.IPV6);

        net.emitTo(FAR6, 1);

        assertTrue(net.frames.isEmpty());
    }
}
