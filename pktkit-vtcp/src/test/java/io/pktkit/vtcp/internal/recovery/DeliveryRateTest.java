// SPDX-License-Identifier: MIT
package io.pktkit.vtcp.internal.recovery;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.pktkit.vtcp.internal.congestion.RateSample;
import java.util.Random;
import org.junit.jupiter.api.Test;

/** Segments of 1000 bytes; a rate of 1000 bytes a millisecond is 1,000,000. */
class DeliveryRateTest {
    private static final long MS = 1_000_000L;
    private static final int SIZE = 1000;

    private final DeliveryRate rate = new DeliveryRate();
    private final RateSample sample = rate.sample();
    private final AckFacts facts = new AckFacts();
    private final Scoreboard[] holder = new Scoreboard[1];
    private final RecordObserver observer = new RecordObserver() {
        @Override
        public void sent(SegmentRecords records, long id) {
            rate.onSent(records, id, holder[0].pipe());
        }

        @Override
        public void delivered(SegmentRecords records, long id) {
            rate.onDelivered(records, id);
        }
    };
    private final Scoreboard board = new Scoreboard(observer, null);
    private long next = 1;
    private long minimumRtt = MS;

    DeliveryRateTest() {
        holder[0] = board;
    }

    private void send(long at) {
        board.add(next, SIZE, at);
        next += SIZE;
    }

    /** Acknowledges up to the end of a segment, counted from 1. */
    private boolean ack(long at, int segment) {
        rate.begin();
        return generate(at, board.acknowledge(1 + (long) SIZE * segment));
    }

    private boolean sack(long at, int segment) {
        rate.begin();
        return generate(at, board.sack(1 + (long) SIZE * (segment - 1), 1 + (long) SIZE * segment));
    }

    private boolean generate(long at, long delivered) {
        facts.now = at;
        facts.delivered = delivered;
        return rate.generate(facts, minimumRtt, board.pipe());
    }

    @Test
    void shouldMeasureTheBottleneckAndNotTheBurstThatWasSent() {
        for (int i = 0; i < 20; i++) {
            send(0);
        }
        for (int i = 1; i <= 20; i++) {
            ack(50 * MS + i * MS, i);
            send(50 * MS + i * MS);
        }
        // the sending of the first flight took no time, and so the sample goes back to it
        ack(101 * MS, 21);
        assertEquals(51 * MS, sample.interval);
        send(101 * MS);
        for (int i = 22; i <= 40; i++) {
            ack(80 * MS + i * MS, i);
            send(80 * MS + i * MS);
        }
        for (int i = 41; i <= 60; i++) {
            ack(110 * MS + i * MS, i);
        }

        // twenty segments, each a millisecond after the one before, over a round trip of 50 ms
        assertEquals(50 * MS, sample.interval);
        assertEquals(20 * SIZE, sample.delivered);
        assertEquals(400_000, sample.deliveryRate);
        assertEquals(60 * SIZE, sample.totalDelivered);
        assertEquals(40 * SIZE, sample.priorDelivered);
        assertEquals(20 * SIZE, sample.txInFlight);
    }

    @Test
    void shouldNotTakeABurstOfAcknowledgmentsForAFastPath() {
        for (int i = 0; i < 100; i++) {
            send(i * MS);
        }
        for (int i = 1; i <= 100; i++) {
            ack(200 * MS, i); // all of them were held up, and come at once
        }

        assertEquals(100 * SIZE, sample.delivered);
        assertEquals(200 * MS, sample.interval);
        assertEquals(500_000, sample.deliveryRate);
    }

    @Test
    void shouldNotTakeABurstOfSegmentsForASlowSender() {
        for (int i = 0; i < 10; i++) {
            send(i * (10 * MS));
        }
        ack(100 * MS, 10);

        assertEquals(10 * SIZE, sample.delivered);
        assertEquals(100 * MS, sample.interval);
    }

    @Test
    void shouldCountFromTheSendingAfterAPause() {
        send(0);
        ack(10 * MS, 1);

        send(1000 * MS);
        ack(1010 * MS, 2);

        assertEquals(10 * MS, sample.interval);
        assertEquals(SIZE, sample.delivered);
        assertEquals(SIZE, sample.priorDelivered);
    }

    @Test
    void shouldMeasureSelectiveAcknowledgmentsOnce() {
        for (int i = 0; i < 4; i++) {
            send(0);
        }
        assertTrue(sack(10 * MS, 3));
        assertEquals(SIZE, sample.newlyAcked);

        assertFalse(sack(11 * MS, 3));
        assertTrue(ack(12 * MS, 4));

        assertEquals(3 * SIZE, sample.newlyAcked);
        assertEquals(4 * SIZE, sample.totalDelivered);
        assertEquals(4 * SIZE, sample.delivered);
    }

