// SPDX-License-Identifier: MIT
package io.pktkit.l2adapter.internal;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.pktkit.wire.KeyedHash;
import java.util.HashMap;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.Test;

class NeighborTableTest {

    @Test
    void shouldAgreeWithAMap() {
        long seed = 20261122;
        Random random = new Random(seed);
        NeighborTable table = new NeighborTable(new KeyedHash());
        Map<Integer, NeighborEntry> model = new HashMap<>();
        for (int step = 0; step < 20_000; step++) {
            int key = random.nextInt(600);
            NeighborEntry known = model.get(key);
            assertSame(known, table.find(key % 3, key), "seed=" + seed + " step=" + step);
            if (known == null) {
                NeighborEntry entry = new NeighborEntry(key % 3, key);
                table.add(entry);
                model.put(key, entry);
            } else if (random.nextInt(3) > 0) {
                table.remove(known);
                model.remove(key);
            }
            assertEquals(model.size(), table.size());
        }
        int[] visited = {0};
        table.forEach(entry -> {
            visited[0]++;
            assertSame(model.get((int) entry.low), entry);
        });
        assertEquals(model.size(), visited[0]);
    }

    @Test
    void shouldKeepItsChainsShort() {
        NeighborTable table = new NeighborTable(new KeyedHash());
        for (int i = 0; i < 4096; i++) {
            table.add(new NeighborEntry(0, i));
        }

        int[] longest = {0};
        table.forEach(entry -> {
            int length = 0;
            for (NeighborEntry next = entry; next != null; next = next.nextInBucket) {
                length++;
            }
            longest[0] = Math.max(longest[0], length);
        });

        // 4096 into at least as many buckets by chance: more than 16 in one happens once in 10^10 times
        assertTrue(longest[0] <= 16, "longest=" + longest[0]);
    }

    @Test
    void shouldTellFamiliesHalvesApart() {
        NeighborTable table = new NeighborTable(new KeyedHash());
        table.add(new NeighborEntry(1, 2));

        assertNull(table.find(2, 1));
        assertNull(table.find(1, 3));
        assertNull(table.find(0, 2));
    }

    @Test
    void shouldLetOthersReadWithoutTheLockWhileItChanges() throws InterruptedException {
        NeighborTable table = new NeighborTable(new KeyedHash());
        NeighborEntry fixed = new NeighborEntry(7, 7);
        table.add(fixed);
        AtomicBoolean stop = new AtomicBoolean();
        AtomicLong wrong = new AtomicLong();
        AtomicLong reads = new AtomicLong();
        Thread reader = new Thread(() -> {
            while (!stop.get()) {
                NeighborEntry found = table.find(7, 7);
                if (found != null && found != fixed) {
                    wrong.incrementAndGet();
                }
                NeighborEntry other = table.find(1, 5);
                if (other != null && (other.high != 1 || other.low != 5)) {
                    wrong.incrementAndGet();
                }
                reads.incrementAndGet();
            }
        });
        reader.start();

        for (int round = 0; round < 300 || reads.get() < 1000; round++) {
            NeighborEntry[] entries = new NeighborEntry[200];
            for (int i = 0; i < entries.length; i++) {
                entries[i] = new NeighborEntry(1, i);
                table.add(entries[i]);
            }
            for (NeighborEntry entry : entries) {
                table.remove(entry);
            }
        }
        stop.set(true);
        reader.join();

        assertEquals(0, wrong.get());
        assertTrue(reads.get() >= 1000);
        assertSame(fixed, table.find(7, 7));
    }
}
