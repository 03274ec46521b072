// SPDX-License-Identifier: MIT
package io.pktkit.dhcp.internal;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(60)
class DeliveriesTest {
    private final Deliveries deliveries = new Deliveries(DeliveriesTest.class);
    private final List<String> log = new ArrayList<>();

    @Test
    void shouldMakeCallsOfACallAfterIt() {
        deliveries.event(() -> {
            deliveries.event(() -> log.add("inner"));
            deliveries.drain();
            log.add("outer");
        });

        deliveries.drain();

        assertEquals(List.of("outer", "inner"), log);
    }

    @Test
    void shouldLeaveOutWhatIsNotWantedWhenItsTurnComes() {
        boolean[] wanted = {true};
        deliveries.event(() -> wanted[0] = false);
        deliveries.eventIf(() -> wanted[0], () -> log.add("dropped"));
        deliveries.event(() -> log.add("made"));

        deliveries.drain();

        assertEquals(List.of("made"), log);
    }

    @Test
    void shouldDropLossyCallsBeyondTheLimitAndNoOthers() {
        for (int i = 0; i < Deliveries.MAX_WAITING; i++) {
            assertTrue(deliveries.lossy(() -> log.add("lossy")));
        }
        assertFalse(deliveries.lossy(() -> log.add("lossy")));
        deliveries.event(() -> log.add("event"));

        deliveries.drain();

        assertEquals(Deliveries.MAX_WAITING + 1, log.size());
        assertEquals(1, deliveries.dropped());
        assertTrue(deliveries.lossy(() -> log.add("lossy")));
    }

    @Test
    void shouldTellWhetherALossyCallIsTaken() {
        for (int i = 0; i < Deliveries.MAX_WAITING; i++) {
            assertTrue(deliveries.hasRoom());
            assertTrue(deliveries.lossyIf(() -> true, () -> log.add("made")));
        }
        assertFalse(deliveries.hasRoom());
        assertFalse(deliveries.lossyIf(() -> true, () -> log.add("dropped")));
        assertEquals(1, deliveries.dropped());
        deliveries.eventIf(() -> false, () -> log.add("unwanted"));

        deliveries.drain();

        assertEquals(Deliveries.MAX_WAITING, log.size());
        assertTrue(deliveries.hasRoom());
    }

    @Test
    void shouldGoOnAfterACallThrewAndCountIt() {
        deliveries.event(() -> {
            throw new IllegalStateException("expected by the test");
        });
        deliveries.event(() -> {
            throw new AssertionError("expected by the test");
        });
        deliveries.event(() -> log.add("made"));

        deliveries.drain();

        assertEquals(List.of("made"), log);
        assertEquals(2, deliveries.failures());
    }

    @Test
    void shouldMakeWhatIsQueuedWhenClosedAndTakeNoMore() {
        deliveries.event(() -> log.add("queued"));

        deliveries.close();
        assertEquals(List.of("queued"), log);

        deliveries.event(() -> log.add("late"));
        assertFalse(deliveries.lossy(() -> log.add("late")));
        deliveries.drain();
        deliveries.close();
        assertEquals(List.of("queued"), log);
        assertEquals(1, deliveries.dropped(), "only what may be dropped is counted");
    }

    @Test
    void shouldMakeTheRestWithinACloseThatACallCalls() {
        deliveries.event(() -> {
            log.add("closing");
            deliveries.close();
            log.add("closed");
        });
        deliveries.event(() -> log.add("rest"));

        deliveries.drain();

        assertEquals(List.of("closing", "rest", "closed"), log);
    }

    @Test
    void shouldWaitForACallOfAnotherThreadWhenClosed() throws InterruptedException {
        CountDownLatch inside = new CountDownLatch(1);
        CountDownLatch leave = new CountDownLatch(1);
        deliveries.event(() -> {
            inside.countDown();
            await(leave);
            log.add("made");
        });
        Thread drainer = new Thread(deliveries::drain);
        drainer.start();
        inside.await();
        List<String> atClose = new ArrayList<>();
        Thread closer = new Thread(() -> {
            Deliveries own = new Deliveries(DeliveriesTest.class);
            own.event(() -> log.add("own"));
            own.drain(); // it is inside no call any more
            deliveries.close();
            atClose.addAll(log);
            atClose.add(Thread.currentThread().isInterrupted() ? "interrupted" : "not interrupted");
        });
        closer.start();
        while (closer.getState() != Thread.State.TIMED_WAITING && closer.isAlive()) {
            assertFalse(Thread.currentThread().isInterrupted(), "it neither waits nor ends");
            Thread.onSpinWait();
        }
        assertTrue(closer.isAlive(), "it waits");

        closer.interrupt();
        leave.countDown();
        closer.join();
        drainer.join();

        assertEquals(List.of("own", "made", "interrupted"), atClose, "an interrupt does not end the wait and is kept");
    }

    /** Two owners whose calls close each other: neither waits. */
    @Test
    void shouldNotWaitFromWithinACall() throws InterruptedException {
        Deliveries other = new Deliveries(DeliveriesTest.class);
        CountDownLatch both = new CountDownLatch(2);
        deliveries.event(() -> {
            both.countDown();
            await(both);
            other.close();
        });
        other.event(() -> {
            both.countDown();
            await(both);
            deliveries.close();
        });
        Thread one = new Thread(deliveries::drain);
        Thread two = new Thread(other::drain);
        one.start();
        two.start();

        one.join(); // or the test times out
        two.join();

        assertFalse(one.isAlive() || two.isAlive());
    }

    private static void await(CountDownLatch latch) {
        try {
            latch.await();
        } catch (InterruptedException e) {
            throw new IllegalStateException(e);
        }
    }

    @Test
    void shouldMakeOneCallAtATimeAndAllOfThem() throws InterruptedException {
        AtomicInteger inside = new AtomicInteger();
        AtomicInteger overlaps = new AtomicInteger();
        AtomicInteger made = new AtomicInteger();
        int threads = 4;
        int each = 2000;
        CountDownLatch finished = new CountDownLatch(threads);
        for (int t = 0; t < threads; t++) {
            new Thread(() -> {
                        for (int i = 0; i < each; i++) {
                            deliveries.event(() -> {
                                overlaps.addAndGet(inside.getAndIncrement());
                                made.incrementAndGet();
                                inside.decrementAndGet();
                            });
                            deliveries.drain();
                        }
                        finished.countDown();
                    })
                    .start();
        }

        finished.await();
        deliveries.drain();
        assertEquals(0, overlaps.get());
        assertEquals(threads * each, made.get());
        assertEquals(0, inside.get());
    }
}
