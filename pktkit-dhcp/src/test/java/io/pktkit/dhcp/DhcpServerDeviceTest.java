// SPDX-License-Identifier: MIT
package io.pktkit.dhcp;

import static io.pktkit.dhcp.ServerBench.address;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.pktkit.device.DropReason;
import io.pktkit.dhcp.internal.DhcpOptions;
import io.pktkit.dhcp.internal.DhcpPackets;
import io.pktkit.wire.ChecksumStatus;
import io.pktkit.wire.EtherType;
import io.pktkit.wire.Frame;
import io.pktkit.wire.FrameBuilder;
import io.pktkit.wire.IcmpMessage;
import io.pktkit.wire.IpAddress;
import io.pktkit.wire.MacAddress;
import io.pktkit.wire.Packet;
import io.pktkit.wire.PacketBuilder;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;
import java.util.Objects;
import org.junit.jupiter.api.Test;

/** The server as a device: which frames it takes, ARP for its address, and packets handed to it. */
class DhcpServerDeviceTest {
    private static final MacAddress STATION = Lan.mac(1);
    private static final byte[] PAYLOAD = {1, 2, 3, 4, 5};

    private final ServerBench bench = new ServerBench();

    @Test
    void shouldAnswerArpForItsAddress() {
        ServerBench.Reply reply = bench.sendFrame(arp(1, STATION, address(50), ServerBench.SERVER));

        assertEquals(
                "020000000001" + "02dd0a000202" + "0806" + "0001080006040002" + "02dd0a000202" + "0a000202"
                        + "020000000001" + "0a000232",
                HexFormat.of().formatHex(reply.frame().toBytes()));
    }

    @Test
    void shouldAnswerArpOfAnyStationWithoutPadding() {
        MacAddress high = MacAddress.parse("fe:dc:ba:98:76:54");
        byte[] padded = arp(1, high, address(50), ServerBench.SERVER)
                .sourceMac(high.toLong())
                .toBytes();
        for (int length = 41; length <= 42; length++) {
            ServerBench.Reply reply = bench.sendFrame(
                    new Frame().wrap(ByteBuffer.wrap(padded, 0, length).slice()));
            assertEquals(length < 42, reply.isSilence());
            if (!reply.isSilence()) {
                assertEquals(high, reply.frame().destination());
                assertEquals(
                        "fedcba987654", HexFormat.of().formatHex(reply.frame().toBytes(), 32, 38));
            }
        }
    }

    @Test
    void shouldDefendItsAddressAgainstAProbe() {
        assertFalse(bench.sendFrame(arp(1, STATION, 0, ServerBench.SERVER)).isSilence());
    }

    @Test
    void shouldNotAnswerOtherArp() {
        assertTrue(bench.sendFrame(arp(1, STATION, address(50), address(51))).isSilence());
        assertTrue(bench.sendFrame(arp(2, STATION, address(50), ServerBench.SERVER))
                .isSilence());
        assertTrue(bench.sendFrame(arp(1, Lan.mac(2), address(50), ServerBench.SERVER))
                .isSilence());
        assertTrue(bench.sendFrame(arp(1, MacAddress.parse("02:10:00:00:00:01"), address(50), ServerBench.SERVER))
                .isSilence());
        assertTrue(bench.sendFrame(arp(1, STATION, ServerBench.SERVER, ServerBench.SERVER))
                .isSilence());
    }

    @Test
    void shouldLeaveArpToTheGatewayIfToldSo() {
        ServerBench behind = new ServerBench(builder -> builder.answerArp(false));

        assertTrue(behind.sendFrame(arp(1, STATION, address(50), ServerBench.SERVER))
                .isSilence());
    }

