// SPDX-License-Identifier: MIT
package io.pktkit.vtcp.internal.ecn;

import io.pktkit.vtcp.EcnMode;
import io.pktkit.vtcp.TcpInfo;
import io.pktkit.vtcp.TcpInfo.EcnFeedback;
import io.pktkit.vtcp.internal.option.ReceivedOptions;
import io.pktkit.vtcp.internal.recovery.AckFacts;
import io.pktkit.vtcp.internal.recovery.Reduction;
import io.pktkit.vtcp.internal.stream.SendSide;
import io.pktkit.wire.TcpSegment;
import org.jspecify.annotations.Nullable;

/**
 * Explicit congestion notification: what the handshake agrees on, and the feedback of RFC 3168. That of RFC 9768 is
 * counted in {@link AccurateEcn}. Only new data is sent ECN-capable (RFC 3168 section 6.1.4 to 6.1.6): no control
 * segment, nothing that is repeated, no probe.
 */
public final class Ecn {
    public static final int NOT_ECT = 0;
    static final int ECT_1 = 1;
    static final int ECT_0 = 2;
    static final int CE = 3;

    private static final int SETUP = TcpSegment.CWR | TcpSegment.ECE;
    private static final int ACE = TcpSegment.AE | TcpSegment.CWR | TcpSegment.ECE;
    private static final int ACE_SHIFT = 6;
    private static final int RESERVED = 0b101;
    private static final int PLAIN_AFTER = 2;

    private final EcnMode wanted;
    private final SendSide send;
    private final Reduction reduction;

    private EcnFeedback agreed = EcnFeedback.NONE;
    private @Nullable AccurateEcn accurate;
    private boolean judged;
    private int synsSent;
    private boolean asked;
    private boolean sentPlain;
    private int synFlags;
    private int synCodepoint;
    private boolean synMarked;

    private boolean willing;
    private boolean everCapable;
    private boolean echoing;
    private long announced;

    private long ceReceived;
    private long deliveredCe;

    public Ecn(EcnMode wanted, SendSide send, Reduction reduction) {
        this.wanted = wanted;
        this.send = send;
        this.reduction = reduction;
    }

    /**
     * Flags of our next SYN. A path that drops what asks for ECN lets the repeat pass; the accurate kind asks twice
     * (RFC 9768 section 3.1.4.1).
     */
    public int askingFlags() {
        int flags = switch (wanted) {
            case OFF, PASSIVE -> 0;
            case CLASSIC -> synsSent == 0 ? SETUP : 0;
            case ACCURATE -> synsSent <= 1 ? ACE : 0;
        };
        synsSent++;
        asked |= flags != 0;
        sentPlain |= flags == 0;
        return flags;
    }

    /**
     * Flags of our SYN-ACK. Where it timed out twice, the first time without the AccECN option, it is repeated as one that
     * knows nothing of ECN, although we go on with the feedback (RFC 9768 section 3.2.3.2.2): the peer may have had one of
     * the others. Who has sent such a one must not send ECN-capable packets (section 3.1.5).
     *
     * @param timeouts how often it was repeated since nothing came back
     */
    public int answeringFlags(int timeouts) {
        if (agreed == EcnFeedback.ACCURATE && timeouts >= PLAIN_AFTER) {
            sentPlain = true;
            willing = false;
            return 0;
        }
        return switch (agreed) {
            case NONE -> 0;
            case CLASSIC -> TcpSegment.ECE;
            case ACCURATE -> AccurateEcn.handshakeCode(synCodepoint) << ACE_SHIFT;
        };
    }

    /** A SYN without ACK that we answer: the first one decides, later ones can only make us more careful. */
    public void onSyn(TcpSegment syn, int codepoint) {
        int flags = syn.flags() & ACE;
        synCodepoint = codepoint;
        if (judged) {
            willing &= flags != 0;
            return;
        }
        judged = true;
        synFlags = flags;
        // If we have asked for nothing, the peer takes our SYN for a refusal.
        if (synsSent > 0 ? !asked : wanted == EcnMode.OFF) {
            return;
        }
        if (wanted == EcnMode.ACCURATE && flags != 0 && flags != SETUP) {
            agreed = EcnFeedback.ACCURATE;
            accurate = new AccurateEcn();
            accurate.awaitHandshake();
        } else if ((flags & SETUP) == SETUP) {
            agreed = EcnFeedback.CLASSIC;
        }
        willing = agreed != EcnFeedback.NONE && !sentPlain;
    }

    /** Whether a repeated SYN asks for another kind than the first, which ends the connection (RFC 9768 section 3.1.5). */
    public boolean isContradictedBy(TcpSegment syn) {
        int flags = syn.flags() & ACE;
        return wanted == EcnMode.ACCURATE && flags != 0 && synFlags != 0 && (flags == SETUP) != (synFlags == SETUP);
    }

    /** A SYN-ACK that is good, be it a repeated one. */
    public void onSynAck(TcpSegment synAck, ReceivedOptions options, int codepoint) {
        if (!judged) {
            judged = true;
            if (asked) {
                agree(synAck.flags() & ACE);
            }
        }
        if (accurate != null) {
            accurate.onSynAck(codepoint, synAck.payloadLength(), options);
        }
    }

