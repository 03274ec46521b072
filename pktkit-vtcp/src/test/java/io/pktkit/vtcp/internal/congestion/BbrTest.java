// SPDX-License-Identifier: MIT
package io.pktkit.vtcp.internal.congestion;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.pktkit.vtcp.TcpInfo.SlowStart;
import io.pktkit.vtcp.TcpInfo.SlowStartExit;
import io.pktkit.vtcp.TcpInfo.SlowStartPhase;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

/** The parts of BBR that a transfer does not show, on a path that delivers a round trip at a time. */
class BbrTest {
    private static final long MS = 1_000_000L;
    private static final int MSS = 1000;
    private static final long RTT = 50 * MS;
    private static final long RATE = 2_000_000; // 100 segments each round trip

    private Bbr bbr = new Bbr(7);
    private final RateSample sample = new RateSample();
    private long now = -3_000_000_000L;
    private long delivered;
    private long rtt = RTT;
    /** The last that Startup had. */
    private int startupWindow;

    /** A round trip in which a tenth of the pipe is acknowledged ten times. */
    private void round(long rate, long lost) {
        long flight = rate * rtt / 1_000_000_000L;
        long before = delivered;
        for (int i = 1; i <= 10; i++) {
            ack(rate, flight / 10, i == 10 ? lost : 0, before + flight * (i - 1) / 10 - flight, flight);
        }
    }

    private void ack(long rate, long acked, long lost, long prior, long flight) {
        now += rtt / 10;
        delivered += acked;
        if (bbr.inSlowStart()) {
            startupWindow = bbr.window();
        }
        sample.now = now;
        sample.rtt = rtt;
        sample.deliveryRate = rate;
        sample.interval = rtt;
        sample.delivered = flight;
        sample.priorDelivered = Math.max(0, prior);
        sample.totalDelivered = delivered;
        sample.newlyAcked = acked;
        sample.newlyLost = lost;
        sample.lost = lost;
        sample.txInFlight = flight;
        sample.inFlight = flight;
        bbr.onDelivered(sample);
    }

    /** To the steady state. */
    private void fill() {
        fill(RATE);
    }

    private void fill(long most) {
        bbr.start(MSS, 10 * MSS);
        for (long rate = most / 8; rate < most; rate *= 2) {
            round(rate, 0);
        }
        for (int i = 0; i < 8; i++) {
            round(most, 0);
        }
    }

    /** As on a path without delay, where a sample takes no time. */
    @Test
    void shouldNotPaceByABandwidthThatWasNeverMeasured() {
        bbr.useSack(false);
        bbr.start(MSS, 10 * MSS);
        ack(0, MSS, 0, 0, 10 * MSS);
        bbr.onLoss(10 * MSS, now); // and so Startup is over
        ack(0, MSS, MSS, delivered, 10 * MSS);

        assertNotEquals(BbrState.STARTUP, bbr.state());
        assertEquals(2.77 * 10 * MSS * 1e9 / RTT, (double) bbr.pacingRate(), RATE / 100.0);
    }

    @Test
    void shouldDoubleUntilThreeRoundTripsBringNoMore() {
        bbr.start(MSS, 10 * MSS);
        round(RATE / 2, 0);
        round(RATE, 0);
        assertEquals(2.77 * 0.99 * RATE, (double) bbr.pacingRate(), RATE / 100.0);
        round(RATE, 0);
        assertEquals(BbrState.STARTUP, bbr.state());
        assertTrue(bbr.inSlowStart());

        round(RATE, 0);
        round(RATE, 0);

        assertNotEquals(BbrState.STARTUP, bbr.state());
        assertFalse(bbr.inSlowStart());
        assertSlowStart(SlowStartPhase.ENDED, SlowStartExit.PLATEAU, startupWindow);
    }

    private void assertSlowStart(SlowStartPhase phase, SlowStartExit exit, int window) {
        assertEquals(new SlowStart(phase, exit, window, 0), bbr.slowStart());
    }

