// SPDX-License-Identifier: MIT
package io.pktkit.vtcp.internal.timing;

import io.pktkit.vtcp.TcpConfig;

/**
 * Round-trip time and retransmission timeout, RFC 6298, with the gains of RFC 7323 appendix G, because every
 * acknowledgment is measured and not one a round trip.
 *
 * <p>The minimum bounds the variance term and not the sum: a path with an RTT of 300 ms and no jitter would otherwise
 * time out at 300 ms sharp, and each delayed acknowledgment would be taken for a loss.
 *
 * <p>The smallest round-trip time is that of the last five to ten minutes, as paths change (RFC 8985 section 6.2, step 1).
 */
public final class RttEstimator {
    private static final long INITIAL_RTO = 1_000_000_000L; // RFC 6298 (2.1)
    private static final long RTO_AFTER_LOST_SYN = 3_000_000_000L; // RFC 6298 (5.7)
    private static final int MAX_SHIFT = 20;

    private static final long PERIOD = 300_000_000_000L;

    private final TcpConfig config;
    private long smoothed;
    private long variation;
    /** The smallest of this period, and of the one before. */
    private long minimum;

    private long minimumBefore = Long.MAX_VALUE;
    private int period;
    private long base = INITIAL_RTO;
    private int backoff;

    /**
     * Without a measurement yet.
     *
     * @param config has the bounds of the timeout
     */
    public RttEstimator(TcpConfig config) {
        this.config = config;
    }

    /**
     * Takes a measurement.
     *
     * @param rtt from sending to acknowledgment, of a segment that was sent once (Karn)
     * @param samplesPerRtt how many such measurements a round trip is expected to give, at least 1
     * @param now the time
     */
    public void sample(long rtt, int samplesPerRtt, long now) {
        // What was not repeated for longer than the longest timeout was not on its way: the machine slept.
        long measured = Math.min(Math.max(1, rtt), config.maxRtoNanos());
        if (smoothed == 0) {
            smoothed = measured;
            variation = measured / 2;
        } else {
            long error = measured - smoothed;
            variation += (Math.abs(error) - variation) / (4L * samplesPerRtt);
            smoothed = Math.max(1, smoothed + error / (8L * samplesPerRtt));
        }
        noteMinimum(measured, (int) (now / PERIOD));
        base = smoothed + Math.max(config.minRtoNanos(), 4 * variation);
        backoff = 0;
    }

    private void noteMinimum(long measured, int at) {
        if (minimum > 0 && at == period) {
            minimum = Math.min(minimum, measured);
        } else {
            minimumBefore = minimum > 0 && at == period + 1 ? minimum : Long.MAX_VALUE;
            minimum = measured;
            period = at;
        }
    }

    /** Doubles the timeout, RFC 6298 (5.5). */
    public void backOff() {
        backoff = Math.min(backoff + 1, MAX_SHIFT);
    }

    /** The SYN was lost: without a measurement, data starts with a longer timeout. */
    public void onSynLost() {
        if (smoothed == 0) {
            base = RTO_AFTER_LOST_SYN;
            backoff = 0;
        }
    }

    public long timeout() {
        return Math.min(unbackedTimeout() << backoff, config.maxRtoNanos());
    }

    /** The timeout without its doublings. */
    public long unbackedTimeout() {
        return Math.min(base, config.maxRtoNanos());
    }

    public boolean hasSample() {
        return smoothed != 0;
    }

    public long smoothed() {
        return smoothed;
    }

    public long variation() {
        return variation;
    }

    /** The smallest of late, 0 before the first. */
    public long minimum() {
        return Math.min(minimum, minimumBefore);
    }

    public int backoff() {
        return backoff;
    }
}
