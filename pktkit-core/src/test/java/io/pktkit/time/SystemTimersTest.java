// SPDX-License-Identifier: MIT
package io.pktkit.time;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Objects;
import java.util.Random;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(60)
class SystemTimersTest {

    private final SystemTimers timers = SystemTimers.shared();

    @Test
    void shouldFireOnItsDaemonThreadInTheOrderOfDeadlines() throws InterruptedException {
        int count = 200;
        List<Long> fired = Collections.synchronizedList(new ArrayList<>());
        CountDownLatch all = new CountDownLatch(count);
        AtomicReference<Thread> thread = new AtomicReference<>();
        Random random = new Random(7);
        long base = timers.nowNanos() + TimeUnit.MILLISECONDS.toNanos(20);
        CountDownLatch armed = holdUp(); // or some would be due before others are armed
        for (int i = 0; i < count; i++) {
            long deadline = base + random.nextInt(20_000_000);
            timers.newAlarm(() -> {
                        fired.add(deadline);
                        thread.set(Thread.currentThread());
                        assertTrue(timers.nowNanos() - deadline >= 0);
                        all.countDown();
                    })
                    .arm(deadline);
        }
        armed.countDown();

        assertTrue(all.await(30, TimeUnit.SECONDS));

        List<Long> sorted = new ArrayList<>(fired);
        Collections.sort(sorted);
        assertEquals(sorted, fired);
        Thread timer = Objects.requireNonNull(thread.get());
        assertEquals("pktkit-timers", timer.getName());
        assertTrue(timer.isDaemon());
    }

    @Test
    void shouldMoveADeadlineLaterWithoutTouchingTheQueue() throws InterruptedException {
        CountDownLatch fired = new CountDownLatch(1);
        AtomicInteger times = new AtomicInteger();
        Alarm alarm = timers.newAlarm(() -> {
            times.incrementAndGet();
            fired.countDown();
        });
        CountDownLatch armed = holdUp(); // or the first deadline may come before the later ones are set
        long start = timers.nowNanos();
        alarm.arm(start + TimeUnit.MILLISECONDS.toNanos(5));
        for (int i = 0; i < 1000; i++) {
            alarm.arm(start + TimeUnit.MILLISECONDS.toNanos(30) + i);
        }
        armed.countDown();

        assertTrue(fired.await(30, TimeUnit.SECONDS));

        assertTrue(timers.nowNanos() - start >= TimeUnit.MILLISECONDS.toNanos(30));
        assertEquals(1, times.get());
        alarm.arm(timers.nowNanos() + TimeUnit.HOURS.toNanos(1));
        alarm.arm(timers.nowNanos());
        CountDownLatch after = new CountDownLatch(1);
        timers.schedule(TimeUnit.MILLISECONDS.toNanos(1), after::countDown);
        assertTrue(after.await(30, TimeUnit.SECONDS));
        assertEquals(2, times.get());
        alarm.close();
    }

    @Test
    void shouldSurviveCallbacksThatThrowOrInterrupt() throws InterruptedException {
        CountDownLatch after = new CountDownLatch(1);
        timers.schedule(0, () -> {
            throw new IllegalStateException("a callback that fails");
        });
        timers.schedule(0, () -> Thread.currentThread().interrupt());
        timers.schedule(TimeUnit.MILLISECONDS.toNanos(2), after::countDown);

        assertTrue(after.await(30, TimeUnit.SECONDS));
    }

    @Test
    void shouldForgetClosedAlarms() {
        int before = timers.pending();
        List<Alarm> alarms = new ArrayList<>();
        for (int i = 0; i < 1000; i++) {
            Alarm alarm = timers.newAlarm(() -> {});
            alarm.arm(Timers.after(timers.nowNanos(), Duration.ofHours(1 + i % 7)));
            alarms.add(alarm);
        }
        assertTrue(timers.pending() >= 1000);

        Collections.shuffle(alarms, new Random(3));
        alarms.forEach(Alarm::close);

        assertTrue(timers.pending() <= before + 10, "pending=" + timers.pending());
    }

    @Test
    void shouldNotFireAfterCloseReturned() throws InterruptedException {
        for (int round = 0; round < 500; round++) {
            AtomicBoolean closed = new AtomicBoolean();
            AtomicBoolean late = new AtomicBoolean();
            CountDownLatch started = new CountDownLatch(1);
            Alarm[] alarm = new Alarm[1];
            alarm[0] = timers.newAlarm(() -> {
                started.countDown();
                late.compareAndSet(false, closed.get());
                alarm[0].arm(timers.nowNanos());
            });
            alarm[0].arm(timers.nowNanos());
            assertTrue(started.await(30, TimeUnit.SECONDS));

            alarm[0].close();
            closed.set(true);
            CountDownLatch after = new CountDownLatch(1);
            timers.schedule(0, after::countDown);
            assertTrue(after.await(30, TimeUnit.SECONDS));

            assertFalse(late.get(), "round " + round);
        }
    }

    @Test
    void shouldCloseFromWithin() throws InterruptedException {
        CountDownLatch returned = new CountDownLatch(1);
        Alarm[] alarm = new Alarm[1];
        alarm[0] = timers.newAlarm(() -> {
            alarm[0].close();
            returned.countDown();
        });
        alarm[0].arm(timers.nowNanos());

        assertTrue(returned.await(30, TimeUnit.SECONDS));
    }

    /** Has the thread of the timers wait, so that nothing fires until what is returned is counted down. */
    private CountDownLatch holdUp() throws InterruptedException {
        CountDownLatch held = new CountDownLatch(1);
        CountDownLatch release = new CountDownLatch(1);
        timers.schedule(0, () -> {
            held.countDown();
            await(release);
        });
        held.await();
        return release;
    }

    private static void await(CountDownLatch latch) {
        try {
            latch.await();
        } catch (InterruptedException e) {
            throw new AssertionError(e);
        }
    }
}
