// SPDX-License-Identifier: MIT
package io.pktkit.device;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.pktkit.link.PipeL2;
import io.pktkit.wire.Frame;
import io.pktkit.wire.MacAddress;
import java.nio.ByteBuffer;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.RepeatedTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(60)
class CloseTest {

    private final PipeL2 pipe = new PipeL2(MacAddress.ZERO);

    @Test
    void shouldCountWhatNobodyTakes() {
        assertFalse(pipe.inject(frame()));
        assertFalse(pipe.send(frame()));
        pipe.close();
        assertFalse(pipe.inject(frame()));

        assertEquals(1, pipe.stats().snapshot().sendDropped(DropReason.NO_HANDLER));
        assertEquals(1, pipe.stats().snapshot().receiveDropped(DropReason.NO_HANDLER));
        assertEquals(1, pipe.stats().dropped(DropReason.CLOSED));
    }

    @Test
    void shouldChargeAHandlerThatThrowsItsOwnMessageOnly() {
        AtomicInteger calls = new AtomicInteger();
        pipe.setHandler(received -> {
            if (calls.getAndIncrement() == 0) {
                throw new StackOverflowError("not a real one");
            }
        });

        assertFalse(pipe.inject(frame()));
        assertTrue(pipe.inject(frame()));

        DeviceStats.Snapshot now = pipe.stats().snapshot();
        assertEquals(1, now.receiveDropped(DropReason.HANDLER_FAILED));
        assertEquals(1, now.errors());
        assertEquals(1, now.receivedPackets());
        assertEquals(60, now.receivedBytes());
    }

    @Test
    void shouldCloseFromWithinACallback() {
        AtomicBoolean done = new AtomicBoolean();
        pipe.done().thenRun(() -> done.set(true));
        pipe.setHandler(received -> pipe.close());

        assertTrue(pipe.inject(frame()));
        assertFalse(pipe.inject(frame()));

        assertTrue(done.get());
    }

    @Test
    void shouldCloseOnceAndContainWhatClosingThrows() {
        AtomicInteger closes = new AtomicInteger();
        AbstractL2Device device = new AbstractL2Device(MacAddress.ZERO) {
            @Override
            public boolean send(Frame frame) {
                return !isClosed();
            }

            @Override
            protected void onClose() {
                closes.incrementAndGet();
                throw new IllegalStateException("closing fails");
            }
        };

        assertTrue(device.send(frame()));
        device.close();
        device.close();

        assertEquals(1, closes.get());
        assertFalse(device.send(frame()));
        assertTrue(device.done().toCompletableFuture().isDone());
    }

    @RepeatedTest(200)
    void shouldRunNoCallbackAfterCloseReturned() throws InterruptedException {
        AtomicBoolean closed = new AtomicBoolean();
        AtomicBoolean late = new AtomicBoolean();
        CountDownLatch running = new CountDownLatch(2);
        pipe.setHandler(received -> {
            running.countDown();
            if (closed.get()) {
                late.set(true);
            }
        });
        Thread[] senders = new Thread[2];
        for (int i = 0; i < senders.length; i++) {
            senders[i] = new Thread(() -> {
                Frame frame = frame();
                while (pipe.inject(frame)) {
                    Thread.onSpinWait();
                }
            });
            senders[i].start();
        }
        assertTrue(running.await(30, TimeUnit.SECONDS));

        pipe.close();
        closed.set(true);

        for (Thread sender : senders) {
            sender.join();
        }
        assertFalse(late.get());
    }

    @Test
    void shouldWaitForACallbackThatIsRunning() throws InterruptedException {
        CountDownLatch inside = new CountDownLatch(1);
        CountDownLatch release = new CountDownLatch(1);
        AtomicBoolean finished = new AtomicBoolean();
        pipe.setHandler(received -> {
            inside.countDown();
            awaitQuietly(release);
            finished.set(true);
        });
        Thread sender = new Thread(() -> pipe.inject(frame()));
        sender.start();
        inside.await();
        AtomicBoolean sawFinished = new AtomicBoolean();
        Thread closer = new Thread(() -> {
            pipe.close();
            sawFinished.set(finished.get());
        });
        closer.start();
        closer.interrupt(); // must neither end the wait nor get lost

        release.countDown();
        sender.join();
        closer.join();

        assertTrue(sawFinished.get());
    }

    @RepeatedTest(50)
    void shouldNotDeadlockWhenTwoCallbacksCloseEachOther() throws InterruptedException {
        PipeL2 other = new PipeL2(MacAddress.ZERO);
        CountDownLatch both = new CountDownLatch(2);
        AtomicReference<@Nullable Throwable> failure = new AtomicReference<>();
        pipe.setHandler(received -> {
            both.countDown();
            awaitQuietly(both);
            other.close();
        });
        other.setHandler(received -> {
            both.countDown();
            awaitQuietly(both);
            pipe.close();
        });
        Thread a = new Thread(() -> pipe.inject(frame()));
        Thread b = new Thread(() -> other.inject(frame()));
        a.setUncaughtExceptionHandler((thread, broken) -> failure.set(broken));
        a.start();
        b.start();

        a.join();
        b.join();

        assertEquals(null, failure.get());
    }

    private static void awaitQuietly(CountDownLatch latch) {
        try {
            assertTrue(latch.await(30, TimeUnit.SECONDS));
        } catch (InterruptedException interrupt) {
            throw new AssertionError(interrupt);
        }
    }

    private static Frame frame() {
        return new Frame().wrap(ByteBuffer.allocate(60));
    }
}
