// SPDX-License-Identifier: MIT
package io.pktkit.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;

import org.junit.jupiter.api.Test;

class IdleHeapTest {
    private static final long MIB = 1 << 20;

    private long committed = 16 * MIB;
    private int collections;
    private final IdleHeap heap = new IdleHeap(() -> committed, () -> {
        collections++;
        committed = 20 * MIB;
    });

    @Test
    void shouldCollectOnceAfterALoad() {
        committed = 100 * MIB;
        heap.look(1_000_000);
        assertEquals(0, collections, "under load");

        heap.look(1_000_999);
        assertEquals(1, collections, "at rest");

        heap.look(1_001_000);
        heap.look(1_001_001);
        assertEquals(1, collections, "nothing has grown since");
    }

    @Test
    void shouldCollectAgainAfterTheNextLoad() {
        committed = 100 * MIB;
        heap.look(0);
        committed = 27 * MIB;
        heap.look(10);
        assertEquals(1, collections, "7 MiB are not worth it");

        committed = 28 * MIB;
        heap.look(20);

        assertEquals(2, collections);
    }

    @Test
    void shouldLeaveAHeapAloneThatHasNotGrown() {
        for (int i = 0; i < 10; i++) {
            heap.look(i);
        }

        assertEquals(0, collections);
    }
}
