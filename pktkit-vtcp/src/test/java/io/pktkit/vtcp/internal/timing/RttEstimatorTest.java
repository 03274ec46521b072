// SPDX-License-Identifier: MIT
package io.pktkit.vtcp.internal.timing;

import static org.junit.jupiter.api.Assertions.assertEquals;

import io.pktkit.vtcp.TcpConfig;
import org.junit.jupiter.api.Test;

class RttEstimatorTest {
    private static final long MS = 1_000_000L;
    private final RttEstimator rtt = new RttEstimator(TcpConfig.defaults());

    @Test
    void shouldBeginWithASecond() {
        assertEquals(1000 * MS, rtt.timeout());
    }

    @Test
    void shouldTakeTheFirstMeasurementWhole() {
        rtt.sample(100 * MS, 1, 0);

        assertEquals(100 * MS, rtt.smoothed());
        assertEquals(50 * MS, rtt.variation());
        assertEquals(300 * MS, rtt.timeout());
    }

    @Test
    void shouldWeighTheNextByAnEighthAndAQuarter() {
        rtt.sample(100 * MS, 1, 0);

        rtt.sample(180 * MS, 1, 0);

        assertEquals(110 * MS, rtt.smoothed());
        assertEquals(57_500_000, rtt.variation());
        assertEquals(100 * MS, rtt.minimum());
        assertEquals(340 * MS, rtt.timeout());
    }

    @Test
    void shouldWeighEachLessWhenARoundTripGivesMany() {
        rtt.sample(100 * MS, 1, 0);

        rtt.sample(180 * MS, 10, 0);

        assertEquals(101 * MS, rtt.smoothed());
    }

    @Test
    void shouldBoundTheVarianceTermFromBelow() {
        rtt.sample(300 * MS, 1, 0);
        for (int i = 0; i < 100; i++) {
            rtt.sample(300 * MS, 1, 0);
        }

        assertEquals(500 * MS, rtt.timeout());
    }

    @Test
    void shouldDoubleUpToTheMaximumAndForgetItOnAMeasurement() {
        rtt.sample(100 * MS, 1, 0);
        rtt.backOff();
        rtt.backOff();
        assertEquals(1200 * MS, rtt.timeout());
        for (int i = 0; i < 40; i++) {
            rtt.backOff();
        }
        assertEquals(60_000 * MS, rtt.timeout());

        rtt.sample(100 * MS, 1, 0);

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
        rtt.sample(100 * MS, 1, 0);

        rtt.sample(6 * 3_600_000 * MS, 1, 0);

        assertEquals(100 * MS + (60_000 - 100) * MS / 8, rtt.smoothed());
    }

    /** RFC 8985 section 6.2, step 1: a path that has become longer is not judged by what it was. */
    @Test
    void shouldForgetTheSmallestRoundTripAfterTenMinutes() {
        long minute = 60_000 * MS;
        rtt.sample(10 * MS, 1, 0);
        rtt.sample(100 * MS, 1, 4 * minute);
        rtt.sample(110 * MS, 1, 6 * minute);
        assertEquals(10 * MS, rtt.minimum());

        rtt.sample(120 * MS, 1, 11 * minute);
        assertEquals(110 * MS, rtt.minimum());
        rtt.sample(130 * MS, 1, 60 * minute);

        assertEquals(130 * MS, rtt.minimum());
    }

    @Test
    void shouldHaveNoSmallestRoundTripBeforeTheFirst() {
        assertEquals(0, rtt.minimum());
    }
}
