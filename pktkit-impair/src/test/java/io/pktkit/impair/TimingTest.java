// SPDX-License-Identifier: MIT
package io.pktkit.impair;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.pktkit.device.DropReason;
import io.pktkit.time.Timers;
import io.pktkit.wire.Packet;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class TimingTest {

    private static final Impairment NONE = Impairment.none();
    private static final Impairment SLOW = NONE.delay(Duration.ofMillis(10));
    private static final long MILLI = 1_000_000;

    @ParameterizedTest
    @ValueSource(longs = {0, -5, Long.MAX_VALUE - 3_000_000, Long.MIN_VALUE})
    void shouldDelayByTheDelay(long start) {
        Bench bench = new Bench(SLOW, NONE, start);
        bench.send(1, 40);

        bench.time.advanceNanos(10 * MILLI - 1);
        assertTrue(bench.sent.isEmpty());
        bench.time.advanceNanos(1);

        assertEquals(List.of(1), bench.sentNumbers());
        assertEquals(1, bench.device.stats().snapshot().sentPackets());
    }

    @Test
    void shouldKeepTheDirectionsApart() {
        Bench bench = new Bench(SLOW.rate(1000).queue(1, 256), SLOW);

        bench.send(1, 100);
        assertFalse(bench.send(2, 10), "the queue of this direction is full");
        bench.inject(3, 40);
        bench.time.advanceNanos(10 * MILLI);

        assertEquals(1, bench.received.size(), "the other line is free");
        assertTrue(bench.sent.isEmpty());
        bench.runAll();
        assertEquals(List.of(810 * MILLI), bench.sentTimes());
    }

    @Test
    void shouldFindTheLineFreeAfterAPartition() {
        Bench bench = Bench.sending(NONE.rate(8000));
        bench.sendAll(100, 1000);
        bench.time.advanceNanos(500 * MILLI);
        bench.link.partition();
        bench.link.heal();
        bench.send(7, 1000);
        bench.runAll();

        assertEquals(List.of(1500 * MILLI), bench.sentTimes());
    }

    @Test
    void shouldSerializeABurstBehindItself() {
        Bench bench = Bench.sending(NONE.rate(1_000_000).delay(Duration.ofMillis(5)));
        bench.sendAll(3, 1250);
        bench.runAll();

        assertEquals(List.of(15 * MILLI, 25 * MILLI, 35 * MILLI), bench.sentTimes());

        bench.sent.clear();
        bench.time.advanceNanos(MILLI);
        bench.send(3, 125);
        bench.runAll();

        assertEquals(List.of(42 * MILLI), bench.sentTimes(), "an idle line is free at once");
    }

    @Test
    void shouldNotRoundTheTimeOfALongBurst() {
        // 40 bytes at 3 bit/ns would be 106.67 ns each.
        Bench bench = Bench.sending(NONE.rate(3_000_000_000L));
        bench.sendAll(900, 40);
        bench.runAll();

        assertEquals(96_000, bench.sentTimes().get(899));
    }

    @Test
    void shouldBoundTheQueueByPackets() {
        Bench bench = Bench.sending(SLOW.queue(3, 1 << 20));

        List<Boolean> taken = new ArrayList<>();
        for (int i = 0; i < 5; i++) {
            taken.add(bench.send(i, 40));
        }
        bench.runAll();

        assertEquals(List.of(true, true, true, false, false), taken);
        assertEquals(List.of(0, 1, 2), bench.sentNumbers());
        assertEquals(2, bench.stats().overflowed());
        assertEquals(2, bench.device.stats().dropped(DropReason.QUEUE_FULL));
        assertTrue(bench.send(9, 40), "there is room again");
    }

    @Test
    void shouldBoundTheMemoryOfTheQueue() {
        Bench bench = Bench.sending(SLOW.queue(100, 1024));

        assertTrue(bench.send(0, 4), "the smallest buffer has 256 bytes");
        assertFalse(bench.send(1, 513), "which needs 1024");
        assertTrue(bench.send(2, 257));
        assertTrue(bench.send(3, 256));
        assertFalse(bench.send(4, 4));
        assertEquals(1024, bench.stats().queuedBytes());
        bench.runAll();

        assertEquals(0, bench.stats().queuedBytes());
        assertEquals(0, bench.stats().queuedPackets());
        assertEquals(List.of(0, 2, 3), bench.sentNumbers());
    }

    @ParameterizedTest
    @ValueSource(ints = {60, 512, 1514, 2049, 9014, 65_535, 200_000})
    void shouldHoldNoMoreMemoryThanTheBoundWhateverTheLength(int length) {
        int bound = 1 << 20;
        Bench bench = Bench.sending(SLOW.queue(1 << 20, bound));

        bench.sendAll(bound / 256 + 1, length);

        long queued = bench.stats().queuedBytes();
        assertTrue(queued <= bound && queued > bound / 2, "queued=" + queued);
        assertTrue(bench.stats().queuedPackets() * (long) length <= queued);
        assertTrue(queued <= bench.stats().queuedPackets() * Math.max(256L, 2L * length));
    }

    @Test
    void shouldNotTakeLineTimeForWhatIsDropped() {
        Bench bench = Bench.sending(NONE.rate(1_000_000).queue(1, 1 << 20));
        bench.send(0, 125);
        bench.send(1, 1250);
        bench.runAll();
        bench.send(2, 125);
        bench.runAll();

        assertEquals(List.of(MILLI, 2 * MILLI), bench.sentTimes());
    }

    @Test
    void shouldDuplicateJustBehindAndWithinTheLimit() {
        Bench bench = Bench.sending(SLOW.duplicate(1).queue(3, 1 << 20));

        bench.sendAll(2, 40);
        bench.runAll();

        assertEquals(List.of(0, 1, 0), bench.sentNumbers());
        assertEquals(List.of(10 * MILLI, 10 * MILLI, 10 * MILLI + 1000), bench.sentTimes());
        assertEquals(1, bench.stats().duplicated());
        assertEquals(1, bench.stats().duplicatesRefused());
        assertEquals(0, bench.stats().overflowed());
    }

    @Test
    void shouldObeyTheByteLimitWithDuplicates() {
        Bench bench = Bench.sending(SLOW.duplicate(1).queue(100, 511));

        bench.send(0, 51);

        assertEquals(1, bench.stats().duplicatesRefused());
        assertEquals(256, bench.stats().queuedBytes());
    }

    @Test
    void shouldReleaseByDeadlineAndThenByArrival() {
        long seed = 99;
        Random random = new Random(seed);
        Bench bench = Bench.sending(NONE.jitter(Duration.ofNanos(50)).queue(10_000, 1 << 30));
        for (int i = 0; i < 5000; i++) {
            bench.send(i, 4 + random.nextInt(100));
        }
        bench.runAll();

        assertEquals(5000, bench.sent.size());
        boolean overtaken = false;
        for (int i = 1; i < 5000; i++) {
            Bench.Arrival a = bench.sent.get(i - 1);
            Bench.Arrival b = bench.sent.get(i);
            assertTrue(a.at() < b.at() || (a.at() == b.at() && a.number() < b.number()), a + " " + b + " seed=" + seed);
            overtaken |= a.number() > b.number();
        }
        assertTrue(overtaken);
    }

    @Test
    void shouldKeepOrderWithoutJitterAlsoWhenTheLinkChanges() {
        long seed = 4;
        Random random = new Random(seed);
        Bench bench = Bench.sending(SLOW.rate(10_000_000));
        for (int i = 0; i < 2000; i++) {
            bench.send(i, 4 + random.nextInt(100));
            bench.time.advanceNanos(random.nextInt(200_000));
            if (i % 50 == 0) {
                Impairment next =
                        NONE.delay(Duration.ofNanos(random.nextInt(10_000_000))).rate(random.nextInt(3) * 5_000_000L);
                bench.link.update(Direction.SEND, random.nextInt(4) == 0 ? NONE : next);
            }
        }
        bench.runAll();

        List<Integer> numbers = bench.sentNumbers();
        assertEquals(numbers.stream().sorted().toList(), numbers, "seed=" + seed);
        assertEquals(2000 - bench.stats().overflowed(), numbers.size());
    }

    @Test
    void shouldLetWhatComesLaterOvertakeWhatIsHeldBack() {
        Bench bench = Bench.sending(NONE.reorder(1, Duration.ofMillis(1)));
        bench.send(0, 40);
        bench.link.update(NONE.reorder(0, Duration.ofMillis(1)));
        bench.send(1, 40);
        bench.runAll();

        assertEquals(List.of(1, 0), bench.sentNumbers());
        assertEquals(1, bench.stats().reordered());
    }

    @Test
    void shouldLoseWhatIsDelayedBeyondTheClock() {
        Bench bench = Bench.sending(NONE.delay(Duration.ofSeconds(Long.MAX_VALUE)));

        assertTrue(bench.send(0, 40));

        assertEquals(1, bench.stats().lost());
        assertEquals(1, bench.device.stats().dropped(DropReason.LINK_LOSS));
        assertEquals(Timers.NEVER, bench.link.poll());
    }

    @Test
    void shouldPassAtOnceWhatNeedsNoTime() {
        Bench bench = Bench.sending(NONE);
        bench.send(0, 40);
        bench.link.update(NONE.corrupt(1));
        bench.send(1, 40);

        assertEquals(2, bench.sent.size());
        assertEquals(0, bench.time.pending());
    }

    @Test
    void shouldTellTheTimeOfTheNextRelease() {
        Bench bench = new Bench(SLOW, SLOW.delay(Duration.ofMillis(4)));
        bench.send(0, 40);
        bench.inject(1, 40);

        assertEquals(4 * MILLI, bench.link.poll());
        bench.time.advanceNanos(4 * MILLI);
        assertEquals(6 * MILLI, bench.link.poll());
        bench.runAll();
        assertEquals(Timers.NEVER, bench.link.poll());
    }

    @Test
    void shouldDropEverythingInAPartitionUntilHealed() {
        Bench bench = new Bench(SLOW, NONE);
        ImpairedLink<Packet> link = bench.link;
        bench.send(0, 40);

        link.partition();
        assertTrue(bench.send(1, 40), "a sender does not see it");
        bench.inject(2, 40);
        bench.runAll();

        assertTrue(bench.sent.isEmpty() && bench.received.isEmpty());
        assertEquals(2, link.stats(Direction.SEND).cut());
        assertEquals(1, link.stats(Direction.RECEIVE).cut());
        assertEquals(3, bench.device.stats().dropped(DropReason.LINK_DOWN));

        link.heal(Direction.SEND);
        assertFalse(link.isPartitioned(Direction.SEND));
        assertTrue(link.isPartitioned(Direction.RECEIVE));
        bench.send(3, 40);
        bench.runAll();
        link.heal();
        bench.inject(4, 40);

        assertEquals(List.of(3), bench.sentNumbers());
        assertEquals(1, bench.received.size());
    }
}
