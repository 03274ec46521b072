// SPDX-License-Identifier: MIT
package io.pktkit.nat.internal.map;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;

class ExpiryHeapTest {

    private static final class Item extends Timed {
        Item(long until) {
            expiresAt = until;
        }
    }

    @Test
    void shouldGiveEachAtItsTimeWhereverThatMoved() {
        for (long seed = 0; seed < 30; seed++) {
            Random random = new Random(seed);
            ExpiryHeap heap = new ExpiryHeap();
            List<Item> all = new ArrayList<>();
            long now = 0;
            for (int i = 0; i < 3000; i++) {
                switch (random.nextInt(5)) {
                    case 0, 1 -> {
                        Item item = new Item(now + 1 + random.nextInt(100));
                        all.add(item);
                        heap.add(item);
                    }
                    case 2 -> {
                        if (!all.isEmpty()) {
                            Item item = all.get(random.nextInt(all.size()));
                            long until = now + 1 + random.nextInt(100);
                            boolean earlier = until < item.expiresAt;
                            item.expiresAt = until;
                            if (earlier || random.nextBoolean()) {
                                heap.moved(item);
                            }
                        }
                    }
                    case 3 -> {
                        if (!all.isEmpty()) {
                            heap.remove(all.remove(random.nextInt(all.size())));
                        }
                    }
                    default -> {
                        now += random.nextInt(20);
                        for (Timed item = heap.poll(now, 1 << 20); item != null; item = heap.poll(now, 1 << 20)) {
                            assertTrue(item.expiresAt <= now, "seed=" + seed);
                            assertTrue(all.remove(item), "seed=" + seed);
                        }
                        long time = now;
                        assertTrue(all.stream().noneMatch(item -> item.expiresAt <= time), "seed=" + seed);
                    }
                }
                assertEquals(all.size(), heap.size(), "seed=" + seed);
            }
        }
    }
}
