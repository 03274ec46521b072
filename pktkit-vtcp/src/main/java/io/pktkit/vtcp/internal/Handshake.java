// SPDX-License-Identifier: MIT
package io.pktkit.vtcp.internal;

import io.pktkit.vtcp.SynAnswer;
import io.pktkit.vtcp.SynCookies;
import io.pktkit.vtcp.TcpConfig;
import io.pktkit.vtcp.TcpFailure;
import io.pktkit.vtcp.TcpState;
import io.pktkit.wire.IpFamily;
import io.pktkit.wire.TcpSegment;

/** SYN-SENT, SYN-RECEIVED and what is negotiated there (RFC 9293 section 3.5 and 3.10.7.3; RFC 7323, RFC 2018). */
final class Handshake {
    private static final int DEFAULT_MSS_IPV4 = 536; // RFC 9293 section 3.7.1, SHLD-4 and MUST-15
    private static final int DEFAULT_MSS_IPV6 = 1220;
    private static final int TIMESTAMPS_LENGTH = 12;
    private static final int FEWEST_UNITS = 8;

    private final Tcb tcb;
    private boolean scaling;
    private int peerMss;
    private long synSentAt;
    private boolean synRepeated;

    Handshake(Tcb tcb) {
        this.tcb = tcb;
        tcb.receive.mss = tcb.config.mss(family());
    }

    void openActive(int iss) {
        tcb.send.iss = iss;
        tcb.state = TcpState.SYN_SENT;
        tcb.send.nxt = 1L + SynData.send(tcb);
        sendSyn();
        tcb.timeouts.onSynSent();
    }

    void openPassive(int iss, TcpSegment syn, SynAnswer answer) {
        tcb.send.iss = iss;
        tcb.send.nxt = 1;
        tcb.arrival().options.parse(syn);
        onPeerSyn(syn);
        tcb.state = TcpState.SYN_RECEIVED;
        FastOpenServer.open(tcb, syn, answer);
        sendSyn();
        tcb.timeouts.onSynSent();
    }

    void openFromCookie(SynCookies.Accepted cookie) {
        tcb.send.iss = cookie.localSequence();
        tcb.send.nxt = 1;
        tcb.receive.irs = cookie.remoteSequence();
        peerMss = cookie.mss();
        updateSegmentSize();
        tcb.receive.announce(false); // what the SYN-ACK had promised
        tcb.state = TcpState.SYN_RECEIVED;
        synRepeated = true; // when it was sent is not known
    }

    /** The timer fired: the same SYN or SYN-ACK again. */
    void resendSyn() {
        synRepeated = true;
        if (tcb.fastOpen != null) {
            tcb.fastOpen.onRepeat();
        }
        tcb.counters.retransmissions++;
        sendSyn();
        tcb.timeouts.onSynSent();
    }

    /** The SYN-ACK again, in answer to a segment that does not fit. */
    void resendSynAck() {
        synRepeated = true;
        sendSyn();
    }

    private void sendSyn() {
        TcpConfig config = tcb.config;
        boolean first = tcb.state == TcpState.SYN_SENT;
        int window = first
                ? Math.min(0xffff, config.receiveBuffer())
                : tcb.receive.announce(false); // RFC 7323 section 2.2: not scaled
        boolean timestamps = first ? config.timestamps() : tcb.timestampsOn;
        boolean offerScale = first ? config.windowScaling() : scaling;
        AccEcnReport report = first ? null : tcb.ecn.report();
        if (report != null && synRepeated) {
            report.giveUp();
        }
        tcb.writer.sendSyn(
                tcb.send.iss,
                first ? 0 : tcb.receive.wire(tcb.receive.nxt),
                first
                        ? TcpSegment.SYN | tcb.ecn.askingFlags()
                        : TcpSegment.SYN | TcpSegment.ACK | tcb.ecn.answeringFlags(),
                window,
                tcb.receive.mss,
                offerScale ? shiftFor(config) : ReceivedOptions.ABSENT,
                first ? config.sack() : tcb.sackOn,
                timestamps,
                tcb.tsVal(),
                first ? 0 : tcb.tsRecent,
                tcb.fastOpen,
                report);
        if (!first) {
            tcb.transmitter.onAckSent();
        }
        synSentAt = tcb.now;
        tcb.counters.segmentsSent++;
    }

    void onSegmentInSynSent(TcpSegment segment) {
        boolean ack = segment.has(TcpSegment.ACK);
        if (ack && !acknowledgesSyn(segment)) {
            refuse(segment);
            return;
        }
        if (segment.has(TcpSegment.RST)) {
            if (ack) {
                tcb.close(TcpFailure.REFUSED);
            }
            return;
        }
        if (!segment.has(TcpSegment.SYN)) {
            return;
        }
        onPeerSyn(segment);
        if (ack) {
            if (tcb.fastOpen instanceof FastOpenClient client) {
                client.onSynAck(segment, tcb.arrival().options, peerMss);
            }
            onSynAck(segment);
        } else {
            tcb.state = TcpState.SYN_RECEIVED; // simultaneous open
            SynData.queue(tcb, segment);
            sendSyn();
            tcb.timeouts.onSynSent();
        }
    }

