// SPDX-License-Identifier: MIT
package io.pktkit.vtcp.internal.recovery;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.pktkit.device.ByteBudget;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;

class ScoreboardTest {
    private final List<Long> delivered = new ArrayList<>();
    private final Scoreboard board = new Scoreboard((records, id) -> delivered.add(records.end(id)), null);

    private void send(int segments) {
        for (int i = 0; i < segments; i++) {
            board.add(1 + 1000L * i, 1000, i);
        }
    }

    @Test
    void shouldAnswerWhatABlockNewlyCovers() {
        send(10);

        assertEquals(3000, board.sack(1001, 4001));
        assertEquals(1000, board.sack(1001, 5001));
        assertEquals(0, board.sack(1001, 5001));
        assertEquals(List.of(2001L, 3001L, 4001L, 5001L), delivered);
        assertEquals(6000, board.pipe());
    }

    @Test
    void shouldNotCountARecordThatABlockCoversInPart() {
        send(3);

        assertEquals(1000, board.sack(500, 2500));
        assertEquals(1, board.sackedRecords());
    }

    @Test
    void shouldDeliverEachRecordOnce() {
        send(4);
        board.sack(1001, 3001);

        assertEquals(2000, board.acknowledge(4001));

        assertEquals(List.of(2001L, 3001L, 1001L, 4001L), delivered);
        assertEquals(0, board.outstanding());
        assertEquals(0, board.sackedRecords());
    }

    @Test
    void shouldTrimARecordThatIsAcknowledgedInPart() {
        send(2);

        assertEquals(400, board.acknowledge(401));

        assertEquals(401, board.start(0));
        assertEquals(600, board.length(0));
        assertEquals(1600, board.pipe());
        assertEquals(List.of(), delivered);
    }

    @Test
    void shouldResendInTheOrderOfLossAndCountRepeatsInPipe() {
        send(3);
        board.loseOldest();
        board.loseOldest();
        assertEquals(1000, board.pipe());

        assertEquals(0, board.nextToResend());
        board.resent(0, 50);
        assertEquals(1, board.nextToResend());
        assertEquals(2000, board.pipe());

        assertEquals(3001, board.oldestEnd());
        board.loseOldest();
        assertEquals(1001, board.oldestEnd());
        board.loseOldest(); // the repeat is lost too
        assertEquals(0, board.pipe());
    }

    @Test
    void shouldLoseAllButWhatIsHeldAfterATimeout() {
        send(5);
        board.sack(2001, 3001);

        board.markAllLost(false);

        assertEquals(4000, board.lostBytes());
        assertEquals(0, board.pipe());
        assertFalse(board.hasOldest());
    }

    @Test
    void shouldLoseWhatThePeerForgot() {
        send(5);
        board.sack(1, 3001);

        board.markAllLost(true);

        assertEquals(5000, board.lostBytes());
        assertEquals(0, board.sackedBytes());
        assertEquals(0, board.sackedRecords());
        assertEquals(3000, board.sack(1, 3001));
    }

    @Test
    void shouldCutWhatNoLongerFitsAndKeepTheOrderOfSending() {
        board.add(1, 1000, 1);
        board.add(1001, 300, 2);
        board.add(1301, 1000, 3);
        board.sack(1301, 2301);
        board.resent(1, 9);

        board.split(400);

        assertEquals(7, board.count());
        assertEquals(1000, board.lostBytes());
        assertEquals(1000, board.sackedBytes());
        assertEquals(3, board.sackedRecords());
        assertEquals(1301, board.oldestEnd());
        assertEquals(9, board.oldestSentAt());
        for (int i = 0; i < 3; i++) {
            assertEquals(i, board.nextToResend());
            board.resent(i, 10 + i);
        }
        assertEquals(-1, board.nextToResend());
    }

    /** The number of records that an acknowledgment makes us look at, not the time it takes. */
    @Test
    void shouldCostTheSameWithTenHolesAsWithAHundredThousand() {
        assertFewVisits(worstVisitOfAnAcknowledgment(10));
        assertFewVisits(worstVisitOfAnAcknowledgment(1000));
        assertFewVisits(worstVisitOfAnAcknowledgment(100_000));
    }

    private static void assertFewVisits(long visits) {
        assertTrue(visits > 0 && visits <= 8, () -> "visited for an acknowledgment: " + visits);
    }

    private static long worstVisitOfAnAcknowledgment(int holes) {
        Scoreboard[] board = new Scoreboard[1];
        Rack[] rack = new Rack[1];
        RecordObserver toRack = (records, id) -> rack[0].delivered(
                records.end(id), records.time(id), (records.flags(id) & Scoreboard.EVER_RESENT) != 0, false, 0);
        board[0] = new Scoreboard(toRack, null);
        rack[0] = new Rack(board[0]);
        for (int i = 0; i < 2 * holes; i++) {
            board[0].add(1 + 1000L * i, 1000, i);
        }
        long worst = 0;
        for (int i = 0; i < holes; i++) {
            long before = board[0].visited();
            long now = 2L * holes + 2L * i;
            rack[0].begin(now);
            for (int j = Math.max(0, i - 3); j <= i; j++) {
                board[0].sack(1001 + 2000L * j, 2001 + 2000L * j);
            }
            rack[0].detect(true, 1, 0, now);
            int index = board[0].nextToResend();
            if (index >= 0) {
                board[0].resent(index, now);
            }
            worst = Math.max(worst, board[0].visited() - before);
        }
        return worst;
    }

