// SPDX-License-Identifier: MIT
package io.pktkit.impair;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.math.BigInteger;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

class DeterminismTest {

    private static final Impairment WILD = Impairment.none()
            .delay(Duration.ofNanos(300_000))
            .jitter(Duration.ofNanos(500_000))
            .loss(0.05)
            .burst(0.02, 0.3)
            .duplicate(0.05)
            .corrupt(0.05)
            .reorder(0.05, Duration.ofMillis(2))
            .rate(100_000_000)
            .queue(64, 20_000);

    @Test
    void shouldMeetTheSameFateWithTheSameSeed() {
        assertEquals(log(WILD.seed(7)), log(WILD.seed(7)));
        assertNotEquals(log(WILD.seed(7)), log(WILD.seed(8)));
    }

    @Test
    void shouldDifferBetweenDirections() {
        Impairment half = Impairment.none().loss(0.5);
        Bench bench = new Bench(half, half);

        for (int i = 0; i < 100; i++) {
            bench.send(i, 40);
            bench.inject(i, 40);
        }

        assertNotEquals(bench.sentNumbers(), bench.receivedNumbers());
    }

    @Test
    void shouldLoseTheSameMessagesWhateverElseIsConfigured() {
        Bench plain = Bench.sending(Impairment.none().loss(0.3));
        Bench more = Bench.sending(Impairment.none()
                .loss(0.3)
                .jitter(Duration.ofMillis(1))
                .corrupt(0.5)
                .reorder(0.5, Duration.ofMillis(1)));

        for (int i = 0; i < 500; i++) {
            plain.send(i, 40);
            more.send(i, 40);
        }
        plain.runAll();
        more.runAll();

        assertEquals(plain.stats().lost(), more.stats().lost());
        assertTrue(plain.stats().lost() > 0);
    }

    @Test
    void shouldBeginAnewWithAnotherSeedAndGoOnWithTheSame() {
        Impairment half = Impairment.none().loss(0.5).seed(3);
        Bench bench = Bench.sending(half);
        bench.sendAll(64, 40);
        List<Integer> first = bench.sentNumbers();

        bench.sent.clear();
        bench.link.update(half.loss(0.5));
        bench.sendAll(64, 40);
        List<Integer> second = bench.sentNumbers();
        bench.sent.clear();
        bench.link.update(half.seed(4));
        bench.link.update(half);
        bench.sendAll(64, 40);

        assertNotEquals(first, second);
        assertEquals(first, bench.sentNumbers());
    }

    @Test
    void shouldBeTheDocumentedGenerator() {
        Dice dice = new Dice(0, Direction.SEND);
        // SplitMix64 of seed 0 begins with 0xE220A8397B1DCDAF, by its reference implementation.
        BigInteger state = new BigInteger("E220A8397B1DCDAF", 16);

        for (int i = 0; i < 100; i++) {
            state = state.xor(state.shiftRight(12));
            state = cut(state.xor(state.shiftLeft(25)));
            state = state.xor(state.shiftRight(27));
            BigInteger expected = cut(state.multiply(new BigInteger("2545F4914F6CDD1D", 16)));

            assertEquals(expected.longValue(), dice.nextLong(), "number " + i);
        }
    }

    @Test
    void shouldMatchTheKnownFirstNumberOfSeedOne() {
        Dice dice = new Dice(0, Direction.SEND);
        dice.start(1);

        assertEquals(5180492295206395165L, dice.nextLong());
    }

    @Test
    void shouldNotStandStillAtZero() {
        Dice dice = new Dice(0, Direction.SEND);
        dice.start(0);

        assertNotEquals(0, dice.nextLong());
    }

    private static BigInteger cut(BigInteger value) {
        return value.and(BigInteger.ONE.shiftLeft(64).subtract(BigInteger.ONE));
    }

    private static List<String> log(Impairment impairment) {
        Bench bench = new Bench(impairment, impairment);
        List<String> log = new ArrayList<>();
        for (int i = 0; i < 1000; i++) {
            log.add(i + " " + bench.send(i, 40 + i % 400));
            bench.inject(i, 40 + i % 300);
            bench.time.advanceNanos(i % 7 * 10_000L);
        }
        bench.runAll();
        bench.sent.forEach(arrival -> log.add("sent " + arrival));
        bench.received.forEach(arrival -> log.add("received " + arrival));
        log.add(bench.stats().toString());
        assertTrue(bench.sent.size() > 100);
        return log;
    }
}
