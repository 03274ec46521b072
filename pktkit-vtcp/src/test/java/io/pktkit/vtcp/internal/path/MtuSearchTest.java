// SPDX-License-Identifier: MIT
package io.pktkit.vtcp.internal.path;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.HashMap;
import java.util.Map;
import java.util.Random;
import org.junit.jupiter.api.Test;

class MtuSearchTest {
    private static final long SECOND = 1_000_000_000L;

    private final MtuSearch search = new MtuSearch();
    private final Map<Integer, Integer> lost = new HashMap<>();
    private int probes;

    /** Answers each probe as a path would that takes packets of so many bytes. */
    private void run(int path, long now) {
        probes = 0;
        while (search.isRunning()) {
            int size = search.size();
            assertTrue(size > search.low(), "a probe of " + size + " tells nothing above " + search.low());
            assertTrue(++probes < 200, "no end");
            if (size <= path) {
                search.onPassed(size, now);
            } else {
                lost.merge(size, 1, Integer::sum);
                search.onFailed(size, now);
            }
        }
    }

    @Test
    void shouldComeWithinEightBytesOfEveryPath() {
        for (int path = 1064; path <= 1500; path++) {
            lost.clear();
            search.begin(1064, 1500, 0);
            run(path, 0);

            int missed = path - search.low();
            assertTrue(missed >= 0 && missed < 8, "path " + path + " found " + search.low());
            assertTrue(lost.values().stream().allMatch(n -> n == 3), "path " + path + " lost " + lost);
        }
    }

    @Test
    void shouldFindTheFirstHopExactly() {
        Random random = new Random(7);
        for (int i = 0; i < 500; i++) {
            int base = 552 + random.nextInt(800);
            int ceiling = base + random.nextInt(65_000 - base);
            search.begin(base, ceiling, 0);
            run(ceiling, 0);

            assertEquals(ceiling, search.low(), "base " + base);
        }
    }

    @Test
    void shouldBisect() {
        search.begin(1064, 1500, 0);
        assertEquals(1282, search.size());

        search.onPassed(1282, 0);

        assertEquals(1391, search.size());
    }

    @Test
    void shouldForgiveTwoLossesOfASize() {
        search.begin(1064, 1500, 0);
        search.onFailed(1282, 0);
        search.onFailed(1282, 0);
        assertEquals(1282, search.size());

        search.onPassed(1282, 0);
        search.onFailed(1391, 0);
        search.onFailed(1391, 0);
        assertEquals(1391, search.size());
        search.onFailed(1391, 0);

        assertEquals(1390, search.high());
        assertEquals(1336, search.size());
    }

    @Test
    void shouldSearchAgainAfterTenMinutesOnly() {
        search.begin(1064, 1500, 0);
        run(1400, 5 * SECOND);

        assertFalse(search.isStale(604 * SECOND));
        assertTrue(search.isStale(605 * SECOND));
        search.begin(search.low(), 1500, 605 * SECOND);
        assertFalse(search.isStale(2000 * SECOND), "while it runs");
        run(1500, 605 * SECOND);
        assertEquals(1500, search.low());
    }

    @Test
    void shouldTryWhatARouterTold() {
        search.begin(1064, 1500, 0);
        search.onTold(1200, 0);
        assertEquals(1200, search.size());

        search.onPassed(1200, 0);

        assertFalse(search.isRunning());
        assertEquals(1200, search.low());
    }

    @Test
    void shouldSearchBelowWhatARouterToldAndDoesNotTake() {
        search.begin(1064, 1500, 0);
        search.onTold(1200, 0);

        run(1150, 0);

        assertTrue(search.low() <= 1150 && search.low() > 1142, "found " + search.low());
    }

    @Test
    void shouldNotBeRaisedByARouter() {
        search.begin(1064, 1500, 0);
        search.onTold(9000, 0);

        assertEquals(1500, search.high());
        search.onTold(900, 0);
        assertFalse(search.isRunning());
        assertEquals(1064, search.low());
    }

    @Test
    void shouldHaveNothingToFindWhereTheBaseIsAll() {
        search.begin(1064, 1000, 0);

        assertFalse(search.isRunning());
    }
}
