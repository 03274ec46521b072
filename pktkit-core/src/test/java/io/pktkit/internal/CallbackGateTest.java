// SPDX-License-Identifier: MIT
package io.pktkit.internal;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.concurrent.CountDownLatch;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** For whom a thread waits, and for whom not. */
@Timeout(value = 60, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
class CallbackGateTest {

    private final CountDownLatch done = new CountDownLatch(1);

    private static Thread started(Runnable body) {
        Thread thread = new Thread(body, "waited for in a test");
        thread.setDaemon(true);
        thread.start();
        return thread;
    }

    @Test
    void shouldWaitForWhatAThreadDoes() throws Exception {
        CountDownLatch later = new CountDownLatch(1);
        Thread other = started(() -> {
            done.countDown();
            awaitQuietly(later);
        });

        CallbackGate.await(other, done);

        assertEquals(0, done.getCount());
        assertTrue(other.isAlive(), "it was not waited for longer than needed");
        later.countDown();
        other.join();
    }

    @Test
    void shouldKeepAnInterruptForAfterwards() throws Exception {
        Thread self = Thread.currentThread();
        self.interrupt();
        Thread other = started(() -> {
            while (self.isInterrupted()) {
                Thread.onSpinWait(); // until it has begun to wait
            }
            done.countDown();
        });

        CallbackGate.await(other, done);

        assertEquals(0, done.getCount());
        assertTrue(Thread.interrupted());
        other.join();
    }

    @Test
    void shouldNotWaitForItself() {
        CallbackGate.await(Thread.currentThread(), done);
    }

    @Test
    void shouldNotWaitForWhatAThreadDidNotDoBeforeItsEnd() {
        Thread other = started(() -> {});

        CallbackGate.await(other, done);

        assertFalse(other.isAlive());
    }

    @Test
    void shouldNotWaitForAThreadThatWaitsForItInTurn() throws Exception {
        CallbackGate gate = new CallbackGate();
        ThreadState self = ThreadState.current();
        assertTrue(gate.enter(self));
        Thread other = started(gate::shutAndWait);

        CallbackGate.await(other, done);

        gate.exit(self);
        other.join();
    }

    private static void awaitQuietly(CountDownLatch latch) {
        try {
            latch.await();
        } catch (InterruptedException e) {
            throw new IllegalStateException(e);
        }
    }
}
