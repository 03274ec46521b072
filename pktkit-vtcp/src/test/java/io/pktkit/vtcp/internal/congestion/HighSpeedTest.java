// SPDX-License-Identifier: MIT
package io.pktkit.vtcp.internal.congestion;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class HighSpeedTest {
    private static final long MS = 1_000_000L;
    private static final int MSS = 1000;
    private final HighSpeed control = new HighSpeed();
    private long now;

    /** Acknowledges a window, spread over a round trip. */
    private void round() {
        int segments = control.window() / MSS;
        for (int i = 0; i < segments; i++) {
            now += 100 * MS / segments;
            control.onAck(MSS, 100 * MS, now);
        }
    }

    /** RFC 3649 appendix B: the first window at which a(w) is past a whole number, and b(w) there to two places. */
    @ParameterizedTest
    @CsvSource({
        "118, 2, 0.44",
        "221, 3, 0.41",
        "347, 4, 0.38",
        "495, 5, 0.37",
        "663, 6, 0.35",
        "851, 7, 0.34",
        "1058, 8, 0.33",
        "2076, 12, 0.29",
        "5036, 20, 0.25",
        "10661, 30, 0.21",
        "25618, 46, 0.16",
    })
    void shouldFollowTheTableOfTheRfc(int w, int a, double b) {
        assertEquals(a, HighSpeed.increase(w), 0.015, "a(w), rounded up in the table");
        assertTrue(HighSpeed.increase(0.99 * w) < a, "a(w) is not reached earlier");
        assertEquals(b, HighSpeed.decrease(w), 0.0051);
    }

    @Test
    void shouldBeNewRenoUpToTheLowWindow() {
        for (int w = 1; w <= 38; w++) {
            assertEquals(1, HighSpeed.increase(w), "w=" + w);
            assertEquals(0.5, HighSpeed.decrease(w), "w=" + w);
        }
        assertEquals(0.1, HighSpeed.decrease(83_000), 1e-9);
    }

    @Test
    void shouldNeverTakeLessThanATenth() {
        assertEquals(0.1, HighSpeed.decrease(10_000_000));
    }

    @Test
    void shouldGrowByTheTableEachRoundTrip() {
        control.start(MSS, 1000 * MSS);
        control.onLoss(1000 * MSS, now);
        control.onRecovered();
        int before = control.window() / MSS;

        round();

        // 1000 segments less b = 0.33 are 670, for which a = 6.04
        assertEquals(670.0, before, 1);
        assertEquals(6, control.window() / MSS - before);
    }

    @Test
    void shouldHalveASmallWindow() {
        control.start(MSS, 30 * MSS);

        control.onLoss(30 * MSS, now);
        control.onRecovered();

        assertEquals(15 * MSS, control.window());
    }

    @Test
    void shouldCountOnlyWhatWasInFlightAsTested() {
        control.start(MSS, 1000 * MSS);

        control.onLoss(20 * MSS, now);

        assertEquals(10 * MSS, control.threshold());
    }

    /** RFC 3742: at most half of max_ssthresh, 50 segments, each round trip. */
    @Test
    void shouldLimitSlowStartOfALargeWindow() {
        control.start(MSS, 50 * MSS);
        round();
        assertEquals(100 * MSS, control.window());

        control.start(MSS, 1000 * MSS);
        round();

        assertTrue(control.inSlowStart());
        assertEquals(50 * MSS, control.window() - 1000 * MSS, 2 * MSS);
    }

    @Test
    void shouldGoToOneSegmentOnATimeoutAndKeepTheThresholdOfTheFirst() {
        control.start(MSS, 1000 * MSS);

        control.onTimeout(1000 * MSS, false, now);
        int threshold = control.threshold();
        control.onTimeout(MSS, true, now);

        assertEquals(MSS, control.window());
        assertEquals(670 * MSS, threshold, MSS);
        assertEquals(threshold, control.threshold());
    }

    @Test
    void shouldTakeBackACutThatProvedNeedless() {
        control.start(MSS, 500 * MSS);

        control.remember();
        control.onLoss(500 * MSS, now);
        control.onRecovered();
        control.undo();

        assertEquals(500 * MSS, control.window());
    }
}