    @Test
    void shouldAnswerARenewalThatTheGatewayHandsOver() {
        List<byte[]> out = new ArrayList<>();
        bench.lease(1);
        bench.listen(frame -> out.add(frame.toBytes()));
        byte[] renewal = ServerBench.message(1, DhcpOptions.REQUEST, writer -> writer.ciaddr(address(10)));
        IpAddress client = IpAddress.ofIpv4(address(10));

        Packet packet = DhcpPackets.udp(0, client, 68, ServerBench.SERVER_ADDRESS, 67, renewal);
        assertTrue(bench.server.onPacket(packet, STATION.toLong()));

        assertEquals(1, out.size());
        assertEquals("RENEWED 10.0.2.10", bench.events.get(1));
        Packet other = DhcpPackets.udp(0, client, 68, IpAddress.ofIpv4(address(1)), 67, renewal);
        assertFalse(bench.server.onPacket(other, STATION.toLong()));
        Packet dns = DhcpPackets.udp(0, client, 68, ServerBench.SERVER_ADDRESS, 53, renewal);
        assertFalse(bench.server.onPacket(dns, STATION.toLong()));
    }

    @Test
    void shouldAnswerPingOfItsAddress() {
        Frame reply = bench.sendFrame(ping(address(50), ServerBench.SERVER)).frame();

        assertEquals(STATION, reply.destination());
        assertEquals(bench.server.macAddress(), reply.source());
        Packet packet = reply.packet();
        assertEquals(ServerBench.SERVER_ADDRESS, packet.source());
        assertEquals(IpAddress.ofIpv4(address(50)), packet.destination());
        assertEquals(ChecksumStatus.VALID, packet.verifyIpv4Checksum());
        assertEquals(ChecksumStatus.VALID, packet.verifyTransportChecksum());
        IcmpMessage echo = Objects.requireNonNull(packet.icmp());
        assertTrue(echo.isEchoReply());
        assertEquals(7, echo.identifier());
        assertEquals(9, echo.sequenceNumber());
        byte[] echoed = new byte[echo.payloadLength()];
        echo.buffer().get(echo.payloadOffset(), echoed);
        assertArrayEquals(PAYLOAD, echoed);
    }

    @Test
    void shouldNotAnswerOtherPings() {
        dropped(DropReason.NOT_FOR_US, ping(address(50), address(51)));
        dropped(DropReason.NOT_FOR_US, ping(address(50), -1));
        dropped(DropReason.NOT_FOR_US, ping(0, ServerBench.SERVER));
        dropped(DropReason.NOT_FOR_US, ping(-1, ServerBench.SERVER));
        dropped(DropReason.NOT_FOR_US, ping(0xE000_0001, ServerBench.SERVER));
        dropped(DropReason.NOT_FOR_US, ping(ServerBench.SERVER, ServerBench.SERVER));
        dropped(DropReason.NOT_FOR_US, ping(address(50), ServerBench.SERVER).destinationMac(-1L));
        Frame damaged = ping(address(50), ServerBench.SERVER);
        damaged.buffer().put(damaged.length() - 1, (byte) 0x55);
        dropped(DropReason.NOT_FOR_US, damaged);
        Frame fragment = ping(address(50), ServerBench.SERVER);
        fragment.buffer().putShort(14 + 6, (short) 0x2000);
        fragment.packet().recomputeIpv4Checksum();
        dropped(DropReason.NOT_FOR_US, fragment);
        Frame answer = bench.sendFrame(ping(address(50), ServerBench.SERVER)).frame();
        byte[] back = answer.toBytes();
        dropped(
                DropReason.NOT_FOR_US,
                new Frame()
                        .wrap(ByteBuffer.wrap(back))
                        .sourceMac(STATION.toLong())
                        .destinationMac(bench.server.macAddress().toLong()));
    }

    @Test
    void shouldTakeEveryTruncationOfAPing() {
        byte[] whole = ping(address(50), ServerBench.SERVER).toBytes();
        for (int length = 0; length < whole.length; length++) {
            byte[] part = Arrays.copyOf(whole, length);

            assertTrue(bench.sendFrame(new Frame().wrap(ByteBuffer.wrap(part))).isSilence(), "length=" + length);
        }
    }

