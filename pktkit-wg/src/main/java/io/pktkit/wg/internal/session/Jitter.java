// SPDX-License-Identifier: MIT
package io.pktkit.wg.internal.session;

import java.util.random.RandomGenerator;

/** The random part of delays, so that peers which lost a handshake together do not retry together. Any thread. */
public final class Jitter {

    private static final long NANOS_PER_MILLI = 1_000_000L;

    private final RandomGenerator random;

    /**
     * Creates the source.
     *
     * @param random where it comes from; need not be thread-safe
     */
    public Jitter(RandomGenerator random) {
        this.random = random;
    }

    /** {@return 0 to 333 ms, in nanoseconds} */
    synchronized long next() {
        return random.nextInt(Limits.JITTER_MILLIS) * NANOS_PER_MILLI;
    }
}
