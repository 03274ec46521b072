// SPDX-License-Identifier: MIT
package io.pktkit.impair;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.pktkit.device.AbstractL3Device;
import io.pktkit.device.Attachment;
import io.pktkit.device.DropReason;
import io.pktkit.link.PipeL3;
import io.pktkit.time.ManualTime;
import io.pktkit.time.SystemTimers;
import io.pktkit.wire.Packet;
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

@Timeout(300)
class LifecycleTest {

    private static final Impairment NONE = Impairment.none();
    private static final Impairment SLOW = NONE.delay(Duration.ofMillis(1));
    private static final Duration LONG = Duration.ofSeconds(60);

    @Test
    void shouldSurviveAReceiverThatThrows() {
        Bench bench = new Bench(SLOW, SLOW);
        List<Integer> got = new ArrayList<>();
        bench.setNear(packet -> {
            got.add(packet.length());
            throw new IllegalStateException("thrown by the test");
        });

        bench.inject(0, 40);
        bench.inject(1, 41);
        bench.runAll();
        bench.inject(2, 42);
        bench.runAll();

        assertEquals(List.of(40, 41, 42), got);
        assertEquals(3, bench.device.stats().snapshot().receiveDropped(DropReason.HANDLER_FAILED));
        assertEquals(3, bench.device.stats().snapshot().errors());
    }

    @Test
    void shouldSurviveADeviceThatThrows() {
        ManualTime time = new ManualTime();
        AtomicInteger calls = new AtomicInteger();
        AbstractL3Device broken = new AbstractL3Device() {
            @Override
            public boolean send(Packet packet) {
                calls.incrementAndGet();
                throw new IllegalStateException("thrown by the test");
            }
        };
        Attachment<Packet> attachment = broken.attach(packet -> {});
        ImpairedLink.on(attachment, SLOW, SLOW, time);

        attachment.send(Bench.numbered(0, 40));
        attachment.send(Bench.numbered(1, 40));
        time.advance(Duration.ofSeconds(1));

        assertEquals(2, calls.get());
        assertEquals(2, broken.stats().snapshot().errors());
        assertEquals(2, broken.stats().snapshot().sendDropped(DropReason.HANDLER_FAILED));
    }

    @Test
    void shouldDropAndCountWhatWaitsWhenTheAttachmentIsClosed() {
        Bench bench = new Bench(SLOW, SLOW);
        bench.sendAll(3, 40);
        bench.inject(9, 40);

        bench.attachment.close();
        bench.runAll();

        assertTrue(bench.sent.isEmpty() && bench.received.isEmpty());
        assertFalse(bench.send(4, 40));
        assertEquals(4, bench.device.stats().snapshot().sendDropped(DropReason.CLOSED));
        assertEquals(1, bench.device.stats().snapshot().receiveDropped(DropReason.CLOSED));
        assertEquals(0, bench.time.pending());
        assertThrows(IllegalStateException.class, () -> ImpairedLink.on(bench.attachment, SLOW, SLOW, bench.time));
        bench.link.close();
    }

    @Test
    void shouldDropWhatWaitsWhenTheDeviceIsClosed() {
        Bench bench = new Bench(SLOW, SLOW);
        bench.sendAll(3, 40);
        bench.inject(9, 40);

        bench.device.close();
        bench.runAll();

        assertTrue(bench.sent.isEmpty() && bench.received.isEmpty());
        assertEquals(4, bench.device.stats().dropped(DropReason.CLOSED));
        assertEquals(0, bench.time.pending());
        assertEquals(0, bench.stats().queuedPackets());
    }

    @ParameterizedTest
    @ValueSource(ints = {1, 2})
    void shouldNotOvertakeTheMessageThatIsBeingDelivered(int waiting) {
        Bench bench = Bench.sending(SLOW);
        List<Integer> order = new ArrayList<>();
        bench.setFar(packet -> {
            int number = packet.buffer().getInt(packet.offset());
            if (number == 0) {
                bench.link.update(NONE);
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
        bench.setFar(packet -> {
            got.incrementAndGet();
            bench.send(0, 40);
        });

        bench.send(0, 40);

        assertEquals(1, got.get());
        assertTrue(bench.time.runNext());
        assertEquals(2, got.get());
    }

    @Test
    void shouldWaitUntilIdle() throws InterruptedException {
        AtomicInteger got = new AtomicInteger();
        AtomicBoolean insideSaysIdle = new AtomicBoolean(true);
        Echo echo = new Echo();
        List<ImpairedLink<Packet>> link = new ArrayList<>();
        Attachment<Packet> attachment = echo.pipe.attach(packet -> {
            try {
                insideSaysIdle.set(link.get(0).awaitIdle(LONG));
            } catch (InterruptedException interrupt) {
                throw new IllegalStateException(interrupt);
            }
            got.incrementAndGet();
        });
        link.add(ImpairedLink.on(attachment, SLOW));

        for (int i = 0; i < 50; i++) {
            attachment.send(Bench.numbered(i, 40));
        }

        assertTrue(link.get(0).awaitIdle(LONG));
        assertEquals(50, got.get());
        assertFalse(insideSaysIdle.get());
        echo.pipe.close();
    }

    @Test
    void shouldCallNobodyAfterTheAttachmentClosed() throws InterruptedException {
        for (int round = 0; round < 1000; round++) {
            Impairment brief = NONE.jitter(Duration.ofNanos(1 + round * 200L)).duplicate(0.5);
            AtomicBoolean closed = new AtomicBoolean();
            AtomicInteger late = new AtomicInteger();
            CountDownLatch first = new CountDownLatch(1);
            Echo echo = new Echo();
            Attachment<Packet> attachment = echo.pipe.attach(packet -> {
                first.countDown();
                if (closed.get()) {
                    late.incrementAndGet();
                }
            });
            ImpairedLink<Packet> link = ImpairedLink.on(attachment, brief, brief, SystemTimers.shared());
            Thread sender = new Thread(() -> {
                int i = 0;
                while (!closed.get()) {
                    attachment.send(Bench.numbered(i++, 40));
                }
            });
            sender.start();

            assertTrue(first.await(60, TimeUnit.SECONDS));
            attachment.close();
            closed.set(true);
            sender.join();

            assertEquals(0, late.get(), "round " + round);
            assertEquals(0, link.stats(Direction.SEND).queuedPackets());
            assertEquals(0, link.stats(Direction.RECEIVE).queuedPackets());
        }
    }

    /** A pipe whose far side sends everything back. */
    static final class Echo {

        final PipeL3 pipe = new PipeL3(packet -> this.pipe.inject(packet));
    }
}
