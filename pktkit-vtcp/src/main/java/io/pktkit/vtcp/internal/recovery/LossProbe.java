// SPDX-License-Identifier: MIT
package io.pktkit.vtcp.internal.recovery;

/**
 * Tail loss probe, RFC 8985 section 7: when nothing has been acknowledged for two round trips, one segment is sent so
 * that the peer's answer shows what is lost, well before the retransmission timeout. At most one probe is out at a
 * time, and none follows another without a round-trip measurement in between.
 */
public final class LossProbe {
    private static final long WORST_DELAYED_ACK = 200_000_000L; // TLP.max_ack_delay
    private static final long SLACK = 2_000_000L;
    private static final long WITHOUT_RTT = 1_000_000_000L;
    private static final long NONE = -1;

    private long endSeq = NONE;
    private boolean repeat;
    private boolean measured = true;
    private boolean stale;

    /** PTO, counted from now. */
    public static long timeout(long smoothedRtt, boolean loneSegment) {
        if (smoothedRtt == 0) {
            return WITHOUT_RTT;
        }
        return 2 * smoothedRtt + (loneSegment ? WORST_DELAYED_ACK : SLACK);
    }

    boolean isAllowed() {
        return endSeq == NONE && measured;
    }

    /** New data was sent or old data acknowledged, so that the wait starts anew. */
    public void restart() {
        stale = true;
    }

    public boolean takeRestart() {
        boolean was = stale;
        stale = false;
        return was;
    }

    public void onMeasured() {
        measured = true;
    }

    /**
     * A probe went out.
     *
     * @param end where its sequence space ends
     * @param again whether it was a repeat of the last segment, and not new data
     */
    public void onSent(long end, boolean again) {
        endSeq = end;
        repeat = again;
        measured = false;
    }

    /** The peer's window has shrunk over all that a probe could be: the retransmission timer takes over. */
    public void onImpossible() {
        measured = false;
    }

    /** Recovery begins by other means. */
    void forget() {
        endSeq = NONE;
    }

    /** Whether a D-SACK for what ends here tells of the probe. */
    boolean isProbe(long end) {
        return endSeq != NONE && repeat && end == endSeq;
    }

    /**
     * Section 7.4.2: what an acknowledgment tells of the probe.
     *
     * @param ack its number
     * @param probeWasDuplicate whether its D-SACK names the probe
     * @param bareDuplicate whether it is a duplicate without SACK blocks
     * @return whether the probe repaired a loss, which congestion control is to hear of
     */
    boolean repairs(long ack, boolean probeWasDuplicate, boolean bareDuplicate) {
        if (endSeq == NONE || ack < endSeq) {
            return false;
        }
        if (!repeat || probeWasDuplicate || bareDuplicate) {
            endSeq = NONE;
            return false;
        }
        if (ack > endSeq) {
            endSeq = NONE;
            return true;
        }
        return false;
    }
}