    @Test
    void shouldLeavePingToTheGatewayIfToldSo() {
        ServerBench behind = new ServerBench(builder -> builder.answerArp(false));

        assertTrue(behind.sendFrame(ping(address(50), ServerBench.SERVER)).isSilence());
    }

    private Frame ping(int from, int to) {
        ByteBuffer packet = PacketBuilder.icmpEcho(
                IpAddress.ofIpv4(from), IpAddress.ofIpv4(to), true, 7, 9, ByteBuffer.wrap(PAYLOAD));
        return new Frame().wrap(FrameBuilder.frame(bench.server.macAddress(), STATION, EtherType.IPV4, packet));
    }

    @Test
    void shouldCountWhatItDoesNotTake() {
        dropped(DropReason.NOT_FOR_US, frame().destinationMac(0x0200_0000_0077L));
        dropped(DropReason.MALFORMED, frame().sourceMac(0));
        dropped(DropReason.MALFORMED, frame().sourceMac(0x0300_0000_0001L));
        dropped(
                DropReason.MALFORMED,
                frame().sourceMac(bench.server.macAddress().toLong()));
        dropped(DropReason.TRUNCATED, new Frame().wrap(ByteBuffer.allocate(13)));
        dropped(DropReason.VLAN, tagged(7));
        Frame damaged = frame();
        damaged.buffer().put(60, (byte) 1);
        dropped(DropReason.BAD_CHECKSUM, damaged);
        Frame fragment = frame();
        fragment.buffer().putShort(14 + 6, (short) 0x2000);
        fragment.packet().recomputeIpv4Checksum();
        dropped(DropReason.UNSUPPORTED, fragment);
    }

    @Test
    void shouldTakeAPriorityTag() {
        assertFalse(bench.sendFrame(tagged(0)).isSilence());
    }

    @Test
    void shouldTakeAZeroUdpChecksum() {
        Frame frame = frame();
        frame.buffer().putShort(14 + 20 + 6, (short) 0);

        assertFalse(bench.sendFrame(frame).isSilence());
    }

    @Test
    void shouldBeSilentAfterClose() {
        bench.lease(1);

        bench.server.close();

        assertFalse(bench.server.send(frame()));
        assertEquals(1, bench.server.stats().dropped(DropReason.CLOSED));
        assertEquals(0, bench.time.pending());
        assertTrue(bench.server.done().toCompletableFuture().isDone());
    }

    private void dropped(DropReason reason, Frame frame) {
        long before = bench.server.stats().dropped(reason);

        assertTrue(bench.sendFrame(frame).isSilence(), reason.toString());

        assertEquals(before + 1, bench.server.stats().dropped(reason), reason.toString());
    }

    private static Frame frame() {
        byte[] discover = ServerBench.message(1, DhcpOptions.DISCOVER, writer -> {});
        return ServerBench.frame(STATION, MacAddress.BROADCAST, discover);
    }

    private static Frame tagged(int vlan) {
        byte[] plain = frame().toBytes();
        ByteBuffer buffer = ByteBuffer.allocate(plain.length + 4);
        buffer.put(plain, 0, 12).putShort((short) EtherType.VLAN).putShort((short) vlan);
        buffer.put(plain, 12, plain.length - 12).flip();
        return new Frame().wrap(buffer);
    }

    private static Frame arp(int operation, MacAddress sender, int senderAddress, int target) {
        ByteBuffer buffer = ByteBuffer.allocate(60);
        buffer.put(MacAddress.BROADCAST.toBytes()).put(STATION.toBytes()).putShort((short) EtherType.ARP);
        buffer.putShort((short) 1)
                .putShort((short) EtherType.IPV4)
                .put((byte) 6)
                .put((byte) 4);
        buffer.putShort((short) operation).put(sender.toBytes()).putInt(senderAddress);
        buffer.put(new byte[6]).putInt(target).rewind();
        return new Frame().wrap(buffer);
    }
}
