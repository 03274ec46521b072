// SPDX-License-Identifier: MIT
package io.pktkit.wire;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.ByteBuffer;
import java.util.Arrays;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class PacketTest {

    private final Packet packet = new Packet();

    @Test
    void shouldReadEveryFieldOfAnIpv4Header() {
        packet.wrap(Packets.hex("46b9 001c beef 6123 3f11 1234 0a000001 c0000207 01010100 a1a2a3a4 ffff"));

        assertEquals(4, packet.version());
        assertEquals(IpFamily.IPV4, packet.family());
        assertEquals(24, packet.headerLength());
        assertEquals(28, packet.totalLength());
        assertEquals(0xB9, packet.trafficClass());
        assertEquals(46, packet.dscp());
        assertEquals(1, packet.ecn());
        assertEquals(0xBEEF, packet.identification());
        assertTrue(packet.dontFragment());
        assertTrue(packet.moreFragments());
        assertEquals(0x123 * 8, packet.fragmentOffset());
        assertTrue(packet.isFragment());
        assertEquals(63, packet.hopLimit());
        assertEquals(17, packet.protocol());
        assertEquals(17, packet.nextHeader());
        assertEquals(Packets.V4_A, packet.source());
        assertEquals(Packets.V4_B, packet.destination());
        assertEquals(0, packet.flowLabel());
        assertEquals(-1, packet.transportOffset());
        assertNull(packet.udp());
    }

    @Test
    void shouldReadEveryFieldOfAnIpv6Header() {
        packet.wrap(Packets.hex("6b9abcde 0004 63 3f 20010db8000000000000000000000001 ff020000000000000000000000000099"
                + "a1a2a3a4 ffff"));

        assertEquals(6, packet.version());
        assertEquals(IpFamily.IPV6, packet.family());
        assertEquals(40, packet.headerLength());
        assertEquals(44, packet.totalLength());
        assertEquals(0xB9, packet.trafficClass());
        assertEquals(46, packet.dscp());
        assertEquals(1, packet.ecn());
        assertEquals(0xABCDE, packet.flowLabel());
        assertEquals(0x63, packet.protocol());
        assertEquals(63, packet.hopLimit());
        assertEquals(Packets.V6_A, packet.source());
        assertEquals(IpAddress.parse("ff02::99"), packet.destination());
        assertTrue(packet.isMulticast());
        assertFalse(packet.isFragment());
        assertEquals(40, packet.transportOffset());
        assertEquals(4, packet.transportLength());
        assertEquals(0, packet.identification());
    }

    @ParameterizedTest
    @CsvSource({
        "44, 40, false",
        "45, 20, true",
        "45, 19, false",
        "4f, 59, false",
        "4f, 60, true",
        "40, 40, false",
        "60, 39, false",
        "60, 40, true",
        "55, 60, false",
        "05, 60, false",
        "f0, 60, false"
    })
    void shouldBeValidOnlyWithAWholeHeader(String firstByte, int length, boolean valid) {
        byte[] bytes = Arrays.copyOf(Packets.bytes(Packets.hex(firstByte)), length);

        packet.wrap(ByteBuffer.wrap(bytes));

        assertEquals(valid, packet.isValid());
        assertEquals(valid ? Character.digit(firstByte.charAt(0), 16) : 0, packet.version());
    }

    @Test
    void shouldNotTakePaddingForPayload() {
        byte[] padded = Arrays.copyOf(Packets.udp4(2).toBytes(), 46);

        packet.wrap(ByteBuffer.wrap(padded));

        assertEquals(10, packet.transportLength());
        assertEquals(30, packet.totalLength());
        assertEquals(46, packet.length());
        assertTrue(packet.isComplete());
        assertNotNull(packet.udp());
        assertEquals(ChecksumStatus.VALID, packet.verifyTransportChecksum());
    }

    @ParameterizedTest
    @CsvSource({"0, 4", "19, 4", "41, 4", "65535, 4"})
    void shouldHaveNoPayloadWhenIpv4LiesAboutItsLength(int declared, int payload) {
        ByteBuffer bytes = PacketBuilder.udp(Packets.V4_A, 1, Packets.V4_B, 2, ByteBuffer.allocate(12));
        bytes.putShort(2, (short) declared);

        packet.wrap(bytes);

        assertTrue(packet.isValid());
        assertFalse(packet.isComplete());
        assertEquals(-1, packet.transportOffset());
        assertEquals(0, packet.transportLength());
        assertNull(packet.udp());
        assertEquals(Math.min(declared, 40), packet.totalLength());
        assertEquals(ChecksumStatus.NOT_CHECKABLE, packet.verifyTransportChecksum());
    }

    @Test
    void shouldBoundTheIpv6PayloadByTheView() {
        ByteBuffer bytes = PacketBuilder.udp(Packets.V6_A, 1, Packets.V6_B, 2, ByteBuffer.allocate(12));
        bytes.putShort(4, (short) 5000);

        packet.wrap(bytes);

        assertFalse(packet.isComplete());
        assertEquals(20, packet.transportLength());
        assertEquals(ChecksumStatus.NOT_CHECKABLE, packet.verifyTransportChecksum());
        assertFalse(packet.recomputeTransportChecksum());
    }

    @Property
    void settersKeepTheIpv4ChecksumRight(
            @ForAll @IntRange(max = 255) int hops,
            @ForAll @IntRange(max = 255) int trafficClass,
            @ForAll @IntRange(max = 65535) int identification,
            @ForAll boolean dontFragment,
            @ForAll int source,
            @ForAll int destination) {
        Packet view = Packets.udp4(3);
        view.hopLimit(hops)
                .trafficClass(trafficClass)
                .identification(identification)
                .dontFragment(dontFragment)
                .source(IpAddress.ofIpv4(source))
                .destination(IpAddress.ofIpv4(destination));

        assertEquals(ChecksumStatus.VALID, view.verifyIpv4Checksum());
        assertEquals(hops, view.hopLimit());
        assertEquals(trafficClass, view.trafficClass());
        assertEquals(identification, view.identification());
        assertEquals(dontFragment, view.dontFragment());
        assertEquals(source, view.source().toIpv4Bits());
        assertEquals(destination, view.destination().toIpv4Bits());
        byte[] updated = view.toBytes();
        view.recomputeIpv4Checksum();
        assertArrayEquals(updated, view.toBytes());
    }

    @Property
    void settersOfIpv6TouchNothingElse(
            @ForAll @IntRange(max = 255) int hops, @ForAll @IntRange(max = 255) int octet, @ForAll long low) {
        ByteBuffer bytes = PacketBuilder.udp(Packets.V6_A, 1, Packets.V6_B, 2, ByteBuffer.allocate(4));
        bytes.putInt(0, 0x600F_1234 | 0xF_0000);
        Packet view = new Packet().wrap(bytes);

        view.hopLimit(hops).trafficClass(octet).source(IpAddress.ofIpv6(7, low)).identification(9);

        assertEquals(hops, view.hopLimit());
        assertEquals(octet, view.trafficClass());
        assertEquals(0xF1234, view.flowLabel());
        assertEquals(6, view.version());
        assertEquals(IpAddress.ofIpv6(7, low), view.source());
        assertEquals(Packets.V6_B, view.destination());
    }

    @Test
    void shouldIgnoreAnAddressOfTheOtherFamily() {
        byte[] four = Packets.udp4(4).toBytes();
        byte[] six = Packets.udp6(4).toBytes();

        packet.wrap(ByteBuffer.wrap(four.clone())).source(Packets.V6_A).destination(Packets.V6_A);
        assertArrayEquals(four, packet.toBytes());
        packet.wrap(ByteBuffer.wrap(six.clone())).source(Packets.V4_A).destination(Packets.V4_A);
        assertArrayEquals(six, packet.toBytes());
    }

    @Test
    void shouldChangeNothingInAnInvalidPacket() {
        ByteBuffer bytes = Packets.dirty(60).put(0, (byte) 0x45);

        packet.wrap(bytes, 0, 11).hopLimit(1).ecn(3).identification(1).source(Packets.V4_A);
        packet.recomputeIpv4Checksum();

        assertFalse(packet.recomputeTransportChecksum());
        assertFalse(packet.decrementHopLimit());
        assertArrayEquals(Packets.bytes(Packets.dirty(60).put(0, (byte) 0x45)), Packets.bytes(bytes));
    }

    @ParameterizedTest
    @CsvSource({"0, false, 0", "1, false, 1", "2, true, 1", "255, true, 254"})
    void shouldDecrementTheHopLimitAboveOne(int before, boolean forwarded, int after) {
        for (Packet view :
                new Packet[] {Packets.udp4(4).hopLimit(before), Packets.udp6(4).hopLimit(before)}) {
            assertEquals(forwarded, view.decrementHopLimit());
            assertEquals(after, view.hopLimit());
            assertTrue(view.isIpv6() || view.verifyIpv4Checksum() == ChecksumStatus.VALID);
        }
    }

    @Test
    void shouldKnowBroadcastAndMulticast() {
        assertTrue(
                Packets.udp4(0).destination(IpAddress.parse("255.255.255.255")).isBroadcast());
        assertFalse(Packets.udp4(0).destination(IpAddress.parse("10.0.0.255")).isBroadcast());
        assertTrue(Packets.udp4(0).destination(IpAddress.parse("239.1.2.3")).isMulticast());
        assertFalse(Packets.udp4(0).destination(IpAddress.parse("240.1.2.3")).isMulticast());
        assertFalse(Packets.udp6(0).isBroadcast());
    }

    @Test
    void shouldReadPortsOfAQuoteThatIsCutShort() {
        byte[] tcp =
                Packets.bytes(PacketBuilder.tcp(Packets.V4_A, 5, Packets.V4_B, 6, 77, 0, 2, 1, Packets.random(500, 1)));
        ByteBuffer quote = ByteBuffer.wrap(Arrays.copyOf(tcp, 28));

        assertNull(packet.wrap(quote).tcp());

        TcpSegment segment = packet.wrapQuoted(quote, 0, 28).tcp();
        assertNotNull(segment);
        assertEquals(5, segment.sourcePort());
        assertEquals(6, segment.destinationPort());
        assertEquals(77, segment.sequenceNumber());
        assertFalse(segment.isValid());
        assertEquals(0, segment.flags());
        assertNull(packet.wrapQuoted(quote, 0, 27).tcp());
    }

    @Test
    void shouldGiveTheFiveTupleOfPortsOnly() {
        FiveTuple tuple = Packets.udp4(4).fiveTuple();

        assertEquals(new FiveTuple(17, Packets.V4_A, 1000, Packets.V4_B, 2000), tuple);
        assertNotNull(tuple);
        assertEquals(new FiveTuple(17, Packets.V4_B, 2000, Packets.V4_A, 1000), tuple.reversed());
        assertNull(packet.wrap(PacketBuilder.icmpEcho(Packets.V4_A, Packets.V4_B, true, 1, 1, ByteBuffer.allocate(0)))
                .fiveTuple());
    }
}
