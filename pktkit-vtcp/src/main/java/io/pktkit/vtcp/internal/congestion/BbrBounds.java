// SPDX-License-Identifier: MIT
package io.pktkit.vtcp.internal.congestion;

/**
 * What losses tell {@link Bbr}: the most that may be in flight in the long term, learnt by probing, and how fast and how
 * much in the short term, learnt from the last round trips and forgotten at the next probe (draft-ietf-ccwg-bbr section
 * 5.5.10). {@link #NONE} is no bound.
 */
final class BbrBounds {
    static final long NONE = Long.MAX_VALUE;
    static final double LOSS_THRESH = 0.02;
    static final double BETA = 0.7;
    private static final double SMALL_LOSS_THRESH = 0.05;
    private static final double HEADROOM = 0.15;
    private static final int MANY_LOSSES = 6; // BBRStartupFullLossCnt

    /** The segment size, and whether the peer acknowledges selectively. */
    int mss;

    boolean sack = true;
    /** BBR.bw_shortterm. */
    long bandwidthLow = NONE;
    /** BBR.inflight_shortterm. */
    long inflightLow = NONE;
    /** BBR.inflight_longterm. */
    long inflightHigh = NONE;
    /** The most that was delivered in the last round trip: bw_latest, inflight_latest. */
    private long bandwidthLatest;

    private long inflightLatest;

    private boolean lossInRound;
    private int lossEvents;
    private int lossEventsOfRound;
    private boolean roundEnd;
    private long roundDelivered;

    private long bandwidthLowBefore;
    private long inflightLowBefore;
    private long inflightHighBefore;

    /** UpdateLatestDeliverySignals, and NoteLoss if there was any. */
    void begin(RateSample sample, boolean loss) {
        if (loss) {
            if (!lossInRound) {
                roundDelivered = sample.totalDelivered;
            }
            lossInRound = true;
            lossEvents++;
        }
        bandwidthLatest = Math.max(bandwidthLatest, bandwidth(sample));
        inflightLatest = Math.max(inflightLatest, sample.delivered + tolerated(sample));
        roundEnd = sample.priorDelivered != RateSample.NO_SEGMENT && sample.priorDelivered >= roundDelivered;
        if (roundEnd) {
            roundDelivered = sample.totalDelivered;
            lossEventsOfRound = lossEvents;
            lossEvents = 0;
        }
    }

    /** UpdateCongestionSignals: once a round trip with a loss, down to what was delivered, but by no more than Beta. */
    void adapt(boolean probing, long maxBandwidth, long window) {
        if (!roundEnd) {
            return;
        }
        if (lossInRound && !probing) {
            double bandwidth = bandwidthLow == NONE ? maxBandwidth : bandwidthLow;
            double inflight = inflightLow == NONE ? window : inflightLow;
            bandwidthLow = Math.max(bandwidthLatest, (long) (BETA * bandwidth));
            inflightLow = Math.max(inflightLatest, (long) (BETA * inflight));
        }
        lossInRound = false;
    }

    /** AdvanceLatestDeliverySignals. */
    void end(RateSample sample) {
        if (roundEnd) {
            bandwidthLatest = bandwidth(sample);
            inflightLatest = sample.delivered + tolerated(sample);
        }
    }

    private long bandwidth(RateSample sample) {
        long tolerated = tolerated(sample);
        return tolerated == 0
                ? sample.deliveryRate
                : (long) (sample.deliveryRate * (1 + (double) tolerated / Math.max(1, sample.delivered)));
    }

    /** The losses that do not count: none if there are more. */
    private long tolerated(RateSample sample) {
        return sample.lost > tolerance(sample) ? 0 : sample.lost;
    }

    /** Whether a round trip ended in which losses were found many times over. */
    boolean hadManyLosses() {
        return roundEnd && lossEventsOfRound >= MANY_LOSSES;
    }

    /** IsInflightTooHigh. */
    boolean isTooHigh(RateSample sample) {
        return sample.lost > tolerance(sample) || (sample.lost > 0 && !sack);
    }

    /**
     * What may be lost of a flight: LossThresh. As that is less than two segments of a small flight, and two may be lost
     * by chance at half that rate, two are tolerated as long as they are no more than 5 %.
     */
    private double tolerance(RateSample sample) {
        return Math.max(LOSS_THRESH * sample.txInFlight, Math.min(2.0 * mss, SMALL_LOSS_THRESH * sample.txInFlight));
    }

    /** ResetCongestionSignals. */
    void resetSignals() {
        lossInRound = false;
        bandwidthLatest = 0;
        inflightLatest = 0;
    }

    /** ResetShortTermModel. */
    void resetShortTerm() {
        bandwidthLow = NONE;
        inflightLow = NONE;
    }

    long inflightLatest() {
        return inflightLatest;
    }

    /** InflightWithHeadroom. */
    long inflightWithHeadroom(long minimum) {
        if (inflightHigh == NONE) {
            return NONE;
        }
        long headroom = Math.max(mss, (long) (HEADROOM * inflightHigh));
        return Math.max(inflightHigh - headroom, minimum);
    }

    /** SaveStateUponLoss. */
    void remember() {
        bandwidthLowBefore = bandwidthLow;
        inflightLowBefore = inflightLow;
        inflightHighBefore = inflightHigh;
    }

    /** HandleSpuriousLossDetection. */
    void undo() {
        lossInRound = false;
        bandwidthLow = Math.max(bandwidthLow, bandwidthLowBefore);
        inflightLow = Math.max(inflightLow, inflightLowBefore);
        inflightHigh = Math.max(inflightHigh, inflightHighBefore);
    }
}
