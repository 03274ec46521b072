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
        pipe.attach(received -> {
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
        pipe.attach(received -> pipe.close());

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
        pipe.attach(received -> {
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
        pipe.attach(received -> {
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
        pipe.attach(received -> {
            both.countDown();
            awaitQuietly(both);
            other.close();
        });
        other.attach(received -> {
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

    @Test
    void shouldWaitFromWithinACallbackWhenNoCircleForbidsIt() throws InterruptedException {
        PipeL2 middle = new PipeL2(MacAddress.ZERO);
        PipeL2 last = new PipeL2(MacAddress.ZERO);
        CountDownLatch lastInside = new CountDownLatch(1);
        CountDownLatch release = new CountDownLatch(1);
        CountDownLatch middleInside = new CountDownLatch(1);
        AtomicBoolean middleFinished = new AtomicBoolean();
        AtomicBoolean seenFinished = new AtomicBoolean();
        last.attach(received -> {
            lastInside.countDown();
            awaitQuietly(release);
        });
        middle.attach(received -> {
            middleInside.countDown();
            last.close();
            middleFinished.set(true);
        });
        pipe.attach(received -> {
            middle.close();
            seenFinished.set(middleFinished.get());
        });
        Thread a = started(() -> last.inject(frame()));
        lastInside.await();
        Thread b = started(() -> middle.inject(frame()));
        middleInside.await();
        Thread c = started(() -> pipe.inject(frame()));
        while (c.getState() != Thread.State.TIMED_WAITING) {
            Thread.onSpinWait(); // until it waits: a close that does not wait would let it end, and fail below
            if (!c.isAlive()) {
                break;
            }
        }

        release.countDown();
        a.join();
        b.join();
        c.join();

        assertTrue(seenFinished.get(), "close returned while a callback was running that waits for nobody in turn");
    }

    @RepeatedTest(20)
    void shouldBeDoneOnlyAfterTheLastCallbackOfACircle() throws InterruptedException {
        PipeL2 other = new PipeL2(MacAddress.ZERO);
        CountDownLatch both = new CountDownLatch(2);
        AtomicInteger running = new AtomicInteger();
        AtomicBoolean early = new AtomicBoolean();
        CountDownLatch done = new CountDownLatch(2);
        pipe.attach(received -> closeInACircle(running, both, other));
        other.attach(received -> closeInACircle(running, both, pipe));
        for (PipeL2 each : new PipeL2[] {pipe, other}) {
            AtomicInteger counter = running;
            each.done().thenRun(() -> {
                early.compareAndSet(false, counter.get() == 2);
                done.countDown();
            });
        }

        Thread a = started(() -> pipe.inject(frame()));
        Thread b = started(() -> other.inject(frame()));
        a.join();
        b.join();

        assertTrue(done.await(30, TimeUnit.SECONDS));
        assertFalse(early.get());
    }

    private static void closeInACircle(AtomicInteger running, CountDownLatch both, PipeL2 target) {
        running.incrementAndGet();
        both.countDown();
        awaitQuietly(both);
        target.close();
        running.decrementAndGet();
    }

    @Test
    void shouldBeDoneWhenTheCallbackThatClosedEnds() {
        AtomicBoolean within = new AtomicBoolean(true);
        pipe.attach(received -> {
            pipe.close();
            within.set(pipe.done().toCompletableFuture().isDone());
        });

        pipe.inject(frame());

        assertFalse(within.get(), "the callback was still running");
        assertTrue(pipe.done().toCompletableFuture().isDone());
    }

    @Test
    void shouldEndTheThreadsOfTwoDevicesThatCloseEachOther() throws InterruptedException {
        CountDownLatch both = new CountDownLatch(2);
        Reader first = new Reader();
        Reader second = new Reader();
        first.attach(received -> {
            both.countDown();
            awaitQuietly(both);
            second.close();
        });
        second.attach(received -> {
            both.countDown();
            awaitQuietly(both);
            first.close();
        });
        first.thread.start();
        second.thread.start();

        first.thread.join();
        second.thread.join();

        assertTrue(first.done().toCompletableFuture().isDone());
        assertTrue(second.done().toCompletableFuture().isDone());
    }

    /** A device with a thread that it joins when it closes. */
    private static final class Reader extends AbstractL2Device {

        private final Thread thread = new Thread(() -> deliver(frame()));

        private Reader() {
            super(MacAddress.ZERO);
        }

        @Override
        public boolean send(Frame frame) {
            return false;
        }

        @Override
        protected void onClose() {
            awaitEnd(thread);
        }
    }

    private static Thread started(Runnable body) {
        Thread thread = new Thread(body);
        thread.start();
        return thread;
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
