// SPDX-License-Identifier: MIT
package io.pktkit.vtcp.internal.opening;

import io.pktkit.vtcp.FastOpenCookie;
import io.pktkit.vtcp.SynAnswer;
import io.pktkit.vtcp.SynCookies;
import io.pktkit.vtcp.TcpConfig;
import io.pktkit.vtcp.TcpFailure;
import io.pktkit.vtcp.TcpState;
import io.pktkit.vtcp.internal.connection.Agreed;
import io.pktkit.vtcp.internal.ecn.AccEcnReport;
import io.pktkit.vtcp.internal.option.ReceivedOptions;
import io.pktkit.vtcp.internal.stream.SendSide;
import io.pktkit.wire.IpFamily;
import io.pktkit.wire.TcpSegment;
import org.jspecify.annotations.Nullable;

/** SYN-SENT, SYN-RECEIVED and what is negotiated there (RFC 9293 section 3.5 and 3.10.7.3; RFC 7323, RFC 2018). */
public final class Handshake {
    private static final int DEFAULT_MSS_IPV4 = 536; // RFC 9293 section 3.7.1, SHLD-4 and MUST-15
    private static final int DEFAULT_MSS_IPV6 = 1220;
    private static final int FEWEST_UNITS = 8;

    private final OpeningView view;
    private @Nullable FastOpen fastOpen; // what it adds, if it does
    private long synSentAt;
    private boolean synRepeated;

    public Handshake(OpeningView view) {
        this.view = view;
        view.receive().mss = view.config().mss(family());
    }

    public void openActive(int iss, @Nullable FastOpenCookie cookie) {
        if (cookie != null) {
            fastOpen = new FastOpenClient(view, cookie);
        }
        view.send().iss = iss;
        view.become(TcpState.SYN_SENT);
        view.send().nxt = 1L + SynData.send(view, fastOpen);
        sendSyn();
        view.onSynSent();
    }

    public void openPassive(int iss, TcpSegment syn, SynAnswer answer) {
        view.send().iss = iss;
        view.send().nxt = 1;
        view.options().parse(syn);
        onPeerSyn(syn);
        view.become(TcpState.SYN_RECEIVED);
        fastOpen = FastOpenServer.open(view, syn, answer);
        sendSyn();
        view.onSynSent();
    }

    public void openFromCookie(SynCookies.Accepted cookie) {
        view.send().iss = cookie.localSequence();
        view.send().nxt = 1;
        view.receive().irs = cookie.remoteSequence();
        view.agreed().peerMss = cookie.mss();
        view.prober().updateSegmentSize();
        view.receive().announce(false); // what the SYN-ACK had promised
        view.become(TcpState.SYN_RECEIVED);
        synRepeated = true; // when it was sent is not known
    }

    /** The timer fired: the same SYN or SYN-ACK again. */
    public void resendSyn() {
        synRepeated = true;
        if (fastOpen != null) {
            fastOpen.onRepeat();
        }
        view.counters().retransmissions++;
        sendSyn();
        view.onSynSent();
    }

    /** The SYN-ACK again, in answer to a segment that does not fit. */
    public void resendSynAck() {
        synRepeated = true;
        sendSyn();
    }

    private void sendSyn() {
        TcpConfig config = view.config();
        boolean first = view.state() == TcpState.SYN_SENT;
        int window = first
                ? Math.min(0xffff, config.receiveBuffer())
                : view.receive().announce(false); // RFC 7323 section 2.2: not scaled
        boolean timestamps = first ? config.timestamps() : view.agreed().timestamps;
        boolean offerScale = first ? config.windowScaling() : view.agreed().scaling;
        AccEcnReport report = first ? null : view.ecn().report();
        if (report != null && synRepeated) {
            report.giveUp();
        }
        view.writer()
                .sendSyn(
                        view.send().iss,
                        first ? 0 : view.receive().wire(view.receive().nxt),
                        first
                                ? TcpSegment.SYN | view.ecn().askingFlags()
                                : TcpSegment.SYN | TcpSegment.ACK | view.ecn().answeringFlags(view.counters().timeouts),
                        window,
                        view.receive().mss,
                        offerScale ? shiftFor(config) : ReceivedOptions.ABSENT,
                        first ? config.sack() : view.agreed().sack,
                        timestamps,
                        view.tsVal(),
                        first ? 0 : view.agreed().tsRecent,
                        fastOpen,
                        report);
        if (!first) {
            view.transmitter().onAckSent();
        }
        synSentAt = view.now();
        view.counters().segmentsSent++;
    }