    /**
     * A SYN in SYN-RECEIVED that begins where the peer's first one did: the same again, or, after a simultaneous open,
     * the peer's SYN-ACK.
     */
    void onRepeatedSyn(TcpSegment segment) {
        if (!segment.has(TcpSegment.ACK)) {
            if (tcb.ecn.isContradictedBy(segment)) {
                tcb.reset(TcpFailure.RESET);
                return;
            }
            tcb.ecn.onSyn(segment, tcb.arrival().codepoint);
            synRepeated = true;
            sendSyn();
        } else if (acknowledgesSyn(segment)) {
            onSynAck(segment);
        } else {
            refuse(segment);
        }
    }

    /** Whether the SYN is acknowledged, and nothing that was not sent: Fast Open sends data before it is. */
    boolean acknowledgesSyn(TcpSegment segment) {
        long ack = tcb.send.unwrap(segment.acknowledgmentNumber());
        return ack >= 1 && ack <= tcb.send.nxt;
    }

    private void onSynAck(TcpSegment segment) {
        tcb.ecn.onSynAck(segment, tcb.arrival().options, tcb.arrival().codepoint);
        establish(segment);
        tcb.acks.requireNow();
        tcb.arrival().takeText(segment, 1);
        if (tcb.ecn.isAccurate() && tcb.state != TcpState.CLOSED) {
            tcb.transmitter.sendAck(); // one with payload could not tell how the SYN-ACK arrived
        }
        tcb.transmitter.output();
    }

    /** Our SYN is acknowledged: the window of the segment is the first that counts. */
    void establish(TcpSegment segment) {
        SendSide send = tcb.send;
        send.acknowledge(1);
        long window = segment.window();
        boolean scaled = scaling && !segment.has(TcpSegment.SYN);
        send.setWindow(scaled ? window << send.shift : window, tcb.receive.unwrap(segment.sequenceNumber()), 1);
        if (!synRepeated) {
            tcb.rtt.sample(tcb.now - synSentAt, 1);
        }
        if (!tcb.early) {
            tcb.prober.onEstablished();
        }
        boolean lost = tcb.counters.timeouts > 0 || tcb.ecn.isSynMarked();
        if (lost) {
            tcb.rtt.onSynLost();
        }
        if (lost || !tcb.early) {
            tcb.congestion.start(send.mss, lost ? send.mss : tcb.transmitter.initialWindow()); // RFC 5681 section 3.1
        }
        if (tcb.fastOpen != null) {
            tcb.fastOpen.onEstablished(send.unwrap(segment.acknowledgmentNumber()));
        }
        tcb.onEstablished();
    }

    /** An acknowledgment of what we never sent, while not synchronized (RFC 9293 section 3.10.7.3). */
    void refuse(TcpSegment segment) {
        if (!segment.has(TcpSegment.RST)) {
            tcb.writer.sendBare(segment.acknowledgmentNumber(), 0, TcpSegment.RST, 0);
            tcb.counters.segmentsSent++;
        }
    }

    private void onPeerSyn(TcpSegment segment) {
        if (!segment.has(TcpSegment.ACK)) {
            tcb.ecn.onSyn(segment, tcb.arrival().codepoint);
        }
        ReceivedOptions options = tcb.arrival().options;
        TcpConfig config = tcb.config;
        tcb.receive.irs = segment.sequenceNumber();
        tcb.receive.announce(false); // a SYN of ours has promised as much, or is about to
        int absent = family() == IpFamily.IPV4 ? DEFAULT_MSS_IPV4 : DEFAULT_MSS_IPV6;
        peerMss = options.mss == ReceivedOptions.ABSENT ? absent : Math.max(TcpConfig.MIN_MSS, options.mss);
        scaling = config.windowScaling() && options.windowScale != ReceivedOptions.ABSENT;
        if (scaling) {
            tcb.send.shift = options.windowScale;
            tcb.receive.shift = shiftFor(config);
        }
        tcb.sackOn = config.sack() && options.sackPermitted;
        tcb.recovery.useSack(tcb.sackOn);
        tcb.timestampsOn = config.timestamps() && options.timestamps;
        if (tcb.timestampsOn) {
            tcb.tsRecent = options.tsVal;
            tcb.tsRecentAt = tcb.now;
        }
        updateSegmentSize();
    }

    /** RFC 6691: options count against what the peer can take. */
    void updateSegmentSize() {
        int wanted = peerMss == 0 ? tcb.path.segmentRoom() : Math.min(peerMss, tcb.path.segmentRoom());
        tcb.send.mss = wanted - optionsLength();
    }

    /** Bytes of options in every segment with data. */
    int optionsLength() {
        return tcb.timestampsOn ? TIMESTAMPS_LENGTH : 0;
    }

    /** What the peer takes, options included; 0 until it is known. */
    int peerMss() {
        return peerMss;
    }

    boolean scaling() {
        return scaling;
    }

    private IpFamily family() {
        return tcb.tuple.localAddress().family();
    }

    /** For the largest window there may be, but in units that the buffer of the beginning holds several of. */
    private static int shiftFor(TcpConfig config) {
        int shift = 0;
        while (shift < ReceivedOptions.MAX_SHIFT
                && config.receiveBufferMax() >> shift > 0xffff
                && config.receiveBuffer() >> shift >= 2 * FEWEST_UNITS) {
            shift++;
        }
        return shift;
    }
}
