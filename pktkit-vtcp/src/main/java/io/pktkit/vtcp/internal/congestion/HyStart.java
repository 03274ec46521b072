// SPDX-License-Identifier: MIT
package io.pktkit.vtcp.internal.congestion;

/**
 * HyStart++, RFC 9406: leaves the first slow start before it overruns the path. If the smallest round-trip time of a
 * round exceeds that of the round before by an eighth, a queue is building: the window then grows at a quarter of the
 * pace for a few rounds, and slow start is over, unless the delay falls again. Names are those of the RFC.
 */
final class HyStart {
    static final int N_RTT_SAMPLE = 8;
    static final int CSS_ROUNDS = 5;
    private static final int CSS_GROWTH_DIVISOR = 4;
    private static final int MIN_RTT_DIVISOR = 8;
    private static final long MIN_RTT_THRESH = 4_000_000L;
    private static final long MAX_RTT_THRESH = 16_000_000L;
    private static final long INFINITE = Long.MAX_VALUE;

    private enum Phase {
        SLOW_START,
        CONSERVATIVE,
        DONE
    }

    private Phase phase = Phase.SLOW_START;
    private long windowEnd;
    private long lastRoundMinRtt = INFINITE;
    private long currentRoundMinRtt = INFINITE;
    private long cssBaselineMinRtt = INFINITE;
    private int rttSampleCount;
    private int cssRounds;

    boolean isConservative() {
        return phase == Phase.CONSERVATIVE;
    }

    /** What is left of a step of slow start. */
    long scale(long growth) {
        return phase == Phase.CONSERVATIVE ? growth / CSS_GROWTH_DIVISOR : growth;
    }

    /**
     * Takes a measurement during slow start.
     *
     * @param rtt the round-trip time
     * @param una SND.UNA after the acknowledgment
     * @param nxt SND.NXT
     * @return whether slow start is over
     */
    boolean onSample(long rtt, long una, long nxt) {
        if (phase == Phase.DONE) {
            return false;
        }
        if (una >= windowEnd && startRound(nxt)) {
            return true;
        }
        currentRoundMinRtt = Math.min(currentRoundMinRtt, rtt);
        rttSampleCount++;
        if (rttSampleCount < N_RTT_SAMPLE) {
            return false;
        }
        if (phase == Phase.CONSERVATIVE) {
            if (currentRoundMinRtt < cssBaselineMinRtt) {
                phase = Phase.SLOW_START;
            }
        } else if (lastRoundMinRtt != INFINITE && currentRoundMinRtt >= lastRoundMinRtt + threshold()) {
            phase = Phase.CONSERVATIVE;
            cssBaselineMinRtt = currentRoundMinRtt;
            cssRounds = 0;
        }
        return false;
    }

    private long threshold() {
        return Math.max(MIN_RTT_THRESH, Math.min(lastRoundMinRtt / MIN_RTT_DIVISOR, MAX_RTT_THRESH));
    }

    private boolean startRound(long nxt) {
        lastRoundMinRtt = currentRoundMinRtt;
        currentRoundMinRtt = INFINITE;
        rttSampleCount = 0;
        windowEnd = nxt;
        if (phase == Phase.CONSERVATIVE && ++cssRounds >= CSS_ROUNDS) {
            phase = Phase.DONE;
            return true;
        }
        return false;
    }
}
