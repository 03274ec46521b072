// SPDX-License-Identifier: MIT
package io.pktkit.ovpn.internal.rules;

import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;

class SessionBudgetTest {

    private static final long SECOND = TimeUnit.SECONDS.toNanos(1);

    private final SessionBudget budget = new SessionBudget(4);

    @Test
    void shouldLetFourBeginInAMinuteOfEachPeer() {
        for (int i = 0; i < 4; i++) {
            assertTrue(budget.isLeft("a", i * SECOND));
            budget.take("a", i * SECOND);
        }
        assertFalse(budget.isLeft("a", 59 * SECOND));
        assertTrue(budget.isLeft("b", 59 * SECOND), "another port of the same address translator");
        assertTrue(budget.isLeft("a", 60 * SECOND));
        budget.take("a", 60 * SECOND);
        assertTrue(budget.isLeft("a", 61 * SECOND));
    }

    @Test
    void shouldNotCountWhoComesIn() {
        budget.refund("a");
        for (int i = 0; i < 9; i++) {
            assertTrue(budget.isLeft("a", SECOND));
            budget.take("a", SECOND);
            budget.refund("a");
        }
        budget.refund("a");
        for (int i = 0; i < 4; i++) {
            budget.take("a", SECOND);
        }
        assertFalse(budget.isLeft("a", SECOND), "none was given back that was not taken");
    }

    @Test
    void shouldRefuseNobodyForWhatManyOthersDo() {
        for (int i = 0; i < 10_000; i++) {
            assertTrue(budget.isLeft(i, SECOND));
            budget.take(i, SECOND);
        }
        for (int i = 0; i < 3; i++) {
            budget.take(9_999, SECOND);
        }
        assertFalse(budget.isLeft(9_999, SECOND), "the latest are remembered");
    }
}
