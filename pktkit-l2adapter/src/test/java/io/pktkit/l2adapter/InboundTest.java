// SPDX-License-Identifier: MIT
package io.pktkit.l2adapter;

import static io.pktkit.l2adapter.TestNet.HOST4;
import static io.pktkit.l2adapter.TestNet.HOST6;
import static io.pktkit.l2adapter.TestNet.MAC;
import static io.pktkit.l2adapter.TestNet.PEER4;
import static io.pktkit.l2adapter.TestNet.PEER6;
import static io.pktkit.l2adapter.TestNet.PEER_MAC;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.pktkit.device.AbstractL3Device;
import io.pktkit.device.DropReason;
import io.pktkit.wire.ArpPacket;
import io.pktkit.wire.EtherType;
import io.pktkit.wire.Frame;
import io.pktkit.wire.FrameBuilder;
import io.pktkit.wire.IpAddress;
import io.pktkit.wire.IpPrefix;
import io.pktkit.wire.MacAddress;
import io.pktkit.wire.Packet;
import io.pktkit.wire.PacketBuilder;
import java.nio.ByteBuffer;
import java.util.Arrays;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** What of the network's frames reaches the host. */
class InboundTest {

    private final TestNet net = new TestNet();

    private static ByteBuffer packetTo(String to) {
        IpAddress address = IpAddress.parse(to);
        return PacketBuilder.udp(address.isIpv4() ? PEER4 : PEER6, 1, address, 2, ByteBuffer.allocate(3));
    }

    private static ByteBuffer packet() {
        return PacketBuilder.udp(PEER4, 1, HOST4, 2, ByteBuffer.allocate(3));
    }

    @Test
    void shouldHandUpUnicastToOurMac() {
        assertTrue(net.injectIp(PEER_MAC, MAC, packet()));

        assertEquals(1, net.host.packets.size());
        assertArrayEquals(TestNet.bytes(packet()), net.host.packets.get(0));
        assertEquals(1, net.adapter.stats().snapshot().sentPackets());
    }

    @Test
    void shouldHandUpBroadcastAndMulticast() {
        net.injectIp(PEER_MAC, MacAddress.BROADCAST, packetTo("255.255.255.255"));
        net.injectIp(PEER_MAC, MacAddress.BROADCAST, packetTo("10.0.0.255"));
        net.injectIp(PEER_MAC, MacAddress.parse("01:00:5e:00:00:fb"), packetTo("224.0.0.251"));
        net.injectIp(PEER_MAC, MacAddress.BROADCAST, packetTo("224.0.0.251"));
        net.injectIp(PEER_MAC, MacAddress.parse("33:33:00:00:00:fb"), packetTo("ff02::fb"));

        assertEquals(5, net.host.packets.size());
    }

    /** RFC 1122 section 3.3.6, RFC 1812 section 5.3.4; a subnet of two addresses has no broadcast address, RFC 3021. */
    @ParameterizedTest
    @CsvSource({
        "ff:ff:ff:ff:ff:ff, 10.0.0.1, 24",
        "ff:ff:ff:ff:ff:ff, 8.8.8.8, 24",
        "ff:ff:ff:ff:ff:ff, 10.0.0.0, 24",
        "ff:ff:ff:ff:ff:ff, 10.0.1.255, 24",
        "ff:ff:ff:ff:ff:ff, 10.0.0.1, 31",
        "ff:ff:ff:ff:ff:ff, 10.0.0.1, 32",
        "01:00:5e:00:00:fb, 10.0.0.1, 24",
        "ff:ff:ff:ff:ff:ff, 2001:db8::1, 24",
        "33:33:00:00:00:01, 2001:db8:ffff::9, 24"
    })
    void shouldDropPacketToOneStationInFrameToMany(String mac, String to, int prefix) {
        net.host.setPrefix(IpPrefix.of(HOST4, prefix));

        assertFalse(net.injectIp(PEER_MAC, MacAddress.parse(mac), packetTo(to)));

        assertTrue(net.host.packets.isEmpty());
        assertTrue(net.frames.isEmpty());
        assertEquals(1, net.dropped(DropReason.LINK_BROADCAST));
    }

