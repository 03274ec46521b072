// SPDX-License-Identifier: MIT
package io.pktkit.wire;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.pktkit.wire.Reassembler.Drop;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;

class ReassemblerLimitsTest {

    private static final long NOW = Long.parseLong("9223372036854775802"); // a clock may pass the end of its range
    private static final ReassemblyLimits SMALL = new ReassemblyLimits(8, 4, 512 * 1024, 256 * 1024, 4);

    @Test
    void shouldForgetIncompleteDatagramsInTime() {
        Reassembler reassembler = new Reassembler();
        List<Packet> ipv6 = ReassemblerTest.fragments(Packets.udp6(2000), 1280, 1);
        assertEquals(Long.MAX_VALUE, reassembler.nextDeadlineNanos());
        reassembler.add(ReassemblerTest.piece(0, 16, true, 1), NOW);
        reassembler.add(ipv6.get(0), NOW - 1);

        assertEquals(NOW + Reassembler.IPV4_TIMEOUT_NANOS, reassembler.nextDeadlineNanos());
        reassembler.expire(NOW + Reassembler.IPV4_TIMEOUT_NANOS - 1);
        assertEquals(2, reassembler.size());
        reassembler.expire(NOW + Reassembler.IPV4_TIMEOUT_NANOS);
        assertEquals(1, reassembler.size());

        assertEquals(NOW - 1 + Reassembler.IPV6_TIMEOUT_NANOS, reassembler.nextDeadlineNanos());
        assertNull(reassembler.add(ipv6.get(1), NOW - 1 + Reassembler.IPV6_TIMEOUT_NANOS));
        assertEquals(1, reassembler.size());
        assertEquals(2, reassembler.dropped(Drop.EXPIRED));
    }

    @Test
    void shouldForgetACondemnedDatagramInTimeToo() {
        Reassembler reassembler = new Reassembler();
        reassembler.add(ReassemblerTest.piece(0, 16, true, 1), NOW);
        reassembler.add(ReassemblerTest.piece(8, 16, true, 1), NOW);
        long later = NOW + Reassembler.IPV4_TIMEOUT_NANOS;

        assertNull(reassembler.add(ReassemblerTest.piece(0, 16, true, 1), later));

        assertNotNull(reassembler.add(ReassemblerTest.piece(16, 8, false, 1), later));
        assertEquals(0, reassembler.dropped(Drop.EXPIRED));
    }

    @Test
    void shouldCondemnADatagramOfTooManyFragments() {
        Reassembler reassembler = new Reassembler(SMALL);
        for (int i = 0; i < 4; i++) {
            reassembler.add(ReassemblerTest.piece(i * 16, 8, true, 1), NOW);
        }

        assertNull(reassembler.add(ReassemblerTest.piece(64, 8, true, 1), NOW));

        assertEquals(1, reassembler.dropped(Drop.TOO_MANY_FRAGMENTS));
        assertEquals(PartialDatagram.OVERHEAD, reassembler.bytes());
    }

    @Test
    void shouldEvictTheOldestDatagramOfASourceAtItsShare() {
        Reassembler reassembler = new Reassembler(SMALL);
        reassembler.add(pieceFrom(99, 0), NOW);
        for (int id = 0; id < 10; id++) {
            reassembler.add(pieceFrom(1, id), NOW);
        }

        assertEquals(5, reassembler.size());
        assertEquals(6, reassembler.dropped(Drop.EVICTED));
        assertNull(reassembler.add(lastFrom(1, 5), NOW), "evicted");
        assertNotNull(reassembler.add(lastFrom(1, 9), NOW), "newest of its source");
        assertNotNull(reassembler.add(lastFrom(99, 0), NOW), "another source is not touched");
    }

    @Test
    void shouldEvictTheOldestOfAllAtTheTotal() {
        Reassembler reassembler = new Reassembler(SMALL);
        for (int host = 0; host < 12; host++) {
            reassembler.add(pieceFrom(host, 1), NOW + host);
        }

        assertEquals(8, reassembler.size());
        assertEquals(4, reassembler.dropped(Drop.EVICTED));
        assertNull(reassembler.add(lastFrom(3, 1), NOW));
        assertNotNull(reassembler.add(lastFrom(11, 1), NOW));
    }

