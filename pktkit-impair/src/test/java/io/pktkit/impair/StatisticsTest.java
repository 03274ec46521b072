// SPDX-License-Identifier: MIT
package io.pktkit.impair;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.time.Duration;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Frequencies, each within five standard deviations of what was asked for. The seeds are fixed, so none of it flickers. */
class StatisticsTest {

    private static final int COUNT = 40_000;

    @ParameterizedTest
    @ValueSource(doubles = {0, 0.001, 0.1, 0.5, 0.99, 1})
    void shouldDoEachAsOftenAsAsked(double p) {
        Impairment impairment = Impairment.none().seed(11);
        LinkStats loss = run(impairment.loss(p));
        LinkStats others = run(impairment.duplicate(p).corrupt(p).reorder(p, Duration.ofMillis(1)));

        assertNear(p, loss.lost(), "loss");
        assertNear(p, others.duplicated(), "duplicate");
        assertNear(p, others.corrupted(), "corrupt");
        assertNear(p, others.reordered(), "reorder");
        assertEquals(COUNT + others.duplicated(), others.passed());
    }

    @Test
    void shouldLoseInBursts() {
        double enter = 0.01;
        double leave = 0.2;
        Bench bench = Bench.sending(Impairment.none().burst(enter, leave).seed(5));
        int lost = 0;
        int bursts = 0;
        boolean before = false;
        for (int i = 0; i < COUNT; i++) {
            long lostSoFar = bench.stats().lost();
            bench.send(i, 40);
            boolean now = bench.stats().lost() > lostSoFar;
            lost += now ? 1 : 0;
            bursts += now && !before ? 1 : 0;
            before = now;
        }

        // A burst is geometric with mean 1/leave: the mean over all has a deviation of
        // sqrt(1-leave)/leave/sqrt(bursts).
        double meanLength = (double) lost / bursts;
        assertEquals(1 / leave, meanLength, 5 * Math.sqrt(1 - leave) / leave / Math.sqrt(bursts));
        // A cycle of good and bad begins a burst each 1/enter + 1/leave messages.
        double expectedBursts = COUNT / (1 / enter + 1 / leave);
        assertEquals(expectedBursts, bursts, 5 * Math.sqrt(expectedBursts));
    }

    @Test
    void shouldLoseApartFromBurstsToo() {
        LinkStats both = run(Impairment.none().loss(0.1).burst(0.5, 0.5, 0.3).seed(9));

        // Good and bad are as likely as each other, and independent from one message to the next.
        assertNear(0.2, both.lost(), "lost");
    }

    @Test
    void shouldSpreadJitterEvenly() {
        long jitter = 1_000_000;
        Bench bench =
                Bench.sending(Impairment.none().jitter(Duration.ofNanos(jitter)).queue(COUNT, 1L << 40));
        bench.sendAll(COUNT, 40);
        bench.runAll();

        double sum = 0;
        int lowest = 0;
        for (Bench.Arrival arrival : bench.sent) {
            assertTrue(arrival.at() >= 0 && arrival.at() < jitter, () -> arrival.toString());
            sum += arrival.at();
            lowest += arrival.at() < jitter / 10 ? 1 : 0;
        }
        assertEquals(COUNT, bench.sent.size());
        assertEquals(jitter / 2.0, sum / COUNT, 5.0 * jitter / Math.sqrt(12.0 * COUNT));
        assertNear(0.1, lowest, "lowest tenth");
    }

    private static LinkStats run(Impairment impairment) {
        Bench bench = Bench.sending(impairment.queue(1 << 20, 1L << 40));
        for (int i = 0; i < COUNT; i++) {
            bench.send(i, 40);
            bench.time.advanceNanos(100_000);
        }
        bench.runAll();
        return bench.stats();
    }

    private static void assertNear(double p, long count, String what) {
        assertEquals(COUNT * p, (double) count, 5 * Math.sqrt(COUNT * p * (1 - p)), what);
    }
}
