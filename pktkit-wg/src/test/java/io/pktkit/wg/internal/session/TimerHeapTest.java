// SPDX-License-Identifier: MIT
package io.pktkit.wg.internal.session;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;

import io.pktkit.time.Timers;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

class TimerHeapTest {

    @Test
    void shouldAgreeWithANaiveModelAlsoAcrossTheOverflow() {
        for (long seed = 0; seed < 20; seed++) {
            Random random = new Random(seed);
            TimerHeap<Integer> heap = new TimerHeap<>();
            long now = seed % 2 == 0 ? Long.MAX_VALUE - 5_000 : -3_000;
            List<TimerHeap.Node<Integer>> nodes = new ArrayList<>();
            Map<Integer, Long> model = new HashMap<>();
            for (int i = 0; i < 100; i++) {
                nodes.add(new TimerHeap.Node<>(i));
            }
            for (int step = 0; step < 20_000; step++) {
                int i = random.nextInt(100);
                if (random.nextInt(3) > 0) {
                    long wakeUp = Timers.after(now, random.nextInt(500));
                    heap.put(nodes.get(i), wakeUp);
                    model.put(i, wakeUp);
                } else if (random.nextInt(4) == 0) {
                    heap.put(nodes.get(i), Timers.NEVER);
                    model.remove(i);
                }
                now += random.nextInt(3);
                Long earliest = earliest(model, now);
                String where = "seed=" + seed + " step=" + step;
                assertEquals(earliest == null ? Timers.NEVER : earliest, heap.firstDeadline(), where);
                Integer due = heap.takeDue(now);
                if (earliest == null || earliest - now > 0) {
                    assertNull(due, where);
                } else {
                    assertEquals(earliest, model.remove(due), where);
                }
                assertEquals(model.size(), heap.size(), where);
            }
        }
    }

    @Test
    void shouldKeepOutWhoIsClosed() {
        TimerHeap<String> heap = new TimerHeap<>();
        TimerHeap.Node<String> node = new TimerHeap.Node<>("a");
        heap.put(node, 5);
        heap.close(node);
        heap.put(node, 5);
        assertEquals(0, heap.size());
        assertEquals(Timers.NEVER, heap.firstDeadline());
    }

    private static @Nullable Long earliest(Map<Integer, Long> model, long now) {
        Long best = null;
        for (Long wakeUp : model.values()) {
            if (best == null || wakeUp - now < best - now) {
                best = wakeUp;
            }
        }
        return best;
    }
}
