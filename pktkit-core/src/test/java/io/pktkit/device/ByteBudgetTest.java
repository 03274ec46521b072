// SPDX-License-Identifier: MIT
package io.pktkit.device;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.Test;

class ByteBudgetTest {
    @Test
    void shouldKeepAQuarterFromGrowth() {
        ByteBudget memory = new ByteBudget(1000);

        assertTrue(memory.tryGrow(750));
        assertFalse(memory.tryGrow(1));
        assertTrue(memory.tryReserve(250));
        assertFalse(memory.tryReserve(1));
        assertEquals(1000, memory.used());
    }

    @Test
    void shouldTakeBackWhatIsReleased() {
        ByteBudget memory = new ByteBudget(1000);
        memory.tryReserve(1000);

        memory.release(600);

        assertTrue(memory.tryGrow(350));
        assertEquals(750, memory.used());
        assertEquals(1000, memory.peak());
    }

    @Test
    void shouldNotOverflow() {
        ByteBudget memory = new ByteBudget(1000);
        memory.tryReserve(10);

        assertFalse(memory.tryReserve(Long.MAX_VALUE));
        assertEquals(10, memory.used());
    }

    @Test
    void shouldGrantNothingWithoutALimit() {
        assertFalse(new ByteBudget(0).tryReserve(1));
        assertThrows(IllegalArgumentException.class, () -> new ByteBudget(-1));
    }

    @Test
    void shouldNeverGrantMoreThanThereIsToAnyNumberOfThreads() throws InterruptedException {
        ByteBudget memory = new ByteBudget(1000);
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
        long limit = ByteBudget.shared().limit();

        assertTrue(limit <= 256L << 20 && limit <= Runtime.getRuntime().maxMemory() / 4, "limit=" + limit);
    }

    @Test
    void shouldTakeAPartFromTheWhole() {
        ByteBudget whole = new ByteBudget(1000);
        ByteBudget one = whole.part(600);
        ByteBudget other = whole.part(600);

        assertTrue(one.tryReserve(600));
        assertFalse(one.tryReserve(1), "the part is full");
        assertFalse(other.tryReserve(401), "the whole is full");
        assertEquals(0, other.used(), "a refusal reserves nothing");
        assertTrue(other.tryReserve(400));
        one.release(600);
        assertEquals(400, whole.used());
    }

    @Test
    void shouldAddNothingAboveALoweredLimit() {
        ByteBudget memory = new ByteBudget(1000);
        memory.tryReserve(800);

        memory.setLimit(500);

        assertEquals(800, memory.used());
        assertFalse(memory.tryReserve(1));
        memory.release(400);
        assertTrue(memory.tryReserve(100));
    }

    @Test
    void shouldLeaveAsMuchForTheNextFairPart() {
        ByteBudget whole = new ByteBudget(1200);
        ByteBudget one = whole.part(1200).fair(true);
        ByteBudget other = whole.part(1200).fair(true);

        assertTrue(one.tryReserve(600));
        assertFalse(one.tryReserve(1), "half of what there is");
        assertEquals(0, one.available());
        assertEquals(600, other.available());
        assertTrue(other.tryReserve(300));
        assertFalse(other.tryReserve(1), "as much as is left for the next");
        assertEquals(300, whole.available());

        one.fair(false);
        assertTrue(one.tryReserve(300), "alone it gets all");
        assertEquals(0, whole.available());
    }

    @Test
    void shouldKeepAQuarterOfAFairPartFromGrowth() {
        ByteBudget whole = new ByteBudget(1600);
        ByteBudget one = whole.part(1600).fair(true);

        assertEquals(600, one.growable(), "three quarters of the half");
        assertFalse(one.tryGrow(601));
        assertTrue(one.tryGrow(600));
        assertEquals(0, one.growable());
        assertFalse(one.tryGrow(1));
        assertEquals(200, reserved(one), "the last quarter of its part");
        assertEquals(800, whole.available());
    }

    @Test
    void shouldHaveNobodyToBeFairToAsAWhole() {
        ByteBudget whole = new ByteBudget(1000).fair(true);

        assertEquals(1000, whole.available());
        assertEquals(750, whole.growable());
        assertTrue(whole.tryReserve(1000));
        assertEquals(0, whole.growable());
    }

    @Test
    void shouldGrowByNoMoreThanIsLeftOfPartAndWhole() {
        ByteBudget whole = new ByteBudget(1000);
        ByteBudget part = whole.part(800);

        assertEquals(600, part.growable(), "three quarters of the part");
        assertTrue(part.tryGrow(200));
        assertEquals(400, part.growable());
        assertTrue(whole.tryReserve(500));
        assertEquals(50, part.growable(), "three quarters of the whole, less what is taken");
        assertEquals("ByteBudget[used=200 peak=200 limit=800]", part.toString());
        assertEquals(800, part.limit());
    }

    private static int reserved(ByteBudget budget) {
        int bytes = 0;
        while (budget.tryReserve(1)) {
            bytes++;
        }
        return bytes;
    }
}
