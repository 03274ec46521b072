// SPDX-License-Identifier: MIT
package io.pktkit.vtcp;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.Test;

class TcpMemoryTest {
    @Test
    void shouldKeepAQuarterFromGrowth() {
        TcpMemory memory = new TcpMemory(1000);

        assertTrue(memory.tryGrow(750));
        assertFalse(memory.tryGrow(1));
        assertTrue(memory.tryReserve(250));
        assertFalse(memory.tryReserve(1));
        assertEquals(1000, memory.used());
    }

    @Test
    void shouldTakeBackWhatIsReleased() {
        TcpMemory memory = new TcpMemory(1000);
        memory.tryReserve(1000);

        memory.release(600);

        assertTrue(memory.tryGrow(350));
        assertEquals(750, memory.used());
        assertEquals(1000, memory.peak());
    }

    @Test
    void shouldNotOverflow() {
        TcpMemory memory = new TcpMemory(1000);
        memory.tryReserve(10);

        assertFalse(memory.tryReserve(Long.MAX_VALUE));
        assertEquals(10, memory.used());
    }

    @Test
    void shouldGrantNothingWithoutALimit() {
        assertFalse(new TcpMemory(0).tryReserve(1));
        assertThrows(IllegalArgumentException.class, () -> new TcpMemory(-1));
    }

    @Test
    void shouldNeverGrantMoreThanThereIsToAnyNumberOfThreads() throws InterruptedException {
        TcpMemory memory = new TcpMemory(1000);
        AtomicLong granted = new AtomicLong();
        Thread[] threads = new Thread[4];
        for (int i = 0; i < threads.length; i++) {
            threads[i] = new Thread(() -> {
                for (int round = 0; round < 10_000; round++) {
                    if (memory.tryReserve(3)) {
                        granted.addAndGet(3);
                    }
                }
            });
            threads[i].start();
        }
        for (Thread thread : threads) {
            thread.join();
        }

        assertEquals(999, granted.get());
        assertEquals(999, memory.used());
    }

    @Test
    void shouldShareNoMoreThanAQuarterOfTheHeap() {
        long limit = TcpMemory.shared().limit();

        assertTrue(limit <= 256L << 20 && limit <= Runtime.getRuntime().maxMemory() / 4, "limit=" + limit);
    }
}
