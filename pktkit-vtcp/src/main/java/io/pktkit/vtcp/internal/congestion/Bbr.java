// SPDX-License-Identifier: MIT
package io.pktkit.vtcp.internal.congestion;

import io.pktkit.vtcp.TcpInfo.SlowStart;
import io.pktkit.vtcp.TcpInfo.SlowStartExit;
import io.pktkit.vtcp.TcpInfo.SlowStartPhase;

/**
 * BBR version 3, draft-ietf-ccwg-bbr: sends as fast as the path was seen to deliver, with about as much in flight as the
 * path holds, and takes a loss for a hint and not for an order. Names are those of the draft where they are not given.
 *
 * <p>This class is the states besides ProbeBW's, which are in {@link BbrCycle}, and what follows from the state for rate
 * and window; what is known of the path is in {@link BbrModel} and {@link BbrBounds}. All of it happens once for each
 * acknowledgment, in {@link #onDelivered}; what else is told only leaves a mark for that.
 *
 * <p>Beyond the draft, the first round trip of fast recovery sends no more than arrives, as earlier versions of it had:
 * whoever has just lost segments does not yet know how far the bandwidth fell.
 */
public final class Bbr implements CongestionControl {
    private static final int MIN_PIPE = 4; // MinPipeCwnd, in segments
    private static final long PROBE_RTT_DURATION = 200_000_000L;
    private static final double PACING_MARGIN = 0.99;
    private static final int MAX_QUANTUM = 64 << 10;
    private static final int DRAIN_ROUNDS = 3;
    private static final int MAX_WINDOW = 1 << 30;

    private final BbrModel model = new BbrModel();
    private final BbrBounds bounds = new BbrBounds();
    private final FullPipe pipe = new FullPipe();
    private final BbrCycle cycle;

    private BbrState state = BbrState.STARTUP;
    private int mss = 536;
    private int initialWindow = 536;
    private int window = 536;
    private long rate;
    private long lastNow;
    private long drainStart;

    private long probeRttDone = BbrModel.UNKNOWN;
    private boolean probeRttRoundDone;
    private boolean idleRestart;

    private int windowBefore;
    private BbrState leftByLoss = BbrState.DRAIN;
    private boolean lossTold;
    /** Losses wait to be judged by the next segment delivered, as what was in flight with them is told of it. */
    private boolean lossPending;

    private boolean inRecovery;
    private long recoveryStart = -1;
    private boolean conserving;

    private SlowStartExit exit = SlowStartExit.NONE;
    private int exitWindow;

    private boolean limitedThisRound;
    private boolean limitedLastRound;

    /**
     * Creates a control that {@link #start} sets going.
     *
     * @param seed what the times between two probes are drawn from
     */
    public Bbr(long seed) {
        long mixed = (seed + 1) * 0x9e3779b97f4a7c15L;
        this.cycle = new BbrCycle(this, model, bounds, pipe, mixed == 0 ? 1 : mixed);
    }

    @Override
    public String name() {
        return "bbr";
    }

    @Override
    public void start(int newMss, int newInitialWindow) {
        mss = newMss;
        bounds.mss = newMss;
        initialWindow = newInitialWindow;
        window = newInitialWindow;
    }

    @Override
    public void segmentSize(int newMss) {
        mss = newMss;
        bounds.mss = newMss;
        window = Math.max(window, mss);
    }

    @Override
    public void useSack(boolean on) {
        bounds.sack = on;
    }

    /** Nothing: {@link #onDelivered} is told more, and in every phase. */
    @Override
    public void onAck(long bytes, long smoothedRtt, long now) {}

    @Override
    public void onDelivered(RateSample sample) {
        lastNow = sample.now;
        boolean loss = lossTold || sample.newlyLost > 0;
        lossTold = false;
        boolean held = model.isHeld(sample);
        boolean limited = sample.appLimited || held;
        model.updateRound(sample);
        noteUsage(sample);
        bounds.begin(sample, loss);
        model.updateBandwidth(sample, limited);
        lossPending |= sample.newlyLost > 0;
        if (lossPending && sample.priorDelivered != RateSample.NO_SEGMENT) {
            lossPending = false;
            cycle.onLoss(sample, limited);
        }
        bounds.adapt(state.isProbing() || held, model.maxBandwidth(), window);
        model.updateAggregation(sample, bandwidth(), window, pipe.wasEverFull());
        pipe.update(sample.deliveryRate, model.roundStart, limited);
        checkStartup(sample);
        if (pipe.wasEverFull()) {
            noteExit(SlowStartExit.PLATEAU);
        }
        checkDrain(sample);
        if (pipe.wasEverFull()) {
            cycle.update(sample);
        }
        model.updateMinRtt(sample.rtt, sample.now);
        checkProbeRtt(sample);
        if (state == BbrState.DRAIN || state == BbrState.PROBE_RTT) {
            model.hold(sample);
        }
        bounds.end(sample);
        setPacingRate(state.pacingGain);
        setWindow(sample);
    }