    @Test
    void shouldNotTakeLimitedRoundTripsForAPlateau() {
        bbr.start(MSS, 10 * MSS);
        sample.appLimited = true;

        for (int i = 0; i < 20; i++) {
            round(RATE, 0);
        }

        assertEquals(BbrState.STARTUP, bbr.state());
    }

    @Test
    void shouldHaveTwiceThePipeForAWindowInTheSteadyState() {
        fill();

        assertTrue(bbr.state().isProbeBw(), () -> "state=" + bbr.state());
        assertTrue(bbr.window() >= 2 * 100 * MSS && bbr.window() <= 240 * MSS, () -> "window=" + bbr.window());
    }

    @Test
    void shouldSendOneSegmentAfterATimeoutAndFourAtLeastFromThenOn() {
        fill();

        bbr.onTimeout(100 * MSS, false, now);
        assertEquals(MSS, bbr.window());
        ack(RATE / 100, MSS, 0, delivered, MSS);

        assertEquals(4 * MSS, bbr.window());
    }

    @Test
    void shouldGoBackToTheWindowBeforeTheTimeoutOnceItIsRepaired() {
        fill();
        int before = bbr.window();

        bbr.remember();
        bbr.onTimeout(100 * MSS, false, now);
        bbr.onRecovered();

        assertEquals(before, bbr.window());
    }

    @Test
    void shouldSendNoMoreThanArrivesInTheFirstRoundTripOfRecovery() {
        fill();
        bbr.remember();
        bbr.onLoss(100 * MSS, now);
        sample.inFlight = 0;

        long flight = 60 * MSS;
        ack(RATE, 2 * MSS, 10 * MSS, delivered - 90 * MSS, flight);

        assertEquals(flight + 2 * MSS, bbr.window());
        ack(RATE, 2 * MSS, 0, delivered - 90 * MSS, flight - 2 * MSS);
        assertTrue(bbr.window() <= flight + 2 * MSS, () -> "window=" + bbr.window());
    }

    @Test
    void shouldReduceWhatIsInFlightWhileLossesGoOnAndForgetThemWhenTheyWereNone() {
        fill();
        while (bbr.state() != BbrState.CRUISE) {
            round(RATE, 0);
        }
        int before = bbr.window();
        long rateBefore = bbr.pacingRate();

        bbr.remember();
        bbr.onLoss(100 * MSS, now);
        for (int i = 0; i < 6; i++) {
            round(RATE / 2, 20 * MSS);
        }
        assertTrue(bbr.window() <= 0.8 * before, () -> "window=" + bbr.window() + " before=" + before);
        assertTrue(bbr.pacingRate() < 0.8 * rateBefore, () -> "rate=" + bbr.pacingRate());
        bbr.undo();

        assertEquals(before, bbr.window());
        round(RATE, 0);
        assertTrue(bbr.pacingRate() >= 0.9 * RATE, () -> "rate=" + bbr.pacingRate());
    }

    @Test
    void shouldReturnToStartupIfTheLossesThatEndedItWereNone() {
        bbr.start(MSS, 10 * MSS);
        round(RATE / 4, 0);
        round(RATE / 2, 0);
        assertSlowStart(SlowStartPhase.STANDARD, SlowStartExit.NONE, 0);
        bbr.remember();
        bbr.onLoss(50 * MSS, now);
        long flight = RATE * RTT / 1_000_000_000L;
        for (int i = 0; i < 30; i++) {
            ack(RATE, flight / 10, 3 * MSS, delivered - flight, flight);
        }
        assertNotEquals(BbrState.STARTUP, bbr.state());
        assertSlowStart(SlowStartPhase.ENDED, SlowStartExit.LOSS, startupWindow);

        bbr.undo();

        assertEquals(BbrState.STARTUP, bbr.state());
        assertSlowStart(SlowStartPhase.STANDARD, SlowStartExit.NONE, 0);
    }