    @Test
    void shouldDropPacketToOneStationInBroadcastWithoutAddress() {
        TestNet bare = new TestNet("", "");

        assertFalse(bare.injectIp(PEER_MAC, MacAddress.BROADCAST, packetTo("10.0.0.255")));
        assertFalse(bare.injectIp(PEER_MAC, MacAddress.BROADCAST, packetTo("0.0.0.0")));
        assertTrue(bare.injectIp(PEER_MAC, MacAddress.BROADCAST, packetTo("255.255.255.255")));

        assertEquals(1, bare.host.packets.size());
    }

    @ParameterizedTest
    @ValueSource(strings = {"224.0.0.251", "10.0.0.255", "255.255.255.255", "ff02::fb"})
    void shouldHandUpPacketToManyInFrameToUsAlone(String to) {
        assertTrue(net.injectIp(PEER_MAC, MAC, packetTo(to))); // RFC 6085, and radio networks do it with IPv4

        assertEquals(1, net.host.packets.size());
    }

    @Test
    void shouldCountWhatTheHostRefuses() {
        var host = new AbstractL3Device() {
            @Override
            public boolean send(Packet packet) {
                return false;
            }
        };
        L2Adapter adapter =
                L2Adapter.builder(host).macAddress(MAC).timers(net.time).build();

        assertFalse(adapter.send(new Frame().wrap(FrameBuilder.frame(MAC, PEER_MAC, EtherType.IPV4, packet()))));

        assertEquals(1, adapter.stats().dropped(DropReason.FILTERED));
    }

    @ParameterizedTest
    @ValueSource(ints = {0, 1, 13})
    void shouldDropFrameWithoutWholeHeader(int length) {
        assertFalse(net.inject(ByteBuffer.allocate(length)));

        assertEquals(1, net.dropped(DropReason.TRUNCATED));
    }

    @Test
    void shouldDropUnicastToAnotherStation() {
        assertFalse(net.injectIp(PEER_MAC, MacAddress.parse("02:00:00:00:00:09"), packet()));

        assertEquals(0, net.host.packets.size());
        assertEquals(1, net.dropped(DropReason.NOT_FOR_US));
    }

    @Test
    void shouldDropOwnFrameComingBack() {
        net.injectIp(MAC, MacAddress.BROADCAST, packet());

        assertEquals(0, net.host.packets.size());
        assertEquals(1, net.dropped(DropReason.LOOP));
    }

    @Test
    void shouldDropTaggedFrame() {
        ByteBuffer untagged = FrameBuilder.frame(MAC, PEER_MAC, EtherType.IPV4, packet());

        net.inject(FrameBuilder.pushVlan(new Frame().wrap(untagged), 7, 0));

        assertEquals(0, net.host.packets.size());
        assertEquals(1, net.dropped(DropReason.VLAN));
    }

    @Test
    void shouldNotAnswerTaggedArp() {
        ByteBuffer request =
                FrameBuilder.arp(MacAddress.BROADCAST, ArpPacket.REQUEST, PEER_MAC, PEER4, MacAddress.ZERO, HOST4);

        net.inject(FrameBuilder.pushVlan(new Frame().wrap(request), 7, 0));

        assertTrue(net.frames.isEmpty());
        assertFalse(net.knows(PEER4));
    }

    @Test
    void shouldAcceptPriorityTag() {
        ByteBuffer untagged = FrameBuilder.frame(MAC, PEER_MAC, EtherType.IPV4, packet());

        net.inject(FrameBuilder.pushVlan(new Frame().wrap(untagged), 0, 5));

        assertArrayEquals(TestNet.bytes(packet()), net.host.packets.get(0));
    }

