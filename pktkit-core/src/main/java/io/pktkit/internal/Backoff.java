// SPDX-License-Identifier: MIT
package io.pktkit.internal;

/** Pauses between tries, which double up to a longest one. One thread at a time. */
public final class Backoff {

    private final long firstNanos;
    private final long lastNanos;
    private long nextNanos;

    /**
     * Creates one whose first pause is next.
     *
     * @param firstNanos the first pause, more than 0
     * @param lastNanos the longest, at least as long
     */
    public Backoff(long firstNanos, long lastNanos) {
        this.firstNanos = firstNanos;
        this.lastNanos = lastNanos;
        this.nextNanos = firstNanos;
    }

    /** {@return how long to wait now} */
    public long next() {
        long pause = nextNanos;
        nextNanos = pause > lastNanos / 2 ? lastNanos : 2 * pause;
        return pause;
    }

    /** Begins with the first pause again. */
    public void reset() {
        nextNanos = firstNanos;
    }
}