    /** C.is_cwnd_limited: whether the window was full at some time of this round trip or the last. */
    private void noteUsage(RateSample sample) {
        if (model.roundStart) {
            limitedLastRound = limitedThisRound;
            limitedThisRound = false;
        }
        limitedThisRound |= sample.inFlight + sample.newlyAcked + sample.newlyLost + mss > window;
    }

    /** CheckStartupDone, with CheckStartupHighLoss. */
    private void checkStartup(RateSample sample) {
        if (state != BbrState.STARTUP) {
            return;
        }
        if (!pipe.wasEverFull() && isStartupTooLossy(sample)) {
            leftByLoss = BbrState.STARTUP;
            pipe.everFull(true);
            noteExit(SlowStartExit.LOSS);
            bounds.inflightHigh = Math.max(bdp(bandwidth()), bounds.inflightLatest());
        }
        if (pipe.wasEverFull()) {
            drainStart = model.roundCount;
            enter(BbrState.DRAIN);
        }
    }

    private void noteExit(SlowStartExit why) {
        if (exit == SlowStartExit.NONE) {
            exit = why;
            exitWindow = inRecovery ? Math.max(window, windowBefore) : window;
        }
    }

    private boolean isStartupTooLossy(RateSample sample) {
        if (!bounds.sack) {
            return inRecovery && sample.newlyLost > 0;
        }
        return inRecovery
                && recoveryStart >= 0
                && sample.priorDelivered >= recoveryStart
                && bounds.hadManyLosses()
                && bounds.isTooHigh(sample);
    }

    private void checkDrain(RateSample sample) {
        if (state == BbrState.DRAIN
                && (sample.inFlight <= inflight(bandwidth()) || model.roundCount > drainStart + DRAIN_ROUNDS)) {
            cycle.startDown(sample);
        }
    }

    private void checkProbeRtt(RateSample sample) {
        if (state != BbrState.PROBE_RTT && model.isProbeRttDue() && !idleRestart) {
            saveWindow();
            enter(BbrState.PROBE_RTT);
            probeRttDone = BbrModel.UNKNOWN;
            cycle.onProbeRtt();
            model.startRound(sample.totalDelivered);
        }
        if (state == BbrState.PROBE_RTT) {
            if (probeRttDone == BbrModel.UNKNOWN) {
                if (sample.inFlight <= probeRttWindow()) {
                    probeRttDone = sample.now + PROBE_RTT_DURATION;
                    probeRttRoundDone = false;
                    model.startRound(sample.totalDelivered);
                }
            } else {
                probeRttRoundDone |= model.roundStart;
                if (probeRttRoundDone && sample.now > probeRttDone) {
                    exitProbeRtt(sample);
                }
            }
        }
        if (sample.newlyAcked > 0) {
            idleRestart = false;
        }
    }

    private void exitProbeRtt(RateSample sample) {
        model.onProbedRtt(sample.now);
        restoreWindow();
        bounds.resetShortTerm();
        probeRttDone = BbrModel.UNKNOWN;
        if (pipe.wasEverFull()) {
            cycle.startCruise(sample);
        } else {
            enter(BbrState.STARTUP);
        }
    }

    void enter(BbrState next) {
        state = next;
    }

    /** A loss, which may prove to be none, ended a state. */
    void leftByLoss(BbrState left) {
        leftByLoss = left;
    }

    /** SetPacingRateWithGain: in Startup it only rises, as the first samples come from a window that was small. */
    private void setPacingRate(double gain) {
        if (rate == 0 && model.minRtt != BbrModel.UNKNOWN) {
            rate = (long) (state.pacingGain * initialWindow * BbrModel.NANOS / model.minRtt);
        }
        long next = (long) (gain * bandwidth() * PACING_MARGIN);
        boolean known = bandwidth() > 0; // a path without delay may never give a sample
        if (known && (pipe.wasEverFull() || next > rate)) {
            rate = Math.max(1, next);
        }
    }

    private void setWindow(RateSample sample) {
        long next = window;
        if (inRecovery) {
            next = Math.max(next - sample.newlyLost, mss);
            if (recoveryStart < 0) {
                recoveryStart = sample.totalDelivered;
                conserving = true;
                next = sample.inFlight;
            } else if (sample.priorDelivered >= recoveryStart) {
                conserving = false;
            }
        }
        long most = (long) (state.windowGain * bdp(bandwidth())) + model.extraAcked;
        most = withBudget(most);
        if (conserving) {
            next = Math.max(next, sample.inFlight + Math.max(sample.newlyAcked, mss));
        } else if (pipe.wasEverFull()) {
            next = Math.min(next + sample.newlyAcked, most);
        } else if (next < most || sample.totalDelivered < initialWindow) {
            next += sample.newlyAcked;
        }
        next = Math.max(next, minimumWindow());
        if (state == BbrState.PROBE_RTT) {
            next = Math.min(next, probeRttWindow());
        }
        window = (int) Math.min(MAX_WINDOW, Math.min(next, bound()));
    }