    @Test
    void shouldEvictTheOldestOfAllWhicheverItsFamily() {
        for (int order : new int[] {-1, 1}) {
            Reassembler reassembler = new Reassembler(new ReassemblyLimits(2, 2, 512 * 1024, 256 * 1024, 4));
            List<Packet> ipv6 = ReassemblerTest.fragments(Packets.udp6(2000), 1280, 1);
            reassembler.add(pieceFrom(1, 1), NOW);
            reassembler.add(ipv6.get(0), NOW + order);
            reassembler.add(pieceFrom(2, 1), NOW + 2);

            assertEquals(1, reassembler.dropped(Drop.EVICTED));
            boolean ipv6IsOlder = order < 0;
            assertEquals(ipv6IsOlder, reassembler.add(lastFrom(1, 1), NOW + 2) != null);
        }
    }

    @Test
    void shouldKeepWithinItsBytesUnderAFlood() {
        Reassembler reassembler = new Reassembler(SMALL);
        long seed = 42;
        Random random = new Random(seed);
        for (int i = 0; i < 5000; i++) {
            Packet piece = ReassemblerTest.piece(random.nextInt(4) * 8000, 8 * (1 + random.nextInt(1500)), true, 1);
            piece.source(IpAddress.ofIpv4(random.nextInt(6))).identification(random.nextInt(20));

            reassembler.add(piece, NOW + i);

            assertTrue(reassembler.bytes() <= SMALL.bytes(), "seed=" + seed + " i=" + i);
            assertTrue(reassembler.size() <= SMALL.datagrams(), "seed=" + seed + " i=" + i);
        }
        assertTrue(reassembler.dropped(Drop.EVICTED) > 0);
        reassembler.expire(NOW + 5000 + Reassembler.IPV6_TIMEOUT_NANOS);
        assertEquals(0, reassembler.size());
        assertEquals(0, reassembler.bytes());
    }

    @Test
    void shouldHoldTheLargestDatagramWithinTheSmallestShare() {
        ReassemblyLimits least = new ReassemblyLimits(1, 1, 256 * 1024, 256 * 1024, 1024);
        Reassembler reassembler = new Reassembler(least);
        List<Packet> fragments = ReassemblerTest.fragments(Packets.udp4(65507), 68 + 24, 1);

        Packet whole = null;
        for (Packet fragment : fragments) {
            whole = reassembler.add(fragment, NOW);
        }

        assertEquals(910, fragments.size());
        assertNotNull(whole);
        assertEquals(65535, whole.length());
        assertEquals(0, reassembler.dropped(Drop.EVICTED));
    }

    @Test
    void shouldForgetEverythingWhenClosed() {
        Reassembler reassembler = new Reassembler();
        reassembler.add(ReassemblerTest.piece(0, 16, true, 1), NOW);

        reassembler.close();
        reassembler.close();

        assertEquals(0, reassembler.size());
        assertEquals(0, reassembler.bytes());
        assertNull(reassembler.add(ReassemblerTest.piece(16, 8, false, 1), NOW));
    }

    @Test
    void shouldRefuseLimitsThatCannotHoldADatagram() {
        assertThrows(IllegalArgumentException.class, () -> new ReassemblyLimits(1, 2, 1 << 20, 1 << 20, 2));
        assertThrows(IllegalArgumentException.class, () -> new ReassemblyLimits(1, 1, 1 << 20, 100_000, 2));
        assertThrows(IllegalArgumentException.class, () -> new ReassemblyLimits(1, 1, 1 << 18, 1 << 19, 2));
        assertThrows(IllegalArgumentException.class, () -> new ReassemblyLimits(1, 1, 1 << 20, 1 << 20, 1));
    }

    private static Packet pieceFrom(int host, int identification) {
        return ReassemblerTest.piece(0, 16, true, 1)
                .source(IpAddress.ofIpv4(host + 1))
                .identification(identification);
    }

    private static Packet lastFrom(int host, int identification) {
        return ReassemblerTest.piece(16, 8, false, 1)
                .source(IpAddress.ofIpv4(host + 1))
                .identification(identification);
    }
}
