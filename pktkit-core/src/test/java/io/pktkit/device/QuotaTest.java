// SPDX-License-Identifier: MIT
package io.pktkit.device;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.Test;

class QuotaTest {

    @Test
    void shouldGiveItsPlacesAndNoMore() {
        Quota quota = new Quota(3);

        assertTrue(quota.tryAcquire(2));
        assertFalse(quota.tryAcquire(2), "one is left");
        assertEquals(2, quota.used(), "what is refused takes nothing");
        assertTrue(quota.tryAcquire());
        assertFalse(quota.tryAcquire());
        assertTrue(quota.tryAcquire(0));

        assertEquals(3, quota.used());
        assertEquals(3, quota.limit());
    }

    @Test
    void shouldTakeBackWhatWasGiven() {
        Quota quota = new Quota(3);
        quota.tryAcquire(3);

        quota.release();
        quota.release(2);
        quota.release(0);

        assertEquals(0, quota.used());
        assertTrue(quota.tryAcquire(3));
    }

    @Test
    void shouldRefuseToTakeBackMoreThanItGave() {
        Quota quota = new Quota(3);
        quota.tryAcquire(2);

        IllegalStateException more = assertThrows(IllegalStateException.class, () -> quota.release(3));
        assertThrows(IllegalStateException.class, () -> quota.release(-1));

        assertEquals("released more than was taken: places=3 used=2", more.getMessage());
        assertEquals(2, quota.used(), "as before");
    }

    @Test
    void shouldHaveNoPlacesWhereThereAreNone() {
        Quota none = new Quota(0);

        assertFalse(none.tryAcquire());
        assertThrows(IllegalArgumentException.class, () -> new Quota(-1));
        assertThrows(IllegalArgumentException.class, () -> none.tryAcquire(-1));
    }

    @Test
    void shouldNotOverflow() {
        Quota all = new Quota(Integer.MAX_VALUE);

        assertTrue(all.tryAcquire(Integer.MAX_VALUE));
        assertFalse(all.tryAcquire(Integer.MAX_VALUE));
    }
}
