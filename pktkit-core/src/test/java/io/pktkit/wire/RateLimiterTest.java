// SPDX-License-Identifier: MIT
package io.pktkit.wire;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class RateLimiterTest {

    private static final long SECOND = 1_000_000_000L;

    @ParameterizedTest
    @ValueSource(longs = {0, -5, Long.MAX_VALUE - 3, Long.MIN_VALUE})
    void shouldStartFullAndRefill(long start) {
        RateLimiter limiter = new RateLimiter(10, 3);

        assertEquals(3, acquired(limiter, start, 5));
        assertFalse(limiter.tryAcquire(start + SECOND / 10 - 1));
        assertTrue(limiter.tryAcquire(start + SECOND / 10));
        assertFalse(limiter.tryAcquire(start + SECOND / 10));
        assertEquals(3, acquired(limiter, start + 3600 * SECOND, 5));
    }

    @Test
    void shouldNotLoseFractionsOfATokenToFrequentCalls() {
        RateLimiter limiter = new RateLimiter(1000, 1);
        int granted = 0;
        for (long now = 0; now <= SECOND; now += 100_000) {
            granted += limiter.tryAcquire(now) ? 1 : 0;
        }

        assertEquals(1001, granted);
    }

    @Test
    void shouldNotRefillWhenTheTimeGoesBack() {
        RateLimiter limiter = new RateLimiter(1, 1);

        assertTrue(limiter.tryAcquire(SECOND));
        assertFalse(limiter.tryAcquire(0));
        assertFalse(limiter.tryAcquire(2 * SECOND - 1));
        assertTrue(limiter.tryAcquire(2 * SECOND));
    }

    @Test
    void shouldRefuseRatesThatAreNone() {
        assertThrows(IllegalArgumentException.class, () -> new RateLimiter(0, 1));
        assertThrows(IllegalArgumentException.class, () -> new RateLimiter(1, 0));
        assertThrows(IllegalArgumentException.class, () -> new RateLimiter(1_000_000_001, 1));
    }

    private static int acquired(RateLimiter limiter, long now, int tries) {
        int granted = 0;
        for (int i = 0; i < tries; i++) {
            granted += limiter.tryAcquire(now) ? 1 : 0;
        }
        return granted;
    }
}