    @ParameterizedTest
    @ValueSource(ints = {0x88CC, 0x8100, 0x05DC, 0})
    void shouldDropOtherEtherTypes(int type) {
        net.inject(FrameBuilder.frame(MAC, PEER_MAC, type, ByteBuffer.allocate(2)));

        assertEquals(0, net.host.packets.size());
        assertEquals(1, net.dropped(DropReason.UNSUPPORTED));
    }

    @Test
    void shouldTrimEthernetPadding() {
        ByteBuffer frame = FrameBuilder.frame(MAC, PEER_MAC, EtherType.IPV4, packet());
        byte[] padded = Arrays.copyOf(TestNet.bytes(frame), 60);
        Arrays.fill(padded, frame.capacity(), 60, (byte) 0xA5);

        net.inject(ByteBuffer.wrap(padded));

        assertArrayEquals(TestNet.bytes(packet()), net.host.packets.get(0));
    }

    @Test
    void shouldTrimIpv6Padding() {
        ByteBuffer packet = PacketBuilder.udp(PEER6, 1, HOST6, 2, ByteBuffer.allocate(1));
        ByteBuffer padded = ByteBuffer.wrap(Arrays.copyOf(TestNet.bytes(packet), packet.capacity() + 7));

        net.injectIp(PEER_MAC, MAC, padded);

        assertArrayEquals(TestNet.bytes(packet), net.host.packets.get(0));
    }

    /** What is lent comes back as it was, the packet inside included, also when its padding was left out on the way. */
    @ParameterizedTest
    @ValueSource(strings = {"10.0.0.1", "10.0.0.77", "224.0.0.251", "ff02::fb", "2001:db8::77"})
    void shouldLeaveALentFrameAndWhatIsInsideAsTheyWere(String to) {
        ByteBuffer packet = packetTo(to);
        boolean v4 = IpAddress.parse(to).isIpv4();
        byte[] padded = Arrays.copyOf(
                TestNet.bytes(FrameBuilder.frame(MAC, PEER_MAC, v4 ? EtherType.IPV4 : EtherType.IPV6, packet)), 120);
        Frame lent = new Frame().wrap(ByteBuffer.wrap(padded.clone()));
        Packet inside = lent.packet();
        byte[] before = inside.toBytes();

        net.adapter.send(lent);

        assertArrayEquals(padded, lent.toBytes());
        assertArrayEquals(before, inside.toBytes());
        assertArrayEquals(TestNet.bytes(packet), before);
    }

    @Test
    void shouldDropPacketShorterThanItDeclares() {
        ByteBuffer packet = packet();

        net.injectIp(PEER_MAC, MAC, packet.duplicate().limit(packet.capacity() - 1));

        assertEquals(0, net.host.packets.size());
        assertEquals(1, net.dropped(DropReason.TRUNCATED));
    }

    @Test
    void shouldDropPacketOfAnotherVersionThanItsEtherType() {
        net.inject(FrameBuilder.frame(MAC, PEER_MAC, EtherType.IPV6, packet()));

        assertEquals(0, net.host.packets.size());
        assertEquals(1, net.dropped(DropReason.MALFORMED));
    }

    @Test
    void shouldHandUpDhcpPacketsWhileNoClientIsActive() {
        IpAddress broadcast = IpAddress.parse("255.255.255.255");

        net.injectIp(
                PEER_MAC, MacAddress.BROADCAST, PacketBuilder.udp(PEER4, 67, broadcast, 68, ByteBuffer.allocate(300)));

        assertEquals(1, net.host.packets.size());
    }

    @ParameterizedTest
    @ValueSource(ints = {133, 134, 137, 128})
    void shouldHandUpOtherIcmpv6(int type) {
        IpAddress allNodes = IpAddress.parse("ff02::1");
        ByteBuffer packet = PacketBuilder.icmp(PEER6, allNodes, type, 0, 0, ByteBuffer.allocate(16));

        net.injectIp(PEER_MAC, MacAddress.parse("33:33:00:00:00:01"), packet);

        assertEquals(1, net.host.packets.size(), "Router Advertisements and the like are the host's");
    }
}
