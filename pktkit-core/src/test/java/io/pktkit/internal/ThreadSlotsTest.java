// SPDX-License-Identifier: MIT
package io.pktkit.internal;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;

import java.lang.reflect.Method;
import java.util.TreeSet;
import java.util.concurrent.CountDownLatch;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledForJreRange;
import org.junit.jupiter.api.condition.JRE;

class ThreadSlotsTest {

    private static final int COUNT = 3;

    private final ThreadSlots slots = new ThreadSlots(COUNT);

    @Test
    void shouldGiveAThreadTheSameNumberAgain() throws InterruptedException {
        int first = slots.claim();
        int other = claimInNewThread();
        int again = slots.claim();

        assertEquals(1, first);
        assertEquals(2, other);
        assertEquals(first, again);
    }

    @Test
    void shouldGiveTheNumberOfADeadThreadToTheNext() throws InterruptedException {
        slots.claim();

        for (int i = 0; i < 10 * COUNT; i++) {
            assertEquals(2, claimInNewThread());
        }
    }

    @Test
    void shouldGiveNoNumberTwiceAndShareWhenAllAreTaken() throws InterruptedException {
        int threads = COUNT + 2;
        int[] claimed = new int[threads];
        CountDownLatch ready = new CountDownLatch(threads);
        CountDownLatch end = new CountDownLatch(1);
        Thread[] all = new Thread[threads];
        for (int i = 0; i < threads; i++) {
            int index = i;
            all[i] = new Thread(() -> {
                claimed[index] = slots.claim();
                ready.countDown();
                awaitLatch(end);
            });
            all[i].start();
        }
        ready.await();

        int late = slots.claim();
        end.countDown();
        TreeSet<Integer> numbers = new TreeSet<>();
        int shared = 0;
        for (int i = 0; i < threads; i++) {
            all[i].join();
            shared += claimed[i] == ThreadSlots.SHARED ? 1 : 0;
            numbers.add(claimed[i]);
        }

        assertEquals(ThreadSlots.SHARED, late);
        assertEquals(2, shared);
        assertEquals(COUNT + 1, numbers.size(), numbers.toString());
        assertEquals(COUNT, numbers.last());
        assertNotEquals(ThreadSlots.SHARED, slots.claim(), "free again, now that they are dead");
    }

    /** By reflection, because the tests are compiled for a release that has no virtual threads. */
    @Test
    @EnabledForJreRange(min = JRE.JAVA_21)
    void shouldSpendNoNumberOnVirtualThreads() throws ReflectiveOperationException, InterruptedException {
        Method start = Thread.class.getMethod("startVirtualThread", Runnable.class);
        int[] claimed = {-1};

        Thread thread = (Thread) start.invoke(null, (Runnable) () -> claimed[0] = slots.claim());
        thread.join();

        assertEquals(ThreadSlots.SHARED, claimed[0]);
    }

    static void awaitLatch(CountDownLatch latch) {
        try {
            latch.await();
        } catch (InterruptedException e) {
            throw new AssertionError(e);
        }
    }

    private int claimInNewThread() throws InterruptedException {
        int[] claimed = {-1};
        Thread thread = new Thread(() -> claimed[0] = slots.claim());
        thread.start();
        thread.join();
        return claimed[0];
    }
}
