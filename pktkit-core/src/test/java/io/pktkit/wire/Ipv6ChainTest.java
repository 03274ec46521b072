// SPDX-License-Identifier: MIT
package io.pktkit.wire;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.ByteBuffer;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class Ipv6ChainTest {

    private static final String UDP = "0001 0002 0008 0000";
    private static final String PAD8 = "00 0104 00000000"; // length 0 = 8 bytes, PadN
    private final Packet packet = new Packet();

    @ParameterizedTest
    @CsvSource({
        "0, 1101 0000 00000000 0000000000000000, 56", // hop-by-hop, 16 bytes
        "43, 1100 0000 00000000, 48",
        "44, 1100 0000 00000007, 48",
        "60, 1102 0000 00000000 0000000000000000 0000000000000000, 64",
        "135, 1100 0000 00000000, 48",
        "139, 1100 0000 00000000, 48",
        "140, 1100 0000 00000000, 48",
        "51, 1104 0000 00000001 00000002 000102030405060708090a0b, 64", // AH counts in fours: (4 + 2) * 4 = 24
        "51, 1101 0000 00000001 00000002, 52" // and need not end on a multiple of eight
    })
    void shouldWalkEveryKindOfHeader(int first, String header, int transport) {
        packet.wrap(Packets.ipv6(first, header + UDP));

        assertEquals(17, packet.protocol());
        assertEquals(first, packet.nextHeader());
        assertEquals(transport, packet.transportOffset());
        assertEquals(8, packet.transportLength());
        assertTrue(packet.isHeaderChainComplete());
        UdpDatagram udp = packet.udp();
        assertNotNull(udp);
        assertEquals(2, udp.destinationPort());
        assertEquals(first == 44, packet.isFragment());
    }

    @Test
    void shouldStopAtEsp() {
        packet.wrap(Packets.ipv6(0, "32" + PAD8 + "a1a2a3a4a5a6a7a8"));

        assertEquals(IpProtocol.ESP, packet.protocol());
        assertEquals(48, packet.transportOffset());
        assertTrue(packet.isHeaderChainComplete());
    }

    @Test
    void shouldStopAtNoNextHeader() {
        packet.wrap(Packets.ipv6(0, "3b" + PAD8 + "a1a2a3a4a5a6a7a8"));

        assertEquals(59, packet.protocol());
        assertEquals(-1, packet.transportOffset());
        assertTrue(packet.isHeaderChainComplete());
    }

    @ParameterizedTest
    @CsvSource({"15, true", "16, true", "17, false", "60, false"})
    void shouldWalkSixteenHeadersAtMost(int headers, boolean walked) {
        packet.wrap(Packets.ipv6(60, ("3c" + PAD8).repeat(headers - 1) + "11" + PAD8 + UDP));

        assertEquals(walked, packet.isHeaderChainComplete());
        assertEquals(walked ? 17 : 60, packet.protocol());
        assertEquals(walked ? 40 + 8 * headers : -1, packet.transportOffset());
        assertEquals(walked, packet.udp() != null);
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "11", "11000000000000", "1101 0000 00000000", "11ff 0000 00000000 0001 0002 0008 0000"})
    void shouldGiveUpWhereTheChainIsCutShort(String rest) {
        packet.wrap(Packets.ipv6(60, rest));

        assertFalse(packet.isHeaderChainComplete());
        assertEquals(60, packet.protocol());
        assertEquals(-1, packet.transportOffset());
        assertEquals(0, packet.transportLength());
        assertNull(packet.udp());
    }

    @Test
    void shouldNotWalkIntoPaddingBehindThePacket() {
        ByteBuffer bytes = ByteBuffer.allocate(80);
        bytes.put(0, Packets.ipv6(60, "1100"), 0, 42);

        packet.wrap(bytes);

        assertFalse(packet.isHeaderChainComplete());
        assertEquals(-1, packet.transportOffset());
    }

    @Test
    void shouldShowTheTransportOfAFirstFragment() {
        packet.wrap(Packets.ipv6(44, "1100 0001 01020304 0001 0002 0100 0000"));

        assertTrue(packet.isFragment());
        assertTrue(packet.moreFragments());
        assertEquals(0, packet.fragmentOffset());
        assertEquals(0x01020304, packet.identification());
        UdpDatagram udp = packet.udp();
        assertNotNull(udp);
        assertEquals(1, udp.sourcePort());
        assertFalse(udp.isValid(), "its length field goes past the fragment");
        assertEquals(ChecksumStatus.NOT_CHECKABLE, packet.verifyTransportChecksum());
        assertFalse(packet.recomputeTransportChecksum());
    }

    @ParameterizedTest
    @ValueSource(strings = {"0008", "0009", "fff8"})
    void shouldHideTheTransportOfALaterFragment(String offset) {
        packet.wrap(Packets.ipv6(0, "2c" + PAD8 + "1100" + offset + "01020304 0001 0002 0008 0000"));

        assertTrue(packet.isFragment());
        assertEquals(Integer.parseInt(offset, 16) & 0xFFF8, packet.fragmentOffset());
        assertEquals(44, packet.protocol());
        assertEquals(0, packet.nextHeader());
        assertEquals(-1, packet.transportOffset());
        assertNull(packet.udp());
        assertNull(packet.fiveTuple());
        assertTrue(packet.isHeaderChainComplete());
    }

    @Test
    void shouldHideTheTransportOfALaterIpv4Fragment() {
        Packet four = Packets.udp4(40);
        four.buffer().putShort(6, (short) 1);
        four.wrap(four.buffer());

        assertEquals(IpProtocol.UDP, four.protocol());
        assertEquals(-1, four.transportOffset());
        assertNull(four.udp());
        assertEquals(ChecksumStatus.NOT_CHECKABLE, four.verifyTransportChecksum());
    }

    @Test
    void shouldReadTheFirstOfTwoFragmentHeaders() {
        packet.wrap(Packets.ipv6(44, "2c00 0001 00000001  1100 0008 00000002" + UDP));

        assertEquals(1, packet.identification());
        assertEquals(0, packet.fragmentOffset());
        assertEquals(44, packet.protocol());
        assertEquals(-1, packet.transportOffset());
    }

    @Test
    void shouldWalkAnewAfterEachWrap() {
        packet.wrap(Packets.ipv6(60, "11" + PAD8 + UDP));
        assertEquals(48, packet.transportOffset());

        packet.wrap(Packets.ipv6(17, UDP));
        assertEquals(40, packet.transportOffset());
        packet.wrap(Packets.udp4(4).buffer());
        assertEquals(20, packet.transportOffset());
        packet.wrap(ByteBuffer.allocate(0));
        assertEquals(-1, packet.transportOffset());
    }
}
