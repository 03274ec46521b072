// SPDX-License-Identifier: MIT
package io.pktkit.wire;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class PacketBuilderTest {

    private static final ByteBuffer PAYLOAD = ByteBuffer.wrap("payload".getBytes(StandardCharsets.US_ASCII));

    @ParameterizedTest
    @CsvSource({"10.0.0.1, 10.0.0.2, 4", "2001:db8::1, 2001:db8::2, 6"})
    void shouldBuildUdpThatReadsBack(String source, String destination, int version) {
        Packet packet = new Packet()
                .wrap(PacketBuilder.udp(IpAddress.parse(source), 1234, IpAddress.parse(destination), 53, PAYLOAD));

        UdpDatagram udp = packet.udp();

        assertNotNull(udp);
        assertEquals(version, packet.version());
        assertTrue(packet.isComplete());
        assertEquals(IpAddress.parse(source), packet.source());
        assertEquals(IpAddress.parse(destination), packet.destination());
        assertEquals(1234, udp.sourcePort());
        assertEquals(53, udp.destinationPort());
        assertEquals(15, udp.udpLength());
        assertEquals(7, udp.payloadLength());
        assertArrayEquals(bytes(PAYLOAD), slice(udp.buffer(), udp.payloadOffset(), udp.payloadLength()));
        assertEquals(ChecksumStatus.VALID, packet.verifyTransportChecksum());
        assertEquals(version == 4 ? ChecksumStatus.VALID : ChecksumStatus.NOT_CHECKABLE, packet.verifyIpv4Checksum());
        assertNull(packet.tcp());
        assertNull(packet.icmp());
    }

    @ParameterizedTest
    @CsvSource({"10.0.0.1, 10.0.0.2", "2001:db8::1, 2001:db8::2"})
    void shouldBuildTcpThatReadsBack(String source, String destination) {
        Packet packet = new Packet()
                .wrap(PacketBuilder.tcp(
                        IpAddress.parse(source),
                        40000,
                        IpAddress.parse(destination),
                        443,
                        0xFFFF_FFFE,
                        7,
                        TcpSegment.SYN | TcpSegment.ACK | TcpSegment.AE,
                        65535,
                        PAYLOAD));

        TcpSegment tcp = packet.tcp();

        assertNotNull(tcp);
        assertTrue(tcp.isValid());
        assertEquals(40000, tcp.sourcePort());
        assertEquals(443, tcp.destinationPort());
        assertEquals(-2, tcp.sequenceNumber());
        assertEquals(7, tcp.acknowledgmentNumber());
        assertEquals(20, tcp.headerLength());
        assertEquals("SYN|ACK|AE", TcpSegment.flagsText(tcp.flags()));
        assertTrue(tcp.has(TcpSegment.SYN | TcpSegment.ACK));
        assertFalse(tcp.has(TcpSegment.SYN | TcpSegment.FIN));
        assertEquals(65535, tcp.window());
        assertEquals(0, tcp.urgentPointer());
        assertEquals(0, tcp.optionsLength());
        assertArrayEquals(bytes(PAYLOAD), slice(tcp.buffer(), tcp.payloadOffset(), tcp.payloadLength()));
        assertEquals(ChecksumStatus.VALID, packet.verifyTransportChecksum());
    }

    @ParameterizedTest
    @CsvSource({"10.0.0.1, 10.0.0.2, true, 8", "2001:db8::1, 2001:db8::2, false, 129"})
    void shouldBuildEchoThatReadsBack(String source, String destination, boolean request, int type) {
        Packet packet = new Packet()
                .wrap(PacketBuilder.icmpEcho(
                        IpAddress.parse(source), IpAddress.parse(destination), request, 0xFFFE, 3, PAYLOAD));

        IcmpMessage icmp = packet.icmp();

        assertNotNull(icmp);
        assertEquals(type, icmp.type());
        assertEquals(request, icmp.isEchoRequest());
        assertEquals(!request, icmp.isEchoReply());
        assertFalse(icmp.isError());
        assertEquals(0xFFFE, icmp.identifier());
        assertEquals(3, icmp.sequenceNumber());
        assertArrayEquals(bytes(PAYLOAD), slice(icmp.buffer(), icmp.payloadOffset(), icmp.payloadLength()));
        assertEquals(ChecksumStatus.VALID, packet.verifyTransportChecksum());
    }

    @Test
    void shouldSendAllOnesForAUdpChecksumThatComesOutAsZero() {
        IpAddress source = IpAddress.parse("10.0.0.1");
        IpAddress destination = IpAddress.parse("10.0.0.2");
        ByteBuffer payload = ByteBuffer.allocate(2);
        Packet packet = new Packet();
        UdpDatagram plain = packet.wrap(PacketBuilder.udp(source, 1, destination, 2, payload))
                .udp();
        assertNotNull(plain);
        payload.putShort(0, (short) plain.checksum());

        UdpDatagram balanced = packet.wrap(PacketBuilder.udp(source, 1, destination, 2, payload))
                .udp();

        assertNotNull(balanced);
        assertEquals(0xFFFF, balanced.checksum());
        assertEquals(ChecksumStatus.VALID, packet.verifyTransportChecksum());
    }

    @Test
    void shouldRefuseWhatAHeaderCannotSay() {
        IpAddress ipv4 = IpAddress.parse("10.0.0.1");
        IpAddress ipv6 = IpAddress.parse("::1");
        ByteBuffer tooLong = ByteBuffer.allocate(65536 - 20 - 8);

        assertThrows(IllegalArgumentException.class, () -> PacketBuilder.udp(ipv4, 1, ipv6, 2, PAYLOAD));
        assertThrows(IllegalArgumentException.class, () -> PacketBuilder.udp(ipv4, 1, ipv4, 2, tooLong));
        assertThrows(
                IllegalArgumentException.class,
                () -> PacketBuilder.udp(ipv6, 1, ipv6, 2, ByteBuffer.allocate(65536 - 8)));
        assertThrows(
                IllegalArgumentException.class, () -> PacketBuilder.ip(ipv6, ipv6, 99, 1, ByteBuffer.allocate(65536)));
    }

    private static byte[] bytes(ByteBuffer buffer) {
        return slice(buffer, buffer.position(), buffer.remaining());
    }

    private static byte[] slice(ByteBuffer buffer, int offset, int length) {
        byte[] bytes = new byte[length];
        buffer.get(offset, bytes);
        return bytes;
    }
}
