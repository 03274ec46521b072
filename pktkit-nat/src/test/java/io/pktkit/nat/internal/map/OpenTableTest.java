// SPDX-License-Identifier: MIT
package io.pktkit.nat.internal.map;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Random;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

class OpenTableTest {

    private static @Nullable Integer find(OpenTable<Integer> table, long hash, int value) {
        for (int at = table.first(hash); at != OpenTable.END; at = table.next(at, hash)) {
            if (table.get(at) == value) {
                return table.get(at);
            }
        }
        return null;
    }

    @Test
    void shouldAgreeWithAMapThroughGrowthAndRemoval() {
        for (long seed = 0; seed < 20; seed++) {
            Random random = new Random(seed);
            // Few hashes, so that entries collide in all 64 bits too.
            int hashes = 1 + random.nextInt(3000);
            OpenTable<Integer> table = new OpenTable<>();
            Map<Integer, Long> model = new HashMap<>();
            List<Integer> present = new ArrayList<>();
            for (int i = 0; i < 20_000; i++) {
                if (present.isEmpty() || random.nextInt(3) != 0) {
                    long hash = (long) random.nextInt(hashes) * 0x9E37_79B9_7F4A_7C15L;
                    Integer value = 100_000 + i;
                    table.add(hash, value);
                    model.put(value, hash);
                    present.add(value);
                } else {
                    int at = random.nextInt(present.size());
                    Integer value = present.get(at);
                    table.remove(Objects.requireNonNull(model.remove(value)), value);
                    int last = present.size() - 1;
                    present.set(at, present.get(last));
                    present.subList(last, last + 1).clear();
                    assertNull(find(table, 1, value));
                }
                if (i % 500 == 0) {
                    for (Map.Entry<Integer, Long> each : model.entrySet()) {
                        assertEquals(each.getKey(), find(table, each.getValue(), each.getKey()), "seed=" + seed);
                    }
                    List<Integer> all = new ArrayList<>();
                    table.forEach(all::add);
                    assertEquals(model.size(), all.size(), "seed=" + seed);
                    assertEquals(model.size(), table.size(), "seed=" + seed);
                }
            }
        }
    }

    @Test
    void shouldSearchInFewSteps() {
        OpenTable<Integer> table = new OpenTable<>();
        Random random = new Random(5);
        int most = 0;
        for (int i = 0; i < 300_000; i++) {
            long hash = random.nextLong();
            find(table, hash, i);
            most = Math.max(most, table.probes());
            table.add(hash, i);
        }
        assertTrue(most < 100, "most=" + most);
    }

    @Test
    void shouldNotRemoveWhatIsNotThere() {
        assertThrows(IllegalStateException.class, () -> new OpenTable<Integer>().remove(5, 7));
    }
}
