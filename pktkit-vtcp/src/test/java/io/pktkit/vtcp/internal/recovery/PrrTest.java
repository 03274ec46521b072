// SPDX-License-Identifier: MIT
package io.pktkit.vtcp.internal.recovery;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.Test;

/** The formulas of RFC 9937 section 6.2, with what they give worked out by hand. */
class PrrTest {
    private static final int MSS = 1000;

    private final Prr prr = new Prr();

    @Test
    void shouldSendInProportionToWhatArrivesWhileMoreIsInFlightThanTheThreshold() {
        prr.start(20_000, 10_000, false);

        assertEquals(16_500, prr.window(3000, false, 15_000, MSS)); // 3000 * 10 / 20
        prr.onSent(1000);
        assertEquals(16_000, prr.window(1000, false, 15_000, MSS)); // 4000 * 10 / 20 - 1000
        prr.onSent(1000);
        assertEquals(14_000, prr.window(0, true, 14_000, MSS)); // all that was earned is spent
    }

    @Test
    void shouldRoundTheQuotaUp() {
        prr.start(30_000, 10_000, false);

        assertEquals(20_334, prr.window(1000, false, 20_000, MSS)); // 333 and a third
        prr.start(30_000, 10_000, false);
        assertEquals(21_000, prr.window(3000, false, 20_000, MSS)); // no more where it divides
    }

    @Test
    void shouldSendWhatArrivedOnceLessIsInFlight() {
        prr.start(20_000, 10_000, false);

        assertEquals(7000, prr.window(2000, false, 5000, MSS));
        prr.onSent(1000);
        assertEquals(8000, prr.window(1000, false, 6000, MSS)); // 3000 in all, less 1000
        prr.onSent(4000);
        assertEquals(6500, prr.window(500, false, 6000, MSS)); // ahead already: what this one brings
    }

    @Test
    void shouldCatchUpByASegmentEachTimeThatNothingMoreIsLost() {
        prr.start(20_000, 10_000, false);

        assertEquals(8000, prr.window(2000, true, 5000, MSS));
    }

    @Test
    void shouldNotCatchUpBeyondTheThreshold() {
        prr.start(20_000, 10_000, false);

        assertEquals(10_000, prr.window(4000, true, 9500, MSS));
        assertEquals(10_000, prr.window(4000, true, 10_000, MSS), "at the threshold itself there is nothing to catch");
    }

    @Test
    void shouldLetTheFirstRepeatOutWhateverTheQuotaSays() {
        prr.start(20_000, 10_000, true);
        assertTrue(prr.isForced());

        assertEquals(16_000, prr.window(1000, false, 15_000, MSS));
        prr.onSent(1000);
        assertFalse(prr.isForced());
        assertEquals(15_000, prr.window(1000, false, 15_000, MSS));

        prr.force();
        assertEquals(16_000, prr.window(0, false, 15_000, MSS));
    }

    @Test
    void shouldForgetTheReductionBefore() {
        prr.start(20_000, 10_000, false);
        prr.window(8000, false, 12_000, MSS);
        prr.onSent(3000);

        prr.start(10_000, 5000, false);

        assertEquals(8000, prr.window(2000, false, 7000, MSS));
    }

    @Test
    void shouldTakeNoFlightForOneOctet() {
        prr.start(0, 2000, false);

        assertEquals(2000, prr.window(0, false, 2000, MSS));
    }
}
