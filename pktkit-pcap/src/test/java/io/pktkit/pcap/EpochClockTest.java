// SPDX-License-Identifier: MIT
package io.pktkit.pcap;

import static org.junit.jupiter.api.Assertions.assertTrue;

import java.time.Instant;
import org.junit.jupiter.api.Test;

class EpochClockTest {

    /** Through some readings anew. The clock may be slewed meanwhile, and this thread suspended, but not by a second. */
    @Test
    void shouldTellTheTimeOfDay() {
        long first = EpochClock.nowNanos();
        long begun = System.nanoTime();
        do {
            long before = Instant.now().toEpochMilli();
            long told = EpochClock.nowNanos() / 1_000_000;
            long after = Instant.now().toEpochMilli();

            assertTrue(before - 1000 <= told && told <= after + 1000, before + " " + told + " " + after);
        } while (System.nanoTime() - begun < 250_000_000L);
        assertTrue(EpochClock.nowNanos() - first > 200_000_000L, "it goes on between the readings");
    }
}
