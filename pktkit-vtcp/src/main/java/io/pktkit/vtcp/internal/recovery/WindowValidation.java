// SPDX-License-Identifier: MIT
package io.pktkit.vtcp.internal.recovery;

import io.pktkit.vtcp.internal.congestion.CongestionControl;
import io.pktkit.vtcp.internal.congestion.RateSample;
import io.pktkit.vtcp.internal.stream.SendSide;
import io.pktkit.vtcp.internal.timing.RttEstimator;
import java.util.Arrays;

/**
 * Congestion window validation, RFC 7661: a window that was not used for a while says what the path took once, and not
 * what it takes now. Names are those of the RFC.
 *
 * <p>pipeACK is what the network was seen to take: the most bytes acknowledged in a round trip during the last pipeACK
 * Sampling Period. A window of more than twice that is not validated. It is kept, but grows only if the sender fills it;
 * congestion then cuts what was used and not what was allowed; and half of it goes after each {@link
 * #NON_VALIDATED_PERIOD}. What the RFC writes as half is the congestion control's own factor here, as it is for a
 * validated window (RFC 9438 section 4.6).
 *
 * <p>A control that {@link CongestionControl#ownsRecovery} has a model of the path in place of all this.
 *
 * <p>Made when data goes out, and let go in silence if the window is not kept through it.
 */
public final class WindowValidation {
    /** NVP. */
    static final long NON_VALIDATED_PERIOD = 300_000_000_000L;

    private static final long MIN_SAMPLING_PERIOD = 1_000_000_000L;
    private static final int MEASUREMENT_PERIODS = 5; // section 4.5.1
    private static final long NONE = -1;
    private static final int MOST_REDUCTIONS = 31; // of which nothing is left of any window

    private final SendSide send;
    private final CongestionControl congestion;
    private final RttEstimator rtt;
    private final DeliveryRate rate;

    /** The largest samples of the measurement periods, of which the newest is at {@link #newest}. */
    private final int[] samples = new int[MEASUREMENT_PERIODS];

    private int newest;
    private long periodStart;
    private boolean defined;
    /** C.delivered when the measurement began: only what was sent later is measured. */
    private long measuredFrom;
    /** The offset that ends the first round trip of the measurement, or NONE. */
    private long firstEnd;

    private boolean limited;
    private long flightPeak;
    private long peakUntil;

    private long validatedAt;
    /** Max(pipeACK, LossFlightSize) of the congestion that is being answered, 0 if the window was validated. */
    private long used;
    /** R. */
    private long retransmitted;

    WindowValidation(SendSide send, CongestionControl congestion, RttEstimator rtt, DeliveryRate rate, long now) {
        this.send = send;
        this.congestion = congestion;
        this.rtt = rtt;
        this.rate = rate;
        restart(now);
    }

    /** The window is a new one: pipeACK is undefined until a round trip was measured (section 4.1). */
    public void restart(long now) {
        defined = false;
        measuredFrom = rate.delivered();
        firstEnd = NONE;
        validatedAt = now;
        Arrays.fill(samples, 0);
        periodStart = now;
    }

    /**
     * What may be sent was sent: remembers, for a round trip, whether the window is full and how much of it was used.
     *
     * @param held whether something waits for the window, or for the pacer, which spreads it
     * @param flight bytes in flight
     */
    public void noteUsage(boolean held, long flight) {
        boolean nowLimited = held || flight + send.mss > congestion.window();
        if (send.una >= peakUntil || nowLimited || flight > flightPeak) {
            limited = nowLimited || (limited && send.una < peakUntil);
            flightPeak = flight;
            peakUntil = send.nxt;
        }
    }

