// SPDX-License-Identifier: MIT
package io.pktkit.vtcp.internal.recovery;

import io.pktkit.vtcp.TcpInfo;
import io.pktkit.vtcp.internal.stream.SendSide;
import io.pktkit.vtcp.internal.timing.RttEstimator;

/**
 * Finds what is lost: by {@link Rack} and {@link LossProbe} with SACK (RFC 8985), by RFC 6582 without. What is done about
 * it is {@link LossRecovery}'s business.
 *
 * <p>Without SACK a duplicate acknowledgment stands for one segment that has left the network, and is counted as if
 * one had been selectively acknowledged. Both kinds of peer then share the accounting of bytes in flight, limited
 * transmit (RFC 3042) follows from it, and the window needs no inflation.
 */
final class LossDetection {
    final Rack rack;
    final LossProbe probe = new LossProbe();

    private final SendSide send;
    private final Scoreboard board;
    private final RttEstimator rtt;

    private boolean sack;
    private int duplicates;
    private int duplicatesReported;
    private int assumedSacked;

    LossDetection(SendSide send, Scoreboard board, RttEstimator rtt) {
        this.send = send;
        this.board = board;
        this.rtt = rtt;
        this.rack = new Rack(board);
    }

    void useSack(boolean on) {
        sack = on;
    }

    boolean usesSack() {
        return sack;
    }

    /** With SACK, whether the acknowledgment shows that a probe has mended a loss, and so hid it (RFC 8985 section 7.4). */
    boolean isRepairedByProbe(AckFacts facts) {
        if (facts.hasDuplicateBlock) {
            long length = facts.duplicateEnd - facts.duplicateStart;
            duplicatesReported += (int) ((length + send.mss - 1) / send.mss);
        }
        boolean ofProbe = facts.hasDuplicateBlock && probe.isProbe(facts.duplicateEnd);
        boolean bare = facts.duplicate && !facts.hasBlocks;
        rack.adapt(facts.hasDuplicateBlock && !ofProbe, send.una, send.nxt);
        boolean repaired = probe.repairs(facts.ack, ofProbe, bare);
        if (facts.acked > 0) {
            probe.restart();
        }
        return repaired;
    }

    /**
     * Without SACK, counts the acknowledgment.
     *
     * @param recovering whether fast recovery goes on
     * @return bytes that it delivers and that no duplicate has stood for before
     */
    long count(AckFacts facts, boolean recovering) {
        if (facts.duplicate) {
            duplicates++;
            long outstanding = board.outstanding() - board.lostBytes();
            assumedSacked = (int) Math.min((long) assumedSacked + send.mss, Math.max(0, outstanding));
            return send.mss;
        }
        if (facts.acked > 0) {
            // All but the segment that was missing had been counted when the duplicates came.
            int counted = (int) Math.min(assumedSacked, Math.max(0, facts.acked - send.mss));
            assumedSacked = recovering ? assumedSacked - counted : 0;
            duplicates = 0;
            return Math.max(0, facts.delivered - counted);
        }
        return facts.delivered;
    }

    /** With SACK: marks what is lost by now, and tells whether that was news. */
    boolean search(boolean recovering, long now) {
        return rack.detect(recovering, rtt.smoothed(), rtt.minimum(), now);
    }

    /** Without SACK: whether as many duplicates have come as stand for a loss. */
    boolean hasEnoughDuplicates() {
        return duplicates == Rack.DUP_THRESHOLD;
    }

    /** Without SACK: whether the oldest segment was not known to be lost. */
    boolean loseFirst() {
        return board.count() > 0 && board.markLost(0);
    }

    /** The duplicates so far stand for nothing any more. */
    void forgetDuplicates() {
        duplicates = 0;
        assumedSacked = 0;
    }

    boolean hasDuplicates() {
        return duplicates > 0 || assumedSacked > 0;
    }

    /** Whether a tail loss probe may be waited for while nothing is being repaired (RFC 8985 section 7.2). */
    boolean mayProbe() {
        return sack && board.count() > 0 && board.sackedRecords() == 0 && board.lostBytes() == 0 && probe.isAllowed();
    }

    /** Bytes in the network, as far as is known. */
    long pipe() {
        return Math.max(0, board.pipe() - assumedSacked);
    }

    TcpInfo.Reordering snapshot(boolean recovering) {
        return new TcpInfo.Reordering(
                rack.overtaken(),
                Integer.toUnsignedLong(duplicatesReported),
                rack.windowMultiplier(),
                rack.reorderingWindow(recovering, rtt.smoothed(), rtt.minimum()));
    }
}
