// SPDX-License-Identifier: MIT
package io.pktkit.wire;

/**
 * A token bucket that starts full. Made for ICMP errors, which must be limited (RFC 1812 section 4.3.2.8, RFC 4443 section
 * 2.4(f)): ask {@link IcmpErrors} first and the limiter second, so that what is never sent costs no token. Any thread.
 */
public final class RateLimiter {

    private static final long NANOS_PER_SECOND = 1_000_000_000L;

    private final long tokenNanos;
    private final long fullNanos;
    // Credit is kept as time, so that fractions of a token are not lost between calls.
    private long creditNanos;
    private long lastNanos;
    private boolean started;

    /**
     * Makes a full bucket.
     *
     * @param perSecond tokens that come back each second, 1 to 1,000,000,000
     * @param burst tokens that the bucket holds, at least 1
     * @throws IllegalArgumentException if an argument is out of range
     */
    public RateLimiter(int perSecond, int burst) {
        if (perSecond < 1 || perSecond > NANOS_PER_SECOND || burst < 1) {
            throw new IllegalArgumentException("perSecond must be in 1 to 1000000000 and burst at least 1: perSecond="
                    + perSecond + " burst=" + burst);
        }
        this.tokenNanos = NANOS_PER_SECOND / perSecond;
        this.fullNanos = tokenNanos * burst;
        this.creditNanos = fullNanos;
    }

    /**
     * Takes a token.
     *
     * @param nowNanos the time, of any origin; a time before that of an earlier call brings nothing back
     * @return false if there was none
     */
    public synchronized boolean tryAcquire(long nowNanos) {
        long elapsed = started ? Math.max(0, nowNanos - lastNanos) : 0;
        if (!started || elapsed > 0) {
            started = true;
            lastNanos = nowNanos;
        }
        creditNanos = elapsed >= fullNanos - creditNanos ? fullNanos : creditNanos + elapsed;
        if (creditNanos < tokenNanos) {
            return false;
        }
        creditNanos -= tokenNanos;
        return true;
    }
}