    public void onSegmentInSynSent(TcpSegment segment) {
        boolean ack = segment.has(TcpSegment.ACK);
        if (ack && !acknowledgesSyn(segment)) {
            refuse(segment);
            return;
        }
        if (segment.has(TcpSegment.RST)) {
            if (ack) {
                view.close(TcpFailure.REFUSED);
            }
            return;
        }
        if (!segment.has(TcpSegment.SYN)) {
            return;
        }
        onPeerSyn(segment);
        if (ack) {
            if (fastOpen instanceof FastOpenClient client) {
                client.onSynAck(segment, view.options(), view.agreed().peerMss);
            }
            onSynAck(segment);
        } else {
            view.become(TcpState.SYN_RECEIVED); // simultaneous open
            SynData.queue(view, segment);
            sendSyn();
            view.onSynSent();
        }
    }

    /**
     * A SYN in SYN-RECEIVED that begins where the peer's first one did: the same again, or, after a simultaneous open,
     * the peer's SYN-ACK.
     */
    public void onRepeatedSyn(TcpSegment segment) {
        if (!segment.has(TcpSegment.ACK)) {
            if (view.ecn().isContradictedBy(segment)) {
                view.reset(TcpFailure.RESET);
                return;
            }
            view.ecn().onSyn(segment, view.codepoint());
            synRepeated = true;
            sendSyn();
        } else if (acknowledgesSyn(segment)) {
            onSynAck(segment);
        } else {
            refuse(segment);
        }
    }

    /** Whether the SYN is acknowledged, and nothing that was not sent: Fast Open sends data before it is. */
    public boolean acknowledgesSyn(TcpSegment segment) {
        long ack = view.send().unwrap(segment.acknowledgmentNumber());
        return ack >= 1 && ack <= view.send().nxt;
    }

    private void onSynAck(TcpSegment segment) {
        view.ecn().onSynAck(segment, view.options(), view.codepoint());
        establish(segment);
        view.acks().requireNow();
        view.takeText(segment, 1);
        if (view.ecn().isAccurate() && view.state() != TcpState.CLOSED) {
            view.transmitter().sendAck(); // one with payload could not tell how the SYN-ACK arrived
        }
        view.transmitter().output();
    }

    /** Our SYN is acknowledged: the window of the segment is the first that counts. */
    public void establish(TcpSegment segment) {
        SendSide send = view.send();
        send.acknowledge(1);
        long window = segment.window();
        boolean scaled = view.agreed().scaling && !segment.has(TcpSegment.SYN);
        send.setWindow(scaled ? window << send.shift : window, view.receive().unwrap(segment.sequenceNumber()), 1);
        if (!synRepeated) {
            view.rtt().sample(view.now() - synSentAt, 1, view.now());
        }
        if (!view.isEarly()) {
            view.prober().onEstablished();
        }
        boolean lost = view.counters().timeouts > 0 || view.ecn().isSynMarked();
        if (lost) {
            view.rtt().onSynLost();
        }
        if (lost || !view.isEarly()) {
            view.congestion()
                    .start(send.mss, lost ? send.mss : view.transmitter().initialWindow()); // RFC 5681 section 3.1
        }
        if (fastOpen != null) {
            fastOpen.onEstablished(send.unwrap(segment.acknowledgmentNumber()));
        }
        view.onEstablished();
    }

    /** An acknowledgment of what we never sent, while not synchronized (RFC 9293 section 3.10.7.3). */
    public void refuse(TcpSegment segment) {
        if (!segment.has(TcpSegment.RST)) {
            view.writer().sendBare(segment.acknowledgmentNumber(), 0, TcpSegment.RST, 0);
            view.counters().segmentsSent++;
        }
    }

    private void onPeerSyn(TcpSegment segment) {
        if (!segment.has(TcpSegment.ACK)) {
            view.ecn().onSyn(segment, view.codepoint());
        }
        ReceivedOptions options = view.options();
        TcpConfig config = view.config();
        Agreed agreed = view.agreed();
        view.receive().irs = segment.sequenceNumber();
        view.receive().announce(false); // a SYN of ours has promised as much, or is about to
        int absent = family() == IpFamily.IPV4 ? DEFAULT_MSS_IPV4 : DEFAULT_MSS_IPV6;
        agreed.peerMss = options.mss == ReceivedOptions.ABSENT ? absent : Math.max(TcpConfig.MIN_MSS, options.mss);
        agreed.scaling = config.windowScaling() && options.windowScale != ReceivedOptions.ABSENT;
        if (agreed.scaling) {
            view.send().shift = options.windowScale;
            view.receive().shift = shiftFor(config);
        }
        agreed.sack = config.sack() && options.sackPermitted;
        view.recovery().useSack(agreed.sack);
        agreed.timestamps = config.timestamps() && options.timestamps;
        if (agreed.timestamps) {
            agreed.tsRecent = options.tsVal;
            agreed.tsRecentAt = view.now();
        }
        view.prober().updateSegmentSize();
    }

    /** What Fast Open adds to the handshake, or null. */
    public @Nullable FastOpen fastOpen() {
        return fastOpen;
    }

    private IpFamily family() {
        return view.tuple().localAddress().family();
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
