// SPDX-License-Identifier: MIT
package io.pktkit.vtcp.internal.congestion;

/**
 * The ProbeBW cycle of {@link Bbr}: when to look for more bandwidth, how cautiously, and when to stop
 * (draft-ietf-ccwg-bbr section 5.3.3). It moves the state; what follows from a state for rate and window is not here.
 */
final class BbrCycle {
    private static final int MAX_ROUNDS = 63; // between two probes, for the sake of Reno and CUBIC (section 5.3.3.5.2)
    private static final int MAX_UP_ROUNDS = 30;

    /** BBR.ack_phase: what acknowledgments tell of. */
    private enum Feedback {
        INIT,
        REFILLING,
        PROBE_STARTING,
        PROBE_FEEDBACK,
        PROBE_STOPPING
    }

    private final Bbr bbr;
    private final BbrModel model;
    private final BbrBounds bounds;
    private final FullPipe pipe;

    private Feedback feedback = Feedback.INIT;
    private boolean probeSample;
    private long stamp;
    private long wait;
    private int roundsSinceProbe;
    private int upRounds;
    private long upAcked;
    private long upAckedPerIncrement;
    private boolean tooHigh;
    private boolean precautionary;
    private long random;

    BbrCycle(Bbr bbr, BbrModel model, BbrBounds bounds, FullPipe pipe, long seed) {
        this.bbr = bbr;
        this.model = model;
        this.bounds = bounds;
        this.pipe = pipe;
        this.random = seed;
    }

    /** HandleLostPacket: one reaction to each probe. */
    void onLoss(RateSample sample, boolean appLimited) {
        if (probeSample && bounds.isTooHigh(sample)) {
            onInflightTooHigh(sample, appLimited);
        }
    }

    /**
     * HandleInflightTooHigh. Losses are told with the acknowledgment that found them and not for each segment, so what was
     * in flight is that of the newest segment delivered.
     */
    private void onInflightTooHigh(RateSample sample, boolean appLimited) {
        tooHigh = true;
        probeSample = false;
        if (!appLimited) {
            long least = (long) (bbr.targetInflight() * BbrBounds.BETA);
            bounds.inflightHigh = Math.max(Math.max(sample.txInFlight, least), bbr.minimumWindow());
        }
        if (bbr.state() == BbrState.UP) {
            bbr.leftByLoss(BbrState.UP);
            startDown(sample);
        }
    }

    /** UpdateProbeBWCyclePhase, once the pipe has been full. */
    void update(RateSample sample) {
        if (model.roundStart) {
            roundsSinceProbe++;
        }
        if (adaptLongTerm(sample)) {
            return;
        }
        switch (bbr.state()) {
            case DOWN -> {
                if (isTimeToProbe(sample.now)) {
                    startRefill(sample.totalDelivered);
                } else if (isTimeToCruise(sample.inFlight)) {
                    bbr.enter(BbrState.CRUISE);
                }
            }
            case CRUISE -> {
                if (isTimeToProbe(sample.now)) {
                    startRefill(sample.totalDelivered);
                }
            }
            case REFILL -> {
                if (model.roundStart) {
                    probeSample = true;
                    startUp(sample);
                }
            }
            case UP -> {
                if (isTimeToGoDown(sample)) {
                    tooHigh = false;
                    startDown(sample);
                }
            }
            default -> {}
        }
    }

    /** AdaptLongTermModel: whether it moved the state. */
    private boolean adaptLongTerm(RateSample sample) {
        if (model.roundStart && feedback == Feedback.PROBE_STARTING) {
            feedback = Feedback.PROBE_FEEDBACK;
        } else if (model.roundStart && feedback == Feedback.PROBE_STOPPING) {
            probeSample = false;
            feedback = Feedback.INIT;
            if (bbr.state().isProbeBw()) {
                if (!sample.appLimited) {
                    model.nextCycle();
                }
                if (precautionary && !tooHigh) {
                    startRefill(sample.totalDelivered); // the cautious probe did no harm
                    return true;
                }
            }
        }
        if (bounds.inflightHigh != BbrBounds.NONE && !bounds.isTooHigh(sample)) {
            bounds.inflightHigh = Math.max(bounds.inflightHigh, sample.txInFlight);
            if (bbr.state() == BbrState.UP) {
                raiseInflightHigh(sample.newlyAcked);
            }
        }
        return false;
    }

