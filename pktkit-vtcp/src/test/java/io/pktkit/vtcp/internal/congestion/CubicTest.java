// SPDX-License-Identifier: MIT
package io.pktkit.vtcp.internal.congestion;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.pktkit.vtcp.TcpInfo.SlowStartPhase;
import org.junit.jupiter.api.Test;

class CubicTest {
    private static final long MS = 1_000_000L;
    private static final int MSS = 1000;
    private final Cubic cubic = new Cubic();
    private long now;

    /** Acknowledges a window, spread over a round trip. */
    private void round(long rtt) {
        int segments = cubic.window() / MSS;
        for (int i = 0; i < segments; i++) {
            now += rtt / segments;
            cubic.onAck(MSS, rtt, now);
        }
    }

    @Test
    void shouldDoubleInSlowStart() {
        cubic.start(MSS, 10 * MSS);

        round(100 * MS);

        assertEquals(20 * MSS, cubic.window());
    }

    @Test
    void shouldKeepSevenTenthsOfWhatWasInFlight() {
        cubic.start(MSS, 100 * MSS);

        cubic.onLoss(100 * MSS, now);
        cubic.onRecovered();

        assertEquals(70 * MSS, cubic.window());
        assertFalse(cubic.inSlowStart());
    }

    @Test
    void shouldReturnToTheOldWindowAfterKAndRestThere() {
        cubic.start(MSS, 100 * MSS);
        cubic.onLoss(100 * MSS, now);
        cubic.onRecovered();

        // K = cbrt((100 - 70) / 0.4) = 4.2 s
        while (now < 4200 * MS) {
            round(100 * MS);
        }

        assertTrue(Math.abs(cubic.window() - 100 * MSS) < 3 * MSS, () -> "window=" + cubic.window());
    }

    @Test
    void shouldFallBelowTheOldMaximumWhenLossesComeEarlier() {
        cubic.start(MSS, 100 * MSS);
        cubic.onLoss(100 * MSS, now);
        cubic.onRecovered();

        cubic.onLoss(70 * MSS, now); // fast convergence: the new maximum is 0.85 * 70
        cubic.onRecovered();
        long from = now;
        while (now - from < 3500 * MS) {
            round(100 * MS);
        }

        // without it, 70 would have been the plateau and not 59.5, and the window there by now
        assertTrue(cubic.window() < 69 * MSS, () -> "window=" + cubic.window());
    }

    @Test
    void shouldNotStriveForTheOldWindowAfterATimeout() {
        cubic.start(MSS, 100 * MSS);
        cubic.onTimeout(100 * MSS, false, now);
        while (cubic.inSlowStart()) {
            round(400 * MS);
        }

        long from = now;
        while (now - from < 2000 * MS) {
            round(400 * MS);
        }

        // RFC 9438 section 4.8: K is 0 and W_max is 70, so that 2 to 3 s later it is 70 + 0.4 * 3^3 at the most
        assertTrue(cubic.window() < 81 * MSS, () -> "window=" + cubic.window());
    }

    @Test
    void shouldNotCountIdleTimeOnTheCurve() {
        cubic.start(MSS, 100 * MSS);
        cubic.onLoss(100 * MSS, now);
        cubic.onRecovered();
        round(100 * MS);
        int before = cubic.window();

        now += 60_000 * MS;
        cubic.onIdle(60_000 * MS, 0);
        round(100 * MS);

        assertTrue(cubic.window() - before < 5 * MSS, () -> "window=" + cubic.window());
    }

    @Test
    void shouldNotCountTimeOnTheCurveInWhichTheWindowWasNotUsed() {
        cubic.start(MSS, 100 * MSS);
        cubic.onLoss(100 * MSS, now);
        cubic.onRecovered();
        round(100 * MS);
        int before = cubic.window();

        now += 60_000 * MS; // too little was sent for the window to grow
        round(100 * MS);

        assertTrue(cubic.window() - before < 5 * MSS, () -> "window=" + cubic.window());
    }

    @Test
    void shouldNotTakeTheSameTimeOffTwice() {
        cubic.start(MSS, 100 * MSS);
        cubic.onLoss(100 * MSS, now);
        cubic.onRecovered();
        round(100 * MS);

        now += 60_000 * MS;
        cubic.onIdle(30_000 * MS, 0);
        // K = 4.2 s, of which 100 ms have passed
        for (int i = 0; i < 41; i++) {
            round(100 * MS);
        }

        assertTrue(Math.abs(cubic.window() - 100 * MSS) < 3 * MSS, () -> "window=" + cubic.window());
    }

