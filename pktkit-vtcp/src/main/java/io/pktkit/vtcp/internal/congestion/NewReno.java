// SPDX-License-Identifier: MIT
package io.pktkit.vtcp.internal.congestion;

import io.pktkit.vtcp.TcpInfo.SlowStartExit;

/** RFC 5681: one segment more each round trip, and half of what was in flight after a loss. */
public final class NewReno extends AbstractControl {
    private static final double BETA_ECN = 0.8;

    private long acked;

    /** Creates a control that {@link #start} sets going. */
    public NewReno() {}

    @Override
    public String name() {
        return "newreno";
    }

    @Override
    void avoidCongestion(long bytes, long smoothedRtt, long now) {
        acked += bytes;
        while (acked >= window) {
            acked -= window;
            setWindow(window + mss);
        }
    }

    @Override
    void forgetGrowth() {
        acked = 0;
    }

    @Override
    public void onLoss(long inFlight, long now) {
        acked = 0;
        setThreshold(inFlight / 2.0, SlowStartExit.LOSS);
    }

    /** RFC 8511 section 3.1: a mark comes from a queue that is kept short, and calls for less than a loss does. */
    @Override
    public void onCongestionExperienced(long inFlight, long now) {
        acked = 0;
        setThreshold(inFlight * BETA_ECN, SlowStartExit.ECN);
    }

    @Override
    public void onTimeout(long inFlight, boolean repeated, long now) {
        acked = 0;
        if (!repeated) {
            setThreshold(inFlight / 2.0, SlowStartExit.TIMEOUT);
        }
        window = mss;
    }
}