    @Test
    void shouldGiveNoRateForARepeatThatWasNotNeeded() {
        send(0);
        board.markLost(0);
        board.resent(0, 10 * MS);

        minimumRtt = 10 * MS;
        ack(11 * MS, 1); // of the first transmission

        assertEquals(0, sample.deliveryRate);
        assertEquals(0, sample.interval);
        assertEquals(SIZE, sample.newlyAcked);
    }

    @Test
    void shouldTellOfWhatWasLostMeanwhile() {
        for (int i = 0; i < 5; i++) {
            send(0);
        }
        long before = board.pipe();
        board.loseOldest();
        board.loseOldest();
        rate.onLost(before - board.pipe());
        send(1);
        sack(10 * MS, 6);
        assertEquals(2 * SIZE, sample.newlyLost);
        assertEquals(0, sample.lost);
        assertEquals(4 * SIZE, sample.txInFlight);

        sack(11 * MS, 5);

        assertEquals(0, sample.newlyLost);
        assertEquals(2 * SIZE, sample.lost);
        assertEquals(5 * SIZE, sample.txInFlight);
        assertEquals(2 * SIZE, sample.inFlight);
    }

    @Test
    void shouldTellOfLossesThatCameWithoutADelivery() {
        send(0);
        rate.onLost(SIZE);

        assertTrue(generate(5 * MS, 0));

        assertEquals(SIZE, sample.newlyLost);
        assertEquals(RateSample.NO_SEGMENT, sample.priorDelivered);
        assertFalse(generate(6 * MS, 0));
    }

    @Test
    void shouldMarkWhatWasSentWhileTheWindowWasUnusedUntilItIsDelivered() {
        send(0);
        rate.onAppLimited(board.pipe());
        send(MS);
        send(2 * MS);
        ack(10 * MS, 1);
        assertFalse(sample.appLimited);
        ack(11 * MS, 2); // the bubble has passed
        assertTrue(sample.appLimited);
        send(12 * MS);
        ack(13 * MS, 3);
        assertTrue(sample.appLimited);

        ack(23 * MS, 4);

        assertFalse(sample.appLimited);
    }

    @Test
    void shouldKeepTheHighestOfWhatTheApplicationHeldDown() {
        for (int i = 0; i < 10; i++) {
            send(0);
        }
        ack(10 * MS, 10);
        assertEquals(1_000_000, rate.latestRate());

        rate.onAppLimited(0);
        send(20 * MS);
        ack(30 * MS, 11);
        assertEquals(100_000, sample.deliveryRate);
        assertEquals(1_000_000, rate.latestRate());
        assertFalse(rate.isLatestAppLimited());

        rate.onAppLimited(0);
        for (int i = 0; i < 30; i++) {
            send(40 * MS);
        }
        ack(50 * MS, 41);
        assertEquals(3_000_000, rate.latestRate());
        assertTrue(rate.isLatestAppLimited());
    }

    @Test
    void shouldKeepTheStampOfARecordThatIsCut() {
        send(0);
        send(MS);
        ack(10 * MS, 1);
        board.split(300);

        rate.begin();
        generate(20 * MS, board.acknowledge(1301));

        assertEquals(0, sample.priorDelivered);
        assertEquals(1300, sample.delivered);
        assertEquals(20 * MS, sample.interval);
    }

    /** The bottleneck sends one segment a millisecond, whatever the sender does: no sample may exceed it. */
    @Test
    void shouldNeverExceedTheRateOfThePath() {
        for (long seed = 0; seed < 50; seed++) {
            DeliveryRateTest test = new DeliveryRateTest();
            test.checkRandomSender(seed);
        }
    }

    private void checkRandomSender(long seed) {
        Random random = new Random(seed);
        long lineFree = 0;
        long[] arrivals = new long[500];
        int sent = 0;
        int acked = 0;
        for (long now = 0; acked < arrivals.length; now += MS / 2) {
            while (sent < arrivals.length && sent - acked < 64 && random.nextInt(3) == 0) {
                lineFree = Math.max(lineFree, now) + MS;
                arrivals[sent++] = lineFree + 20 * MS;
                send(now);
            }
            int due = acked;
            while (due < sent && arrivals[due] <= now) {
                due++;
            }
            if (due > acked && random.nextInt(4) == 0) {
                ack(now, due);
                acked = due;
                // what the interval's ends may add is less than one segment
                assertTrue(
                        sample.delivered <= SIZE + sample.interval / MS * SIZE,
                        "seed=" + seed + " delivered=" + sample.delivered + " interval=" + sample.interval);
            }
        }
    }
}
