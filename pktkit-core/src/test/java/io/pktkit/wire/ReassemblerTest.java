// SPDX-License-Identifier: MIT
package io.pktkit.wire;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.pktkit.wire.Reassembler.Drop;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Random;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class ReassemblerTest {

    private static final long NOW = Long.parseLong("9223372036854775802"); // a clock may pass the end of its range

    private final Reassembler reassembler = new Reassembler();

    @ParameterizedTest
    @ValueSource(booleans = {false, true})
    void shouldPutFragmentsTogetherInAnyOrder(boolean ipv6) {
        for (long seed = 0; seed < 50; seed++) {
            Packet packet = (ipv6 ? Packets.udp6(5000) : Packets.udp4(5000)).identification(7);
            List<Packet> fragments = fragments(packet, 1280, (int) seed);
            Collections.shuffle(fragments, new Random(seed));

            Packet whole = addAll(fragments);

            assertNotNull(whole, "seed=" + seed);
            byte[] expected = packet.identification((int) seed).toBytes();
            assertArrayEquals(expected, whole.toBytes(), "seed=" + seed);
            assertEquals(ChecksumStatus.VALID, whole.verifyTransportChecksum());
        }
        assertEquals(0, reassembler.size());
        assertEquals(0, reassembler.bytes());
    }

    @Test
    void shouldPassOnWhatIsNoFragment() {
        Packet packet = Packets.udp4(10);

        assertSame(packet, reassembler.add(packet, NOW));
    }

    @Test
    void shouldStripTheHeaderOfAnAtomicFragmentWithoutMatchingIt() {
        Packet first = fragments(Packets.udp6(2000), 1280, 5).get(0);
        reassembler.add(first, NOW);
        Packet atomic = new Packet().wrap(Packets.ipv6(44, "11 00 0000 00000005  0001 0002 0009 1234 55"));

        Packet whole = reassembler.add(atomic, NOW);

        assertNotNull(whole);
        assertArrayEquals(Packets.bytes(Packets.ipv6(17, "0001 0002 0009 1234 55")), whole.toBytes());
        assertEquals(1, reassembler.size());
    }

    @ParameterizedTest
    @ValueSource(booleans = {false, true})
    void shouldShowTheFirstFragmentOfWhatWasNotCompleteInTime(boolean ipv6) {
        long timeout = ipv6 ? Reassembler.IPV6_TIMEOUT_NANOS : Reassembler.IPV4_TIMEOUT_NANOS;
        List<byte[]> shown = new ArrayList<>();
        Reassembler telling = new Reassembler(ReassemblyLimits.DEFAULT, (first, now) -> shown.add(first.toBytes()));
        List<Packet> fragments = fragments(ipv6 ? Packets.udp6(5000) : Packets.udp4(5000), 1280, 5);
        telling.add(fragments.get(2), NOW);
        telling.add(fragments.get(0), NOW);
        telling.add(
                fragments(ipv6 ? Packets.udp6(5000) : Packets.udp4(5000), 1280, 6)
                        .get(1),
                NOW);

        telling.expire(NOW + timeout);

        assertEquals(2, telling.dropped(Drop.EXPIRED));
        assertEquals(1, shown.size(), "of the other the first fragment did not come");
        assertArrayEquals(fragments.get(0).toBytes(), shown.get(0));
    }

    @Test
    void shouldShowTheFirstFragmentWithAllItsHeaders() {
        List<byte[]> shown = new ArrayList<>();
        Reassembler telling = new Reassembler(ReassemblyLimits.DEFAULT, (first, now) -> shown.add(first.toBytes()));
        Packet first = new Packet().wrap(Packets.ipv6(0, "2c00 010400000000  1100 0001 00000009 0001 0002 0010 0000"));
        telling.add(first, NOW);

        telling.expire(NOW + Reassembler.IPV6_TIMEOUT_NANOS);

        assertArrayEquals(first.toBytes(), shown.get(0));
    }

    @Test
    void shouldKeepTheHeadersInFrontOfTheFragmentHeader() {
        String rest = "2c00 010400000000  1100 0001 00000009 0001 0002 0010 0000";
        Packet first = new Packet().wrap(Packets.ipv6(0, rest));
        Packet last = new Packet().wrap(Packets.ipv6(44, "1100 0008 00000009 a1a2a3a4a5a6a7a8"));

        assertNull(reassembler.add(first, NOW));
        Packet whole = reassembler.add(last, NOW);

        assertNotNull(whole);
        assertArrayEquals(
                Packets.ipv6(0, "1100 010400000000 0001 0002 0010 0000 a1a2a3a4a5a6a7a8")
                        .array(),
                whole.toBytes());
    }

    @Test
    void shouldIgnoreExactDuplicates() {
        Packet packet = Packets.udp4(400).identification(3);
        List<Packet> fragments = fragments(packet, 120, 3);

        for (Packet fragment : fragments.subList(1, fragments.size())) {
            assertNull(reassembler.add(fragment, NOW));
            assertNull(reassembler.add(fragment, NOW));
        }
        Packet whole = reassembler.add(fragments.get(0), NOW);

        assertNotNull(whole);
        assertArrayEquals(packet.toBytes(), whole.toBytes());
    }

    @ParameterizedTest
    @CsvSource({"0, 16, false", "8, 16, false", "16, 24, false", "24, 40, true", "40, 8, true", "0, 24, false"})
    void shouldCondemnADatagramWithOverlaps(int at, int size, boolean last) {
        reassembler.add(piece(0, 16, true, 1), NOW);
        reassembler.add(piece(24, 8, true, 1), NOW);
        reassembler.add(piece(40, 8, true, 1), NOW);

        assertNull(reassembler.add(piece(at, size, !last, 2), NOW));

        assertEquals(1, reassembler.dropped(Drop.OVERLAP));
        assertEquals(PartialDatagram.OVERHEAD, reassembler.bytes());
        assertNull(reassembler.add(piece(16, 8, true, 1), NOW));
        assertNull(reassembler.add(piece(32, 8, true, 1), NOW));
        assertNull(reassembler.add(piece(48, 8, false, 1), NOW));
        assertEquals(4, reassembler.dropped(Drop.OVERLAP));
    }

    @Test
    void shouldCondemnADatagramWithTwoEnds() {
        reassembler.add(piece(16, 8, false, 1), NOW);

        assertNull(reassembler.add(piece(24, 8, true, 1), NOW));
        assertNull(reassembler.add(piece(0, 16, true, 1), NOW));

        assertEquals(2, reassembler.dropped(Drop.OVERLAP));
    }

    @Test
    void shouldCondemnALastFragmentInFrontOfOthers() {
        reassembler.add(piece(32, 8, true, 1), NOW);

        assertNull(reassembler.add(piece(16, 8, false, 1), NOW));

        assertEquals(1, reassembler.dropped(Drop.OVERLAP));
    }

    @Test
    void shouldCondemnTheSameBytesWithAnotherSayOnTheEnd() {
        reassembler.add(piece(16, 8, true, 1), NOW);

        assertNull(reassembler.add(piece(16, 8, false, 1), NOW));

        assertEquals(1, reassembler.dropped(Drop.OVERLAP));
    }

    @ParameterizedTest
    @CsvSource({"65512, 8, 1", "65496, 19, 0", "65496, 20, 1", "65528, 8, 1"})
    void shouldRefuseWhatEndsPast65535(int at, int size, int tooLong) {
        assertNull(reassembler.add(piece(at, size, false, 1), NOW));

        assertEquals(tooLong, reassembler.dropped(Drop.TOO_LONG));
    }

    @Test
    void shouldRefuseMalformedFragments() {
        Packet badChecksum = piece(0, 8, true, 1);
        badChecksum.buffer().putShort(10, (short) 1);

        assertNull(reassembler.add(piece(0, 9, true, 1), NOW));
        assertNull(reassembler.add(piece(8, 0, false, 1), NOW));
        assertNull(reassembler.add(badChecksum, NOW));
        assertNull(reassembler.add(new Packet(), NOW));
        // a first fragment whose header chain is not all in it
        assertNull(reassembler.add(new Packet().wrap(Packets.ipv6(44, "3c00 0001 00000001 1102 010c00000000")), NOW));

        assertEquals(5, reassembler.dropped(Drop.MALFORMED));
        assertEquals(0, reassembler.size());
    }

    @Test
    void shouldNotHandOutADatagramThatIsAFragmentItself() {
        String inner = "1100 0009 00000001 a1a2a3a4a5a6a7a8";
        reassembler.add(new Packet().wrap(Packets.ipv6(44, "2c00 0001 00000001" + inner)), NOW);

        assertNull(reassembler.add(new Packet().wrap(Packets.ipv6(44, "2c00 0010 00000001 b1")), NOW));

        assertEquals(1, reassembler.dropped(Drop.MALFORMED));
        assertEquals(0, reassembler.size());
    }

    @ParameterizedTest
    @CsvSource({"2, 2, 2", "1, 1, 1", "2, 3, 3", "3, 1, 3", "2, 1, 2", "0, 0, 0", "0, 2, -1", "1, 0, -1", "0, 3, -1"})
    void shouldKeepCongestionMarksAndDropMixes(int first, int second, int expected) {
        reassembler.add(piece(0, 16, true, 1).ecn(first), NOW);

        Packet whole = reassembler.add(piece(16, 8, false, 1).ecn(second), NOW);

        assertEquals(expected, whole == null ? -1 : whole.ecn());
        assertEquals(expected < 0 ? 1 : 0, reassembler.dropped(Drop.ECN_MIX));
        assertTrue(whole == null || whole.verifyIpv4Checksum() == ChecksumStatus.VALID);
    }

    @Test
    void shouldTellDatagramsApartByAddressProtocolAndIdentification() {
        Packet other = piece(16, 8, false, 1);
        reassembler.add(piece(0, 16, true, 1), NOW);

        assertNull(reassembler.add(Packets.copyOf(other).identification(2), NOW));
        assertNull(reassembler.add(Packets.copyOf(other).source(Packets.V4_B), NOW));
        assertNull(reassembler.add(Packets.copyOf(other).destination(Packets.V4_A), NOW));
        Packet protocol = Packets.copyOf(other);
        protocol.buffer().put(9, (byte) 98);
        protocol.recomputeIpv4Checksum();
        assertNull(reassembler.add(protocol, NOW));

        assertEquals(5, reassembler.size());
        assertNotNull(reassembler.add(other, NOW));
    }

    /** A fragment of an IPv4 datagram from V4_A to V4_B of protocol 99 and identification 1. */
    static Packet piece(int at, int size, boolean more, int fill) {
        ByteBuffer payload = ByteBuffer.allocate(size);
        for (int i = 0; i < size; i++) {
            payload.put(i, (byte) fill);
        }
        Packet packet = new Packet().wrap(PacketBuilder.ip(Packets.V4_A, Packets.V4_B, 99, 64, payload));
        packet.buffer().putShort(6, (short) (at / 8 | (more ? 0x2000 : 0)));
        packet.identification(1).recomputeIpv4Checksum();
        return packet;
    }

    static List<Packet> fragments(Packet packet, int mtu, int identification) {
        List<Packet> fragments = new ArrayList<>();
        new Fragmenter().fragment(packet, mtu, identification, f -> fragments.add(Packets.copyOf(f)));
        return fragments;
    }

    private @Nullable Packet addAll(List<Packet> fragments) {
        Packet whole = null;
        for (Packet fragment : fragments) {
            assertNull(whole, "complete too early");
            whole = reassembler.add(fragment, NOW);
        }
        return whole;
    }
}
