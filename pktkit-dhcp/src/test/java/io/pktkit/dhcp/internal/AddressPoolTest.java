// SPDX-License-Identifier: MIT
package io.pktkit.dhcp.internal;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayList;
import java.util.BitSet;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.SplittableRandom;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import org.junit.jupiter.api.Test;

/** The order of free addresses, against a list. */
class AddressPoolTest {
    private static final int START = 0xFFFF_FF00; // wraps as an int, and is the highest as an address
    private static final int SIZE = 20;

    private static AddressPool pool(int... withheld) {
        BitSet bits = new BitSet();
        for (int offset : withheld) {
            bits.set(offset);
        }
        return new AddressPool(START, SIZE, bits);
    }

    @Test
    void shouldContainItsRangeLessWhatIsWithheld() {
        AddressPool pool = pool(0, 7, SIZE);

        for (int offset = -3; offset < SIZE + 3; offset++) {
            boolean inside = offset > 0 && offset < SIZE && offset != 7;
            assertEquals(inside, pool.contains(START + offset), "offset=" + offset);
            assertEquals(inside, pool.isFree(START + offset), "offset=" + offset);
        }
        assertFalse(pool.contains(0));
        assertFalse(pool.isFree(0));
    }

    @Test
    void shouldSayThatNoneIsFree() {
        AddressPool pool = pool(SIZE); // what lies beyond does not count
        for (int i = 0; i < SIZE; i++) {
            int address = pool.longestUnused();
            assertEquals(START + i, address);
            assertEquals(AddressPool.UNTOUCHED, pool.take(address));
            assertFalse(pool.isFree(address));
        }

        assertEquals(0, pool.longestUnused());

        pool.giveBackUsed(START + 3);
        assertEquals(START + 3, pool.longestUnused());
        assertTrue(pool.isFree(START + 3));
        assertEquals(0, pool.take(START + 3));
        assertEquals(0, pool.longestUnused());
    }

    @SuppressWarnings("ListRemoveAmbiguous") // by index where the argument is an int
    @Property(tries = 200)
    void shouldKeepTheOrderOfAList(@ForAll long seed) {
        SplittableRandom random = new SplittableRandom(seed);
        AddressPool pool = pool(2, 3);
        List<Integer> order = new ArrayList<>(); // all that are free or only on loan, by their turn
        Map<Integer, Long> onLoan = new HashMap<>();
        List<Integer> used = new ArrayList<>();
        for (int offset = 0; offset < SIZE; offset++) {
            if (offset != 2 && offset != 3) {
                order.add(START + offset);
            }
        }
        for (int step = 0; step < 300; step++) {
            String where = "seed=" + seed + " step=" + step;
            List<Integer> free =
                    order.stream().filter(a -> !onLoan.containsKey(a)).toList();
            assertEquals(free.isEmpty() ? 0 : free.get(0), pool.longestUnused(), where);
            int choice = random.nextInt(4);
            if (choice == 0 && !free.isEmpty()) {
                int address = free.get(random.nextInt(free.size()));
                onLoan.put(address, pool.take(address));
            } else if (choice == 1 && !onLoan.isEmpty()) {
                int address = onLoan.keySet().iterator().next();
                pool.giveBackUnused(address, Objects.requireNonNull(onLoan.remove(address)));
            } else if (choice == 2 && !onLoan.isEmpty()) {
                int address = onLoan.keySet().iterator().next();
                onLoan.remove(address);
                order.remove(Integer.valueOf(address));
                used.add(address);
            } else if (!used.isEmpty()) {
                int address = used.remove(random.nextInt(used.size()));
                pool.giveBackUsed(address);
                order.add(address);
            }
        }
    }
}
