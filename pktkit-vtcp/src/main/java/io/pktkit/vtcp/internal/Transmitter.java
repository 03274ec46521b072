// SPDX-License-Identifier: MIT
package io.pktkit.vtcp.internal;

import io.pktkit.vtcp.TcpState;
import io.pktkit.wire.TcpSegment;

/**
 * Sends what may be sent: first what is lost, then new data, then an acknowledgment if one is due and went with
 * neither. Nagle's algorithm and the sender's side of silly window avoidance are here (RFC 9293 section 3.8.6.2.1).
 */
final class Transmitter {
    private static final int INITIAL_WINDOW_BYTES = 14600; // RFC 6928

    private final Tcb tcb;
    private final SendSide send;
    private final Scoreboard board;
    private final LossRecovery recovery;
    private final Pacer pacer;
    private final Limits limits = new Limits();

    /** What our last segment acknowledged: Last.ACK.sent of RFC 7323. */
    private long lastAckSent = 1; // by the SYN-ACK, or by the ACK that answers it

    Transmitter(Tcb tcb) {
        this.tcb = tcb;
        this.send = tcb.send;
        this.board = tcb.board;
        this.recovery = tcb.recovery;
        this.pacer = new Pacer(tcb.config.pacing());
    }

    void output() {
        if (tcb.acks.isDue() && tcb.state.isSynchronized() && ((tcb.sackOn && mustTellBlocks()) || mustTellMarks())) {
            sendAck(); // segments with payload carry no blocks, and full ones no AccECN option
        }
        if (maySendData()) {
            pacer.begin(tcb.congestion, tcb.rtt, send.mss);
            if (!recovery.holdsRepeats()) {
                resendLost();
            }
            sendNew();
            tcb.timers.arm(TimerKind.PACING, pacer.deadline());
            tcb.timeouts.afterOutput();
        }
        if (tcb.acks.isDue() && tcb.state.isSynchronized()) {
            sendAck();
        }
        limits.update(tcb);
    }

    private boolean mustTellBlocks() {
        return tcb.state.isSynchronized() && (tcb.receive.hasGap() || tcb.receive.hasDuplicate());
    }

    private boolean mustTellMarks() {
        AccEcnReport report = tcb.ecn.report();
        return report != null && report.isUrgent() && send.unsent() >= send.mss;
    }

    private boolean maySendData() {
        return (tcb.state.isSynchronized() || tcb.early)
                && tcb.state != TcpState.TIME_WAIT
                && tcb.state != TcpState.FIN_WAIT_2;
    }

    private void resendLost() {
        for (int i = board.nextToResend(); i >= 0; i = board.nextToResend()) {
            int length = board.length(i);
            boolean fits = board.start(i) + length <= send.windowEnd() || board.start(i) == send.una;
            // A FIN takes no room: with a full segment it would not fit a window of one, and never be repeated.
            boolean admitted = recovery.allowance() >= Math.min(length, send.mss);
            if (!fits || !admitted || (!recovery.isUrgent() && pacer.holds(tcb.now))) {
                return;
            }
            if (board.start(i) == send.una) {
                tcb.timers.disarm(TimerKind.RETRANSMIT); // it is counted from here, or it would beat the repeat's ACK
            }
            resend(i);
        }
    }

    /** Sends a record of the scoreboard again. */
    void resend(int index) {
        long start = board.start(index);
        int length = board.length(index);
        recovery.onRepeat(index, tcb.now);
        board.resent(index, tcb.now);
        recovery.onSent(length);
        pacer.onSent(length, tcb.now);
        tcb.counters.retransmissions++;
        tcb.counters.bytesRetransmitted += payloadOf(start, length);
        AccEcnReport report = tcb.ecn.report();
        if (report != null) {
            report.onRepeat(start);
        }
        emit(start, length, true, false);
    }

    private void sendNew() {
        while (send.hasUnsent() && !board.isFull() && recovery.admitsNew()) {
            int probe = tcb.prober.next();
            if (probe == MtuProber.WAIT) {
                noteUsage(true);
                return;
            } else if (probe > 0) {
                tcb.prober.onSending(probe);
                sendNext(probe, false);
                continue;
            }
            long queued = send.end - send.nxt;
            long usable = send.windowEnd() - send.nxt;
            int length = (int) Math.max(0, Math.min(Math.min(queued, usable), send.mss));
            boolean fin = send.finPending() && length == queued && usable > length;
            if (!fin && (length == 0 || (length < send.mss && !maySendSmall(length, queued)))) {
                break;
            }
            if (recovery.allowance() < Math.max(1, length) || (isPaced() && pacer.holds(tcb.now))) {
                noteUsage(true);
                return;
            }
            reconsiderWindow(); // with nothing in flight any window admits this one segment
            sendNext(length, fin);
        }
        noteUsage(false);
    }

    /**
     * A tail loss probe: the next new segment if the peer's window takes one, whatever ours says, else the last one
     * again (RFC 8985 section 7.3).
     */
    void sendProbe() {
        long queued = send.end - send.nxt;
        long usable = send.windowEnd() - send.nxt;
        int length = (int) Math.max(0, Math.min(Math.min(queued, usable), send.mss));
        boolean fin = send.finPending() && length == queued && usable > length;
        int last = board.count() - 1;
        if ((length > 0 || fin) && !board.isFull()) {
            sendNext(length, fin);
            recovery.probe().onSent(send.nxt, false);
        } else if (last == 0 || board.start(last) + board.length(last) <= send.windowEnd()) {
            resend(last);
            recovery.probe().onSent(send.nxt, true);
        } else {
            recovery.probe().onImpossible();
        }
    }

