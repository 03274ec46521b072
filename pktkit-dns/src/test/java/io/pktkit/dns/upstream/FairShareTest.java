// SPDX-License-Identifier: MIT
package io.pktkit.dns.upstream;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import org.junit.jupiter.api.Test;

class FairShareTest {
    private static boolean take(FairShare<Object[]> share, String principal, boolean proven) {
        if (!share.hasRoom()) {
            Object[] victim = share.victim(principal, proven);
            if (victim == null) {
                return false;
            }
            share.remove(victim[0], victim);
        }
        share.add(principal, proven, new Object[] {principal});
        return true;
    }

    private static Map<Object, Integer> counts(FairShare<Object[]> share) {
        Map<Object, Integer> counts = new HashMap<>();
        share.all().forEach(place -> counts.merge(place[0], 1, Integer::sum));
        return counts;
    }

    @Test
    void shouldGiveAllToOneAndThenEqualShares() {
        FairShare<Object[]> share = new FairShare<>(90);
        for (int i = 0; i < 90; i++) {
            assertTrue(take(share, "a", true));
        }
        assertNull(share.victim("a", true));
        for (int i = 0; i < 300; i++) {
            take(share, i % 2 == 0 ? "b" : "c", true);
        }

        assertEquals(Map.of("a", 30, "b", 30, "c", 30), counts(share));
    }

    @Test
    void shouldGiveUpTheUnprovenFirst() {
        FairShare<Object[]> share = new FairShare<>(100);
        for (int i = 0; i < 1000; i++) {
            take(share, "forged" + i, false);
        }
        for (int i = 0; i < 50; i++) {
            assertTrue(take(share, "proven", true), "place " + i);
        }
        for (int i = 0; i < 1000; i++) {
            take(share, "forged" + i, false);
        }

        assertTrue(counts(share).getOrDefault("proven", 0) >= 25, "a quarter is spared");
    }

    @Test
    void shouldKeepItsCountWhateverHappens() {
        long seed = new Random().nextLong();
        Random random = new Random(seed);
        FairShare<Object[]> share = new FairShare<>(40);
        List<Object[]> held = new ArrayList<>();
        for (int i = 0; i < 50_000; i++) {
            String principal = "p" + random.nextInt(8);
            boolean proven = principal.charAt(1) % 2 == 0;
            if (random.nextInt(3) > 0) {
                if (!share.hasRoom()) {
                    int most = counts(share).values().stream()
                            .mapToInt(Integer::intValue)
                            .max()
                            .orElse(0);
                    Object[] victim = share.victim(principal, proven);
                    if (victim == null) {
                        assertTrue(most <= 40, "seed=" + seed);
                        continue;
                    }
                    assertTrue(held.remove(victim), "seed=" + seed);
                    share.remove(victim[0], victim);
                    share.remove(victim[0], victim); // twice does no harm
                }
                Object[] place = {principal};
                held.add(place);
                share.add(principal, proven, place);
            } else if (!held.isEmpty()) {
                Object[] place = held.remove(random.nextInt(held.size()));
                share.remove(place[0], place);
            }
            assertEquals(held.size(), share.taken(), "seed=" + seed + " i=" + i);
        }
        for (Object[] place : List.copyOf(held)) {
            share.remove(place[0], place);
        }
        assertEquals(0, share.taken());
        assertNotNull(share.all());
        assertNull(share.victim("p0", true));
    }
}
