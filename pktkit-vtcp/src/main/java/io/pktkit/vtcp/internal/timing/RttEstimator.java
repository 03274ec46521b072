// SPDX-License-Identifier: MIT
package io.pktkit.vtcp.internal.timing;

/**
 * Round-trip time and retransmission timeout, RFC 6298, with the gains of RFC 7323 appendix G, because every
 * acknowledgment is measured and not one a round trip.
 *
 * <p>The minimum bounds the variance term and not the sum: a path with an RTT of 300 ms and no jitter would otherwise
 * time out at 300 ms sharp, and each delayed acknowledgment would be taken for a loss.
 */
public final class RttEstimator {
    private static final long INITIAL_RTO = 1_000_000_000L; // RFC 6298 (2.1)
    private static final long RTO_AFTER_LOST_SYN = 3_000_000_000L; // RFC 6298 (5.7)
    private static final int MAX_SHIFT = 20;

    private final long minVarianceTerm;
    private final long maxRto;
    private long smoothed;
    private long variation;
    private long minimum;
    private long base = INITIAL_RTO;
    private int backoff;

    public RttEstimator(long minVarianceTerm, long maxRto) {
        this.minVarianceTerm = minVarianceTerm;
        this.maxRto = maxRto;
    }

    /**
     * Takes a measurement.
     *
     * @param rtt from sending to acknowledgment, of a segment that was sent once (Karn)
     * @param samplesPerRtt how many such measurements a round trip is expected to give, at least 1
     */
    public void sample(long rtt, int samplesPerRtt) {
        // What was not repeated for longer than the longest timeout was not on its way: the machine slept.
        long measured = Math.min(Math.max(1, rtt), maxRto);
        if (smoothed == 0) {
            smoothed = measured;
            variation = measured / 2;
            minimum = measured;
        } else {
            long error = measured - smoothed;
            variation += (Math.abs(error) - variation) / (4L * samplesPerRtt);
            smoothed = Math.max(1, smoothed + error / (8L * samplesPerRtt));
            minimum = Math.min(minimum, measured);
        }
        base = smoothed + Math.max(minVarianceTerm, 4 * variation);
        backoff = 0;
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
        return Math.min(unbackedTimeout() << backoff, maxRto);
    }

    /** The timeout without its doublings. */
    public long unbackedTimeout() {
        return Math.min(base, maxRto);
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

    public long minimum() {
        return minimum;
    }

    public int backoff() {
        return backoff;
    }
}