    /** RFC 9768 table 2; a server that only mirrors our flags supports nothing (RFC 3168 section 6.1.1). */
    private void agree(int flags) {
        if ((wanted == EcnMode.CLASSIC ? flags & SETUP : flags) == TcpSegment.ECE) {
            agreed = EcnFeedback.CLASSIC;
            willing = !sentPlain;
        } else if (wanted == EcnMode.ACCURATE && flags != 0 && flags != ACE) {
            agreed = EcnFeedback.ACCURATE;
            accurate = new AccurateEcn();
            int code = flags >> ACE_SHIFT;
            // Our SYN was not ECN-capable: if it arrived as anything else, the path changes codepoints.
            willing = code == RESERVED || code == AccurateEcn.handshakeCode(NOT_ECT);
            synMarked = code == AccurateEcn.handshakeCode(CE);
        }
    }

    /** Whether our SYN met congestion, so that the initial window is that of RFC 5562 section 3. */
    public boolean isSynMarked() {
        return synMarked;
    }

    /** Whether the acknowledgment of a SYN-ACK must go out by itself, as it tells how that arrived. */
    public boolean isAccurate() {
        return agreed == EcnFeedback.ACCURATE;
    }

    /**
     * A segment passed all tests, or so many that came as one; their codepoint is the peer's business.
     *
     * @return whether the peer is to be told at once
     */
    public boolean onSegment(TcpSegment segment, int count, int codepoint) {
        if (agreed == EcnFeedback.NONE) {
            return false;
        }
        boolean marked = codepoint == CE;
        int payload = segment.payloadLength();
        ceReceived += marked ? count : 0;
        if (accurate != null) {
            return accurate.onSegment(codepoint, count, payload);
        }
        return payload > 0 && echo(segment.has(TcpSegment.CWR), marked);
    }

    /** RFC 3168 section 6.1.3. A peer that reduced may have so small a window that it waits for an answer. */
    private boolean echo(boolean peerReduced, boolean marked) {
        echoing &= !peerReduced;
        boolean begins = marked && !echoing;
        echoing |= marked;
        return peerReduced || begins;
    }

    /**
     * An acknowledgment was applied to the send side, and loss recovery is yet to hear of it.
     *
     * @param segment the segment
     * @param options its options
     * @param newest whether its sequence number is beyond those of all segments before it
     * @param facts what it acknowledges
     * @return whether it tells of congestion that the window was not reduced for yet
     */
    public boolean onAck(TcpSegment segment, ReceivedOptions options, boolean newest, AckFacts facts) {
        if (agreed == EcnFeedback.NONE) {
            return false;
        }
        int packets = (int) ((facts.delivered + send.mss - 1) / send.mss);
        if (accurate != null) {
            int marks = readAce(accurate, segment, options, newest, packets);
            deliveredCe += marks;
            return marks > 0 && facts.highest > reduction.end(); // the counter tells of what arrived beyond a gap, too
        }
        boolean echoed = everCapable && segment.has(TcpSegment.ECE);
        deliveredCe += echoed ? packets : 0;
        return echoed && facts.ack > reduction.end(); // before CWR has arrived for sure, it is the old echo
    }

    private int readAce(
            AccurateEcn counters, TcpSegment segment, ReceivedOptions options, boolean newest, int packets) {
        // RFC 9768 appendix A.1: an acknowledgment that was overtaken would seem to wrap the counter.
        boolean later = options.timestamps && counters.isNewer(options.tsVal);
        if (packets == 0 && !newest && !later && !counters.isUnheard()) {
            return 0;
        }
        boolean pure = segment.payloadLength() == 0 && options.sackBlocks == 0;
        int ceBytes = counters.readOption(options, send.una, send.nxt);
        int ace = (segment.flags() & ACE) >> ACE_SHIFT;
        int marks = counters.onAcknowledgment(ace, pure, packets, ceBytes);
        counters.onRound(send.una, send.nxt, ceBytes != AccEcnEcho.UNKNOWN);
        willing &= !counters.isPathSuspect();
        return marks;
    }

    /**
     * The ECN flags of a segment without SYN.
     *
     * @param pure whether it has neither payload nor SACK blocks
     * @param fresh whether it carries data for the first time
     */
    public int flags(boolean pure, boolean fresh) {
        if (agreed == EcnFeedback.NONE) {
            return 0;
        }
        if (accurate != null) {
            return accurate.field(pure) << ACE_SHIFT;
        }
        int flags = echoing ? TcpSegment.ECE : 0;
        if (fresh && willing && reduction.end() > announced) {
            announced = reduction.end();
            flags |= TcpSegment.CWR;
        }
        return flags;
    }

    /**
     * The codepoint for a segment without SYN, or for several.
     *
     * @param payload how much each carries, the last perhaps less
     * @param count how many there are
     * @param fresh whether they carry that for the first time
     */
    public int codepoint(int payload, int count, boolean fresh) {
        if (!fresh || !willing) {
            return NOT_ECT;
        }
        everCapable = true;
        if (accurate != null) {
            accurate.onCapableSent(payload, count);
        }
        return ECT_0;
    }

    /**
     * Whether segments may leave as one to be cut by others, who take the flag CWR off all but the first (RFC 3168 section
     * 6.1.2). As part of the counter of RFC 9768 it has to stay on all of them.
     */
    public boolean allowsTrains() {
        return accurate == null || (accurate.counter() << ACE_SHIFT & TcpSegment.CWR) == 0;
    }

    /** What we are to tell in the AccECN option, if both ends know of it. */
    public @Nullable AccEcnReport report() {
        return accurate == null ? null : accurate.report();
    }

    public TcpInfo.Ecn snapshot() {
        TcpInfo.EcnOption option = accurate == null ? TcpInfo.EcnOption.UNUSED : accurate.snapshot();
        return new TcpInfo.Ecn(agreed, willing, ceReceived, reduction.count(), deliveredCe, option);
    }
}
