// SPDX-License-Identifier: MIT
package io.pktkit.vtcp.internal.sending;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.pktkit.vtcp.TcpConfig;
import io.pktkit.vtcp.internal.congestion.FixedControl;
import io.pktkit.vtcp.internal.timing.RttEstimator;
import io.pktkit.vtcp.internal.timing.TimerSet;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class PacerTest {
    private static final long MS = 1_000_000L;
    private static final int MSS = 1000;

    private final RttEstimator rtt = new RttEstimator(TcpConfig.defaults());
    private final Pacer pacer = new Pacer(true);
    private final FixedControl control = new FixedControl(false);

    private void window(int bytes, long roundTrip) {
        control.window = bytes;
        control.threshold = Integer.MAX_VALUE;
        rtt.sample(roundTrip, 1, 0);
    }

    /** Sends all that may go out now. */
    private int burst(long now) {
        pacer.begin(control, rtt, MSS);
        int bytes = 0;
        while (bytes < 1 << 28 && !pacer.holds(now)) {
            pacer.onSent(MSS, now);
            bytes += MSS;
        }
        return bytes;
    }

    @Test
    void shouldNotPaceBeforeTheRoundTripIsKnown() {
        assertEquals(1 << 28, burst(0), MSS);
        assertEquals(TimerSet.NEVER, pacer.deadline());
    }

    @Test
    void shouldSendTwiceTheWindowForEachRoundTripInSlowStart() {
        window(100 * MSS, 100 * MS);
        pacer.begin(control, rtt, MSS);

        assertEquals(2_000_000, pacer.rate(control, rtt), 1);
        control.threshold = 100 * MSS;
        assertEquals(1_200_000, pacer.rate(control, rtt), 1);
    }

    @Test
    void shouldNotOweForLongWhatALowRateHadSent() {
        control.pacingRate = 1; // as after an outage, whose only sample is of a segment in many minutes
        assertEquals(2 * MSS, burst(0));
        assertEquals(2000 * MS, pacer.deadline());

        control.pacingRate = 1_000_000;

        assertEquals(0, burst(1900 * MS));
        assertEquals(2 * MSS, burst(2000 * MS));
    }

    @Test
    void shouldTakeTheRateOfTheControlWhereItNamesOne() {
        window(100 * MSS, 100 * MS);
        control.pacingRate = 3_000_000;

        assertEquals(3_000_000, pacer.rate(control, rtt), 0);
        assertEquals(3_000_000, new Pacer(false).rate(control, rtt), 0);
        control.pacingRate = 0;
        assertEquals(0, new Pacer(false).rate(control, rtt), 0);
    }

    @Test
    void shouldSendAMillisecondAtATime() {
        control.pacingRate = 10_000_000;

        assertEquals(10 * MSS, burst(5 * MS));
        assertEquals(6 * MS, pacer.deadline());
        assertEquals(10 * MSS, burst(6 * MS));
        assertEquals(5 * MSS, burst(6 * MS + MS / 2), "an acknowledgment in between takes what is due by then");
        assertEquals(5 * MSS, burst(7 * MS));
    }

    @Test
    void shouldSendTwoSegmentsAtLeastAndNoMoreThan64KibAtATime() {
        control.pacingRate = 100_000;
        assertEquals(2 * MSS, burst(0));
        assertEquals(20 * MS, pacer.deadline());

        Pacer fast = new Pacer(true);
        control.pacingRate = 500_000_000;
        fast.begin(control, rtt, MSS);
        int bytes = 0;
        while (!fast.holds(0)) {
            fast.onSent(MSS, 0);
            bytes += MSS;
        }
        assertEquals(64 * 1024, bytes, MSS);
    }

    @Test
    void shouldNotSaveUpOverAPause() {
        control.pacingRate = 10_000_000;
        burst(0);

        assertEquals(10 * MSS, burst(1000 * MS + 1), 2 * MSS * 10 + 1);
        pacer.begin(control, rtt, MSS);
        assertTrue(pacer.holds(1000 * MS + 1));
    }

    @Test
    void shouldSendASegmentAfterAPauseAtOnce() {
        control.pacingRate = 100_000;
        pacer.begin(control, rtt, MSS);
        pacer.onSent(MSS, 0);

        pacer.begin(control, rtt, MSS);
        assertFalse(pacer.holds(500 * MS));
    }

    @ParameterizedTest
    @ValueSource(longs = {300_000, 3_000_000, 30_000_000, 300_000_000, 3_000_000_000L})
    void shouldReachTheRateAlthoughTheOwnersTimersAreCoarse(long rate) {
        control.pacingRate = rate;
        long sent = 0;
        long largest = 0;
        for (long now = 0; now < 1000 * MS; now = (pacer.deadline() / MS + 1) * MS) { // up to a millisecond late
            long burst = burst(now);
            sent += burst;
            largest = Math.max(largest, burst);
        }

        assertEquals(0, Math.abs(rate - sent) / (rate / 100 + 4 * MSS), "sent=" + sent);
        assertTrue(largest <= 3 * rate / 1000 + 3 * MSS, "largest burst=" + largest);
    }

    @Test
    void shouldNotHoldAnythingOnAPathWithoutDelay() {
        window(64 * MSS, 50_000);

        // a window each 50 microseconds: more than two of them fit into the quantum
        assertTrue(burst(0) >= 64 * MSS);
        assertEquals(64 * MSS * 2 * 20_000.0, pacer.rate(control, rtt), 1);
    }
}
