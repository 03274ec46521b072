// SPDX-License-Identifier: MIT
package io.pktkit.wg.internal.session;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertSame;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.Objects;
import java.util.Random;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicReference;
import java.util.random.RandomGenerator;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

class IndexTableTest {

    private final IndexTable<String> table = new IndexTable<>();

    @Test
    void shouldDrawAgainForZeroAndForWhatIsInUse() {
        Deque<Integer> draws = new ArrayDeque<>(List.of(7, 0, 7, 0, 7, 9));
        RandomGenerator random = draws(draws);
        assertEquals(7, table.add("a", random).index());
        IndexTable.Entry<String> second = table.add("b", random);
        assertEquals(9, second.index());
        assertEquals("a", owner(7));
        assertEquals("b", owner(9));
        table.remove(second);
        assertNull(table.find(9));
        assertEquals(1, table.size());
    }

    @Test
    void shouldRemoveOnlyTheEntryItself() {
        RandomGenerator random = draws(new ArrayDeque<>(List.of(7, 7)));
        IndexTable.Entry<String> old = table.add("a", random);
        table.remove(old);
        table.remove(old);
        IndexTable.Entry<String> fresh = table.add("b", random);
        table.remove(old);
        assertSame(fresh, table.find(7));
        assertEquals(1, table.size());
    }

    @Test
    void shouldFindAllWhatHasGrownAndShrunk() {
        long seed = 3;
        Random random = new Random(seed);
        List<IndexTable.Entry<String>> all = new ArrayList<>();
        for (int i = 0; i < 20_000; i++) {
            if (all.size() < 2 || random.nextInt(3) > 0) {
                all.add(table.add("peer " + i, random));
            } else {
                IndexTable.Entry<String> gone = all.remove(random.nextInt(all.size()));
                table.remove(gone);
                assertNull(table.find(gone.index()), "seed=" + seed);
            }
        }
        assertEquals(all.size(), table.size());
        for (IndexTable.Entry<String> entry : all) {
            assertSame(entry, table.find(entry.index()), "seed=" + seed);
        }
    }

    @Test
    void shouldFindWhatStaysWhileOthersComeAndGo() throws InterruptedException {
        Random random = new Random(5);
        List<IndexTable.Entry<String>> staying = new ArrayList<>();
        for (int i = 0; i < 500; i++) {
            staying.add(table.add("stays", random));
        }
        AtomicBoolean done = new AtomicBoolean();
        AtomicReference<@Nullable String> failure = new AtomicReference<>();
        Thread reader = new Thread(() -> {
            while (!done.get()) {
                for (IndexTable.Entry<String> entry : staying) {
                    if (table.find(entry.index()) != entry) {
                        failure.set("lost " + entry.index());
                    }
                }
            }
        });
        reader.start();
        for (int round = 0; round < 20; round++) {
            List<IndexTable.Entry<String>> passing = new ArrayList<>();
            for (int i = 0; i < 2000; i++) {
                passing.add(table.add("passes", random));
            }
            passing.forEach(table::remove);
        }
        done.set(true);
        reader.join();
        assertNull(failure.get());
        assertEquals(500, table.size());
    }

    private String owner(int index) {
        return Objects.requireNonNull(table.find(index)).owner();
    }

    private static RandomGenerator draws(Deque<Integer> draws) {
        return new RandomGenerator() {
            @Override
            public long nextLong() {
                throw new AssertionError("indexes are ints");
            }

            @Override
            public int nextInt() {
                return draws.remove();
            }
        };
    }
}
