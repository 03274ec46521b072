// SPDX-License-Identifier: MIT
package io.pktkit.internal;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.HashSet;
import java.util.Random;
import java.util.Set;
import org.junit.jupiter.api.Test;

class ReplayWindowTest {

    private final ReplayWindow window = ReplayWindow.fromZero(8128);

    @Test
    void shouldAgreeWithANaiveModel() {
        for (long seed = 0; seed < 60; seed++) {
            Random random = new Random(seed);
            ReplayWindow ring = ReplayWindow.fromZero(8128);
            Set<Long> seen = new HashSet<>();
            long last = 0;
            long base = switch ((int) (seed % 4)) {
                case 0 -> 0;
                case 1 -> Long.MAX_VALUE - 3000;
                case 2 -> -20_000;
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
                boolean expected = !seen.contains(counter)
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
    void shouldAgreeWithASetForAnyWidth() {
        for (int lookBack : new int[] {1, 63, 64, 65, 2047}) {
            Random random = new Random(lookBack);
            ReplayWindow some = ReplayWindow.fromOne(lookBack);
            Set<Long> seen = new HashSet<>();
            long highest = 0;
            for (int i = 0; i < 50_000; i++) {
                long id = Math.max(0, highest + random.nextInt(3 * (lookBack + 1) / 2) - lookBack - 1);
                if (random.nextInt(1000) == 0) {
                    id += random.nextInt(5 * (lookBack + 1));
                }
                boolean expected = id > 0 && id >= highest - lookBack && !seen.contains(id);
                String where = "lookBack " + lookBack + " step " + i + " id " + id;
                assertEquals(expected, some.isNew(id), where);
                assertEquals(expected, some.mark(id), where);
                if (expected) {
                    seen.add(id);
                    highest = Math.max(highest, id);
                }
            }
        }
    }

    @Test
    void shouldNeverTakeZeroWhereNumbersBeginWithOne() {
        ReplayWindow ids = ReplayWindow.fromOne(63);
        assertFalse(ids.mark(0));
        assertTrue(ids.mark(1));
        assertFalse(ids.mark(0));
        ids.clear();
        assertFalse(ids.mark(0));
        assertTrue(ids.mark(1));
    }

    @Test
    void shouldGoToTheLastUnsignedNumber() {
        ReplayWindow ids = ReplayWindow.fromOne(63);
        assertTrue(ids.mark(-1));
        assertFalse(ids.mark(-1));
        assertTrue(ids.mark(-2));
        assertTrue(ids.mark(-64));
        assertFalse(ids.mark(-65));
        ids.clear();
        assertEquals(0, ids.last());
        assertTrue(ids.mark(1));
        assertEquals(1, ids.last());
    }

    @Test
    void shouldLookBackAtLeastOne() {
        assertThrows(IllegalArgumentException.class, () -> ReplayWindow.fromZero(0));
        assertThrows(IllegalArgumentException.class, () -> ReplayWindow.fromOne(-1));
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
