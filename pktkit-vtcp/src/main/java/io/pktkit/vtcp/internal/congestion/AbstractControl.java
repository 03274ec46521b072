// SPDX-License-Identifier: MIT
package io.pktkit.vtcp.internal.congestion;

import io.pktkit.vtcp.TcpInfo.SlowStart;
import io.pktkit.vtcp.TcpInfo.SlowStartExit;
import io.pktkit.vtcp.TcpInfo.SlowStartPhase;

/**
 * What the loss-based controls have in common: the variables, and slow start, which counts the bytes acknowledged (RFC 5681,
 * RFC 3465). There is no limit L on what one acknowledgment counts for, as RFC 9406 section 4.3 has it where segments are
 * paced. It would have 8 segments where they are not, but a receiver that merges segments before it looks at them, as those
 * of super-segments are, acknowledges 44 at a time, and slow start would be over before it has begun.
 */
abstract class AbstractControl implements CongestionControl {
    private static final int MAX_WINDOW = 1 << 30;

    int mss = 536;
    int window = 536;
    int threshold = UNLIMITED;
    private int windowBefore;
    private int thresholdBefore;
    private SlowStartExit exit = SlowStartExit.NONE;
    private int exitWindow;

    @Override
    public void start(int newMss, int initialWindow) {
        mss = newMss;
        window = initialWindow;
    }

    @Override
    public void segmentSize(int newMss) {
        mss = newMss;
        window = Math.max(window, mss);
    }

    @Override
    public void onAck(long bytes, long smoothedRtt, long now) {
        long rest = bytes;
        if (inSlowStart()) {
            long growth = Math.min(rest, threshold - window);
            setWindow((int) Math.min(MAX_WINDOW, window + scaleSlowStart(growth)));
            rest -= growth;
            if (inSlowStart() || rest <= 0) {
                return;
            }
        }
        avoidCongestion(rest, smoothedRtt, now);
    }

    /** What is left of a step of slow start. */
    long scaleSlowStart(long growth) {
        return growth;
    }

    /** Grows the window above the threshold. */
    abstract void avoidCongestion(long bytes, long smoothedRtt, long now);

    @Override
    public void remember() {
        windowBefore = window;
        thresholdBefore = threshold;
    }

    @Override
    public void undo() {
        window = Math.max(window, windowBefore);
        threshold = Math.max(threshold, thresholdBefore);
        if (threshold == UNLIMITED) {
            exit = SlowStartExit.NONE;
            exitWindow = 0;
        }
    }

    /** Whether the window is below the one that was cut. */
    final boolean isBelowRemembered() {
        return window < windowBefore;
    }

    @Override
    public void onRecovered() {
        window = Math.max(mss, threshold);
    }

    @Override
    public void onIdle(long idle, int restartWindow) {
        if (restartWindow > 0 && restartWindow < window) { // RFC 5681 section 4.1
            window = restartWindow;
            forgetGrowth();
        }
    }

    @Override
    public void revalidate(int bytes, int slowStartThreshold) {
        setWindow(bytes);
        threshold = Math.max(mss, slowStartThreshold);
        forgetGrowth();
    }

    /** The window was cut without a loss: what led on from the old one would lead straight back to it. */
    abstract void forgetGrowth();

    @Override
    public void setWindow(int bytes) {
        window = Math.max(mss, Math.min(MAX_WINDOW, bytes));
    }

    @Override
    public int window() {
        return window;
    }

    @Override
    public int threshold() {
        return threshold;
    }

    @Override
    public SlowStart slowStart() {
        SlowStartPhase phase = exit == SlowStartExit.NONE ? SlowStartPhase.STANDARD : SlowStartPhase.ENDED;
        return new SlowStart(phase, exit, exitWindow, 0);
    }

    /** The window is still what it was; the first threshold ends the first slow start. */
    final void setThreshold(double bytes, SlowStartExit why) {
        if (exit == SlowStartExit.NONE) {
            exit = why;
            exitWindow = window;
        }
        threshold = (int) Math.max(2.0 * mss, Math.min(MAX_WINDOW, bytes));
    }
}
