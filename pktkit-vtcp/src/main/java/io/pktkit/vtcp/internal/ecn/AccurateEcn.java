// SPDX-License-Identifier: MIT
package io.pktkit.vtcp.internal.ecn;

import io.pktkit.vtcp.TcpInfo;
import io.pktkit.vtcp.internal.option.ReceivedOptions;

/**
 * The counters of accurate ECN feedback, RFC 9768: each end counts the packets that reach it with a congestion mark,
 * and tells the other end the low three bits with every segment. Names are those of section 3.2. What the AccECN option
 * adds is counted in {@link AccEcnReport} and {@link AccEcnEcho}.
 *
 * <p>Three bits wrap after seven marks, and an acknowledgment may cover more packets than that. Section 3.2.2.5.2 asks
 * for the safest likely count. Taking the largest possible one would be safe and not likely: many receivers merge
 * segments before TCP sees them, so that each of their acknowledgments covers dozens of packets, and one mark would
 * stand for that many less a few. The count taken is therefore the possible one that is nearest to the rate at which
 * packets were marked so far. Where the AccECN option tells how many bytes were marked, it is the least that makes up
 * for them (appendix A.2.2).
 */
final class AccurateEcn {
    private static final int INITIAL = 5;
    private static final int MASK = 7;
    private static final int NONE = -1;
    private static final int[] HANDSHAKE = {0b010, 0b011, 0b100, 0b110}; // table 3, by codepoint
    private static final int RATE_WINDOW = 256;
    private static final int SUSPICIOUS_ROUNDS = 4;

    private final AccEcnReport report = new AccEcnReport();
    private final AccEcnEcho echo = new AccEcnEcho();

    private int receivedCep = INITIAL;
    private int unreported;
    private boolean lastWasMarked;
    private boolean hasSynAck;
    private boolean synAckMarked;
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
    /** Marks counted since the option last told of bytes. */
    private int unexplained;
    /** Packets sent ECN-capable; and how many when the option last told of bytes and nothing was on its way. */
    private int capable;

    private int capableSettled;
    /** The most payload of such a packet since the round trip began, and in the one before. */
    private int largest;

    private int largestBefore;
    private long sizeRoundEnd;

    /** The bits that tell, in the handshake, with which codepoint a packet arrived. */
    static int handshakeCode(int codepoint) {
        return HANDSHAKE[codepoint];
    }

    /** We answered a SYN: the acknowledgment of our SYN-ACK tells how that arrived. */
    void awaitHandshake() {
        awaitsHandshake = true;
        report.testPath();
    }

    /** A SYN-ACK arrived, maybe again: the next pure acknowledgment tells how. Its mark counts once. */
    void onSynAck(int codepoint, int payload, ReceivedOptions options) {
        reflection = HANDSHAKE[codepoint];
        if (codepoint == Ecn.CE && !synAckMarked) {
            synAckMarked = true;
            receivedCep++;
        }
        if (hasSynAck) {
            report.giveUp(); // our answer seems to be lost
            return;
        }
        hasSynAck = true;
        report.count(codepoint, payload);
        report.testPath();
        report.testPathWithData();
        echo.begin(options);
    }

    /**
     * An acceptable segment arrived, or so many that came as one: what merges them does so only if the codepoint is one.
     *
     * @return whether the peer is to be told at once (section 3.2.2.5.1)
     */
    boolean onSegment(int codepoint, int segments, int payload) {
        boolean marked = codepoint == Ecn.CE;
        boolean hasPayload = payload > 0;
        report.count(codepoint, payload);
        boolean changed = marked && hasPayload && !lastWasMarked;
        lastWasMarked = marked;
        if (!marked) {
            return false;
        }
        receivedCep += segments;
        unreported += segments;
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

    /** ACE as all segments have it that are not the acknowledgment of a SYN-ACK. */
    int counter() {
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
     * Reads the AccECN option of an acknowledgment that none has superseded.
     *
     * @param una SND.UNA, with this one
     * @param nxt SND.NXT
     * @return how many more bytes were marked than it last told, or {@link AccEcnEcho#UNKNOWN}
     */
    int readOption(ReceivedOptions options, long una, long nxt) {
        if (unchecked && awaitsHandshake && una == 1) {
            echo.begin(options);
            return AccEcnEcho.UNKNOWN;
        }
        return echo.take(options, una, nxt);
    }

    /**
     * Reads ACE of an acknowledgment that none has superseded.
     *
     * @param ace the three bits
     * @param pure whether it has neither payload nor SACK blocks
     * @param packets how many packets it newly acknowledges, as near as can be told
     * @param ceBytes what {@link #readOption} answered
     * @return how many packets were marked
     */
    int onAcknowledgment(int ace, boolean pure, int packets, int ceBytes) {
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
        int least = (ace - sentCep) & MASK;
        int marks = ceBytes == AccEcnEcho.UNKNOWN ? count(least, packets) : countBy(ceBytes, least);
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
        long wraps = 0;
        if (most > MASK && packetsSeen > 0) {
            long expected = (long) packets * marksSeen / packetsSeen - least;
            wraps = Math.max(0, Math.min(expected + 4, most)) / 8;
        }
        int marks = least + (int) (8 * wraps);
        unexplained += marks;
        return marks;
    }

    /** Marks counted before, for which the bytes are told only now, are not counted again. */
    private int countBy(int ceBytes, int least) {
        int each = Math.max(1, Math.max(largest, largestBefore));
        int missing = (ceBytes + each - 1) / each - unexplained - least;
        boolean contradicted = ceBytes > 0 && unexplained + least == 0;
        unexplained = 0;
        if (contradicted && capable - capableSettled <= MASK) {
            pathSuspect = true; // section 3.2.3.2.5: no eight packets can have made it wrap
            return 0;
        }
        return least + Math.max(0, missing + 7) / 8 * 8;
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
     * @param hasBytes whether the option told of bytes
     */
    void onRound(long una, long nxt, boolean hasBytes) {
        if (hasBytes) {
            settle(una, nxt);
        }
        if (allMarked && packetsSeen > 0 && una >= roundEnd) {
            roundEnd = nxt;
            if (++roundsMarked > SUSPICIOUS_ROUNDS) {
                trusted = false;
                pathSuspect = true;
            }
        }
    }

    /** All bytes up to SND.UNA are told of: the next report is of what was sent since the round began. */
    private void settle(long una, long nxt) {
        if (una >= nxt) {
            capableSettled = capable;
        }
        if (una >= sizeRoundEnd && largest > 0) {
            sizeRoundEnd = nxt;
            largestBefore = largest;
            largest = 0;
        }
    }

    /** So many packets go out ECN-capable, each with so much payload, or the last with less. */
    void onCapableSent(int payload, int count) {
        capable += count;
        largest = Math.max(largest, payload);
    }

    AccEcnReport report() {
        return report;
    }

    TcpInfo.EcnOption snapshot() {
        return new TcpInfo.EcnOption(report.isOn(), echo.isRead(), echo.ect0Bytes(), echo.ect1Bytes(), echo.ceBytes());
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
