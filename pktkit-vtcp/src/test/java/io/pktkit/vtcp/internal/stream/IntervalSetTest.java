// SPDX-License-Identifier: MIT
package io.pktkit.vtcp.internal.stream;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.BitSet;
import java.util.Random;
import org.junit.jupiter.api.Test;

class IntervalSetTest {
    private static final int MOST = 4096;

    private final IntervalSet set = new IntervalSet();

    @Test
    void shouldMergeNeighboursAndWhatOverlaps() {
        set.add(10, 20, MOST);
        set.add(30, 40, MOST);
        assertEquals(2, set.count());

        set.add(20, 30, MOST);

        assertEquals(1, set.count());
        assertEquals(10, set.start(0));
        assertEquals(40, set.end(0));
        assertEquals(30, set.total());
    }

    @Test
    void shouldAdvanceOverWhatBeginsAtTheOffset() {
        set.add(10, 20, MOST);
        set.add(30, 40, MOST);

        assertEquals(5, set.advance(5));
        assertEquals(20, set.advance(10));
        assertEquals(1, set.count());
        assertEquals(40, set.advance(35));
        assertTrue(set.isEmpty());
    }

    @Test
    void shouldRefuseOneTooManyButStillMerge() {
        for (int i = 0; i < MOST; i++) {
            assertTrue(set.add(10L * i, 10L * i + 5, MOST));
        }

        assertFalse(set.add(10L * MOST, 10L * MOST + 5, MOST));
        assertTrue(set.add(5, 7, MOST));
        assertEquals(MOST, set.count());
    }

    @Test
    void shouldAgreeWithASetOfBits() {
        for (long seed = 0; seed < 200; seed++) {
            Random random = new Random(seed);
            IntervalSet intervals = new IntervalSet();
            BitSet bits = new BitSet();
            for (int step = 0; step < 60; step++) {
                int start = random.nextInt(300);
                int end = start + 1 + random.nextInt(20);
                intervals.add(start, end, MOST);
                bits.set(start, end);
                String where = "seed=" + seed + " step=" + step;
                assertEquals(bits.cardinality(), intervals.total(), where);
                int from = random.nextInt(300);
                int to = from + 1 + random.nextInt(10);
                assertEquals(bits.nextClearBit(from) >= to, intervals.contains(from, to), where);
                assertEquals(bits.get(from), intervals.indexOf(from) >= 0, where);
            }
        }
    }
}
