// SPDX-License-Identifier: MIT
package io.pktkit.wire;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class TransportViewTest {

    private static final String TCP = "1234 0050 fffffffe 80000001 ";

    @Test
    void shouldReadEveryFieldOfATcpHeader() {
        TcpSegment tcp = tcp(TCP + "7155 ffff abcd 0102 0204 05b4 0101 0402 a1a2a3");

        assertTrue(tcp.isValid());
        assertEquals(0x1234, tcp.sourcePort());
        assertEquals(80, tcp.destinationPort());
        assertEquals(-2, tcp.sequenceNumber());
        assertEquals(0x80000001, tcp.acknowledgmentNumber());
        assertEquals(28, tcp.headerLength());
        assertEquals("FIN|RST|ACK|ECE|AE", TcpSegment.flagsText(tcp.flags()));
        assertEquals(65535, tcp.window());
        assertEquals(0xABCD, tcp.checksum());
        assertEquals(0x102, tcp.urgentPointer());
        assertEquals(20, tcp.optionsOffset());
        assertEquals(8, tcp.optionsLength());
        assertEquals(28, tcp.payloadOffset());
        assertEquals(3, tcp.payloadLength());
        assertEquals("none", TcpSegment.flagsText(0));
        assertTrue(tcp.toString().contains("seq=4294967294"), tcp.toString());
    }

    @Test
    void shouldWriteEveryFieldOfATcpHeader() {
        ByteBuffer bytes = Packets.dirty(22);
        new TcpSegment()
                .wrap(bytes, 1, 20)
                .sourcePort(0x1234)
                .destinationPort(80)
                .sequenceNumber(-2)
                .acknowledgmentNumber(0x80000001)
                .flags(0xFFFF_FF55)
                .window(0xF_FFFF)
                .checksum(0xABCD)
                .urgentPointer(0x102);

        assertArrayEquals(
                Packets.bytes(Packets.hex("a5" + TCP + "a555 ffff abcd 0102 a5")),
                Packets.bytes(bytes),
                "data offset and reserved bits stay, bit 9 of the flags is AE");
    }

    @ParameterizedTest
    @CsvSource({"4, 20, false", "5, 20, true", "0, 20, false", "15, 60, false", "6, 24, true"})
    void shouldClampTheDataOffset(int words, int headerLength, boolean valid) {
        TcpSegment tcp = tcp(TCP + Integer.toHexString(words) + "010 0000 0000 0000 01010101");

        assertEquals(headerLength, tcp.headerLength());
        assertEquals(valid, tcp.isValid());
        assertTrue(tcp.payloadOffset() + tcp.payloadLength() <= 24);
        assertTrue(tcp.optionsOffset() + tcp.optionsLength() <= 24);
    }

    @ParameterizedTest
    @CsvSource({
        "020405b4 01 030307 0000, 2:2 3:1", // the end-of-list option stops
        "01010402 080a0000000100000002, 4:0 8:8",
        "02, ''", // cut short
        "0205, ''", // overruns
        "0200 0402, ''", // length below 2
        "0201 0402, ''",
        "0402 0530, 4:0",
        "01010101, ''",
        "00020405b4, ''"
    })
    void shouldWalkOptions(String options, String expected) {
        StringBuilder padded = new StringBuilder(options.replace(" ", ""));
        while (padded.length() % 8 != 0) {
            padded.append("01");
        }
        // the last option of a list must not run on into the payload
        int words = 5 + padded.length() / 8;
        TcpSegment tcp = tcp(TCP + Integer.toHexString(words) + "010 0000 0000 0000" + padded + "ffff");
        List<String> seen = new ArrayList<>();

        TcpOptions cursor = new TcpOptions().wrap(tcp);
        while (cursor.next()) {
            seen.add(cursor.kind() + ":" + cursor.valueLength());
            assertTrue(cursor.valueOffset() + cursor.valueLength() <= tcp.payloadOffset());
        }

        assertEquals(expected, String.join(" ", seen));
        assertFalse(cursor.next());
        assertEquals(0, cursor.kind());
        assertEquals(0, cursor.valueLength());
    }

    @Test
    void shouldReadOptionValues() {
        TcpSegment tcp = tcp(TCP + "7002 0000 0000 0000 020405b4 01030307");
        TcpOptions cursor = new TcpOptions().wrap(tcp);

        assertTrue(cursor.next());
        assertEquals(TcpOptions.MSS, cursor.kind());
        assertEquals(1460, tcp.buffer().getShort(cursor.valueOffset()));
        assertTrue(cursor.next());
        assertEquals(TcpOptions.WINDOW_SCALE, cursor.kind());
        assertEquals(7, tcp.buffer().get(cursor.valueOffset()));
        assertFalse(cursor.next());
    }

    @ParameterizedTest
    @CsvSource({"8, 0, true", "10, 2, true", "12, 4, true", "7, 4, false", "13, 4, false", "0, 4, false"})
    void shouldBoundTheUdpPayloadByALengthThatMakesSense(int declared, int payload, boolean valid) {
        ByteBuffer bytes = Packets.hex("0035 ffff 0000 abcd a1a2a3a4").putShort(4, (short) declared);
        UdpDatagram udp = new UdpDatagram().wrap(bytes, 0, 12);

        assertEquals(53, udp.sourcePort());
        assertEquals(65535, udp.destinationPort());
        assertEquals(declared, udp.udpLength());
        assertEquals(0xABCD, udp.checksum());
        assertEquals(8, udp.payloadOffset());
        assertEquals(payload, udp.payloadLength());
        assertEquals(valid, udp.isValid());
    }

    @Test
    void shouldReadIcmpByFamily() {
        ByteBuffer bytes = Packets.hex("0304 1234 28ff 05dc a1");

        IcmpMessage four = new IcmpMessage().wrap(bytes, 0, 9, IpFamily.IPV4);
        assertEquals(3, four.type());
        assertEquals(4, four.code());
        assertEquals(0x1234, four.checksum());
        assertEquals(1500, four.mtu());
        assertEquals(0x28, four.pointer());
        assertTrue(four.isError());
        assertEquals(1, four.payloadLength());

        IcmpMessage six = new IcmpMessage().wrap(bytes, 0, 9, IpFamily.IPV6);
        assertEquals(0x28FF05DC, six.mtu());
        assertEquals(0x28FF05DC, six.pointer());
        assertTrue(six.isError());
        bytes.putInt(4, -1);
        assertEquals(Integer.MAX_VALUE, six.mtu());
    }

    @Test
    void shouldGiveThePacketQuotedByAnErrorOnly() {
        byte[] quote = Packets.udp4(4).toBytes();
        ByteBuffer error = PacketBuilder.icmp(Packets.V4_B, Packets.V4_A, 3, 3, 0, ByteBuffer.wrap(quote));
        ByteBuffer echo = PacketBuilder.icmp(Packets.V4_B, Packets.V4_A, 8, 0, 0, ByteBuffer.wrap(quote));
        ByteBuffer other = PacketBuilder.icmp(Packets.V6_B, Packets.V6_A, 1, 3, 0, ByteBuffer.wrap(quote));

        assertNotNull(quotedIn(error));
        assertNull(quotedIn(echo));
        assertNull(quotedIn(other), "a packet of the other family");
    }

    private static @Nullable Packet quotedIn(ByteBuffer packet) {
        IcmpMessage icmp = new Packet().wrap(packet).icmp();
        assertNotNull(icmp);
        return icmp.quotedPacket();
    }

    @ParameterizedTest
    @ValueSource(
            strings = {"0006 0800 06 04 0001", "0001 86dd 06 04 0001", "0001 0800 08 04 0001", "0001 0800 06 10 0001"})
    void shouldTakeOnlyIpv4OverEthernetForArp(String start) {
        ByteBuffer bytes = Packets.hex(start + "ff".repeat(20));
        ArpPacket arp = new ArpPacket().wrap(bytes, 0, 28);

        assertFalse(arp.isValid());
        assertEquals(0, arp.senderMac());
        assertEquals(0, arp.targetIpv4());
        assertEquals(1, arp.operation());
    }

    @Test
    void shouldReadArpOfFullLengthOnly() {
        ByteBuffer bytes = Packets.hex("0001 0800 06 04 0002" + "0200000000ff 0a0000ff ffffffffffff c0000201");
        ArpPacket arp = new ArpPacket();

        assertTrue(arp.wrap(bytes, 0, 28).isValid());
        assertEquals(ArpPacket.REPLY, arp.operation());
        assertEquals(0x0200_0000_00FFL, arp.senderMac());
        assertEquals(0x0A0000FF, arp.senderIpv4());
        assertEquals(MacAddress.BROADCAST.toLong(), arp.targetMac());
        assertEquals("192.0.2.1", arp.targetAddress().toString());
        assertFalse(arp.wrap(bytes, 0, 27).isValid());
        assertFalse(
                arp.wrap(new Frame().wrap(FrameBuilder.frame(MacAddress.ZERO, MacAddress.ZERO, EtherType.IPV4, bytes)))
                        .isValid());
    }

    private static TcpSegment tcp(String digits) {
        ByteBuffer bytes = Packets.hex(digits);
        return new TcpSegment().wrap(bytes, 0, bytes.capacity());
    }
}