    /**
     * An acknowledgment was processed. Each one ends a round trip, that of the newest segment which it covers. The first
     * ones of a flight have little to tell, so that pipeACK is defined only when a whole flight was measured.
     *
     * @param sample what it measured
     * @param recovering whether a loss or mark is being answered, in which case pipeACK stays (section 4.4.1)
     */
    void onDelivered(RateSample sample, boolean recovering) {
        if (recovering) {
            measuredFrom = sample.totalDelivered;
            return;
        }
        advance(sample.now);
        if (sample.priorDelivered >= measuredFrom) {
            samples[newest] = (int) Math.max(samples[newest], Math.min(Integer.MAX_VALUE, sample.delivered));
            firstEnd = firstEnd == NONE ? send.nxt : firstEnd;
            defined |= send.una >= firstEnd;
        }
        if (isValidated(sample.now)) {
            validatedAt = sample.now;
        }
    }

    /**
     * New data is about to go out (section 4.4.3): what was not validated for so long is not trusted any more.
     *
     * @param initialWindow IW, which is always allowed
     */
    public void beforeSending(long now, int initialWindow) {
        long periods = Math.min((now - validatedAt) / NON_VALIDATED_PERIOD, MOST_REDUCTIONS);
        for (long i = 0; i < periods; i++) {
            int window = congestion.window();
            int threshold = Math.max(congestion.threshold(), (int) (3L * window / 4));
            congestion.revalidate(Math.min(window, Math.max(window / 2, initialWindow)), threshold);
            validatedAt = now;
        }
    }

    /**
     * The peer tells of a loss or a mark.
     *
     * @param flightSize bytes in flight
     * @return what the window is to be cut from: that, or with a window that is not validated pipeACK if it is more
     */
    long onCongestion(long flightSize, long now) {
        boolean validated = congestion.ownsRecovery() || isValidated(now) || isDoubling(now);
        validatedAt = now; // the non-validated phase is over in any case
        retransmitted = 0;
        used = validated ? 0 : Math.max(pipeAck(now), flightSize);
        return validated ? flightSize : used;
    }

    /** Something goes out again for the first time. */
    void onRepeat(long bytes) {
        retransmitted += bytes;
    }

    /** The retransmission timer fired: the answer is that of RFC 5681, whatever the phase. */
    void onTimeout(long now) {
        used = 0;
        validatedAt = now;
    }

    /**
     * What was lost is repaired, and the window is the threshold. If it had not been validated, the path was overshot by
     * what had to be repeated, and that is taken off before the rest is cut (section 4.4.1).
     */
    void onRecovered(long now) {
        if (used > 0 && retransmitted > 0) {
            double rest = Math.max(0, 1 - (double) retransmitted / used);
            int reduced = (int) (congestion.threshold() * rest);
            congestion.revalidate(reduced, reduced);
        }
        used = 0;
        restart(now);
    }

    /**
     * Whether the window may grow: in the validated phase, or if it is full (section 4.4). Until pipeACK is defined, what
     * is in flight stands in for it: RFC 5681 would grow a window of which nothing is used.
     */
    boolean mayGrow(long now) {
        return limited || (defined ? isValidated(now) : 2 * flightPeak >= congestion.window());
    }

    private boolean isValidated(long now) {
        return !defined || 2 * pipeAck(now) >= congestion.window();
    }

    /** In slow start a full window doubles while pipeACK is measured, and with pacing was not all sent at its start. */
    private boolean isDoubling(long now) {
        return limited && congestion.inSlowStart() && 4 * pipeAck(now) >= congestion.window();
    }

    /** The largest sample; times in which nothing was acknowledged have samples of zero (section 4.2). */
    private long pipeAck(long now) {
        advance(now);
        long most = 0;
        for (int sample : samples) {
            most = Math.max(most, sample);
        }
        return most;
    }

    /** Discards what is older than the sampling period. */
    private void advance(long now) {
        long period = Math.max(3 * rtt.smoothed(), MIN_SAMPLING_PERIOD) / MEASUREMENT_PERIODS;
        for (int i = 0; i < MEASUREMENT_PERIODS && now - periodStart >= period; i++) {
            newest = (newest + 1) % MEASUREMENT_PERIODS;
            samples[newest] = 0;
            periodStart += period;
        }
        if (now - periodStart >= period) {
            periodStart = now; // all are discarded
        }
    }
}
