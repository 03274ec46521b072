// SPDX-License-Identifier: MIT
package io.pktkit.vtcp.internal;

import io.pktkit.vtcp.TcpFailure;
import io.pktkit.vtcp.TcpState;
import io.pktkit.wire.TcpSegment;

/**
 * What a segment does, in the order of RFC 9293 section 3.10.7.4, with the tests of RFC 5961 and RFC 7323. A segment
 * that fails a test changes nothing and is answered at most once, and mostly within {@link AckPolicy}'s limit.
 * It holds nothing from one segment to the next, so that an idle connection can do without it.
 */
final class SegmentArrival {
    private static final long PAWS_IDLE = 24L * 24 * 3600 * 1_000_000_000L; // RFC 7323 section 5.5

    final ReceivedOptions options = new ReceivedOptions();
    /** The ECN codepoint of the packet at hand. */
    int codepoint;

    private final Tcb tcb;
    private final SendSide send;
    private final ReceiveSide receive;
    private final AckProcessor acknowledgments;

    SegmentArrival(Tcb tcb) {
        this.tcb = tcb;
        this.send = tcb.send;
        this.receive = tcb.receive;
        this.acknowledgments = new AckProcessor(tcb, options);
    }

    void onSegment(TcpSegment segment) {
        tcb.counters.segmentsReceived++;
        if (tcb.state == TcpState.CLOSED || !segment.isValid()) {
            return;
        }
        options.parse(segment);
        if (tcb.state == TcpState.SYN_SENT) {
            tcb.handshake.onSegmentInSynSent(segment);
            return;
        }
        long sequence = receive.unwrap(segment.sequenceNumber());
        if (tcb.state == TcpState.SYN_RECEIVED && isRepeatedSyn(segment, sequence)) {
            tcb.handshake.onRepeatedSyn(segment);
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
        if (tcb.state == TcpState.SYN_RECEIVED) {
            if (!tcb.handshake.acknowledgesSyn(segment)) {
                tcb.handshake.refuse(segment);
                return false;
            }
            tcb.handshake.establish(segment);
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
        return tcb.timestampsOn
                && options.timestamps
                && options.tsVal - tcb.tsRecent < 0
                && tcb.now - tcb.tsRecentAt < PAWS_IDLE;
    }

    /** RFC 5961 section 3.2: only the very next sequence number is believed at once. */
    private void onReset(long sequence) {
        if (sequence == receive.nxt) {
            boolean refused = tcb.state == TcpState.SYN_RECEIVED && !tcb.early;
            tcb.close(
                    switch (tcb.state) {
                        case CLOSING, LAST_ACK, TIME_WAIT -> null;
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
            tcb.acks.requireNow(); // a window probe: it is always answered, and its acknowledgment is good
            return true;
        }
        if (sequence == 0 && segment.has(TcpSegment.SYN | TcpSegment.ACK)) {
            tcb.ecn.onSynAck(segment, options, codepoint);
        }
        // A SYN is challenged wherever it lies (RFC 5961 section 4.2), and tells of no data that came twice.
        boolean syn = segment.has(TcpSegment.SYN);
        boolean repeat = !syn && length > 0 && sequence > 0 && sequence + length <= receive.nxt;
        if (repeat) {
            tcb.counters.duplicateSegments++;
            receive.duplicate(sequence, sequence + length);
            AccEcnReport report = tcb.ecn.report();
            if (report != null) {
                report.onPeerRepeated();
            }
            if (tcb.state == TcpState.TIME_WAIT && segment.has(TcpSegment.FIN) && sequence + length == receive.nxt) {
                tcb.enterTimeWait(); // our last acknowledgment was lost
            }
        }
        if (repeat ? tcb.acks.mayAnswerDuplicate(tcb.now) : tcb.acks.mayChallenge(tcb.now)) {
            answer();
        }
        return false;
    }

    private void challenge() {
        if (tcb.acks.mayChallenge(tcb.now)) {
            answer();
        }
    }

    private void answer() {
        tcb.counters.challengeAcks++;
        if (tcb.state == TcpState.SYN_RECEIVED) {
            tcb.handshake.resendSynAck();
        } else if (tcb.state != TcpState.CLOSED) {
            tcb.transmitter.sendAck();
        }
    }

    private void process(TcpSegment segment, long sequence) {
        tcb.timeouts.onValidSegment();
        tcb.ecn.onSegment(segment, codepoint, tcb.acks);
        updateTimestamp(sequence);
        acknowledgments.process(segment, sequence);
        if (tcb.state != TcpState.CLOSED && tcb.state != TcpState.TIME_WAIT) {
            takeText(segment, sequence);
        }
        if (tcb.state != TcpState.CLOSED) {
            tcb.transmitter.output();
        }
    }

    /** RFC 7323 section 4.3: not from a segment beyond a gap, whose echo would hide the gap's delay. PAWS let it pass. */
    private void updateTimestamp(long sequence) {
        if (tcb.timestampsOn && options.timestamps && sequence <= tcb.transmitter.lastAckSent()) {
            tcb.tsRecent = options.tsVal;
            tcb.tsRecentAt = tcb.now;
        }
    }

    /** The payload and the FIN. */
    void takeText(TcpSegment segment, long sequence) {
        if (tcb.state != TcpState.ESTABLISHED && tcb.state != TcpState.FIN_WAIT_1 && tcb.state != TcpState.FIN_WAIT_2) {
            return;
        }
        long start = segment.has(TcpSegment.SYN) ? 1 : sequence;
        int length = segment.payloadLength();
        if (length > 0) {
            tcb.counters.dataSegmentsReceived++;
            if (tcb.released && start + length > receive.nxt) {
                tcb.reset(TcpFailure.ABORTED); // RFC 2525 section 2.17: nobody reads it
                return;
            }
            takePayload(segment, start, length);
        }
        if (segment.has(TcpSegment.FIN)) {
            receive.onFin(start + length);
            tcb.acks.requireNow();
        }
        if (receive.takeFin()) {
            onFin();
        }
    }

    private void takePayload(TcpSegment segment, long start, int length) {
        boolean gap = receive.hasGap();
        long advanced = receive.accept(start, segment.buffer(), segment.payloadOffset(), length);
        tcb.counters.bytesReceived += advanced;
        tcb.timeouts.armTrim();
        if (advanced > 0) {
            boolean echo = tcb.timestampsOn && options.timestamps && options.tsEcr != 0;
            receive.measure(echo, options.tsEcr, echo ? tcb.madeAt(options.tsEcr) : 0, tcb.now);
        }
        if (advanced == 0) {
            if (start > receive.nxt) {
                tcb.counters.outOfOrderSegments++;
            } else {
                tcb.counters.duplicateSegments++;
            }
        }
        if (advanced != length || gap) {
            tcb.acks.requireNow(); // RFC 5681 section 4.2
        } else {
            tcb.acks.onInOrder(length, tcb.now, tcb.rtt.unbackedTimeout());
        }
    }

    private void onFin() {
        tcb.acks.requireNow();
        switch (tcb.state) {
            case ESTABLISHED -> tcb.state = TcpState.CLOSE_WAIT;
            case FIN_WAIT_1 -> tcb.state = TcpState.CLOSING;
            default -> {
                tcb.transmitter.sendAck();
                tcb.enterTimeWait();
            }
        }
    }

    private static long lengthOf(TcpSegment segment) {
        return segment.payloadLength()
                + (segment.has(TcpSegment.SYN) ? 1L : 0L)
                + (segment.has(TcpSegment.FIN) ? 1L : 0L);
    }
}