    @Test
    void shouldLeaveStartupAtOnceIfOnlyOneLossCanBeSeen() {
        bbr.useSack(false);
        bbr.start(MSS, 10 * MSS);
        round(RATE / 4, 0);

        bbr.remember();
        bbr.onLoss(25 * MSS, now);
        round(RATE / 2, MSS);

        assertNotEquals(BbrState.STARTUP, bbr.state());
    }

    @Test
    void shouldKeepASegmentWhenSegmentsGrow() {
        bbr.start(MSS, 10 * MSS);
        bbr.onTimeout(10 * MSS, false, now);

        bbr.segmentSize(4 * MSS);

        assertEquals(4 * MSS, bbr.window());
    }

    @Test
    void shouldProbeAtTimesThatDifferAmongConnectionsAndRepeatFromASeed() {
        List<Long> times = new ArrayList<>();
        for (long seed : new long[] {1, 1, 2, -1}) {
            times.add(firstProbe(seed));
        }

        assertEquals(times.get(0), times.get(1));
        assertNotEquals(times.get(0), times.get(2));
        assertNotEquals(times.get(0), times.get(3));
    }

    private static long firstProbe(long seed) {
        BbrTest test = new BbrTest();
        test.bbr = new Bbr(seed);
        test.fill();
        while (test.bbr.state() != BbrState.REFILL) {
            test.ack(RATE, 2 * MSS, 0, test.delivered - 100 * MSS, 100 * MSS);
        }
        return test.now;
    }

    private void fillUpTo(BbrState state) {
        fill();
        while (bbr.state() != state) {
            ack(RATE, 2 * MSS, 0, delivered - 100 * MSS, 100 * MSS);
        }
    }

    /** As a timer, or an acknowledgment that delivers nothing, finds losses. */
    private void lose(long bytes) {
        sample.now = now;
        sample.priorDelivered = RateSample.NO_SEGMENT;
        sample.deliveryRate = 0;
        sample.delivered = 0;
        sample.newlyAcked = 0;
        sample.newlyLost = bytes;
        sample.lost = 0;
        sample.txInFlight = 0;
        bbr.onDelivered(sample);
    }

    private void deliver(long lost, long flight) {
        now += RTT / 10;
        delivered += MSS;
        sample.now = now;
        sample.priorDelivered = delivered - flight;
        sample.deliveryRate = RATE;
        sample.delivered = flight;
        sample.totalDelivered = delivered;
        sample.newlyAcked = MSS;
        sample.newlyLost = 0;
        sample.lost = lost;
        sample.txInFlight = flight;
        bbr.onDelivered(sample);
    }

    @Test
    void shouldStopProbingForLossesThatCameWithoutASegmentDelivered() {
        fillUpTo(BbrState.UP);

        lose(20 * MSS);
        assertEquals(BbrState.UP, bbr.state(), "of how much they are is not known yet");
        deliver(20 * MSS, 100 * MSS);

        assertEquals(BbrState.DOWN, bbr.state());
    }

    @Test
    void shouldGoOnProbingAfterLossesThatProvedToBeNone() {
        fillUpTo(BbrState.UP);

        lose(20 * MSS);
        bbr.undo();
        deliver(20 * MSS, 100 * MSS);

        assertEquals(BbrState.UP, bbr.state());
    }

    /** Probes that follow each other without end would keep the bandwidth of long ago. */
    @Test
    void shouldForgetTheBandwidthOfBeforeOnAPathOfLessThanASegment() {
        rtt = MS;
        fill(800_000);
        assertEquals(800_000, bbr.model().maxBandwidth());

        for (int i = 0; i < 20_000; i++) {
            round(80_000, 0);
        }

        assertTrue(
                bbr.model().maxBandwidth() < 160_000,
                () -> "maxBandwidth=" + bbr.model().maxBandwidth());
    }
}