    /** Sends the next bytes for the first time. */
    void sendNext(int length, boolean fin) {
        recovery.probe().restart();
        long start = send.nxt;
        int space = length + (fin ? 1 : 0);
        if (isPaced()) {
            pacer.onSent(space, tcb.now);
        }
        board.add(start, space, tcb.now);
        send.nxt += space;
        if (length < send.mss) {
            send.smallEnd = send.nxt;
        }
        recovery.onSent(space);
        // What the peer's window does not take is a probe: the peer may drop it, mark and all.
        emit(start, space, true, length > 0 && start + length <= send.windowEnd());
    }

    /** The first initial window is no burst that any path would mind (RFC 6928), and most transfers end with it. */
    private boolean isPaced() {
        return send.nxt > initialWindow();
    }

    /**
     * A segment below the MSS goes out if it ends the queue and no other small one is unacknowledged (Nagle, as
     * refined by Minshall: full segments in flight are no reason to wait), or if it is half of all that the peer ever
     * offered, as a peer with a small buffer will never take more.
     */
    private boolean maySendSmall(int length, long queued) {
        if (length == queued) {
            return tcb.config.noDelay() || send.finQueued || send.smallEnd <= send.una;
        }
        return length >= send.maxWnd / 2 && length > 0;
    }

    /** The window that was fair before a pause, or a time of small use, may not be so now. */
    private void reconsiderWindow() {
        long idle = tcb.now - send.lastSent;
        if (board.count() == 0 && send.lastSent > 0 && idle > 0) {
            boolean restart = isRestartDue();
            tcb.congestion.onIdle(idle, restart ? initialWindow() : 0);
            if (restart) {
                recovery.validation(tcb.now).restart(tcb.now);
            }
        }
        recovery.validation(tcb.now).beforeSending(tcb.now, initialWindow());
    }

    /**
     * RFC 5681 section 4.1: after a pause of a timeout the window is a new one. RFC 7661 keeps it, for a while; as on
     * Linux one can choose.
     */
    boolean isRestartDue() {
        return tcb.config.slowStartAfterIdle() && tcb.now - send.lastSent > tcb.rtt.unbackedTimeout();
    }

    /** Before what is queued or in flight changes: whether the application gave less than the window would take. */
    void checkAppLimited() {
        long pipe = recovery.pipe();
        if (send.unsent() < send.mss && pipe < tcb.congestion.window() && board.nextToResend() < 0) {
            recovery.rate().onAppLimited(pipe);
        }
    }

    Limits limits() {
        return limits;
    }

    /** Bytes a second at which segments leave, 0 if the window alone decides. */
    long pacingRate() {
        return (long) pacer.rate(tcb.congestion, tcb.rtt);
    }

    int initialWindow() {
        return Math.min(10 * send.mss, Math.max(2 * send.mss, INITIAL_WINDOW_BYTES));
    }

    private void noteUsage(boolean held) {
        if (board.count() > 0) {
            recovery.validation(tcb.now).noteUsage(held, recovery.pipe());
        }
    }

    /** An acknowledgment without payload, with SACK blocks if there is something to tell. */
    void sendAck() {
        emit(send.nxt, 0, true, false);
    }

    /** A segment that the peer does not expect, so that it answers. */
    void sendKeepAlive() {
        emit(send.nxt - 1, 0, false, false);
    }

    /** RST at SND.NXT, or at the edge of the window if that is nearer: the peer believes no other. */
    void sendReset() {
        long offset = send.maxWnd == 0 ? send.nxt : Math.min(send.nxt, Math.max(send.una, send.windowEnd()));
        tcb.writer.send(tcb, send.wire(offset), TcpSegment.RST | TcpSegment.ACK, 0, 0, 0, false, null, Ecn.NOT_ECT);
        tcb.counters.segmentsSent++;
    }

    private void emit(long start, int space, boolean asAck, boolean fresh) {
        int payload = payloadOf(start, space);
        int flags = TcpSegment.ACK;
        if (space > payload) {
            flags |= TcpSegment.FIN;
        }
        if (payload > 0 && start + payload == send.end) {
            flags |= TcpSegment.PSH;
        }
        int window = tcb.receive.announce(tcb.handshake.scaling());
        boolean blocks = space == 0 && tcb.sackOn && mustTellBlocks();
        flags |= tcb.ecn.flags(space == 0 && !blocks, fresh);
        AccEcnReport report = asAck && (space == 0 || fresh) ? tcb.ecn.report() : null;
        int codepoint = tcb.ecn.codepoint(payload, fresh);
        tcb.writer.send(tcb, send.wire(start), flags, window, start, payload, blocks, report, codepoint);
        tcb.counters.segmentsSent++;
        if (payload > 0) {
            tcb.counters.dataSegmentsSent++;
            tcb.counters.bytesSent += payload;
        }
        if (space > 0) {
            send.lastSent = tcb.now;
        }
        if (asAck) {
            onAckSent();
            tcb.acks.onSent(payload > 0);
        }
    }

    /** A segment with our acknowledgment goes out, be it a SYN-ACK. */
    void onAckSent() {
        lastAckSent = tcb.receive.nxt;
    }

    private int payloadOf(long start, int space) {
        return (int) Math.max(0, Math.min(space, send.end - start));
    }

    long lastAckSent() {
        return lastAckSent;
    }
}
