// SPDX-License-Identifier: MIT
package io.pktkit.vtcp.internal.congestion;

import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.Test;

class FullPipeTest {
    private final FullPipe pipe = new FullPipe();

    @Test
    void shouldBeFullAfterThreeRoundTripsWithoutAQuarterMore() {
        pipe.update(100, true, false);
        pipe.update(124, true, false);
        pipe.update(124, true, false);
        assertFalse(pipe.isFull());

        pipe.update(124, true, false);

        assertTrue(pipe.isFull());
        assertTrue(pipe.wasEverFull());
    }

    @Test
    void shouldBeginAnewWithEachQuarterMore() {
        for (long rate = 100; rate < 100_000; rate = rate * 5 / 4 + 1) {
            pipe.update(rate, true, false);
            pipe.update(rate, true, false);
            pipe.update(rate, true, false);
        }

        assertFalse(pipe.isFull());
    }

    @Test
    void shouldSeeGrowthInASampleThatBeginsNoRoundTrip() {
        pipe.update(100, true, false);
        pipe.update(90, true, false);
        pipe.update(90, true, false);

        pipe.update(130, false, false);
        pipe.update(120, true, false);

        assertFalse(pipe.isFull());
    }

    /** Reordering: what begins a round trip may be a late segment without a rate. */
    @Test
    void shouldCountARoundTripWhoseFirstSampleHasNoRate() {
        pipe.update(100, true, false);
        for (int i = 0; i < 3; i++) {
            pipe.update(0, true, false);
            pipe.update(100, false, false);
        }

        assertTrue(pipe.isFull());
    }

    @Test
    void shouldNotCountRoundTripsThatTheApplicationLimited() {
        pipe.update(100, true, false);
        for (int i = 0; i < 10; i++) {
            pipe.update(50, true, true);
        }

        assertFalse(pipe.isFull());
    }

    @Test
    void shouldRememberThatItWasFull() {
        for (int i = 0; i < 4; i++) {
            pipe.update(100, true, false);
        }

        pipe.restart(100);

        assertFalse(pipe.isFull());
        assertTrue(pipe.wasEverFull());
    }
}
