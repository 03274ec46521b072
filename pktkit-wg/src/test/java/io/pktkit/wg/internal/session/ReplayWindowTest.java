// SPDX-License-Identifier: MIT
package io.pktkit.wg.internal.session;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.HashSet;
import java.util.Random;
import java.util.Set;
import org.junit.jupiter.api.Test;

class ReplayWindowTest {

    private static final long LIMIT = 0xFFFF_FFFF_FFFF_DFFFL;

    private final ReplayWindow window = new ReplayWindow();

    @Test
    void shouldAgreeWithANaiveModel() {
        for (long seed = 0; seed < 60; seed++) {
            Random random = new Random(seed);
            ReplayWindow ring = new ReplayWindow();
            Set<Long> seen = new HashSet<>();
            long last = 0;
            long base = switch ((int) (seed % 4)) {
                case 0 -> 0;
                case 1 -> Long.MAX_VALUE - 3000;
                case 2 -> LIMIT - 20_000;
                default -> random.nextLong() >>> 1;
            };
            for (int i = 0; i < 20_000; i++) {
                long counter = switch (random.nextInt(8)) {
                    case 0 -> last + 1 + random.nextInt(200);
                    case 1 -> last - 8128 + random.nextInt(5) - 2;
                    case 2 -> last - random.nextInt(9000);
                    case 3 -> random.nextInt(400) == 0 ? last + 8192 + random.nextInt(20_000) : last;
                    default -> last + random.nextInt(40) - 20;
                };
                if (i == 0) {
                    counter = base;
                }
                if (seed % 4 == 0 && counter < 0) {
                    counter = 0;
                }
                // As a set of all that was seen, of which a window behind the greatest counts.
                boolean expected = Long.compareUnsigned(counter, LIMIT) < 0
                        && !seen.contains(counter)
                        && (Long.compareUnsigned(counter, last) > 0 || Long.compareUnsigned(last - counter, 8128) <= 0);
                String where = "seed=" + seed + " step=" + i + " counter=" + Long.toUnsignedString(counter);
                assertEquals(expected, ring.isNew(counter), where);
                if (random.nextInt(4) != 0) {
                    assertEquals(expected, ring.mark(counter), where);
                    if (expected) {
                        seen.add(counter);
                        last = Long.compareUnsigned(counter, last) > 0 ? counter : last;
                    }
                }
            }
        }
    }

    @Test
    void shouldLookBack8128() {
        assertTrue(window.mark(10_000));
        assertTrue(window.isNew(10_000 - 8128));
        assertFalse(window.isNew(10_000 - 8129));
        assertTrue(window.mark(10_000 - 8128));
        assertFalse(window.mark(10_000 - 8128));
        assertTrue(window.mark(10_001));
        assertFalse(window.isNew(10_001 - 8129));
    }

    @Test
    void shouldBeginWithZero() {
        assertTrue(window.isNew(0));
        assertTrue(window.mark(0));
        assertFalse(window.mark(0));
        assertEquals(0, window.last());
    }

    @Test
    void shouldMarkNothingByLooking() {
        assertTrue(window.isNew(1L << 40));
        assertTrue(window.mark(5));
        assertTrue(window.mark(4));
    }

    @Test
    void shouldRefuseFromTheLimitOn() {
        assertTrue(window.mark(LIMIT - 1));
        assertFalse(window.isNew(LIMIT));
        assertFalse(window.isNew(-1));
        assertTrue(window.mark(LIMIT - 2));
    }

    @Test
    void shouldForgetTheRingAfterALargeJump() {
        for (long counter = 0; counter < 9000; counter++) {
            assertTrue(window.mark(counter));
        }
        assertTrue(window.mark(1L << 50));
        for (long counter = (1L << 50) - 8128; counter < 1L << 50; counter++) {
            assertTrue(window.mark(counter));
        }
    }
}
