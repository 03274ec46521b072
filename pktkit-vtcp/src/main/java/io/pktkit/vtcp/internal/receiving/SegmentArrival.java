// SPDX-License-Identifier: MIT
package io.pktkit.vtcp.internal.receiving;

import io.pktkit.vtcp.TcpFailure;
import io.pktkit.vtcp.TcpState;
import io.pktkit.vtcp.internal.ecn.AccEcnReport;
import io.pktkit.vtcp.internal.option.ReceivedOptions;
import io.pktkit.vtcp.internal.sending.AckPolicy;
import io.pktkit.vtcp.internal.stream.ReceiveSide;
import io.pktkit.vtcp.internal.stream.SendSide;
import io.pktkit.wire.TcpSegment;

/**
 * What a segment does, in the order of RFC 9293 section 3.10.7.4, with the tests of RFC 5961 and RFC 7323. A segment
 * that fails a test changes nothing and is answered at most once, and mostly within {@link AckPolicy}'s limit.
 * It holds nothing from one segment to the next, so that an idle connection can do without it.
 */
public final class SegmentArrival {
    private static final long PAWS_IDLE = 24L * 24 * 3600 * 1_000_000_000L; // RFC 7323 section 5.5

    public final ReceivedOptions options = new ReceivedOptions();
    /** The ECN codepoint of the packet at hand. */
    public int codepoint;
    /** How much of the payload came in each segment, if it is a super-segment, else 0. */
    public int segmentSize;

    /** Segments in what arrives: one, unless it is a super-segment. */
    private int count;

    private final ReceivingView view;
    private final SendSide send;
    private final ReceiveSide receive;
    private final AckProcessor acknowledgments;

    public SegmentArrival(ReceivingView view) {
        this.view = view;
        this.send = view.send();
        this.receive = view.receive();
        this.acknowledgments = new AckProcessor(view, options);
    }

    public void onSegment(TcpSegment segment) {
        int payload = segment.payloadLength();
        count = segmentSize > 0 && payload > segmentSize ? (payload + segmentSize - 1) / segmentSize : 1;
        view.counters().segmentsReceived += count;
        if (view.state() == TcpState.CLOSED || !segment.isValid()) {
            return;
        }
        options.parse(segment);
        if (view.state() == TcpState.SYN_SENT) {
            view.handshake().onSegmentInSynSent(segment);
            return;
        }
        long sequence = receive.unwrap(segment.sequenceNumber());
        if (view.state() == TcpState.SYN_RECEIVED && isRepeatedSyn(segment, sequence)) {
            view.handshake().onRepeatedSyn(segment);
            return;
        }
        if (passesTests(segment, sequence)) {
            process(segment, sequence);
        }
    }

    private static boolean isRepeatedSyn(TcpSegment segment, long sequence) {
        return sequence == 0 && segment.has(TcpSegment.SYN) && !segment.has(TcpSegment.RST);
    }

    /** PAWS, sequence number, RST, SYN and ACK, in that order. */
    private boolean passesTests(TcpSegment segment, long sequence) {
        boolean reset = segment.has(TcpSegment.RST);
        if (!reset && isOldDuplicate()) {
            challenge();
            return false;
        }
        if (reset) {
            onReset(sequence);
            return false;
        }
        long length = lengthOf(segment);
        if (!receive.isAcceptable(sequence, length)) {
            return onUnacceptable(segment, sequence, length);
        }
        if (segment.has(TcpSegment.SYN)) {
            challenge(); // RFC 5961 section 4.2
            return false;
        }
        return passesAckTest(segment);
    }

    private boolean passesAckTest(TcpSegment segment) {
        if (!segment.has(TcpSegment.ACK)) {
            return false;
        }
        if (view.state() == TcpState.SYN_RECEIVED) {
            if (!view.handshake().acknowledgesSyn(segment)) {
                view.handshake().refuse(segment);
                return false;
            }
            view.handshake().establish(segment);
            return true;
        }
        long ack = send.unwrap(segment.acknowledgmentNumber());
        if (ack > send.nxt || ack < send.una - send.maxWnd) { // RFC 5961 section 5.2
            challenge();
            return false;
        }
        return true;
    }

    /** RFC 7323 section 5.3, R1. */
    private boolean isOldDuplicate() {
        return view.agreed().timestamps
                && options.timestamps
                && options.tsVal - view.agreed().tsRecent < 0
                && view.now() - view.agreed().tsRecentAt < PAWS_IDLE;
    }

    /** RFC 5961 section 3.2: only the very next sequence number is believed at once. */
    private void onReset(long sequence) {
        if (sequence == receive.nxt) {
            boolean refused = view.state() == TcpState.SYN_RECEIVED && !view.isEarly();
            view.close(
                    switch (view.state()) {
                        case TIME_WAIT -> null;
                        // CLOSE-WAIT or FIN-WAIT-1 to the RFC, until the FIN is out: what is before it is lost.
                        case CLOSING, LAST_ACK -> send.finPending() ? TcpFailure.RESET : null;
                        default -> refused ? TcpFailure.REFUSED : TcpFailure.RESET;
                    });
        } else if (receive.isInWindow(sequence)) {
            challenge();
        }
    }

