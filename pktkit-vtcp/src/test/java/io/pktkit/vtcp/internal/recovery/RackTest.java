// SPDX-License-Identifier: MIT
package io.pktkit.vtcp.internal.recovery;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.pktkit.vtcp.internal.timing.TimerSet;
import org.junit.jupiter.api.Test;

/** RFC 8985 section 6.2. The smallest round trip is 100 ms, so that the reordering window is 25 ms at first. */
class RackTest {
    private static final long MS = 1_000_000L;
    private static final long RTT = 100 * MS;

    private final Scoreboard board = new Scoreboard((records, id) -> {}, null);
    private final Rack rack = new Rack(board);

    private long window() {
        return rack.reorderingWindow(false, 1000 * MS, RTT) / MS;
    }

    private void send(int segments, long at) {
        for (int i = 0; i < segments; i++) {
            board.add(1 + 1000L * i, 1000, at);
        }
    }

    private void deliver(long end, long sentAt, boolean resent, long now) {
        rack.begin(now);
        rack.delivered(end, sentAt, resent, false, RTT);
    }

    @Test
    void shouldWidenTheWindowOnceForARoundTrip() {
        assertEquals(25, window());

        rack.adapt(true, 1, 5001);
        rack.adapt(true, 4001, 6001); // of the same round
        assertEquals(50, window());

        rack.adapt(true, 5001, 9001);
        assertEquals(75, window());
    }

    @Test
    void shouldNotWidenTheWindowWithoutADuplicate() {
        rack.adapt(false, 1, 5001);

        assertEquals(25, window());
    }

    @Test
    void shouldForgetTheDuplicatesAfterSixteenRecoveries() {
        rack.adapt(true, 1, 5001);
        for (int i = 0; i < 15; i++) {
            rack.onRecovered();
        }
        assertEquals(50, window());

        rack.onRecovered();

        assertEquals(25, window());
    }

    @Test
    void shouldWaitNoLongerThanASmoothedRoundTrip() {
        assertEquals(10 * MS, rack.reorderingWindow(false, 10 * MS, RTT));
    }

    @Test
    void shouldNotWaitWhileRecoveringUnlessReorderingWasSeen() {
        assertEquals(0, rack.reorderingWindow(true, RTT, RTT));

        rack.onReordering();

        assertEquals(25 * MS, rack.reorderingWindow(true, RTT, RTT));
    }

    @Test
    void shouldTakeForReorderingOnlyWhatWasSentOnceAndArrivesBehindWhatHadArrived() {
        deliver(3001, 0, false, RTT);
        deliver(3001, 0, false, RTT); // the same end is not behind it
        rack.begin(RTT);
        rack.delivered(5001, 0, false, false, RTT);
        rack.delivered(4001, 0, false, false, RTT); // both by one acknowledgment
        deliver(2001, 0, true, 3 * RTT); // a repeat
        assertEquals(0, rack.reorderingWindow(true, RTT, RTT));

        deliver(1001, 0, false, RTT);

        assertEquals(25 * MS, rack.reorderingWindow(true, RTT, RTT));
    }

    @Test
    void shouldLoseWhatWasSentBeforeTheNewestThatArrived() {
        send(4, 0);
        board.sack(2001, 3001);
        deliver(3001, 0, false, RTT);

        assertTrue(rack.detect(true, RTT, RTT, RTT));

        assertEquals(2000, board.lostBytes()); // not the one behind it, though it was sent at the same time
        assertEquals(TimerSet.NEVER, rack.deadline());
    }

    @Test
    void shouldJudgeByTheNewestThatArrivedAndNotByTheLast() {
        send(4, 0);
        board.sack(3001, 4001);
        deliver(4001, 0, false, RTT);
        deliver(1001, 0, false, RTT);

        rack.detect(true, RTT, RTT, 2 * RTT);

        assertEquals(3000, board.lostBytes());
    }

    @Test
    void shouldTakeARepeatThatIsAnsweredInTheSmallestRoundTripForTheRepeat() {
        send(2, 0);
        board.add(2001, 1000, 50 * MS);
        board.sack(2001, 3001);
        deliver(3001, 60 * MS, true, 60 * MS + RTT - 1);
        assertFalse(rack.detect(true, RTT, RTT, 10 * RTT), "too early: it was the original that arrived");

        deliver(3001, 60 * MS, true, 60 * MS + RTT);

        assertTrue(rack.detect(true, RTT, RTT, 10 * RTT));
    }

    @Test
    void shouldWaitUntilTheOldestIsDueButNotLessThanAMillisecond() {
        send(4, 0);
        board.sack(1001, 2001);
        deliver(2001, 0, false, RTT);

        assertFalse(rack.detect(false, RTT, RTT, RTT));
        assertEquals(125 * MS, rack.deadline());

        assertFalse(rack.detect(false, RTT, RTT, 125 * MS - 1));
        assertEquals(126 * MS - 1, rack.deadline());
        assertTrue(rack.detect(false, RTT, RTT, 125 * MS));
    }
}
