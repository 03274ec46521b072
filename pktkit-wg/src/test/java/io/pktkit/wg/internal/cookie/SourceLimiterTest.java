// SPDX-License-Identifier: MIT
package io.pktkit.wg.internal.cookie;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.pktkit.wire.IpAddress;
import java.util.HashMap;
import java.util.Map;
import java.util.Random;
import org.junit.jupiter.api.Test;

class SourceLimiterTest {

    private static final long MILLI = 1_000_000L;
    private static final long SECOND = 1000 * MILLI;

    private final SourceLimiter limiter = new SourceLimiter();
    private final long start = Long.MAX_VALUE - 2 * SECOND;

    @Test
    void shouldAllowFiveAtOnceAndTwentyASecond() {
        IpAddress source = IpAddress.parse("192.0.2.1");
        for (int i = 0; i < 5; i++) {
            assertTrue(limiter.allow(source, start));
        }
        assertFalse(limiter.allow(source, start));
        assertFalse(limiter.allow(source, start + 50 * MILLI - 1));
        assertTrue(limiter.allow(source, start + 50 * MILLI));
        assertFalse(limiter.allow(source, start + 50 * MILLI));
        int allowed = 0;
        for (int i = 1; i <= 1000; i++) {
            allowed += limiter.allow(source, start + 50 * MILLI + i * MILLI) ? 1 : 0;
        }
        assertEquals(20, allowed);
    }

    @Test
    void shouldTakeASixtyFourForOneSource() {
        for (int i = 0; i < 5; i++) {
            assertTrue(limiter.allow(IpAddress.parse("2001:db8::" + (i + 1)), start));
        }
        assertFalse(limiter.allow(IpAddress.parse("2001:db8::ffff:ffff:ffff:ffff"), start));
        assertTrue(limiter.allow(IpAddress.parse("2001:db8:0:1::1"), start));
    }

    @Test
    void shouldTakeAMappedAddressForIpv4() {
        for (int i = 0; i < 5; i++) {
            assertTrue(limiter.allow(IpAddress.parse("::ffff:192.0.2.1"), start));
        }
        assertFalse(limiter.allow(IpAddress.parse("192.0.2.1"), start));
    }

    @Test
    void shouldRefuseNewcomersWhenFullAndForgetTheIdle() {
        for (int i = 0; i < SourceLimiter.MAX_SOURCES; i++) {
            assertTrue(limiter.allow(IpAddress.ofIpv4(0x0A000000 + i), start));
        }
        assertFalse(limiter.allow(IpAddress.parse("192.0.2.1"), start + SECOND / 2));
        assertTrue(limiter.allow(IpAddress.ofIpv4(0x0A000000), start + SECOND / 2));
        assertEquals(SourceLimiter.MAX_SOURCES, limiter.size());
        assertTrue(limiter.allow(IpAddress.parse("192.0.2.1"), start + SECOND + 1));
        assertEquals(2, limiter.size());
    }

    private static IpAddress source(int number) {
        return IpAddress.ofIpv4(number);
    }

    @Test
    void shouldForgetASourceAfterASecondAndNotEarlier() {
        assertTrue(limiter.allow(source(1), start));
        assertTrue(limiter.allow(source(2), start + 1));
        assertTrue(limiter.allow(source(3), start + SECOND + 1));
        assertEquals(2, limiter.size(), "the second was silent for just a second");
        assertTrue(limiter.allow(source(2), start + SECOND + 1));
        assertEquals(2, limiter.size());
        assertTrue(limiter.allow(source(4), start + SECOND + 2));
        // A second after the last time it looked.
        assertTrue(limiter.allow(source(5), start + 2 * SECOND + 2));
        assertEquals(2, limiter.size(), "only those of the last second");
    }

    @Test
    void shouldLookAfterExactlyASecond() {
        assertTrue(limiter.allow(source(1), start));
        assertTrue(limiter.allow(source(2), start + 1));
        assertTrue(limiter.allow(source(3), start + SECOND + 1));
        assertTrue(limiter.allow(source(4), start + 2 * SECOND + 1));
        assertEquals(2, limiter.size(), "the second is gone");
    }

    private void exhaust(int number, long now) {
        for (int i = 0; i < 5; i++) {
            assertTrue(limiter.allow(source(number), now));
        }
    }

    @Test
    void shouldRememberThoseWhoHaveNothingLeftWhenItGrowsAndWhenItShrinks() {
        for (int number = 0; number < 1000; number++) {
            exhaust(number, start);
        }
        assertEquals(1000, limiter.size());
        for (int number = 0; number < 1000; number++) {
            assertFalse(limiter.allow(source(number), start), "source " + number);
        }
        for (int number = 1000; number < 2000; number++) {
            assertTrue(limiter.allow(source(number), start), "nobody pays for another: " + number);
        }
        long later = start + SECOND + 1;
        exhaust(7, start + SECOND - 1);
        assertTrue(limiter.allow(source(8), later));
        assertEquals(2, limiter.size());
        assertFalse(limiter.allow(source(7), later));
        assertEquals(2, limiter.size());
    }

    @Test
    void shouldForgetTheIdleAgainAndAgain() {
        for (int round = 0; round < 12; round++) {
            long now = start + 2L * round * SECOND;
            for (int i = 0; i < 20_000; i++) {
                assertTrue(limiter.allow(source(round * 20_000 + i), now));
            }
            assertEquals(20_000, limiter.size());
        }
    }

    @Test
    void shouldAgreeWithANaiveModel() {
        for (long seed = 0; seed < 20; seed++) {
            Random random = new Random(seed);
            SourceLimiter table = new SourceLimiter();
            Map<Integer, long[]> model = new HashMap<>();
            long now = start;
            for (int i = 0; i < 20_000; i++) {
                now += random.nextInt(3 * (int) MILLI);
                int source = random.nextInt(random.nextBoolean() ? 5 : 300);
                long[] bucket = model.computeIfAbsent(source, key -> new long[] {250 * MILLI, start});
                bucket[0] = Math.min(250 * MILLI, bucket[0] + now - bucket[1]);
                bucket[1] = now;
                boolean allowed = bucket[0] >= 50 * MILLI;
                bucket[0] -= allowed ? 50 * MILLI : 0;
                assertEquals(allowed, table.allow(IpAddress.ofIpv4(source), now), "seed=" + seed + " step=" + i);
            }
        }
    }
}
