// SPDX-License-Identifier: MIT
package io.pktkit.pcap;

import java.time.Instant;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * The time of day in nanoseconds, for each packet. {@code Instant.now()} makes an object, which goes away only where the
 * compiler happens to see all of its life. So it is read ten times a second at most, and carried on by the monotonic
 * clock in between; a clock that is set or slewed is followed at the next reading. Any thread.
 */
final class EpochClock {

    private static final long CARRIED_NANOS = 100_000_000L;
    private static final int TRIES = 3;

    private static volatile Reading latest = read();

    private EpochClock() {}

    /** The two clocks at one instant. */
    private record Reading(long epochNanos, long monotonicNanos) {}

    /** {@return nanoseconds since 1970} */
    static long nowNanos() {
        Reading reading = latest;
        long passed = System.nanoTime() - reading.monotonicNanos();
        if (passed > CARRIED_NANOS) {
            reading = read();
            latest = reading;
            passed = 0;
        }
        return reading.epochNanos() + passed;
    }

    /** The closest of a few tries, since the thread may be suspended between the clocks. */
    private static Reading read() {
        @Nullable Reading closest = null;
        long apart = Long.MAX_VALUE;
        for (int i = 0; i < TRIES; i++) {
            long before = System.nanoTime();
            Instant now = Instant.now();
            long between = System.nanoTime() - before;
            if (closest == null || between < apart) {
                apart = between;
                closest = new Reading(now.getEpochSecond() * 1_000_000_000L + now.getNano(), before + between / 2);
            }
        }
        return Objects.requireNonNull(closest);
    }
}