    /** ProbeInflightLongtermUpward: by 1, 2, 4, ... segments a round trip, spread over each. */
    private void raiseInflightHigh(long newlyAcked) {
        if (!bbr.isWindowLimited() || bbr.window() < bounds.inflightHigh) {
            return;
        }
        upAcked += newlyAcked;
        if (upAcked >= upAckedPerIncrement) {
            long steps = upAcked / upAckedPerIncrement;
            upAcked -= steps * upAckedPerIncrement;
            bounds.inflightHigh += steps * bbr.segmentSize();
        }
        if (model.roundStart) {
            raiseSlope();
        }
    }

    private void raiseSlope() {
        int growth = 1 << upRounds;
        upRounds = Math.min(upRounds + 1, MAX_UP_ROUNDS);
        upAckedPerIncrement = Math.max(bbr.window() / growth, bbr.segmentSize());
    }

    /** StartProbeBW_DOWN. */
    void startDown(RateSample sample) {
        bounds.resetSignals();
        long drawn = draw();
        roundsSinceProbe = (int) (drawn & 1);
        wait = 2 * BbrModel.SECOND + Math.floorMod(drawn >> 1, BbrModel.SECOND);
        stamp = sample.now;
        feedback = Feedback.PROBE_STOPPING;
        model.startRound(sample.totalDelivered);
        bbr.enter(BbrState.DOWN);
    }

    /**
     * After ProbeRTT the queue is empty already, and the next probe a whole wait away. No probe ended, so that the
     * bandwidth filter stays where it is.
     */
    void startCruise(RateSample sample) {
        startDown(sample);
        feedback = Feedback.INIT;
        probeSample = false;
        bbr.enter(BbrState.CRUISE);
    }

    /** StartProbeBW_REFILL. */
    void startRefill(long totalDelivered) {
        bounds.resetShortTerm();
        upRounds = 0;
        upAcked = 0;
        precautionary = false;
        feedback = Feedback.REFILLING;
        model.startRound(totalDelivered);
        bbr.enter(BbrState.REFILL);
    }

    private void startUp(RateSample sample) {
        feedback = Feedback.PROBE_STARTING;
        model.startRound(sample.totalDelivered);
        pipe.restart(sample.deliveryRate);
        bbr.enter(BbrState.UP);
        raiseSlope();
    }

    /** ProbeRTT interrupts the probe, if there is one. */
    void onProbeRtt() {
        feedback = Feedback.PROBE_STOPPING;
    }

    /**
     * IsTimeToProbeBW: a round trip for each segment of the target, and one where that is less. Not before the probe that was
     * last has told all, as the bandwidth filter moves on only then.
     */
    private boolean isTimeToProbe(long now) {
        if (feedback == Feedback.PROBE_STOPPING) {
            return false;
        }
        long segments = (bbr.targetInflight() + bbr.segmentSize() - 1) / bbr.segmentSize();
        long rounds = Math.min(MAX_ROUNDS, Math.max(1, segments));
        return now - stamp > wait || roundsSinceProbe >= rounds;
    }

    /** IsTimeToCruise. */
    private boolean isTimeToCruise(long inFlight) {
        return inFlight <= bounds.inflightWithHeadroom(bbr.minimumWindow())
                && inFlight <= bbr.inflight(model.maxBandwidth());
    }

    /** IsTimeToGoDown. */
    private boolean isTimeToGoDown(RateSample sample) {
        if (tooHigh && sample.inFlight >= bounds.inflightHigh) {
            precautionary = true;
            return true;
        }
        if (bbr.isWindowLimited() && bbr.window() >= bounds.inflightHigh) {
            pipe.restart(sample.deliveryRate); // our own bound holds the rate down
            return false;
        }
        return pipe.isFull();
    }

    /** A xorshift generator: probes of connections shall not coincide, and a simulation be repeatable. */
    private long draw() {
        random ^= random << 13;
        random ^= random >>> 7;
        random ^= random << 17;
        return random;
    }
}
