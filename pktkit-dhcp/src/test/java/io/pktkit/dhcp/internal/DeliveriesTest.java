// SPDX-License-Identifier: MIT
package io.pktkit.dhcp.internal;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;

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

        assertTrue(finished.await(30, TimeUnit.SECONDS));
        deliveries.drain();
        assertEquals(0, overlaps.get());
        assertEquals(threads * each, made.get());
        assertEquals(0, inside.get());
    }
}
