// SPDX-License-Identifier: MIT
package io.pktkit.vtcp.internal;

import io.pktkit.vtcp.TcpInfo.RecoveryPhase;
import io.pktkit.vtcp.internal.congestion.CongestionControl;

/**
 * Decides what is lost and steers the window while it is repaired: RFC 6675 with SACK, RFC 6582 without.
 *
 * <p>Without SACK a duplicate acknowledgment stands for one segment that has left the network, and is counted as if
 * one had been selectively acknowledged. Both kinds of peer then share the accounting of bytes in flight, limited
 * transmit (RFC 3042) follows from it, and the window needs no inflation.
 *
 * <p>A timeout takes everything in flight for lost that the peer is not known to hold, and repeats it as the window
 * grows again. Until all of that is acknowledged no fast recovery begins.
 */
final class LossRecovery {
    static final int DUP_THRESHOLD = 3;

    private final SendSide send;
    private final Scoreboard board;
    private final CongestionControl congestion;
    private final Counters counters;
    private final Prr prr = new Prr();

    private RecoveryPhase phase = RecoveryPhase.OPEN;
    private long recover;
    private boolean sack;
    private int duplicates;
    private long assumedSacked;

    LossRecovery(SendSide send, Scoreboard board, CongestionControl congestion, Counters counters) {
        this.send = send;
        this.board = board;
        this.congestion = congestion;
        this.counters = counters;
    }

    void useSack(boolean on) {
        sack = on;
    }

    /**
     * An acknowledgment was applied to the send side and the scoreboard.
     *
     * @param acked bytes by which SND.UNA advanced
     * @param delivered bytes newly acknowledged, selectively or not
     * @param duplicate whether it is a duplicate acknowledgment (RFC 5681 section 2)
     * @param growing whether the window held the sender back, so that it may grow
     */
    void onAck(long acked, long delivered, boolean duplicate, boolean growing, long smoothedRtt, long now) {
        long newlyDelivered = delivered;
        if (!sack) {
            newlyDelivered = countDuplicates(acked, delivered, duplicate);
        }
        if (phase != RecoveryPhase.OPEN && send.una >= recover) {
            finish(acked, duplicate);
            return;
        }
        switch (phase) {
            case OPEN -> onAckWhenOpen(acked, newlyDelivered, growing, smoothedRtt, now);
            case RECOVERY -> onAckInRecovery(acked, newlyDelivered);
            case LOSS -> {
                if (!sack && acked > 0) {
                    assumedSacked = 0;
                }
                congestion.onAck(acked, smoothedRtt, now);
            }
        }
    }

    private long countDuplicates(long acked, long delivered, boolean duplicate) {
        if (duplicate) {
            duplicates++;
            long outstanding = board.outstanding() - board.lostBytes();
            assumedSacked = Math.min(assumedSacked + send.mss, Math.max(0, outstanding));
            return send.mss;
        }
        if (acked > 0) {
            // All but the segment that was missing had been counted when the duplicates came.
            long counted = Math.min(assumedSacked, Math.max(0, acked - send.mss));
            assumedSacked = phase == RecoveryPhase.RECOVERY ? assumedSacked - counted : 0;
            duplicates = 0;
            return Math.max(0, delivered - counted);
        }
        return delivered;
    }

    private void onAckWhenOpen(long acked, long delivered, boolean growing, long smoothedRtt, long now) {
        boolean found;
        if (sack) {
            found = board.markLostBySack(send.mss);
        } else {
            // RFC 6582: not for duplicates of what a timeout had repeated
            found = duplicates == DUP_THRESHOLD && send.una > recover && board.count() > 0 && board.markLost(0);
        }
        if (found) {
            enterRecovery(delivered, now);
        } else if (acked > 0 && growing) {
            congestion.onAck(acked, smoothedRtt, now);
        }
    }

    private void enterRecovery(long delivered, long now) {
        phase = RecoveryPhase.RECOVERY;
        recover = send.nxt;
        counters.fastRecoveries++;
        long flight = send.inFlight();
        congestion.onLoss(flight, now);
        // What was selectively acknowledged before is not delivered during recovery (RFC 9937 section 6.2).
        prr.start(flight - board.sackedBytes() + delivered, congestion.threshold());
        congestion.setWindow((int) prr.window(delivered, false, pipe(), send.mss));
    }

    private void onAckInRecovery(long acked, long delivered) {
        boolean worse;
        if (sack) {
            worse = board.markLostBySack(send.mss);
        } else {
            worse = acked > 0 && board.count() > 0 && board.markLost(0);
            if (worse) {
                prr.force(); // RFC 6582: a partial acknowledgment repeats the next hole at once
            }
        }
        if (delivered > 0) {
            congestion.setWindow((int) prr.window(delivered, acked > 0 && !worse, pipe(), send.mss));
        }
    }

    private void finish(long acked, boolean duplicate) {
        if (phase == RecoveryPhase.RECOVERY) {
            congestion.onRecovered();
        }
        phase = RecoveryPhase.OPEN;
        if (acked > 0 || !duplicate) {
            duplicates = 0;
            assumedSacked = 0;
        }
    }

    /** The retransmission timer fired with data in flight. */
    void onTimeout(boolean repeated, long now) {
        congestion.onTimeout(send.inFlight(), repeated || (phase == RecoveryPhase.LOSS && recover >= send.nxt), now);
        if (board.count() > 0 && (board.flagsOf(0) & Scoreboard.SACKED) != 0) {
            renege();
        }
        board.markAllLost();
        phase = RecoveryPhase.LOSS;
        recover = send.nxt;
        duplicates = 0;
        assumedSacked = 0;
    }

    /** What the peer selectively acknowledged begins right at SND.UNA: it would have acknowledged that, if it had it. */
    boolean looksReneged() {
        return board.count() > 0 && (board.flagsOf(0) & Scoreboard.SACKED) != 0;
    }

    private void renege() {
        counters.reneges++;
        board.forgetSacks();
    }

    /** Segments in flight no longer fit the path: they are repeated, and it is nobody's congestion. */
    void onPathMtu(int mss) {
        congestion.segmentSize(mss);
        board.markLargerThan(mss);
    }

    void onSent(long bytes) {
        if (phase == RecoveryPhase.RECOVERY) {
            prr.onSent(bytes);
        }
    }

    /** Bytes that may go out now; a window that is empty always admits one segment. */
    long allowance() {
        long pipe = pipe();
        long room = congestion.window() - pipe;
        return pipe == 0 ? Math.max(room, send.mss) : room;
    }

    long pipe() {
        return Math.max(0, board.pipe() - assumedSacked);
    }

    RecoveryPhase phase() {
        return phase;
    }
}
