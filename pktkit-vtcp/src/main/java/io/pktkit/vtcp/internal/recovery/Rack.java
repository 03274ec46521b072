// SPDX-License-Identifier: MIT
package io.pktkit.vtcp.internal.recovery;

import io.pktkit.vtcp.internal.timing.TimerSet;

/**
 * Recent acknowledgment, RFC 8985 section 6: a segment is lost if one sent later has arrived and the time that
 * reordering may take has passed. Repeats are judged like first transmissions, so that a lost repeat is found too.
 * Names are those of the RFC.
 *
 * <p>As the scoreboard keeps what is on its way in the order of sending, the search ends at the first segment that is
 * not yet lost, and the timer is set for that one.
 */
public final class Rack {
    public static final int DUP_THRESHOLD = 3;
    private static final int PERSIST_ROUNDS = 16;
    /** Timers and timestamps are no finer than this; a shorter wait tells nothing. */
    private static final long GRANULARITY = 1_000_000L;

    private static final long NO_ROUND = -1;

    private final Scoreboard board;

    private long xmitTs;
    private long endSeq;
    private long rtt;
    private long fack;
    private int overtaken;
    private long dsackRound = NO_ROUND;
    private int windowMultiplier = 1;
    private int windowPersist;
    private long deadline = TimerSet.NEVER;

    private long now;
    private long fackBefore;
    private long newestOfAck;
    private boolean any;

    Rack(Scoreboard board) {
        this.board = board;
    }

    /** An acknowledgment is about to be applied to the scoreboard. */
    void begin(long at) {
        now = at;
        fackBefore = fack;
        newestOfAck = Long.MIN_VALUE;
    }

    /**
     * Steps 2 and 3, for each record that the acknowledgment newly covers.
     *
     * @param echoIsOlder whether the echoed timestamp is from before the record was last sent
     * @param minimumRtt the smallest round-trip time before this acknowledgment
     */
    void delivered(long end, long sentAt, boolean everResent, boolean echoIsOlder, long minimumRtt) {
        if (end > fack) {
            fack = end;
        } else if (end < fackBefore && !everResent) {
            overtaken++;
        }
        long sample = now - sentAt;
        if (everResent && (echoIsOlder || sample < minimumRtt)) {
            return; // an earlier transmission of it has arrived
        }
        if (sentAt >= newestOfAck) {
            newestOfAck = sentAt;
            rtt = sample;
        }
        if (!any || isSentAfter(sentAt, end, xmitTs, endSeq)) {
            any = true;
            xmitTs = sentAt;
            endSeq = end;
        }
    }

    /** Step 4, the part that D-SACK drives: each round that had to be repeated in vain widens the window. */
    void adapt(boolean duplicateReported, long una, long nxt) {
        if (dsackRound != NO_ROUND && una >= dsackRound) {
            dsackRound = NO_ROUND;
        }
        if (duplicateReported && dsackRound == NO_ROUND) {
            dsackRound = nxt;
            windowMultiplier++;
            windowPersist = PERSIST_ROUNDS;
        }
    }

    /** A recovery proved to be for nothing: segments overtake each other on this path. */
    void onReordering() {
        overtaken++;
    }

    /** Recovery ended; after sixteen without a D-SACK the window is small again. */
    void onRecovered() {
        if (--windowPersist <= 0) {
            windowMultiplier = 1;
        }
    }

    /**
     * Step 5: marks what is lost.
     *
     * @param recovering whether fast or timeout recovery goes on
     * @return whether anything new was marked
     */
    boolean detect(boolean recovering, long smoothedRtt, long minimum, long at) {
        boolean found = false;
        deadline = TimerSet.NEVER;
        long wait = rtt + reorderingWindow(recovering, smoothedRtt, minimum);
        while (any && board.hasOldest() && isSentAfter(xmitTs, endSeq, board.oldestSentAt(), board.oldestEnd())) {
            long due = board.oldestSentAt() + wait;
            if (due > at) {
                deadline = Math.max(due, at + GRANULARITY);
                break;
            }
            board.loseOldest();
            found = true;
        }
        return found;
    }

    /** RACK.reo_wnd. */
    long reorderingWindow(boolean recovering, long smoothedRtt, long minimum) {
        if (overtaken == 0 && (recovering || board.sackedRecords() >= DUP_THRESHOLD)) {
            return 0;
        }
        return Math.min(windowMultiplier * minimum / 4, smoothedRtt);
    }

    /** Segments that came late, and needless recoveries; RACK.reordering_seen if there are any. */
    long overtaken() {
        return Integer.toUnsignedLong(overtaken);
    }

    /** RACK.reo_wnd_mult. */
    int windowMultiplier() {
        return windowMultiplier;
    }

    /** When {@link #detect} is to be called again, or NEVER. */
    long deadline() {
        return deadline;
    }

    /** A timeout has marked all. */
    void forgetDeadline() {
        deadline = TimerSet.NEVER;
    }

    private static boolean isSentAfter(long time1, long end1, long time2, long end2) {
        return time1 > time2 || (time1 == time2 && end1 > end2);
    }
}
