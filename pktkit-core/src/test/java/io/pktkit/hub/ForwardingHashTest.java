// SPDX-License-Identifier: MIT
package io.pktkit.hub;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.pktkit.time.ManualTime;
import java.util.BitSet;
import java.util.function.IntToLongFunction;
import org.junit.jupiter.api.Test;

class ForwardingHashTest {

    private static final int KEYS = 4096;

    private final HubPort port = new L2Hub(new ManualTime()).connect(new Station(1));

    /**
     * 4096 balls in 4096 boxes leave 1 - 1/e of them with one at least, 2589, and the deviation is about 31. Each instance
     * has secrets of its own, so many are tried.
     */
    @Test
    void shouldSpreadAddressesThatDifferInFewBits() {
        for (int instance = 0; instance < 24; instance++) {
            ForwardingHash hash = new ForwardingHash();
            for (int shift = 0; shift <= 48; shift += 4) {
                int by = shift;
                assertSpread(hash, i -> (long) i << by, "shift=" + shift);
                assertSpread(hash, i -> 0x02_00_00_00_00_00L ^ (long) i << by, "local, shift=" + shift);
            }
            assertSpread(hash, i -> Long.reverse(i) >>> 4, "reversed");
        }
    }

    private static void assertSpread(ForwardingHash hash, IntToLongFunction keys, String what) {
        BitSet boxes = new BitSet(KEYS);
        for (int i = 0; i < KEYS; i++) {
            boxes.set(hash.hash(keys.applyAsLong(i)) & KEYS - 1);
        }
        assertTrue(boxes.cardinality() > 2350, what + ": " + boxes.cardinality() + " boxes in use");
    }

    @Test
    void shouldBeHalfFullAtMost() {
        ForwardingHash hash = new ForwardingHash();
        for (int i = 0; i < 32; i++) {
            hash.add(entry(i));
            assertEquals(64, hash.capacity());
        }
        for (int i = 32; i < 3000; i++) {
            hash.add(entry(i));
            assertTrue(2 * hash.size() <= hash.capacity(), hash.size() + " of " + hash.capacity());
            assertTrue(hash.capacity() <= 8 * hash.size(), hash.size() + " of " + hash.capacity());
        }
    }

    @Test
    void shouldFindAllAndOnlyWhatIsThereWhileTombstonesPileUp() {
        ForwardingHash hash = new ForwardingHash();
        ForwardingEntry stays = entry(7);
        hash.add(stays);
        for (int i = 100; i < 5000; i++) {
            ForwardingEntry comes = entry(i);
            hash.add(comes);
            assertSame(comes, hash.find(i));
            hash.removeIf(entry -> entry == comes);
            assertNull(hash.find(i));
            assertSame(stays, hash.find(7));
            assertEquals(1, hash.size());
            assertEquals(64, hash.capacity(), "what is removed must not make it grow");
        }
        hash.removeIf(entry -> true);
        assertEquals(0, hash.size());
        assertNull(hash.find(7));
    }

    private ForwardingEntry entry(long key) {
        return new ForwardingEntry(key, port, 0, false);
    }
}
