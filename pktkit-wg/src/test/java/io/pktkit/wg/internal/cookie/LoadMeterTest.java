// SPDX-License-Identifier: MIT
package io.pktkit.wg.internal.cookie;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.Test;

class LoadMeterTest {

    private static final long SECOND = 1_000_000_000L;

    private final LoadMeter meter = new LoadMeter(10);

    @Test
    void shouldEngageAboveTheThresholdAndHoldForASecond() {
        for (int i = 0; i < 10; i++) {
            assertFalse(meter.arrived(-5));
        }
        assertTrue(meter.arrived(-5));
        assertTrue(meter.arrived(-5 + SECOND - 1));
        // That one was above the threshold of its second, too.
        assertTrue(meter.arrived(-5 + SECOND));
        assertTrue(meter.arrived(-5 + 2 * SECOND - 2));
        assertFalse(meter.arrived(-5 + 2 * SECOND - 1));
    }

    @Test
    void shouldStayUnderASteadyFlood() {
        int calm = 0;
        for (long at = 0; at < 10 * SECOND; at += SECOND / 20) {
            calm += meter.arrived(at) ? 0 : 1;
        }
        assertEquals(10, calm);
    }

    @Test
    void shouldStayCalmAtTheThreshold() {
        for (long at = 0; at < 10 * SECOND; at += SECOND / 10) {
            assertFalse(meter.arrived(at));
        }
    }

    @Test
    void shouldAlwaysBeUnderLoadWithoutAThreshold() {
        assertTrue(new LoadMeter(0).arrived(7));
    }
}
