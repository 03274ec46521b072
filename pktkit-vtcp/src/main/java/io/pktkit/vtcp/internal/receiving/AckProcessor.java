// SPDX-License-Identifier: MIT
package io.pktkit.vtcp.internal.receiving;

import io.pktkit.vtcp.TcpState;
import io.pktkit.vtcp.internal.option.ReceivedOptions;
import io.pktkit.vtcp.internal.recovery.AckFacts;
import io.pktkit.vtcp.internal.recovery.Scoreboard;
import io.pktkit.vtcp.internal.stream.SendSide;
import io.pktkit.wire.TcpSegment;

/** What an acknowledgment does to our side: scoreboard, round-trip time, window, recovery, and the closing states. */
final class AckProcessor {
    private static final long MILLISECOND = 1_000_000L;

    private final ReceivingView view;
    private final SendSide send;
    private final Scoreboard board;
    private final ReceivedOptions options;
    private final AckFacts facts = new AckFacts();

    AckProcessor(ReceivingView view, ReceivedOptions options) {
        this.view = view;
        this.send = view.send();
        this.board = view.recovery().board();
        this.options = options;
    }

    /** Processes the ACK of a segment that passed all tests. */
    void process(TcpSegment segment, long sequence) {
        long ack = send.unwrap(segment.acknowledgmentNumber());
        if (ack < send.una) {
            return; // an old one tells nothing
        }
        long window = scaledWindow(segment);
        long acked = ack - send.una;
        view.transmitter().checkAppLimited();
        gather(segment, ack, acked, window);
        int samples = expectedSamples();
        view.recovery().beginAck(facts);
        facts.delivered = view.agreed().sack ? takeBlocks(ack) : 0;
        view.recovery().beginCumulative(facts);
        facts.delivered += board.acknowledge(ack);
        if (acked > 0) {
            view.counters().bytesAcked += Math.min(ack, send.end) - Math.min(send.una, send.end);
            send.acknowledge(ack);
        }
        measure(acked, samples);
        view.prober().onAck(acked);
        facts.congested = view.ecn().onAck(segment, options, sequence > send.wl1, facts);
        boolean moved = updateWindow(sequence, ack, acked, window);
        view.recovery().onAck(facts);
        if (acked > 0) {
            send.tune(view.congestion().window());
            view.timeouts().onProgress();
        }
        if (moved) {
            view.timeouts().onWindow();
        }
        if (send.finAcked()) {
            onFinAcked();
        }
    }

    private void gather(TcpSegment segment, long ack, long acked, long window) {
        facts.now = view.now();
        facts.ack = ack;
        facts.highest = ack;
        facts.acked = acked;
        facts.duplicate = isDuplicate(segment, acked, window);
        facts.hasBlocks = view.agreed().sack && options.sackBlocks > 0;
        facts.hasEcho = view.agreed().timestamps && options.timestamps && options.tsEcr != 0;
        facts.echoedAt = facts.hasEcho ? view.madeAt(options.tsEcr) : 0;
        findDuplicateBlock(ack);
    }

    /** RFC 2883: a first block below the acknowledgment, or within the second block, tells what arrived twice. */
    private void findDuplicateBlock(long ack) {
        facts.hasDuplicateBlock = false;
        if (!facts.hasBlocks) {
            return;
        }
        long start = send.unwrap(options.sackStart(0));
        long end = send.unwrap(options.sackEnd(0));
        if (start >= end || start < 1 || end > send.nxt || start < ack - send.maxWnd) {
            return;
        }
        boolean below = end <= ack;
        boolean within = options.sackBlocks > 1
                && start >= send.unwrap(options.sackStart(1))
                && end <= send.unwrap(options.sackEnd(1));
        facts.hasDuplicateBlock = below || within;
        facts.duplicateStart = start;
        facts.duplicateEnd = end;
    }

    private long scaledWindow(TcpSegment segment) {
        long window = segment.window();
        return view.agreed().scaling ? window << send.shift : window;
    }

    /** RFC 5681 section 2. An answer to a window probe is none: it is no sign that anything else arrived. */
    private boolean isDuplicate(TcpSegment segment, long acked, long window) {
        return acked == 0
                && board.count() > 0
                && segment.payloadLength() == 0
                && !segment.has(TcpSegment.FIN)
                && window == send.wnd
                && window > 0;
    }

    private long takeBlocks(long ack) {
        long fresh = 0;
        for (int i = 0; i < options.sackBlocks; i++) {
            long start = send.unwrap(options.sackStart(i));
            long end = send.unwrap(options.sackEnd(i));
            // A block below the acknowledgment is a D-SACK; one beyond what was sent is nonsense.
            if (start < end && end <= send.nxt && start >= ack) {
                // Of the last segment some peers hold the payload alone; the FIN then goes again when only it is
                // missing.
                long newly = board.sack(start, end == send.end ? board.endOfSegment(end) : end);
                fresh += newly;
                facts.highest = newly > 0 ? Math.max(facts.highest, end) : facts.highest;
            }
        }
        return fresh;
    }

    /** RFC 7323 appendix G: how many measurements a round trip will give. */
    private int expectedSamples() {
        long segments = send.inFlight() / Math.max(1, send.mss);
        return (int) Math.max(1, (segments + 1) / 2);
    }

    private void measure(long acked, int samples) {
        boolean sacked = board.takeSackedOnce(); // asked each time, or an old answer would be given later
        long measured = 0;
        if (acked > 0 && board.ackedOnce()) {
            measured = Math.max(1, view.now() - board.ackedSentAt());
        } else if (sacked) {
            measured = Math.max(1, view.now() - board.newestSackSentAt());
        } else if (acked > 0 && facts.hasEcho && !facts.hasDuplicateBlock) {
            // Only repeats were acknowledged: the echoed timestamp tells which transmission it was, unless the peer
            // answers a duplicate, which leaves the echo as old as the acknowledgment that was lost before this one.
            int elapsed = view.tsVal() - options.tsEcr;
            measured = elapsed >= 0 ? Math.max(1, elapsed) * MILLISECOND : 0;
        }
        facts.rtt = measured;
        if (measured > 0) {
            view.rtt().sample(measured, samples, view.now());
            view.congestion().onRoundTrip(measured, send.una, send.nxt);
            view.recovery().probe().onMeasured();
        }
    }

    /**
     * RFC 9293 section 3.10.7.4: not from a segment older than the one that set it last. One that acknowledges something
     * new is none, even if it repeats old data and has a lower sequence number, as the RFC would have it: the window in
     * force would then be counted from the new SND.UNA, and end beyond what the peer ever offered.
     */
    private boolean updateWindow(long sequence, long ack, long acked, long window) {
        if (acked > 0 || send.wl1 < sequence || (send.wl1 == sequence && send.wl2 <= ack)) {
            send.setWindow(window, sequence, ack);
            return true;
        }
        return false;
    }

    private void onFinAcked() {
        switch (view.state()) {
            case FIN_WAIT_1 -> {
                view.become(TcpState.FIN_WAIT_2);
                if (view.isReleased()) {
                    view.timeouts().armFinWait2();
                }
            }
            case CLOSING -> view.enterTimeWait();
            case LAST_ACK -> view.close(null);
            default -> {}
        }
    }
}
