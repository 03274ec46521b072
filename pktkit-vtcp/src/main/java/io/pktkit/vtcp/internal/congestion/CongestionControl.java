// SPDX-License-Identifier: MIT
package io.pktkit.vtcp.internal.congestion;

import io.pktkit.vtcp.CongestionAlgorithm;
import io.pktkit.vtcp.TcpInfo;

/**
 * Sizes the congestion window of one connection. Bytes throughout, times in nanoseconds on the connection's clock.
 *
 * <p>In fast recovery the window is steered by loss recovery, through {@link #setWindow}; an implementation sets the
 * slow start threshold when it begins and is asked to take over again when it ends. One that {@link #ownsRecovery} keeps
 * the window for itself all the time; loss recovery then only finds what is lost and repeats it.
 */
public interface CongestionControl {
    /** A threshold that no window reaches: slow start goes on until the first loss. */
    int UNLIMITED = Integer.MAX_VALUE;

    /**
     * Creates what the user chose, for {@link #start} to set going.
     *
     * @param algorithm the choice
     * @param seed what randomness there is comes from; differs among connections, and repeats in a simulation
     * @return a control for one connection
     */
    static CongestionControl of(CongestionAlgorithm algorithm, long seed) {
        return switch (algorithm) {
            case NEW_RENO -> new NewReno();
            case CUBIC -> new Cubic();
            case HIGH_SPEED -> new HighSpeed();
            case BBR -> new Bbr(seed);
        };
    }

    /**
     * Name for diagnosis.
     *
     * @return such as "cubic"
     */
    String name();

    /**
     * Starts the transfer, or starts it anew with another segment size.
     *
     * @param mss payload bytes of a full segment
     * @param initialWindow the window to begin with
     */
    void start(int mss, int initialWindow);

    /**
     * Tells, before {@link #start}, whether more than one loss in a round trip can be found.
     *
     * @param on whether the peer selectively acknowledges
     */
    default void useSack(boolean on) {}

    /**
     * The segment size changed without a loss, as path MTU discovery does; the window in bytes stays.
     *
     * @param mss payload bytes of a full segment
     */
    void segmentSize(int mss);

    /**
     * A round-trip time was measured; told before the acknowledgment it came with.
     *
     * @param rtt the measurement
     * @param una SND.UNA after that acknowledgment
     * @param nxt SND.NXT
     */
    default void onRoundTrip(long rtt, long una, long nxt) {}

    /**
     * New data was acknowledged outside fast recovery, while the window was what held the sender back.
     *
     * @param bytes bytes acknowledged that were in flight under this window
     * @param smoothedRtt the round-trip time
     * @param now the time
     */
    void onAck(long bytes, long smoothedRtt, long now);

    /**
     * An acknowledgment delivered something, or losses were found since the one before. Told once for it, in every
     * phase, last of all that is told of it.
     *
     * @param sample what was measured; on loan, filled anew for the next acknowledgment
     */
    default void onDelivered(RateSample sample) {}

    /**
     * Fast recovery begins: sets the threshold, from what was in flight.
     *
     * @param inFlight bytes sent and not acknowledged
     * @param now the time
     */
    void onLoss(long inFlight, long now);

    /**
     * The peer reported congestion marks, as a rule once a round trip: sets the threshold, as {@link #onLoss} does, which
     * is also what this does unless overridden (RFC 3168 section 6.1.2).
     *
     * @param inFlight bytes that were sent and not acknowledged before the report
     * @param now the time
     */
    default void onCongestionExperienced(long inFlight, long now) {
        onLoss(inFlight, now);
    }

    /** A loss or timeout is about to be told of: what it changes is to be kept for {@link #undo}. */
    void remember();

    /** What was told since {@link #remember} proved wrong (RFC 4015): the window is at least what it was then. */
    void undo();

    /** Fast recovery is over: the window becomes the threshold, unless the control {@link #ownsRecovery}. */
    void onRecovered();

    /**
     * The retransmission timer fired: the window becomes one segment.
     *
     * @param inFlight bytes sent and not acknowledged
     * @param repeated whether the same data had timed out before, in which case the threshold stays (RFC 5681
     *     section 3.1)
     * @param now the time
     */
    void onTimeout(long inFlight, boolean repeated, long now);

    /**
     * Sending begins again after a pause.
     *
     * @param idle how long nothing was sent
     * @param restartWindow the window not to exceed, or 0 to keep it
     */
    void onIdle(long idle, int restartWindow);

    /**
     * A window that was kept without being used is corrected (RFC 7661 section 4.4). Nothing to a control that
     * {@link #ownsRecovery}.
     *
     * @param window the window, but at least one segment
     * @param threshold the slow start threshold
     */
    default void revalidate(int window, int threshold) {}

    /** Nothing has been sent or received for a while: what only matters while data flows can be let go. */
    default void onSilence() {}

    /**
     * Loss recovery says what may be in flight.
     *
     * @param bytes the window
     */
    void setWindow(int bytes);

    /**
     * The congestion window.
     *
     * @return bytes, at least one segment
     */
    int window();

    /**
     * The slow start threshold.
     *
     * @return bytes, or {@link #UNLIMITED}
     */
    int threshold();

    /**
     * How fast segments may leave.
     *
     * @return bytes a second, or 0 to have it derived from the window and the round-trip time
     */
    default long pacingRate() {
        return 0;
    }

    /**
     * Whether the window in fast recovery is this control's own business, and not that of proportional rate reduction.
     *
     * @return true if {@link #setWindow} is never to be called
     */
    default boolean ownsRecovery() {
        return false;
    }

    /**
     * Whether the window doubles each round trip.
     *
     * @return true below the threshold
     */
    default boolean inSlowStart() {
        return window() < threshold();
    }

    /**
     * How the first slow start goes, or went, for diagnosis.
     *
     * @return a snapshot
     */
    TcpInfo.SlowStart slowStart();
}
