// SPDX-License-Identifier: MIT
package io.pktkit.vtcp.internal;

/**
 * The counters of accurate ECN feedback, RFC 9768, without the TCP option: each end counts the packets that reach it
 * with a congestion mark, and tells the other end the low three bits with every segment. Names are those of section
 * 3.2.
 *
 * <p>Three bits wrap after seven marks, and an acknowledgment may cover more packets than that. Section 3.2.2.5.2 asks
 * for the safest likely count. Taking the largest possible one would be safe and not likely: many receivers merge
 * segments before TCP sees them, so that each of their acknowledgments covers dozens of packets, and one mark would
 * stand for that many less a few. The count taken is therefore the possible one that is nearest to the rate at which
 * packets were marked so far.
 */
final class AccurateEcn {
    private static final int INITIAL = 5;
    private static final int MASK = 7;
    private static final int NONE = -1;
    private static final int[] HANDSHAKE = {0b010, 0b011, 0b100, 0b110}; // table 3, by codepoint
    private static final int RATE_WINDOW = 256;
    private static final int SUSPICIOUS_ROUNDS = 4;

    private int receivedCep = INITIAL;
    private int unreported;
    private boolean lastWasMarked;
    private boolean synAckCounted;
    private int reflection = NONE;

    private int sentCep = INITIAL;
    private boolean unchecked = true;
    private boolean awaitsHandshake;
    private boolean trusted = true;
    private boolean pathSuspect;
    private int packetsSeen;
    private int marksSeen;
    private boolean allMarked = true;
    private int roundsMarked;
    private long roundEnd;
    private boolean hasTimestamp;
    private int newestTimestamp;

    /** The bits that tell, in the handshake, with which codepoint a packet arrived. */
    static int handshakeCode(int codepoint) {
        return HANDSHAKE[codepoint];
    }

    /** We answered a SYN: the acknowledgment of our SYN-ACK tells how that arrived. */
    void awaitHandshake() {
        awaitsHandshake = true;
    }

    /** A SYN-ACK arrived, maybe again: the next pure acknowledgment tells how. Its mark counts once. */
    void onSynAck(int codepoint) {
        reflection = HANDSHAKE[codepoint];
        if (codepoint == Ecn.CE && !synAckCounted) {
            synAckCounted = true;
            receivedCep++;
        }
    }

    /**
     * An acceptable segment arrived.
     *
     * @return whether the peer is to be told at once (section 3.2.2.5.1)
     */
    boolean onSegment(boolean marked, boolean hasPayload) {
        boolean changed = marked && hasPayload && !lastWasMarked;
        lastWasMarked = marked;
        if (!marked) {
            return false;
        }
        receivedCep++;
        unreported++;
        return changed || unreported >= (hasPayload ? 2 : 3);
    }

    /** ACE for a segment that goes out; a pure acknowledgment may have to tell of the handshake instead. */
    int field(boolean pure) {
        if (pure && reflection != NONE) {
            int code = reflection;
            reflection = NONE;
            return code;
        }
        unreported = 0;
        return receivedCep & MASK;
    }

    /** Whether the acknowledgment shows by its timestamp that it is newer than those before it. */
    boolean isNewer(int tsVal) {
        boolean newer = !hasTimestamp || tsVal - newestTimestamp > 0;
        if (newer) {
            hasTimestamp = true;
            newestTimestamp = tsVal;
        }
        return newer;
    }

    /**
     * Reads ACE of an acknowledgment that none has superseded.
     *
     * @param ace the three bits
     * @param pure whether it has neither payload nor SACK blocks
     * @param packets how many packets it newly acknowledges, as near as can be told
     * @return how many packets were marked
     */
    int onAcknowledgment(int ace, boolean pure, int packets) {
        if (unchecked) {
            unchecked = false;
            if (ace == 0) {
                trusted = false; // section 3.2.2.4, and note 1 of table 4: something clears the bits
                pathSuspect = true;
            }
            if (awaitsHandshake && pure) {
                return onHandshakeCode(ace);
            }
        }
        if (!trusted) {
            return 0;
        }
        int marks = count((ace - sentCep) & MASK, packets);
        sentCep += marks;
        if (packets > 0) {
            learn(marks, packets);
        }
        return marks;
    }

    /** Table 4. Our SYN-ACK was not ECN-capable, so any other codepoint that arrived shows that the path changes them. */
    private int onHandshakeCode(int ace) {
        boolean marked = ace == HANDSHAKE[Ecn.CE];
        pathSuspect |= marked || ace == HANDSHAKE[Ecn.ECT_0] || ace == HANDSHAKE[Ecn.ECT_1];
        sentCep += marked ? 1 : 0;
        return marked ? 1 : 0;
    }

    private int count(int least, int packets) {
        int most = packets - least;
        if (most <= MASK || packetsSeen == 0) {
            return least;
        }
        long expected = (long) packets * marksSeen / packetsSeen - least;
        long wraps = Math.max(0, Math.min(expected + 4, most)) / 8;
        return least + (int) (8 * wraps);
    }

    private void learn(int marks, int packets) {
        packetsSeen += Math.max(marks, packets);
        marksSeen += marks;
        if (packetsSeen > RATE_WINDOW) {
            packetsSeen /= 2;
            marksSeen /= 2;
        }
        allMarked &= ((marks - packets) & MASK) == 0;
    }

    /**
     * Section 3.2.2.3: where every packet of the first rounds is marked, it is not for congestion.
     *
     * @param una SND.UNA
     * @param nxt SND.NXT
     */
    void onRound(long una, long nxt) {
        if (allMarked && packetsSeen > 0 && una >= roundEnd) {
            roundEnd = nxt;
            if (++roundsMarked > SUSPICIOUS_ROUNDS) {
                trusted = false;
                pathSuspect = true;
            }
        }
    }

    /** Whether no feedback has come yet. */
    boolean isUnheard() {
        return unchecked;
    }

    /** Whether the path was seen to change codepoints, so that none is to be set any more. */
    boolean isPathSuspect() {
        return pathSuspect;
    }
}