    /** Answers a segment outside the window; true if its acknowledgment is to be processed nevertheless. */
    private boolean onUnacceptable(TcpSegment segment, long sequence, long length) {
        if (sequence == receive.nxt && receive.window() == 0 && !segment.has(TcpSegment.SYN)) {
            if (!passesAckTest(segment)) {
                return false;
            }
            view.acks().requireNow(); // a window probe: it is always answered, and its acknowledgment is good
            return true;
        }
        if (sequence == 0 && segment.has(TcpSegment.SYN | TcpSegment.ACK)) {
            view.ecn().onSynAck(segment, options, codepoint);
        }
        // A SYN is challenged wherever it lies (RFC 5961 section 4.2), and tells of no data that came twice.
        boolean syn = segment.has(TcpSegment.SYN);
        boolean repeat = !syn && length > 0 && sequence > 0 && sequence + length <= receive.nxt;
        if (repeat) {
            view.counters().duplicateSegments += count;
            receive.duplicate(sequence, sequence + length);
            AccEcnReport report = view.ecn().report();
            if (report != null) {
                report.onPeerRepeated();
            }
            if (view.state() == TcpState.TIME_WAIT && segment.has(TcpSegment.FIN) && sequence + length == receive.nxt) {
                view.enterTimeWait(); // our last acknowledgment was lost
            }
        }
        if (repeat ? view.acks().mayAnswerDuplicate(view.now()) : view.acks().mayChallenge(view.now())) {
            answer();
        }
        return false;
    }

    private void challenge() {
        if (view.acks().mayChallenge(view.now())) {
            answer();
        }
    }

    private void answer() {
        view.counters().challengeAcks++;
        if (view.state() == TcpState.SYN_RECEIVED) {
            view.handshake().resendSynAck();
        } else if (view.state() != TcpState.CLOSED) {
            view.transmitter().sendAck();
        }
    }

    private void process(TcpSegment segment, long sequence) {
        view.timeouts().onValidSegment();
        if (view.ecn().onSegment(segment, count, codepoint)) {
            view.acks().requireNow();
        }
        updateTimestamp(sequence);
        acknowledgments.process(segment, sequence);
        if (view.state() != TcpState.CLOSED && view.state() != TcpState.TIME_WAIT) {
            takeText(segment, sequence);
        }
        if (view.state() != TcpState.CLOSED) {
            view.transmitter().output();
        }
    }

    /** RFC 7323 section 4.3: not from a segment beyond a gap, whose echo would hide the gap's delay. PAWS let it pass. */
    private void updateTimestamp(long sequence) {
        if (view.agreed().timestamps
                && options.timestamps
                && sequence <= view.transmitter().lastAckSent()) {
            view.agreed().tsRecent = options.tsVal;
            view.agreed().tsRecentAt = view.now();
        }
    }

    /** The payload and the FIN. */
    public void takeText(TcpSegment segment, long sequence) {
        if (view.state() != TcpState.ESTABLISHED
                && view.state() != TcpState.FIN_WAIT_1
                && view.state() != TcpState.FIN_WAIT_2) {
            return;
        }
        long start = segment.has(TcpSegment.SYN) ? 1 : sequence;
        int length = segment.payloadLength();
        if (length > 0) {
            view.counters().dataSegmentsReceived += count;
            if (view.isReleased() && start + length > receive.nxt) {
                view.refuse(TcpFailure.ABORTED); // RFC 2525 section 2.17: nobody reads it
                return;
            }
            takePayload(segment, start, length);
        }
        if (segment.has(TcpSegment.FIN)) {
            receive.onFin(start + length);
            view.acks().requireNow();
        }
        if (receive.takeFin()) {
            onFin();
        }
    }

    private void takePayload(TcpSegment segment, long start, int length) {
        boolean gap = receive.hasGap();
        long advanced = receive.accept(start, segment.buffer(), segment.payloadOffset(), length);
        view.counters().bytesReceived += advanced;
        view.armTrim();
        if (advanced > 0) {
            boolean echo = view.agreed().timestamps && options.timestamps && options.tsEcr != 0;
            receive.measure(echo, options.tsEcr, echo ? view.madeAt(options.tsEcr) : 0, view.now());
        }
        if (advanced == 0) {
            if (start > receive.nxt) {
                view.counters().outOfOrderSegments += count;
            } else {
                view.counters().duplicateSegments += count;
            }
        }
        if (advanced != length || gap) {
            view.acks().requireNow(); // RFC 5681 section 4.2
        } else {
            view.acks()
                    .onInOrder(
                            length,
                            count > 1 ? segmentSize : length,
                            view.now(),
                            view.rtt().unbackedTimeout());
        }
    }

    private void onFin() {
        view.acks().requireNow();
        switch (view.state()) {
            case ESTABLISHED -> view.become(TcpState.CLOSE_WAIT);
            case FIN_WAIT_1 -> view.become(TcpState.CLOSING);
            default -> {
                view.transmitter().sendAck();
                view.enterTimeWait();
            }
        }
    }

    private static long lengthOf(TcpSegment segment) {
        return segment.payloadLength()
                + (segment.has(TcpSegment.SYN) ? 1L : 0L)
                + (segment.has(TcpSegment.FIN) ? 1L : 0L);
    }
}
