// SPDX-License-Identifier: MIT
package io.pktkit.time;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class ManualTimeTest {

    @ParameterizedTest
    @ValueSource(longs = {-3_000_000_000L, 0, Long.MAX_VALUE - 14, Long.MAX_VALUE, Long.MIN_VALUE, Long.MAX_VALUE / 2})
    void shouldFireByDeadlineThenByArrival(long start) {
        ManualTime time = new ManualTime(start);
        List<String> fired = new ArrayList<>();
        for (int delay : new int[] {30, 10, 20, 10}) {
            int number = fired.size();
            time.schedule(delay, () -> fired.add(delay + "@" + (time.nowNanos() - start)));
            assertEquals(0, number);
        }
        time.schedule(10, () -> fired.add("last of 10"));
        time.schedule(10, () -> time.schedule(5, () -> fired.add("armed inside@" + (time.nowNanos() - start))));

        time.advanceNanos(25);

        assertEquals(List.of("10@10", "10@10", "last of 10", "armed inside@15", "20@20"), fired);
        assertEquals(25, time.nowNanos() - start);
        assertTrue(time.runNext());
        assertEquals(30, time.nowNanos() - start);
        assertFalse(time.runNext());
        assertEquals(Timers.NEVER, time.nextDeadlineNanos());
    }

    @Test
    void shouldMoveDisarmAndCloseAlarms() {
        ManualTime time = new ManualTime();
        List<Long> fired = new ArrayList<>();
        Alarm alarm = time.newAlarm(() -> fired.add(time.nowNanos()));
        long start = time.nowNanos();

        alarm.arm(start + 10);
        alarm.arm(start + 50);
        time.advanceNanos(20);
        assertEquals(List.of(), fired);
        alarm.arm(start + 5); // in the past: at once, and the clock does not go back
        time.advanceNanos(0);
        assertEquals(List.of(start + 20), fired);

        alarm.arm(start + 30);
        alarm.disarm();
        alarm.arm(Timers.NEVER);
        assertEquals(0, time.pending());
        alarm.close();
        alarm.arm(start + 40);
        time.advance(Duration.ofHours(1));
        assertEquals(1, fired.size());
    }

    @Test
    void shouldCancelWhatWasScheduledAndCloseFromWithin() {
        ManualTime time = new ManualTime();
        List<String> fired = new ArrayList<>();
        Cancellable cancelled = time.schedule(5, () -> fired.add("cancelled"));
        Alarm[] own = new Alarm[1];
        own[0] = time.newAlarm(() -> {
            fired.add("own");
            own[0].close();
            own[0].arm(time.nowNanos());
        });
        own[0].arm(time.nowNanos());

        cancelled.cancel();
        cancelled.cancel();
        time.advanceNanos(100);

        assertEquals(List.of("own"), fired);
        assertThrows(IllegalArgumentException.class, () -> time.advanceNanos(-1));
    }

    @Test
    void shouldCompareDeadlinesAcrossTheOverflow() {
        long before = Long.MAX_VALUE - 5;
        long after = Timers.after(before, 10);

        assertTrue(after < 0);
        assertEquals(before, Timers.earlier(before, after));
        assertEquals(before, Timers.earlier(after, before));
        assertEquals(after, Timers.earlier(Timers.NEVER, after));
        assertEquals(after, Timers.earlier(after, Timers.NEVER));
        assertFalse(Timers.isDue(after, before));
        assertTrue(Timers.isDue(before, after));
        assertTrue(Timers.isDue(before, before));
        assertFalse(Timers.isDue(Timers.NEVER, after));
        assertEquals(Long.MIN_VALUE, Timers.after(Long.MAX_VALUE - 1, 1), "a deadline is never NEVER");
        assertEquals(7, Timers.after(7, -5));
        assertEquals(Timers.MAX_DELAY, Timers.after(0, Duration.ofSeconds(Long.MAX_VALUE)));
        assertEquals(0, Timers.after(0, Duration.ofSeconds(Long.MIN_VALUE)));
    }
}
