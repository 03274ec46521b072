// SPDX-License-Identifier: MIT
package io.pktkit.impair;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.pktkit.device.DropReason;
import io.pktkit.device.L3Device;
import io.pktkit.time.ManualTime;
import io.pktkit.time.SystemTimers;
import io.pktkit.wire.IpFamily;
import io.pktkit.wire.IpPrefix;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class LifecycleTest {

    private static final Impairment NONE = Impairment.none();
    private static final Impairment SLOW = NONE.delay(Duration.ofMillis(1));
    private static final Duration LONG = Duration.ofSeconds(60);

    @Test
    void shouldTakeTheHandlerOnlyWhenItHasOne() {
        Wire wire = new Wire();
        ImpairL3 device = new ImpairL3(wire, NONE, NONE, new ManualTime());
        AtomicInteger got = new AtomicInteger();

        device.setHandler(null);
        assertFalse(wire.inject(Bench.numbered(1, 40)));
        assertEquals(1, wire.stats().dropped(DropReason.NO_HANDLER));
        device.setHandler(packet -> got.incrementAndGet());
        wire.inject(Bench.numbered(2, 40));
        device.setHandler(null);
        wire.inject(Bench.numbered(3, 40));

        assertEquals(1, got.get());
        assertEquals(1, device.stats().dropped(DropReason.NO_HANDLER));
        assertEquals(1, device.stats().snapshot().receivedPackets());
    }

    @Test
    void shouldPassOnTheAddresses() {
        Wire wire = new Wire();
        wire.setPrefix(IpPrefix.parse("10.0.0.1/24"));
        ImpairL3 device = new ImpairL3(wire, SLOW);

        device.setPrefix(IpPrefix.parse("2001:db8::1/64"));

        assertEquals(IpPrefix.parse("10.0.0.1/24"), device.prefix(IpFamily.IPV4));
        assertEquals(IpPrefix.parse("2001:db8::1/64"), wire.prefix(IpFamily.IPV6));
        assertTrue(device.offloads().isEmpty());
        device.close();
    }

    @Test
    void shouldSurviveAHandlerThatThrows() {
        Bench bench = new Bench(SLOW, SLOW);
        List<Integer> got = new ArrayList<>();
        bench.device.setHandler(packet -> {
            got.add(packet.length());
            throw new IllegalStateException("thrown by the test");
        });

        bench.wire.inject(Bench.numbered(0, 40));
        bench.wire.inject(Bench.numbered(1, 41));
        bench.runAll();
        bench.wire.inject(Bench.numbered(2, 42));
        bench.runAll();

        assertEquals(List.of(40, 41, 42), got);
        assertEquals(3, bench.device.stats().dropped(DropReason.HANDLER_FAILED));
    }

    @Test
    void shouldSurviveADeviceThatThrows() {
        ManualTime time = new ManualTime();
        Wire wire = new Wire();
        AtomicInteger calls = new AtomicInteger();
        L3Device broken = Foreign.throwing(wire, calls);
        ImpairL3 device = new ImpairL3(broken, SLOW, SLOW, time);

        device.send(Bench.numbered(0, 40));
        device.send(Bench.numbered(1, 40));
        time.advance(Duration.ofSeconds(1));

        assertEquals(2, calls.get());
        assertEquals(2, device.stats().snapshot().errors());
    }

    @Test
    void shouldDropWhatWaitsWhenClosed() {
        Bench bench = new Bench(SLOW, SLOW);
        bench.sendAll(3, 40);
        bench.wire.inject(Bench.numbered(9, 40));

        bench.device.close();
        bench.device.close();
        bench.runAll();

        assertTrue(bench.sent.isEmpty() && bench.received.isEmpty());
        assertFalse(bench.send(4, 40));
        assertEquals(5, bench.device.stats().dropped(DropReason.CLOSED));
        assertEquals(4, bench.stats().discarded());
        assertEquals(0, bench.time.pending());
        assertTrue(bench.device.done().toCompletableFuture().isDone());
        assertTrue(bench.wire.done().toCompletableFuture().isDone());
    }

    @Test
    void shouldCloseWhenTheWrappedDeviceIsDone() {
        Bench bench = new Bench(SLOW, SLOW);

        bench.wire.close();

        assertTrue(bench.device.done().toCompletableFuture().isDone());
    }

    @Test
    void shouldCloseFromItsOwnHandler() {
        Bench bench = new Bench(SLOW, SLOW);
        AtomicInteger got = new AtomicInteger();
        bench.device.setHandler(packet -> {
            got.incrementAndGet();
            bench.device.close();
        });

        bench.wire.inject(Bench.numbered(0, 40));
        bench.wire.inject(Bench.numbered(1, 40));
        bench.runAll();

        assertEquals(1, got.get());
        assertTrue(bench.device.done().toCompletableFuture().isDone());
    }

    @ParameterizedTest
    @ValueSource(ints = {1, 2})
    void shouldNotOvertakeTheMessageThatIsBeingDelivered(int waiting) {
        Bench bench = Bench.sending(SLOW);
        List<Integer> order = new ArrayList<>();
        bench.wire.setFar(packet -> {
            int number = packet.buffer().getInt(packet.offset());
            if (number == 0) {
                bench.device.link().update(NONE);
                assertTrue(bench.send(waiting, 40));
                assertTrue(order.isEmpty(), "delivered inside of a delivery");
            }
            order.add(number);
        });

        bench.sendAll(waiting, 40);
        bench.runAll();

        assertEquals(List.of(0, 1, 2).subList(0, waiting + 1), order);
    }

    @Test
    void shouldLeaveToTheAlarmWhatAReleaseSends() {
        Bench bench = Bench.sending(NONE.corrupt(1));
        AtomicInteger got = new AtomicInteger();
        bench.wire.setFar(packet -> {
            got.incrementAndGet();
            bench.send(0, 40);
        });

        bench.send(0, 40);

        assertEquals(1, got.get());
        assertTrue(bench.time.runNext());
        assertEquals(2, got.get());
    }

    @Test
    @Timeout(120)
    void shouldWaitUntilIdle() throws InterruptedException {
        Wire wire = new Wire();
        ImpairL3 device = new ImpairL3(wire, SLOW, SLOW, SystemTimers.shared());
        AtomicInteger got = new AtomicInteger();
        AtomicBoolean insideSaysIdle = new AtomicBoolean(true);
        device.setHandler(packet -> {
            try {
                insideSaysIdle.set(device.link().awaitIdle(LONG));
            } catch (InterruptedException interrupt) {
                throw new IllegalStateException(interrupt);
            }
            got.incrementAndGet();
        });
        wire.setFar(wire::inject);

        for (int i = 0; i < 50; i++) {
            device.send(Bench.numbered(i, 40));
        }

        assertTrue(device.link().awaitIdle(LONG));
        assertEquals(50, got.get());
        assertFalse(insideSaysIdle.get());
        device.close();
    }

    @Test
    @Timeout(120)
    void shouldRunNoCallbackAfterClose() throws InterruptedException {
        for (int round = 0; round < 1000; round++) {
            Wire wire = new Wire();
            Impairment brief = NONE.jitter(Duration.ofNanos(1 + round * 200L)).duplicate(0.5);
            ImpairL3 device = new ImpairL3(wire, brief, brief, SystemTimers.shared());
            AtomicBoolean closed = new AtomicBoolean();
            AtomicInteger late = new AtomicInteger();
            CountDownLatch first = new CountDownLatch(1);
            device.setHandler(packet -> {
                first.countDown();
                if (closed.get()) {
                    late.incrementAndGet();
                }
            });
            wire.setFar(wire::inject);
            Thread sender = new Thread(() -> {
                int i = 0;
                while (!closed.get()) {
                    device.send(Bench.numbered(i++, 40));
                }
            });
            sender.start();

            assertTrue(first.await(60, TimeUnit.SECONDS));
            device.close();
            closed.set(true);
            sender.join();

            assertEquals(0, late.get(), "round " + round);
            assertEquals(0, device.link().stats(Direction.SEND).queuedPackets());
        }
    }
}
