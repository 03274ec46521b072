// SPDX-License-Identifier: MIT
package io.pktkit.vtcp.internal.congestion;

import io.pktkit.vtcp.TcpInfo.SlowStart;
import io.pktkit.vtcp.TcpInfo.SlowStartExit;
import io.pktkit.vtcp.TcpInfo.SlowStartPhase;
import org.jspecify.annotations.Nullable;

/**
 * CUBIC, RFC 9438, with the names of its section 4.1.2. The window grows fast while far from where the last loss was,
 * slowly around it, and fast again beyond; a second estimate follows NewReno, and the larger of the two is used, so
 * that short paths do not lose against it. Windows are in segments here, as in the RFC, and in bytes outside.
 */
public final class Cubic extends AbstractControl {
    private static final double C = 0.4;
    private static final double BETA = 0.7;
    private static final double BETA_ECN = 0.85; // RFC 8511 section 3.1
    private static final double ALPHA = 3 * (1 - BETA) / (1 + BETA);
    private static final double NANOS = 1e9;

    private record Curve(
            boolean slowStartLeft,
            boolean epoch,
            long epochStart,
            double windowMax,
            double cwndPrior,
            double estimate,
            double k) {

        /** With windows in other segments; of the curve only where it leads is left. */
        Curve scaled(double factor) {
            return new Curve(
                    slowStartLeft, false, epochStart, windowMax * factor, cwndPrior * factor, estimate * factor, k);
        }
    }

    /** Of the first slow start, while it is going on. */
    private @Nullable HyStart hyStart;

    private boolean slowStartLeft;
    private int conservativeEntries;

    private boolean epoch;
    private long epochStart;
    private long lastGrowth;
    private double windowMax;
    private double cwndPrior;
    private double estimate;
    private double k;
    private double fraction;

    /** What {@link #remember} keeps; most connections never lose anything. */
    private @Nullable Curve before;

    /** Creates a control that {@link #start} sets going. */
    public Cubic() {}

    @Override
    public String name() {
        return "cubic";
    }

    /** The windows stay in bytes. The curve is one of segments and seconds, and begins anew. */
    @Override
    public void segmentSize(int newMss) {
        double factor = (double) mss / newMss;
        windowMax *= factor;
        cwndPrior *= factor;
        Curve left = before;
        before = left == null ? null : left.scaled(factor);
        forgetGrowth();
        super.segmentSize(newMss);
    }

    @Override
    public void onRoundTrip(long rtt, long una, long nxt) {
        if (!inSlowStart() || slowStartLeft) {
            return;
        }
        HyStart present = hyStart;
        if (present == null) {
            present = new HyStart();
            hyStart = present;
        }
        boolean conservative = present.isConservative();
        if (present.onSample(rtt, una, nxt)) {
            leaveSlowStart();
            setThreshold(window, SlowStartExit.DELAY);
        } else if (!conservative && present.isConservative()) {
            conservativeEntries++;
        }
    }

    @Override
    long scaleSlowStart(long growth) {
        return hyStart == null ? growth : hyStart.scale(growth);
    }

    @Override
    void avoidCongestion(long bytes, long smoothedRtt, long now) {
        double cwnd = (double) window / mss + fraction;
        if (!epoch) {
            startEpoch(cwnd, now);
        }
        if (now - lastGrowth > 2 * smoothedRtt) { // 4.2: nor is time on the curve in which the window was not used
            epochStart += now - lastGrowth;
        }
        lastGrowth = now;
        double segments = (double) bytes / mss;
        double alpha = estimate >= cwndPrior ? 1 : ALPHA;
        estimate += alpha * segments / cwnd; // 4.3
        double t = (now - epochStart) / NANOS;
        double next;
        if (cubic(t) < estimate) {
            next = Math.max(cwnd, estimate);
        } else {
            double target = Math.max(cwnd, Math.min(1.5 * cwnd, cubic(t + smoothedRtt / NANOS))); // 4.2
            next = cwnd + (target - cwnd) / cwnd * segments;
        }
        setWindow((int) Math.min(Integer.MAX_VALUE, next * mss));
        fraction = Math.max(0, Math.min(1, next - (double) window / mss));
    }

    private void startEpoch(double cwnd, long now) {
        epoch = true;
        epochStart = now;
        lastGrowth = now;
        estimate = cwnd;
        if (cwnd < windowMax) {
            k = Math.cbrt((windowMax - cwnd) / C);
        } else {
            k = 0;
            windowMax = cwnd;
        }
    }

    private double cubic(double t) {
        double d = t - k;
        return C * d * d * d + windowMax;
    }

    @Override
    public void onLoss(long inFlight, long now) {
        reduce(inFlight, BETA, SlowStartExit.LOSS);
    }

    @Override
    public void onCongestionExperienced(long inFlight, long now) {
        reduce(inFlight, BETA_ECN, SlowStartExit.ECN);
    }

    @Override
    public void onTimeout(long inFlight, boolean repeated, long now) {
        if (!repeated) {
            reduce(inFlight, BETA, SlowStartExit.TIMEOUT);
        }
        epoch = false;
        windowMax = 0; // 4.8: where slow start ends the curve begins anew
        fraction = 0;
        window = mss;
    }

    @Override
    public void remember() {
        super.remember();
        before = new Curve(slowStartLeft, epoch, epochStart, windowMax, cwndPrior, estimate, k);
    }

    /** Section 4.9: back onto the old curve, unless the window has outgrown what was cut. */
    @Override
    public void undo() {
        Curve left = before;
        if (left != null) {
            slowStartLeft = left.slowStartLeft; // as the threshold comes back, too
        }
        if (left != null && isBelowRemembered()) {
            epoch = left.epoch;
            epochStart = left.epochStart;
            windowMax = left.windowMax;
            cwndPrior = left.cwndPrior;
            estimate = left.estimate;
            k = left.k;
        }
        super.undo();
    }

    @Override
    public SlowStart slowStart() {
        SlowStart told = super.slowStart();
        boolean conservative = hyStart != null && hyStart.isConservative();
        SlowStartPhase phase = conservative ? SlowStartPhase.CONSERVATIVE : told.phase();
        return new SlowStart(phase, told.exit(), told.exitWindow(), conservativeEntries);
    }

    private void leaveSlowStart() {
        slowStartLeft = true;
        hyStart = null;
    }

    /** Round-trip times of before the silence say nothing of the queue now, and no cut is taken back any more. */
    @Override
    public void onSilence() {
        hyStart = null;
        before = null;
    }

    private void reduce(long inFlight, double beta, SlowStartExit why) {
        leaveSlowStart();
        // What was in flight counts and not the window: an application that leaves it unused has not tested it (4.6).
        double used = (double) Math.min(inFlight, window) / mss;
        double cwnd = (double) window / mss;
        cwndPrior = cwnd;
        windowMax = cwnd < windowMax ? cwnd * (1 + beta) / 2 : cwnd; // 4.7, fast convergence
        setThreshold(used * beta * mss, why);
        epoch = false;
        fraction = 0;
    }

    /** The next step begins a new epoch, RFC 9438 section 4.2, as it does after slow start. */
    @Override
    void forgetGrowth() {
        epoch = false;
        fraction = 0;
    }

    @Override
    public void onIdle(long idle, int restartWindow) {
        super.onIdle(idle, restartWindow);
        if (epoch) {
            epochStart += idle; // time without sending is no time on the curve
            lastGrowth += idle;
        }
    }
}