    @Test
    void shouldLeapOverARunThatABlockReportsAgainAndAgain() {
        int segments = 100_000;
        send(segments);
        Random random = new Random(4);
        for (int i = segments - 2; i > 0; i--) {
            board.sack(1 + 1000L * i, 1001 + 1000L * i); // a run built from its end, the worst order for the links
        }
        long before = board.visited();

        for (int i = 0; i < 10_000; i++) {
            board.sack(1001 + 1000L * random.nextInt(segments), 1 + 1000L * segments - 1000);
        }

        long perAck = (board.visited() - before) / 10_000;
        assertTrue(perAck > 0 && perAck <= 20, () -> "visited for each acknowledgment: " + perAck);
    }

    @Test
    void shouldTellWhenWhatIsAcknowledgedWasSentIfOnce() {
        send(3); // at 0, 1 and 2
        board.acknowledge(2001);
        assertTrue(board.ackedOnce());
        assertEquals(1, board.ackedSentAt());

        board.loseOldest();
        board.resent(0, 50);
        board.acknowledge(3001);
        assertFalse(board.ackedOnce());
    }

    @Test
    void shouldLoseARecordOnceAndNotOneThatThePeerHolds() {
        send(4);
        board.acknowledge(1001);
        board.sack(3001, 4001);

        assertTrue(board.markLost(1));
        assertFalse(board.markLost(1));
        assertFalse(board.markLost(2));

        assertEquals(1000, board.lostBytes());
        assertEquals(1, board.nextToResend());
        assertEquals(1, board.indexAt(2001));
    }

    @Test
    void shouldCutOneRecordAndLeaveTheOthers() {
        send(4);
        board.acknowledge(1001);

        board.cut(1, 600);

        assertEquals(4, board.count());
        assertEquals(1000, board.length(0));
        assertEquals(600, board.length(1));
        assertEquals(400, board.length(2));
        assertEquals(1000, board.lostBytes());
        assertEquals(1, board.nextToResend());
    }

    @Test
    void shouldTakeWhatWasOnlyAssumedLostAsOnItsWayInTheOrderOfSending() {
        send(5);
        board.loseOldest(); // known to be lost, and repeated before the timeout
        board.resent(0, 20);
        board.loseOldest(); // known, and not repeated
        board.sack(4001, 5001);
        board.markAllLost(false);
        assertEquals(0, board.nextToResend());
        board.resent(0, 50);

        board.restoreAssumed();

        assertEquals(2000, board.lostBytes(), "what other evidence told of stays lost");
        assertEquals(1, board.nextToResend());
        assertEquals(3001, board.oldestEnd());
        board.loseOldest();
        assertEquals(4001, board.oldestEnd());
        board.loseOldest();
        assertEquals(1001, board.oldestEnd(), "the repeat was sent last");
    }

    @Test
    void shouldForgetEverythingWhenCleared() {
        send(5);
        board.sack(1001, 2001);
        board.loseOldest();

        board.clear();

        assertEquals(0, board.count());
        assertEquals(0, board.outstanding() + board.sackedBytes() + board.lostBytes() + board.pipe());
        assertEquals(-1, board.nextToResend());
        assertFalse(board.hasOldest());
        board.add(9001, 100, 7);
        assertEquals(100, board.pipe());
        assertEquals(9101, board.oldestEnd());
    }

    @Test
    void shouldBeFullAtTheLimit() {
        send(Scoreboard.MAX_RECORDS - 1);
        assertFalse(board.isFull());

        send(1);

        assertTrue(board.isFull());
    }

    @Test
    void shouldReserveWhatItsRecordsTakeAndGiveItBack() {
        ByteBudget budget = new ByteBudget(1 << 20);
        Scoreboard reserved = new Scoreboard((records, id) -> {}, budget);

        for (int i = 0; i < 1000; i++) {
            reserved.add(1 + 1000L * i, 1000, i);
        }
        assertEquals((1024 - 16) * SegmentRecords.BYTES, budget.used());
        reserved.split(300);
        assertEquals(4000, reserved.count());
        assertEquals((4096 - 16) * SegmentRecords.BYTES, budget.used());
        reserved.acknowledge(1_000_001);
        reserved.trim();

        assertEquals(0, budget.used());
    }

    @Test
    void shouldBeFullWhenNoMemoryIsLeftForMoreAndTakeNewOnesInPlaceOfOld() {
        ByteBudget nothing = new ByteBudget(0);
        Scoreboard small = new Scoreboard((records, id) -> {}, nothing);
        int taken = 0;
        for (; !small.isFull(); taken++) {
            small.add(1 + 1000L * taken, 1000, taken);
        }
        assertEquals(16, taken);

        small.acknowledge(1001);

        assertFalse(small.isFull());
        small.add(16_001, 1000, 17);
        assertTrue(small.isFull());
        assertEquals(0, nothing.used());
    }

    /** What is in flight is not without records, even where nobody has the memory to cut it. */
    @Test
    void shouldCutWhatIsInFlightWithoutMemoryToo() {
        ByteBudget nothing = new ByteBudget(0);
        Scoreboard small = new Scoreboard((records, id) -> {}, nothing);
        for (int i = 0; i < 16; i++) {
            small.add(1 + 1000L * i, 1000, i);
        }

        small.split(100);

        assertEquals(160, small.count());
        small.clear();
        assertEquals(0, nothing.used());
    }
}