    /** BoundCwndForModel. */
    private long bound() {
        long bound = BbrBounds.NONE;
        if (state == BbrState.CRUISE || state == BbrState.PROBE_RTT) {
            bound = bounds.inflightWithHeadroom(minimumWindow());
        } else if (state.isProbeBw()) {
            bound = bounds.inflightHigh;
        }
        return Math.max(Math.min(bound, bounds.inflightLow), minimumWindow());
    }

    /** BBR.bw. */
    private long bandwidth() {
        return Math.min(model.maxBandwidth(), bounds.bandwidthLow);
    }

    private long bdp(long bandwidth) {
        if (model.minRtt == BbrModel.UNKNOWN) {
            return initialWindow;
        }
        return (long) (bandwidth * (model.minRtt / BbrModel.NANOS));
    }

    /** Inflight(1.0): what the path holds at a bandwidth, and what the ends hold on top. */
    long inflight(long bandwidth) {
        return withBudget(bdp(bandwidth));
    }

    /** QuantizationBudget. */
    private long withBudget(long inflight) {
        long quantum = Math.max(2L * mss, Math.min(rate / 1000, MAX_QUANTUM));
        long result = Math.max(Math.max(inflight, 3 * quantum), minimumWindow());
        return state == BbrState.UP ? result + 2L * mss : result;
    }

    private long probeRttWindow() {
        return Math.max((long) (BbrState.PROBE_RTT.windowGain * bdp(bandwidth())), minimumWindow());
    }

    /** TargetInflight. */
    long targetInflight() {
        return Math.min(bdp(bandwidth()), window);
    }

    long minimumWindow() {
        return (long) MIN_PIPE * mss;
    }

    int segmentSize() {
        return mss;
    }

    boolean isWindowLimited() {
        return limitedThisRound || limitedLastRound;
    }

    @Override
    public void onLoss(long inFlight, long now) {
        saveWindow();
        lossTold = true;
        inRecovery = true;
        recoveryStart = -1;
        window = (int) Math.max(mss, Math.min(window, inFlight));
    }

    @Override
    public void onRecovered() {
        inRecovery = false;
        conserving = false;
        restoreWindow();
    }

    @Override
    public void onTimeout(long inFlight, boolean repeated, long now) {
        if (!repeated) {
            saveWindow();
        }
        lossTold = true;
        inRecovery = false;
        conserving = false;
        window = mss;
    }

    @Override
    public void remember() {
        saveWindow();
        leftByLoss = BbrState.DRAIN;
        bounds.remember();
    }

    /** HandleSpuriousLossDetection; the search for the plateau goes on unless a loss had ended it. */
    @Override
    public void undo() {
        onRecovered();
        lossTold = false;
        lossPending = false;
        bounds.undo();
        BbrState left = leftByLoss;
        leftByLoss = BbrState.DRAIN;
        if (left == BbrState.STARTUP && state != BbrState.STARTUP) {
            pipe.everFull(false);
            exit = SlowStartExit.NONE;
            exitWindow = 0;
            pipe.restart(0);
            if (state != BbrState.PROBE_RTT) {
                enter(BbrState.STARTUP);
            }
        } else if (left == BbrState.UP && state != BbrState.UP && state != BbrState.PROBE_RTT) {
            pipe.restart(0);
            cycle.startRefill(model.totalDelivered);
        }
    }

    /** SaveCwnd: the last one that neither recovery nor ProbeRTT had reduced. */
    private void saveWindow() {
        boolean reduced = inRecovery || state == BbrState.PROBE_RTT;
        windowBefore = reduced ? Math.max(windowBefore, window) : window;
    }

    private void restoreWindow() {
        window = Math.max(window, windowBefore);
    }

    /** The window stays: its segments go out at the rate at which they were delivered before, and not as a burst. */
    @Override
    public void onIdle(long idle, int restartWindow) {
        idleRestart = true;
        if (state.isProbeBw()) {
            setPacingRate(1);
        } else if (state == BbrState.PROBE_RTT && lastNow + idle > probeRttDone) {
            restoreWindow();
        }
    }

    @Override
    public void setWindow(int bytes) {
        window = Math.max(mss, Math.min(MAX_WINDOW, bytes));
    }

    @Override
    public int window() {
        return window;
    }

    /** None, as there is no slow start after Startup. */
    @Override
    public int threshold() {
        return UNLIMITED;
    }

    @Override
    public boolean inSlowStart() {
        return state == BbrState.STARTUP;
    }

    @Override
    public SlowStart slowStart() {
        SlowStartPhase phase = exit == SlowStartExit.NONE ? SlowStartPhase.STANDARD : SlowStartPhase.ENDED;
        return new SlowStart(phase, exit, exitWindow, 0);
    }

    @Override
    public long pacingRate() {
        return rate;
    }

    @Override
    public boolean ownsRecovery() {
        return true;
    }

    /**
     * Where the connection is.
     *
     * @return the state
     */
    public BbrState state() {
        return state;
    }

    BbrModel model() {
        return model;
    }

    BbrBounds bounds() {
        return bounds;
    }
}
