// SPDX-License-Identifier: MIT
package io.pktkit.wire;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class FrameTest {

    private static final String ADDRESSES = "020000000001 0200000000ff ";
    private final Frame frame = new Frame();

    @Test
    void shouldReadAnUntaggedHeader() {
        frame.wrap(Packets.hex(ADDRESSES + "88b5 a1a2a3"));

        assertTrue(frame.isValid());
        assertEquals(MacAddress.parse("02:00:00:00:00:01"), frame.destination());
        assertEquals(MacAddress.parse("02:00:00:00:00:ff"), frame.source());
        assertEquals(0x0200_0000_00FFL, frame.sourceMac());
        assertEquals(0x88B5, frame.etherType());
        assertEquals(14, frame.headerLength());
        assertEquals(14, frame.payloadOffset());
        assertEquals(3, frame.payloadLength());
        assertFalse(frame.hasVlan());
        assertEquals(0, frame.vlanTci());
    }

    @Test
    void shouldLookThroughOneTag() {
        frame.wrap(Packets.hex(ADDRESSES + "8100 b123 0800 a1a2a3"));

        assertTrue(frame.hasVlan());
        assertEquals(0xB123, frame.vlanTci());
        assertEquals(0x123, frame.vlanId());
        assertEquals(5, frame.vlanPriority());
        assertTrue(frame.vlanDei());
        assertEquals(EtherType.IPV4, frame.etherType());
        assertEquals(18, frame.headerLength());
        assertEquals(3, frame.payloadLength());
    }

    @Test
    void shouldLookThroughNoSecondTag() {
        frame.wrap(Packets.hex(ADDRESSES + "8100 0001 8100 0002 0800 a1"));

        assertEquals(1, frame.vlanId());
        assertEquals(EtherType.VLAN, frame.etherType());
        assertEquals(5, frame.payloadLength());
    }

    @ParameterizedTest
    @CsvSource({"8100000108, 33024", "88a800010800, 34984", "91000001 0800, 37120"})
    void shouldNotTakeForATagWhatIsNoWholeOne(String rest, int etherType) {
        frame.wrap(Packets.hex(ADDRESSES + rest));

        assertFalse(frame.hasVlan());
        assertEquals(0, frame.vlanId());
        assertEquals(etherType, frame.etherType());
        assertEquals(14, frame.headerLength());
    }

    @ParameterizedTest
    @ValueSource(ints = {0, 1, 5, 6, 12, 13})
    void shouldAnswerZeroWithoutAWholeHeader(int length) {
        frame.wrap(Packets.hex("ffffffffffff 0200000000ff 0800 45"), 0, length);

        assertFalse(frame.isValid());
        assertEquals(0, frame.destinationMac());
        assertEquals(0, frame.sourceMac());
        assertEquals(0, frame.etherType());
        assertEquals(0, frame.payloadLength());
        assertEquals(length >= 6, frame.isBroadcast());
        assertEquals(length >= 1, frame.isMulticast());
        assertFalse(frame.packet().isValid());
        assertEquals("Frame{invalid, length=" + length + "}", frame.toString());
    }

    @Test
    void shouldRewriteAddressesInPlaceOnlyWhereTheyAre() {
        ByteBuffer buffer = Packets.dirty(20);

        frame.wrap(buffer, 3, 14).destinationMac(0xFFFF_0102_0304_0506L).sourceMac(0x0A0B_0C0D_0E0FL);
        assertArrayEquals(
                Packets.bytes(Packets.hex("a5a5a5 010203040506 0a0b0c0d0e0f a5a5a5a5a5")), Packets.bytes(buffer));

        frame.wrap(buffer, 3, 13).destinationMac(0).sourceMac(0);
        assertEquals(0x01, buffer.get(3));
    }

    @Test
    void shouldKnowGroupAddresses() {
        assertTrue(frame.wrap(Packets.hex("01")).isMulticast());
        assertFalse(frame.wrap(Packets.hex("fe")).isMulticast());
        assertFalse(frame.wrap(Packets.hex("fffffffffffe")).isBroadcast());
    }

    @Test
    void shouldShowThePacketInsideOnlyIfTypeAndVersionAgree() {
        byte[] packet = Packets.udp4(4).toBytes();
        for (int type : new int[] {EtherType.IPV4, EtherType.IPV6, EtherType.ARP, 0x88A8}) {
            frame.wrap(FrameBuilder.frame(MacAddress.ZERO, MacAddress.ZERO, type, ByteBuffer.wrap(packet)));
            assertEquals(type == EtherType.IPV4, frame.packet().isValid(), EtherType.name(type));
            assertEquals(
                    type == EtherType.IPV4 ? packet.length : 0, frame.packet().length());
        }
        frame.wrap(FrameBuilder.frame(
                MacAddress.ZERO,
                MacAddress.ZERO,
                EtherType.IPV6,
                ByteBuffer.wrap(Packets.udp6(1).toBytes())));
        assertTrue(frame.packet().isIpv6());
        assertSame(frame.packet(), frame.packet());
        assertNotNull(frame.packet().udp());
    }

    @Test
    void shouldHandOffloadFactsInwardAndForgetThem() {
        frame.wrap(FrameBuilder.frame(
                MacAddress.ZERO,
                MacAddress.ZERO,
                EtherType.IPV4,
                ByteBuffer.wrap(Packets.udp4(4).toBytes())));
        frame.segmentSize(1448).checksumPending(true);

        assertEquals(1448, frame.packet().segmentSize());
        assertTrue(frame.packet().checksumPending());

        frame.wrap(frame.buffer());
        assertEquals(0, frame.segmentSize());
        assertFalse(frame.checksumPending());
        assertEquals(0, frame.packet().segmentSize());
    }

    /** Who was lent a padded frame looks into it too, and that changes nothing for who looked before. */
    @ParameterizedTest
    @ValueSource(booleans = {true, false})
    void shouldShowTheSamePacketHoweverOftenSomebodyLooks(boolean v4) {
        byte[] packet = (v4 ? Packets.udp4(1) : Packets.udp6(1)).toBytes();
        ByteBuffer padded = Packets.dirty(packet.length + 40);
        FrameBuilder.writeHeader(padded, 0, 2, 4, v4 ? EtherType.IPV4 : EtherType.IPV6);
        padded.put(14, packet);
        frame.wrap(padded).segmentSize(9);

        Packet held = frame.packet();
        assertArrayEquals(packet, held.toBytes());
        UdpDatagram udp = held.udp();
        assertSame(held, frame.packet(), "somebody else's look");

        assertArrayEquals(packet, held.toBytes());
        assertEquals(9, held.segmentSize());
        assertNotNull(udp);
        assertEquals(1, udp.payloadLength());
        assertSame(udp, held.udp());
    }

    @ParameterizedTest
    @CsvSource({"0, 100, 0, 20", "5, 100, 5, 15", "20, 1, 20, 0", "21, 1, 0, 0", "-1, 10, 0, 0", "3, -2, 3, 0"})
    void shouldCutWhatLiesOutsideTheLimit(int offset, int length, int actualOffset, int actualLength) {
        ByteBuffer buffer = ByteBuffer.allocate(64).limit(20);

        frame.wrap(buffer, offset, length);

        assertEquals(actualOffset, frame.offset());
        assertEquals(actualLength, frame.length());
        assertEquals(actualLength, frame.toBytes().length);
    }

    @Test
    void shouldNotOverflowWhenCutting() {
        frame.wrap(ByteBuffer.allocate(64), 10, Integer.MAX_VALUE);

        assertEquals(54, frame.length());
    }

    @Test
    void shouldWrapWhatIsBetweenPositionAndLimitAndMoveNeither() {
        ByteBuffer buffer = ByteBuffer.allocate(64).position(7).limit(40);

        frame.wrap(buffer);
        frame.copyTo(ByteBuffer.allocate(50), 5);

        assertEquals(7, frame.offset());
        assertEquals(33, frame.length());
        assertEquals(7, buffer.position());
        assertEquals(40, buffer.limit());
    }

    @Test
    void shouldRefuseALittleEndianBuffer() {
        ByteBuffer buffer = ByteBuffer.allocate(64).order(ByteOrder.LITTLE_ENDIAN);

        assertThrows(IllegalArgumentException.class, () -> frame.wrap(buffer));
        assertThrows(IllegalArgumentException.class, () -> new Packet().wrap(buffer));
    }
}