    @Test
    void shouldUndoOntoTheOldCurve() {
        cubic.start(MSS, 100 * MSS);
        cubic.onLoss(100 * MSS, now);
        cubic.onRecovered();
        round(100 * MS);
        int before = cubic.window();
        int threshold = cubic.threshold();

        cubic.remember();
        cubic.onTimeout(before, false, now);
        assertEquals(MSS, cubic.window());
        cubic.undo();

        assertEquals(before, cubic.window());
        assertEquals(threshold, cubic.threshold());
        while (now < 4200 * MS) {
            round(100 * MS);
        }
        assertTrue(Math.abs(cubic.window() - 100 * MSS) < 3 * MSS, () -> "window=" + cubic.window());
    }

    @Test
    void shouldWatchTheDelayOnAfterALossThatWasNone() {
        cubic.start(MSS, 10 * MSS);
        cubic.remember();
        cubic.onLoss(10 * MSS, now);
        cubic.undo();

        for (int una = 1; una <= 16; una++) { // two rounds of eight samples, the second a queue longer
            cubic.onRoundTrip(una <= 8 ? 50 * MS : 80 * MS, una, una <= 8 ? 9 : 17);
        }

        assertEquals(SlowStartPhase.CONSERVATIVE, cubic.slowStart().phase());
    }

    @Test
    void shouldNotUndoBelowWhatTheWindowHasBecome() {
        cubic.start(MSS, 10 * MSS);
        cubic.remember();
        cubic.onLoss(10 * MSS, now);
        cubic.setWindow(40 * MSS);

        cubic.undo();

        assertEquals(40 * MSS, cubic.window());
    }

    @Test
    void shouldLeaveSlowStartWhenTheDelayGrows() {
        cubic.start(MSS, 10 * MSS);
        long una = 1;
        for (int round = 0; round < 8; round++) {
            for (int i = 0; i < 10; i++) {
                cubic.onRoundTrip((80 + (round > 0 ? 20 : 0)) * MS, una, una + 10_000);
            }
            una += 10_000;
        }

        assertFalse(cubic.inSlowStart());
        assertEquals(10 * MSS, cubic.threshold());
    }

    /** RFC 5681 section 4.1: the window begins anew, and not for one acknowledgment alone. */
    @Test
    void shouldNotLeapBackToTheWindowOfBeforeAPause() {
        cubic.start(MSS, 100 * MSS);
        cubic.onLoss(100 * MSS, now);
        cubic.onRecovered();
        for (int i = 0; i < 400; i++) {
            round(10 * MS);
        }
        now += 2000 * MS;

        cubic.onIdle(2000 * MS, 10 * MSS);
        while (cubic.inSlowStart()) {
            cubic.onAck(MSS, 10 * MS, now);
        }
        cubic.onAck(2 * MSS, 10 * MS, now);

        assertTrue(
                cubic.window() <= cubic.threshold() + 2 * MSS,
                () -> "window=" + cubic.window() + " threshold=" + cubic.threshold());
    }

    /** Two seconds after a loss, far above where it left the window. */
    private void growAfterALoss() {
        cubic.start(MSS, 100 * MSS);
        cubic.onLoss(100 * MSS, now);
        cubic.onRecovered();
        for (int i = 0; i < 200; i++) {
            round(10 * MS);
        }
    }

    @Test
    void shouldNotMultiplyTheWindowWhenSegmentsGrow() {
        growAfterALoss();
        int before = cubic.window();

        cubic.segmentSize(5 * MSS);
        now += MS;
        cubic.onAck(5 * MSS, 10 * MS, now);

        assertTrue(
                cubic.window() >= before && cubic.window() <= before + 5 * MSS,
                () -> "window=" + cubic.window() + " before=" + before);
    }

    @Test
    void shouldGoOnGrowingWhenSegmentsShrink() {
        growAfterALoss();
        int before = cubic.window();

        cubic.segmentSize(MSS / 4);
        for (int i = 0; i < 40; i++) {
            round(10 * MS);
        }

        assertTrue(cubic.window() > before, () -> "window=" + cubic.window() + " before=" + before);
    }

    @Test
    void shouldGoOnGrowingAfterACutTakenBackInOtherSegments() {
        growAfterALoss();
        int before = cubic.window();

        cubic.remember();
        cubic.onTimeout(before, false, now);
        cubic.segmentSize(MSS / 4);
        cubic.undo();
        for (int i = 0; i < 40; i++) {
            round(10 * MS);
        }

        assertTrue(cubic.window() > before, () -> "window=" + cubic.window() + " before=" + before);
    }
}
