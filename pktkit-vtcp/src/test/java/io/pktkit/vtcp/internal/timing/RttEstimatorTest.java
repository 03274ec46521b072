// SPDX-License-Identifier: MIT
package io.pktkit.vtcp.internal.timing;

import static org.junit.jupiter.api.Assertions.assertEquals;

import org.junit.jupiter.api.Test;

class RttEstimatorTest {
    private static final long MS = 1_000_000L;
    private final RttEstimator rtt = new RttEstimator(200 * MS, 60_000 * MS);

    @Test
    void shouldBeginWithASecond() {
        assertEquals(1000 * MS, rtt.timeout());
    }

    @Test
    void shouldTakeTheFirstMeasurementWhole() {
        rtt.sample(100 * MS, 1);

        assertEquals(100 * MS, rtt.smoothed());
        assertEquals(50 * MS, rtt.variation());
        assertEquals(300 * MS, rtt.timeout());
    }

    @Test
    void shouldWeighTheNextByAnEighthAndAQuarter() {
        rtt.sample(100 * MS, 1);

        rtt.sample(180 * MS, 1);

        assertEquals(110 * MS, rtt.smoothed());
        assertEquals(57_500_000, rtt.variation());
        assertEquals(100 * MS, rtt.minimum());
        assertEquals(340 * MS, rtt.timeout());
    }

    @Test
    void shouldWeighEachLessWhenARoundTripGivesMany() {
        rtt.sample(100 * MS, 1);

        rtt.sample(180 * MS, 10);

        assertEquals(101 * MS, rtt.smoothed());
    }

    @Test
    void shouldBoundTheVarianceTermFromBelow() {
        rtt.sample(300 * MS, 1);
        for (int i = 0; i < 100; i++) {
            rtt.sample(300 * MS, 1);
        }

        assertEquals(500 * MS, rtt.timeout());
    }

    @Test
    void shouldDoubleUpToTheMaximumAndForgetItOnAMeasurement() {
        rtt.sample(100 * MS, 1);
        rtt.backOff();
        rtt.backOff();
        assertEquals(1200 * MS, rtt.timeout());
        for (int i = 0; i < 40; i++) {
            rtt.backOff();
        }
        assertEquals(60_000 * MS, rtt.timeout());

        rtt.sample(100 * MS, 1);

        assertEquals(0, rtt.backoff());
    }

    @Test
    void shouldStartWithThreeSecondsAfterALostSyn() {
        rtt.backOff();

        rtt.onSynLost();

        assertEquals(3000 * MS, rtt.timeout());
    }

    @Test
    void shouldNotTakeALeapOfTheClockForARoundTrip() {
        rtt.sample(100 * MS, 1);

        rtt.sample(6 * 3_600_000 * MS, 1);

        assertEquals(100 * MS + (60_000 - 100) * MS / 8, rtt.smoothed());
    }
}
