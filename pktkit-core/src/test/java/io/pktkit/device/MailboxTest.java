// SPDX-License-Identifier: MIT
package io.pktkit.device;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.pktkit.time.ManualTime;
import io.pktkit.time.SystemTimers;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.RepeatedTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(60)
class MailboxTest {

    private final ManualTime time = new ManualTime();
    private final Mailbox mailbox = new Mailbox(time.callbacks(), MailboxTest.class);
    private final List<String> ran = new ArrayList<>();

    @Test
    void shouldRunInOrderAndNotOnThePoster() {
        assertTrue(mailbox.post(() -> {
            ran.add("a");
            mailbox.post(() -> ran.add("c"));
        }));
        assertTrue(mailbox.post(() -> ran.add("b")));
        assertEquals(List.of(), ran);

        time.runCallbacks();

        assertEquals(List.of("a", "b", "c"), ran);
    }

    @Test
    void shouldGoOnAfterATaskThatThrows() {
        mailbox.post(() -> {
            throw new StackOverflowError("not a real one");
        });
        mailbox.post(() -> ran.add("next"));

        time.runCallbacks();
        mailbox.post(() -> ran.add("again"));
        time.advanceNanos(0);

        assertEquals(List.of("next", "again"), ran);
    }

    @Test
    void shouldRefuseWhatIsOneTooMany() {
        for (int i = 0; i < Mailbox.MAX_WAITING; i++) {
            assertTrue(mailbox.post(() -> ran.add("task")));
        }

        assertFalse(mailbox.post(() -> ran.add("too many")));

        time.runCallbacks();
        assertEquals(Mailbox.MAX_WAITING, ran.size());
        assertEquals(1, mailbox.refused());
        assertTrue(mailbox.post(() -> {}));
    }

    @Test
    void shouldRunNothingAfterTheClose() {
        mailbox.post(() -> {
            ran.add("first");
            mailbox.close();
        });
        mailbox.post(() -> ran.add("second"));

        time.runCallbacks();

        assertFalse(mailbox.post(() -> ran.add("third")));
        time.runCallbacks();
        assertEquals(List.of("first"), ran);
    }

    @Test
    void shouldForgetWhatWaitsWhenItIsClosedFromOutside() {
        mailbox.post(() -> ran.add("waiting"));

        mailbox.close();
        time.runCallbacks();

        assertEquals(List.of(), ran);
    }

    @Test
    void shouldSayThatNobodyRunsIt() {
        Mailbox ended = new Mailbox(
                task -> {
                    throw new RejectedExecutionException("shut down");
                },
                MailboxTest.class);

        assertFalse(ended.post(() -> ran.add("never")));
        assertFalse(ended.post(() -> ran.add("never")), "it tries again, and is refused again");

        assertEquals(2, ended.refused());
    }

    @Test
    void shouldGoOnWhenThereWasNoThreadForOnce() {
        AtomicBoolean lacking = new AtomicBoolean(true);
        Mailbox lean = new Mailbox(
                task -> {
                    if (lacking.getAndSet(false)) {
                        throw new Error("unable to create native thread (not a real one)");
                    }
                    task.run();
                },
                MailboxTest.class);

        assertFalse(lean.post(() -> ran.add("refused")));
        assertTrue(lean.post(() -> ran.add("second")));

        assertEquals(List.of("second"), ran);
        assertEquals(1, lean.refused());
    }

    @RepeatedTest(50)
    void shouldWaitForTheTaskThatRunsWhenItIsClosed() throws InterruptedException {
        Mailbox real = new Mailbox(SystemTimers.shared().callbacks(), MailboxTest.class);
        CountDownLatch inside = new CountDownLatch(1);
        AtomicBoolean finished = new AtomicBoolean();
        real.post(() -> {
            inside.countDown();
            for (int i = 0; i < 1000; i++) {
                Thread.onSpinWait();
            }
            finished.set(true);
        });
        inside.await();

        real.close();

        assertTrue(finished.get());
    }

    @Test
    void shouldDelayNoOtherMailboxByATaskThatBlocks() throws InterruptedException {
        Mailbox slow = new Mailbox(SystemTimers.shared().callbacks(), MailboxTest.class);
        Mailbox other = new Mailbox(SystemTimers.shared().callbacks(), MailboxTest.class);
        CountDownLatch release = new CountDownLatch(1);
        CountDownLatch reached = new CountDownLatch(1);
        slow.post(() -> {
            try {
                release.await();
            } catch (InterruptedException interrupt) {
                Thread.currentThread().interrupt();
            }
        });

        other.post(reached::countDown);

        reached.await();
        release.countDown();
        slow.close();
        other.close();
    }

    @Test
    void shouldRefuseWhenItsExecutorHasEnded() {
        AtomicInteger calls = new AtomicInteger();
        Mailbox dead = new Mailbox(
                task -> {
                    calls.incrementAndGet();
                    throw new RejectedExecutionException("shut down");
                },
                MailboxTest.class);

        assertFalse(dead.post(() -> {}));
        assertFalse(dead.post(() -> {}));

        assertEquals(2, calls.get());
        assertEquals(2, dead.refused());
    }
}
