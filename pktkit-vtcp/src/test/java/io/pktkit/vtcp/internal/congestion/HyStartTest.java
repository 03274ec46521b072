// SPDX-License-Identifier: MIT
package io.pktkit.vtcp.internal.congestion;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.Test;

class HyStartTest {
    private static final long MS = 1_000_000L;
    private final HyStart hyStart = new HyStart();
    private long una = 1;

    /** One round of ten samples; whether slow start ended in it. */
    private boolean round(long rtt) {
        boolean over = false;
        long nxt = una + 10_000;
        for (int i = 0; i < 10; i++) {
            over |= hyStart.onSample(rtt, una, nxt);
        }
        una = nxt;
        return over;
    }

    @Test
    void shouldGoOnWhileTheDelayStays() {
        for (int i = 0; i < 50; i++) {
            assertFalse(round(100 * MS));
        }

        assertFalse(hyStart.isConservative());
        assertEquals(1000, hyStart.scale(1000));
    }

    @Test
    void shouldSlowDownWhenARoundIsAnEighthLonger() {
        round(80 * MS);
        round(89 * MS);
        assertFalse(hyStart.isConservative());

        round(101 * MS);

        assertTrue(hyStart.isConservative());
        assertEquals(250, hyStart.scale(1000));
    }

    @Test
    void shouldAskForAtLeastFourMillisecondsAndAtMostSixteen() {
        round(MS);
        round(4 * MS);
        assertFalse(hyStart.isConservative());
        round(8 * MS);
        assertTrue(hyStart.isConservative());

        HyStart far = new HyStart();
        for (int i = 0; i < 10; i++) {
            far.onSample(400 * MS, 1, 1000);
        }
        for (int i = 0; i < 10; i++) {
            far.onSample(416 * MS, 1000, 2000);
        }
        assertTrue(far.isConservative());
    }

    @Test
    void shouldEndSlowStartAfterFiveRoundsOfSlowerGrowth() {
        round(80 * MS);
        round(100 * MS);
        for (int i = 0; i < 4; i++) {
            assertFalse(round(100 * MS));
        }

        assertTrue(round(100 * MS));
        assertEquals(1000, hyStart.scale(1000));
    }

    @Test
    void shouldTakeUpSpeedAgainWhenTheDelayFalls() {
        round(80 * MS);
        round(100 * MS);

        round(85 * MS);

        assertFalse(hyStart.isConservative());
    }

    @Test
    void shouldNotJudgeARoundOfFewSamples() {
        round(80 * MS);
        for (int i = 0; i < HyStart.N_RTT_SAMPLE - 1; i++) {
            hyStart.onSample(200 * MS, una, una + 1000);
        }

        assertFalse(hyStart.isConservative());
    }
}
