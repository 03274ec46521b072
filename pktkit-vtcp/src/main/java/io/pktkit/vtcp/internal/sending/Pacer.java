// SPDX-License-Identifier: MIT
package io.pktkit.vtcp.internal.sending;

import io.pktkit.vtcp.internal.congestion.CongestionControl;
import io.pktkit.vtcp.internal.timing.RttEstimator;
import io.pktkit.vtcp.internal.timing.TimerSet;

/**
 * Spreads what the window admits over the round trip, so that no burst overruns a queue on the path. The rate is the
 * congestion control's own, or else somewhat more than the window for each smoothed round trip: twice as much in slow
 * start, as the window will have doubled by then, and 1.2 times after it, so that the window stays what limits the
 * sender.
 *
 * <p>Segments leave in quanta of a millisecond, or of 64 KiB if that is less, but never less than 0.1 ms: finer ones
 * would cost a timer for each segment, and drown in the granularity of the owner's clock. What a quantum exceeds the rate
 * by is waited for after it and not saved up before, so that a segment after a pause leaves at once. Who was held and is
 * woken late may make up for the delay, up to a limit: otherwise an owner whose timers are coarse would never reach the
 * rate.
 *
 * <p>The round-trip time is used to the nanosecond. On a path of 50 microseconds a quantum is more than a window, and
 * pacing holds nothing; rounded up to a millisecond it would cost most of the rate.
 */
final class Pacer {
    private static final double NANOS = 1e9;
    private static final double QUANTUM = 1e6;
    private static final double MIN_QUANTUM = 1e5;
    private static final int MAX_QUANTUM = 64 * 1024;
    private static final int MIN_SEGMENTS = 2;
    /** What a segment is waited for is not taken back when the rate rises, so that it must not be long. */
    private static final double LONGEST_SEGMENT = NANOS;

    private static final long MAX_LATENESS = 2_000_000L;
    private static final double SLOW_START_GAIN = 2;
    private static final double GAIN = 1.2;

    private final boolean derived;
    private double nanosPerByte;
    private long quantum;
    /** When all that was sent would have left at the rate. */
    private long paidAt = Long.MIN_VALUE;

    private boolean held;
    private boolean late;

    /**
     * Creates a pacer.
     *
     * @param derived whether to pace also where the congestion control names no rate
     */
    Pacer(boolean derived) {
        this.derived = derived;
    }

    /** Segments are about to be sent: the rate is what it is now. */
    void begin(CongestionControl control, RttEstimator rtt, int mss) {
        late = held;
        held = false;
        double rate = rate(control, rtt);
        nanosPerByte = rate > 0 ? Math.min(NANOS / rate, LONGEST_SEGMENT / mss) : 0;
        long segment = (long) (mss * nanosPerByte);
        double time = Math.min(QUANTUM, Math.max(MIN_QUANTUM, MAX_QUANTUM * nanosPerByte));
        quantum = Math.max(MIN_SEGMENTS * segment, (long) time);
    }

    /** Bytes a second, 0 if nothing is paced. */
    double rate(CongestionControl control, RttEstimator rtt) {
        long own = control.pacingRate();
        if (own > 0) {
            return own;
        }
        if (!derived || !rtt.hasSample()) {
            return 0;
        }
        double gain = control.inSlowStart() ? SLOW_START_GAIN : GAIN;
        return gain * NANOS * control.window() / rtt.smoothed();
    }

    /** Whether the next segment has to wait until {@link #deadline}. */
    boolean holds(long now) {
        held = nanosPerByte > 0 && paidAt > now && paidAt >= now + quantum;
        return held;
    }

    /** A segment went out, held or not. */
    void onSent(int bytes, long now) {
        if (nanosPerByte > 0) {
            paidAt = Math.max(paidAt, late ? now - MAX_LATENESS : now) + (long) (bytes * nanosPerByte);
        }
    }

    /** When the next quantum may leave, or NEVER if nothing is held. */
    long deadline() {
        return held ? paidAt : TimerSet.NEVER;
    }
}
