// SPDX-License-Identifier: MIT
package io.pktkit.wire;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.ByteBuffer;
import java.util.Arrays;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class TransportChecksumTest {

    private static final String FINAL = "20010db8000000000000000000000099";
    private static final String OTHER = "20010db8000000000000000000000055";
    private final Packet packet = new Packet();

    @Test
    void shouldVerifyAndDetectEverySingleByteChange() {
        for (Packet valid : new Packet[] {
            Packets.udp4(33),
            Packets.udp6(33),
            packet.wrap(PacketBuilder.tcp(Packets.V6_A, 1, Packets.V6_B, 2, 3, 4, 2, 5, Packets.random(33, 1))),
            new Packet().wrap(PacketBuilder.icmpEcho(Packets.V4_A, Packets.V4_B, true, 1, 2, Packets.random(33, 2))),
            new Packet().wrap(PacketBuilder.icmpEcho(Packets.V6_A, Packets.V6_B, true, 1, 2, Packets.random(33, 3)))
        }) {
            assertEquals(ChecksumStatus.VALID, valid.verifyTransportChecksum());
            for (int i = 0; i < valid.transportLength(); i++) {
                Packet changed = Packets.copyOf(valid);
                int at = changed.transportOffset() + i;
                changed.buffer().put(at, (byte) (changed.buffer().get(at) ^ 0x10));
                assertEquals(ChecksumStatus.INVALID, changed.verifyTransportChecksum(), valid + " byte " + i);
            }
        }
    }

    @Test
    void shouldNotCheckIpv4UdpWithoutAChecksumButRefuseItInIpv6() {
        Packet four = Packets.udp4(5);
        Packet six = Packets.udp6(5);
        four.buffer().putShort(26, (short) 0);
        six.buffer().putShort(46, (short) 0);

        assertEquals(ChecksumStatus.NOT_CHECKABLE, four.verifyTransportChecksum());
        assertEquals(ChecksumStatus.INVALID, six.verifyTransportChecksum());
        assertTrue(four.recomputeTransportChecksum());
        assertEquals(ChecksumStatus.VALID, four.verifyTransportChecksum());
    }

    @Test
    void shouldSumOnlyWhatUdpDeclares() {
        ByteBuffer longer = ByteBuffer.allocate(20 + 8 + 4 + 6);
        ByteBuffer udp = PacketBuilder.udp(Packets.V4_A, 1, Packets.V4_B, 2, Packets.random(4, 5));
        longer.put(0, udp, 0, 32).putShort(2, (short) longer.capacity()).putInt(32, 0x01020304);
        packet.wrap(longer);
        packet.recomputeIpv4Checksum();

        assertEquals(18, packet.transportLength());
        assertEquals(ChecksumStatus.VALID, packet.verifyTransportChecksum());
        UdpDatagram view = packet.udp();
        assertNotNull(view);
        assertEquals(4, view.payloadLength());
        int before = view.checksum();
        assertTrue(packet.recomputeTransportChecksum());
        assertEquals(before, view.checksum());
    }

    @ParameterizedTest
    @ValueSource(ints = {0, 7, 14, 65535})
    void shouldRefuseAUdpLengthThatMakesNoSense(int length) {
        Packet four = Packets.udp4(5);
        four.buffer().putShort(24, (short) length);

        assertEquals(ChecksumStatus.INVALID, four.verifyTransportChecksum());
        assertFalse(four.recomputeTransportChecksum());
    }

    @Test
    void shouldNotCheckOtherProtocolsOrTheOtherFamilysIcmp() {
        ByteBuffer payload = Packets.random(20, 1);

        for (IpAddress[] pair : new IpAddress[][] {{Packets.V4_A, Packets.V4_B}, {Packets.V6_A, Packets.V6_B}}) {
            packet.wrap(PacketBuilder.ip(pair[0], pair[1], 99, 64, payload));
            assertEquals(ChecksumStatus.NOT_CHECKABLE, packet.verifyTransportChecksum());
            packet.wrap(PacketBuilder.ip(pair[0], pair[1], pair[0].isIpv4() ? 58 : 1, 64, payload));
            assertEquals(ChecksumStatus.NOT_CHECKABLE, packet.verifyTransportChecksum());
        }
    }

    @Test
    void shouldNotCheckWhatIsYetToBeFinished() {
        assertEquals(
                ChecksumStatus.NOT_CHECKABLE,
                Packets.udp4(5).checksumPending(true).verifyTransportChecksum());
    }

    @ParameterizedTest
    @CsvSource({
        "02 00 01, " + FINAL, // type 0, one address
        "04 00 02, " + OTHER + FINAL, // type 0, the last of two
        "04 00 01, " + OTHER + FINAL,
        "02 02 01, " + FINAL, // type 2, mobile
        "04 04 01, " + FINAL + OTHER // type 4, segments listed backwards
    })
    void shouldCoverTheFinalDestinationOfARoute(String lengthTypeAndSegments, String addresses) {
        packet.wrap(routed("11" + lengthTypeAndSegments + "00000000" + addresses, IpAddress.parse("2001:db8::99")));

        assertEquals(ChecksumStatus.VALID, packet.verifyTransportChecksum());
        assertRecomputes();
    }

    @Test
    void shouldCoverTheFinalDestinationOfACompressedRoute() {
        // RFC 6554: CmprI = 15, CmprE = 13, padding 4: one octet, three octets, four of padding
        packet.wrap(routed("11 01 03 02 fd 40 0000 55 000099 00000000", IpAddress.parse("2001:db8::99")));

        assertEquals(ChecksumStatus.VALID, packet.verifyTransportChecksum());
        assertRecomputes();
    }

    @Test
    void shouldCoverTheCurrentDestinationOnceNoSegmentsAreLeft() {
        packet.wrap(routed("11 02 00 00 00000000" + FINAL, Packets.V6_B));

        assertEquals(ChecksumStatus.VALID, packet.verifyTransportChecksum());
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "11 00 00 01 00000000", // no address
                "11 01 00 01 00000000 0000000000000000", // half an address
                "11 02 07 01 00000000" + FINAL, // unknown type
                "11 00 03 01 0f f0 0000", // padding longer than the header
                "11 00 04 01 00000000"
            })
    void shouldNotCheckARouteThatCannotBeRead(String routing) {
        packet.wrap(routed(routing, Packets.V6_B));

        assertEquals(ChecksumStatus.NOT_CHECKABLE, packet.verifyTransportChecksum());
        assertFalse(packet.recomputeTransportChecksum());
    }

    private void assertRecomputes() {
        byte[] before = packet.toBytes();
        packet.buffer().putShort(packet.transportOffset() + 6, (short) 0x1234);
        assertEquals(ChecksumStatus.INVALID, packet.verifyTransportChecksum());
        assertTrue(packet.recomputeTransportChecksum());
        assertTrue(Arrays.equals(before, packet.toBytes()));
    }

    /** UDP behind a Routing header, with a checksum that covers {@code destination}. */
    private static ByteBuffer routed(String routing, IpAddress destination) {
        ByteBuffer header = Packets.hex(routing);
        ByteBuffer udp = PacketBuilder.udp(Packets.V6_A, 1, destination, 2, Packets.random(9, 9));
        ByteBuffer payload = ByteBuffer.allocate(header.capacity() + 17);
        payload.put(0, header, 0, header.capacity()).put(header.capacity(), udp, 40, 17);
        return PacketBuilder.ip(Packets.V6_A, Packets.V6_B, 43, 64, payload);
    }
}
