// SPDX-License-Identifier: MIT
package io.pktkit.internal;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.pktkit.device.DeviceStats;
import io.pktkit.device.DropReason;
import java.util.Arrays;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;

class StripedCountersTest {

    private static final int ADDS = 2_000;

    private final StripedCounters counters = new StripedCounters(3);

    @Test
    void shouldKeepCountersApart() {
        ThreadState thread = ThreadState.current();

        counters.add(thread, 0, 5);
        counters.add(thread, 2, 7);
        counters.addSized(thread, 0, 100);

        assertEquals(6, counters.sum(0));
        assertEquals(100, counters.sum(1));
        assertEquals(7, counters.sum(2));
    }

    @Test
    void shouldBeExactWhenThreadsComeAndGo() throws InterruptedException {
        int rounds = 30;
        int threads = 8;
        for (int round = 0; round < rounds; round++) {
            Thread[] all = new Thread[threads];
            for (int i = 0; i < threads; i++) {
                all[i] = new Thread(this::addMany);
                all[i].start();
            }
            for (Thread thread : all) {
                thread.join();
            }

            long expected = (round + 1L) * threads * ADDS;
            assertEquals(expected, counters.sum(0), "round " + round);
            assertEquals(3 * expected, counters.sum(1), "round " + round);
        }
    }

    @Test
    void shouldBeExactWithMoreThreadsThanSlots() throws InterruptedException {
        int threads = 80;
        AtomicInteger sharing = new AtomicInteger();
        CountDownLatch ready = new CountDownLatch(threads);
        CountDownLatch start = new CountDownLatch(1);
        Thread[] all = new Thread[threads];
        for (int i = 0; i < threads; i++) {
            all[i] = new Thread(() -> {
                sharing.addAndGet(ThreadState.current().slot() == ThreadSlots.SHARED ? 1 : 0);
                ready.countDown();
                ThreadSlotsTest.awaitLatch(start);
                addMany(25 * ADDS);
            });
            all[i].start();
        }
        ready.await();
        start.countDown();
        for (Thread thread : all) {
            thread.join();
        }

        assertTrue(sharing.get() >= 2, sharing + " threads share");
        assertEquals(25L * threads * ADDS, counters.sum(0));
        assertEquals(75L * threads * ADDS, counters.sum(1));
    }

    @Test
    void shouldKeepAllStripesThatAreMadeAtOnce() throws InterruptedException {
        StripedCounters[] fresh = new StripedCounters[50_000];
        Arrays.setAll(fresh, i -> new StripedCounters(1));
        Thread[] all = new Thread[3];
        CountDownLatch start = new CountDownLatch(1);
        for (int i = 0; i < all.length; i++) {
            all[i] = new Thread(() -> {
                ThreadState thread = ThreadState.current();
                ThreadSlotsTest.awaitLatch(start);
                for (StripedCounters one : fresh) {
                    one.add(thread, 0, 1);
                }
            });
            all[i].start();
        }
        start.countDown();
        for (Thread thread : all) {
            thread.join();
        }

        for (StripedCounters one : fresh) {
            assertEquals(all.length, one.sum(0));
        }
    }

    @Test
    void shouldNeverGoBackWhileOthersAdd() throws InterruptedException {
        Thread[] all = {new Thread(this::addMany), new Thread(this::addMany)};
        for (Thread thread : all) {
            thread.start();
        }
        long last = 0;
        for (int i = 0; i < 10_000; i++) {
            long now = counters.sum(0);
            assertTrue(now >= last, now + " after " + last);
            last = now;
        }
        for (Thread thread : all) {
            thread.join();
        }

        assertEquals(2 * ADDS, counters.sum(0));
    }

    @Test
    void shouldLoseNothingToAResetMeanwhile() throws InterruptedException {
        DeviceStats stats = new DeviceStats();
        int threads = 3;
        Thread[] all = new Thread[threads];
        for (int i = 0; i < threads; i++) {
            all[i] = new Thread(() -> {
                for (int n = 0; n < ADDS; n++) {
                    stats.sent(10);
                    stats.sendDropped(DropReason.LOOP);
                }
            });
            all[i].start();
        }
        for (int i = 0; i < 200; i++) {
            stats.reset();
            DeviceStats.Snapshot snapshot = stats.snapshot();
            assertTrue(snapshot.sentPackets() >= 0 && snapshot.sentBytes() >= 0, snapshot.toString());
            assertTrue(snapshot.sentPackets() <= (long) threads * ADDS, snapshot.toString());
        }
        for (Thread thread : all) {
            thread.join();
        }
        stats.reset();
        Thread last = new Thread(() -> stats.sent(10));
        last.start();
        last.join();

        assertEquals(1, stats.snapshot().sentPackets());
        assertEquals(10, stats.snapshot().sentBytes());
        assertEquals(0, stats.dropped(DropReason.LOOP));
    }

    private void addMany() {
        addMany(ADDS);
    }

    private void addMany(int times) {
        ThreadState thread = ThreadState.current();
        for (int i = 0; i < times; i++) {
            counters.addSized(thread, 0, 3);
        }
    }
}
