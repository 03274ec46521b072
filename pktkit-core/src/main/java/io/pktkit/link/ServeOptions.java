// SPDX-License-Identifier: MIT
package io.pktkit.link;

import io.pktkit.internal.Backoff;
import io.pktkit.time.Timers;
import java.time.Duration;

/**
 * Limits and pauses of {@link Serve}.
 *
 * @param maxDevices how many devices are attached at once, 1 or more; one more is closed at once
 * @param firstPause how long to wait after a failure to accept, more than 0; it doubles with each further one in a row
 * @param lastPause the longest that the wait becomes, at least {@code firstPause}
 * @param maxFailures how many failures in a row end accepting, 1 or more
 */
public record ServeOptions(int maxDevices, Duration firstPause, Duration lastPause, int maxFailures) {

    /** 1024 devices, pauses of 10 ms to 1 s, 100 failures: a lack of resources may last a minute and a half. */
    public static final ServeOptions DEFAULT =
            new ServeOptions(1024, Duration.ofMillis(10), Duration.ofSeconds(1), 100);

    /**
     * Checks the ranges.
     *
     * @param maxDevices how many devices are attached at once
     * @param firstPause the first wait after a failure
     * @param lastPause the longest wait
     * @param maxFailures how many failures in a row end accepting
     */
    public ServeOptions {
        if (maxDevices < 1 || maxFailures < 1) {
            throw new IllegalArgumentException(
                    "limits must be positive: maxDevices=" + maxDevices + " maxFailures=" + maxFailures);
        }
        if (firstPause.isNegative() || firstPause.isZero() || lastPause.compareTo(firstPause) < 0) {
            throw new IllegalArgumentException(
                    "pauses must be positive and not shrink: firstPause=" + firstPause + " lastPause=" + lastPause);
        }
    }

    Backoff backoff() {
        return new Backoff(Timers.toNanos(firstPause), Timers.toNanos(lastPause));
    }
}
