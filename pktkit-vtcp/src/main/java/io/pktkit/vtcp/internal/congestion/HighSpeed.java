// SPDX-License-Identifier: MIT
package io.pktkit.vtcp.internal.congestion;

import io.pktkit.vtcp.TcpInfo.SlowStartExit;

/**
 * HighSpeed TCP, RFC 3649: NewReno up to 38 segments, and beyond that the larger the window, the faster it grows and
 * the less a loss takes, so that a loss in ten million segments still leaves a window of 83000. Slow start is that of
 * RFC 3742: doubling such a window could cost thousands of segments at once. Names are those of RFC 3649; w is a window
 * in segments.
 *
 * <p>The RFC's table lists where a(w) passes each whole number; here both functions are computed from its section 5, a(w)
 * once for each window of whole segments.
 */
public final class HighSpeed extends AbstractControl {
    private static final int LOW_WINDOW = 38;
    private static final int HIGH_WINDOW = 83_000;
    private static final double LOW_DECREASE = 0.5;
    private static final double HIGH_DECREASE = 0.1;
    private static final double SPAN = Math.log((double) HIGH_WINDOW / LOW_WINDOW);
    private static final int MAX_SSTHRESH = 100; // RFC 3742 section 2

    private double credit;
    private int known;
    private double increase = 1;

    /** Creates a control that {@link #start} sets going. */
    public HighSpeed() {}

    @Override
    public String name() {
        return "highspeed";
    }

    /** b(w): what a loss takes. Beyond High_Window it stays, or a loss would make the largest windows grow. */
    static double decrease(double w) {
        if (w <= LOW_WINDOW) {
            return LOW_DECREASE;
        }
        double decrease = LOW_DECREASE + (HIGH_DECREASE - LOW_DECREASE) * Math.log(w / LOW_WINDOW) / SPAN;
        return Math.max(HIGH_DECREASE, decrease);
    }

    /** a(w): by how many segments the window grows in a round trip; p(w), the loss rate meant for it, is within. */
    static double increase(double w) {
        if (w <= LOW_WINDOW) {
            return 1;
        }
        double p = 0.078 / Math.pow(w, 1.2);
        double b = decrease(w);
        return Math.max(1, w * w * p * 2 * b / (2 - b));
    }

    @Override
    long scaleSlowStart(long growth) {
        int w = window / mss;
        return w <= MAX_SSTHRESH ? growth : growth / (w / (MAX_SSTHRESH / 2));
    }

    @Override
    void avoidCongestion(long bytes, long smoothedRtt, long now) {
        int w = window / mss;
        if (w != known) {
            known = w;
            increase = increase(w);
        }
        credit += bytes * increase;
        long segments = (long) (credit / window);
        if (segments > 0) {
            credit -= (double) segments * window;
            setWindow((int) Math.min(Integer.MAX_VALUE, window + segments * mss));
        }
    }

    @Override
    void forgetGrowth() {
        credit = 0;
    }

    @Override
    public void onLoss(long inFlight, long now) {
        reduce(inFlight, SlowStartExit.LOSS);
    }

    @Override
    public void onCongestionExperienced(long inFlight, long now) {
        reduce(inFlight, SlowStartExit.ECN);
    }

    @Override
    public void onTimeout(long inFlight, boolean repeated, long now) {
        if (!repeated) {
            reduce(inFlight, SlowStartExit.TIMEOUT);
        }
        credit = 0;
        window = mss;
    }

    private void reduce(long inFlight, SlowStartExit why) {
        credit = 0;
        double used = Math.min(inFlight, window);
        setThreshold(used * (1 - decrease(used / mss)), why);
    }
}
