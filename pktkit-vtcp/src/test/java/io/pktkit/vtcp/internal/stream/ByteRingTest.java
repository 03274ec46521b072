// SPDX-License-Identifier: MIT
package io.pktkit.vtcp.internal.stream;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.ByteBuffer;
import java.util.Random;
import org.junit.jupiter.api.Test;

class ByteRingTest {
    private final ByteRing ring = new ByteRing();

    private static byte octet(long offset) {
        return (byte) (offset * 31 + (offset >> 8));
    }

    private void put(long from, long to) {
        ByteBuffer source = ByteBuffer.allocate((int) (to - from) + 3);
        for (long at = from; at < to; at++) {
            source.put((int) (at - from) + 3, octet(at));
        }
        ring.put(from, source, 3, (int) (to - from));
    }

    private void assertHolds(long from, long to, String where) {
        ByteBuffer target = ByteBuffer.allocate((int) (to - from) + 5);
        ring.get(from, target, 5, (int) (to - from));
        for (long at = from; at < to; at++) {
            assertEquals(octet(at), target.get((int) (at - from) + 5), where + " at " + at);
        }
    }

    /** Bytes are added at one end and taken off at the other, with growing and shrinking in between. */
    @Test
    void shouldHoldEachByteThroughEveryChangeOfSize() {
        for (long seed = 0; seed < 30; seed++) {
            Random random = new Random(seed);
            long from = 1L + random.nextInt(5000);
            long to = from;
            for (int step = 0; step < 60; step++) {
                int added = random.nextInt(6000);
                ring.ensureCapacity(from, to, (int) (to - from) + added);
                put(to, to + added);
                to += added;
                assertTrue(ring.capacity() >= to - from);
                String where = "seed=" + seed + " step=" + step;
                assertHolds(from, to, where);
                from += random.nextInt((int) (to - from) + 1);
                if (random.nextInt(3) == 0) {
                    ring.shrink(from, to);
                    assertHolds(from, to, where);
                }
            }
            ring.release();
        }
    }

    @Test
    void shouldTakeNoMoreThanThePowerOfTwoAbove() {
        ring.ensureCapacity(1, 1, 0);
        assertEquals(0, ring.capacity());
        ring.ensureCapacity(1, 1, 1);
        assertEquals(2048, ring.capacity());
        ring.ensureCapacity(1, 1, 2048);
        assertEquals(2048, ring.capacity());
        ring.ensureCapacity(1, 1, 2049);
        assertEquals(4096, ring.capacity());
    }

    @Test
    void shouldGiveBackWhatIsNotNeeded() {
        ring.ensureCapacity(1, 1, 10_000);
        assertEquals(16_384, ring.capacity());

        ring.shrink(1, 4098);
        assertEquals(8192, ring.capacity());
        ring.shrink(1, 4097);
        assertEquals(4096, ring.capacity());
        ring.shrink(1, 2);
        assertEquals(2048, ring.capacity());
        ring.shrink(2, 2);
        assertEquals(0, ring.capacity());
    }
}
