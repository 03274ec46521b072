// SPDX-License-Identifier: MIT
package io.pktkit.vtcp.internal.sending;

import io.pktkit.vtcp.TcpState;
import io.pktkit.vtcp.internal.ecn.AccEcnReport;
import io.pktkit.vtcp.internal.ecn.Ecn;
import io.pktkit.vtcp.internal.path.MtuProber;
import io.pktkit.vtcp.internal.recovery.LossRecovery;
import io.pktkit.vtcp.internal.recovery.Scoreboard;
import io.pktkit.vtcp.internal.stream.SendSide;
import io.pktkit.vtcp.internal.timing.TimerKind;
import io.pktkit.wire.TcpSegment;
import org.jspecify.annotations.Nullable;

/**
 * Sends what may be sent: first what is lost, then new data, then an acknowledgment if one is due and went with
 * neither. Nagle's algorithm and the sender's side of silly window avoidance are here (RFC 9293 section 3.8.6.2.1).
 */
public final class Transmitter {
    private static final int INITIAL_WINDOW_BYTES = 14600; // RFC 6928

    private final SendingView view;
    private final SendSide send;
    private final Scoreboard board;
    private final LossRecovery recovery;
    private final Pacer pacer;
    private final Limits limits = new Limits();
    private @Nullable Train train;

    /** What our last segment acknowledged: Last.ACK.sent of RFC 7323. */
    private long lastAckSent = 1; // by the SYN-ACK, or by the ACK that answers it

    public Transmitter(SendingView view) {
        this.view = view;
        this.send = view.send();
        this.board = view.recovery().board();
        this.recovery = view.recovery();
        this.pacer = new Pacer(view.config().pacing());
    }

    public void output() {
        if (view.acks().isDue()
                && view.state().isSynchronized()
                && ((view.agreed().sack && mustTellBlocks()) || mustTellMarks())) {
            sendAck(); // segments with payload carry no blocks, and full ones no AccECN option
        }
        if (maySendData()) {
            pacer.begin(view.congestion(), view.rtt(), send.mss);
            if (train != null) {
                train.room = Train.UNKNOWN;
            }
            if (!recovery.holdsRepeats()) {
                resendLost();
            }
            sendNew();
            depart();
            view.timers().arm(TimerKind.PACING, pacer.deadline());
            view.afterOutput();
        }
        if (view.acks().isDue() && view.state().isSynchronized()) {
            sendAck();
        }
        limits.update(view);
    }

    private boolean mustTellBlocks() {
        return view.state().isSynchronized()
                && (view.receive().hasGap() || view.receive().hasDuplicate());
    }

    private boolean mustTellMarks() {
        AccEcnReport report = view.ecn().report();
        return report != null && report.isUrgent() && send.unsent() >= send.mss;
    }

    private boolean maySendData() {
        return (view.state().isSynchronized() || view.isEarly())
                && view.state() != TcpState.TIME_WAIT
                && view.state() != TcpState.FIN_WAIT_2;
    }

    private void resendLost() {
        for (int i = board.nextToResend(); i >= 0; i = board.nextToResend()) {
            int length = board.length(i);
            boolean fits = board.start(i) + length <= send.windowEnd() || board.start(i) == send.una;
            // A FIN takes no room: with a full segment it would not fit a window of one, and never be repeated.
            boolean admitted = recovery.allowance() >= Math.min(length, send.mss);
            if (!fits || !admitted || (!recovery.isUrgent() && pacer.holds(view.now()))) {
                return;
            }
            if (board.start(i) == send.una) {
                view.timers()
                        .disarm(TimerKind.RETRANSMIT); // it is counted from here, or it would beat the repeat's ACK
            }
            queueAgain(i);
        }
    }

    /** Sends a record of the scoreboard again. */
    public void resend(int index) {
        queueAgain(index);
        depart();
    }

    private void queueAgain(int index) {
        long start = board.start(index);
        int length = board.length(index);
        recovery.onRepeat(index, view.now());
        board.resent(index, view.now());
        recovery.onSent(length);
        pacer.onSent(length, view.now());
        view.counters().retransmissions++;
        view.counters().bytesRetransmitted += payloadOf(start, length);
        AccEcnReport report = view.ecn().report();
        if (report != null) {
            report.onRepeat(start);
        }
        queue(start, length, false);
    }

    /** A segment joins the train, or the train departs and the segment begins the next one. */
    private void queue(long start, int space, boolean fresh) {
        Train present = train();
        int payload = payloadOf(start, space);
        if (present.room == Train.UNKNOWN) {
            present.room = view.ecn().allowsTrains()
                    ? view.writer().superSegmentRoom(view.agreed().optionsLength())
                    : 0;
        }
        if (present.takes(start, payload, fresh)) {
            present.add(space, payload);
        } else {
            depart();
            present.begin(start, space, payload, fresh);
        }
    }

    private void depart() {
        Train leaving = train;
        if (leaving != null && leaving.count() > 0) {
            emit(
                    leaving.start(),
                    leaving.space(),
                    leaving.payload(),
                    leaving.segment(),
                    leaving.count(),
                    true,
                    leaving.isFresh());
            leaving.clear();
        }
    }

    private Train train() {
        Train present = train;
        if (present == null) {
            present = new Train();
            train = present;
        }
        return present;
    }

    /** Nothing has been sent for a while. */
    public void trim() {
        train = null;
    }

    private void sendNew() {
        while (send.hasUnsent() && !board.isFull() && recovery.admitsNew()) {
            int probe = view.prober().next();
            if (probe == MtuProber.WAIT) {
                noteUsage(true);
                return;
            } else if (probe > 0) {
                view.prober().onSending(probe);
                sendNext(
                        probe,
                        false); // by itself: it is longer than those before it, and departs before those after it
                continue;
            }
            long queued = send.end - send.nxt;
            long usable = send.windowEnd() - send.nxt;
            int length = (int) Math.max(0, Math.min(Math.min(queued, usable), send.mss));
            boolean fin = send.finPending() && length == queued && usable > length;
            if (!fin && (length == 0 || (length < send.mss && !maySendSmall(length, queued)))) {
                break;
            }
            // A FIN alone is no more to the path than an acknowledgment is.
            if (length > 0 && (recovery.allowance() < length || (isPaced() && pacer.holds(view.now())))) {
                noteUsage(true);
                return;
            }
            reconsiderWindow(); // with nothing in flight any window admits this one segment
            queueNext(length, fin);
        }
        noteUsage(false);
    }

    /**
     * A tail loss probe: the next new segment if the peer's window takes one, whatever ours says, else the last one
     * again (RFC 8985 section 7.3), or the one before if the last is a FIN alone: beyond a gap, not every peer answers one
     * with a block.
     */
    public void sendProbe() {
        long queued = send.end - send.nxt;
        long usable = send.windowEnd() - send.nxt;
        int length = (int) Math.max(0, Math.min(Math.min(queued, usable), send.mss));
        boolean fin = send.finPending() && length == queued && usable > length;
        int last = lastToProbe();
        if ((length > 0 || fin) && !board.isFull()) {
            sendNext(length, fin);
            recovery.probe().onSent(send.nxt, false);
        } else if (last == 0 || board.start(last) + board.length(last) <= send.windowEnd()) {
            resend(last);
            recovery.probe().onSent(board.start(last) + board.length(last), true);
        } else {
            recovery.probe().onImpossible();
        }
    }

    private int lastToProbe() {
        int last = board.count() - 1;
        boolean finAlone = board.start(last) == send.end;
        return finAlone && last > 0 ? last - 1 : last;
    }

    /** Sends the next bytes for the first time. */
    public void sendNext(int length, boolean fin) {
        queueNext(length, fin);
        depart();
    }

    private void queueNext(int length, boolean fin) {
        recovery.probe().restart();
        long start = send.nxt;
        int space = length + (fin ? 1 : 0);
        if (isPaced()) {
            pacer.onSent(space, view.now());
        }
        board.add(start, space, view.now());
        send.nxt += space;
        if (length < send.mss) {
            send.smallEnd = send.nxt;
        }
        recovery.onSent(space);
        // What the peer's window does not take is a probe: the peer may drop it, mark and all.
        queue(start, space, length > 0 && start + length <= send.windowEnd());
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
            return view.noDelay() || send.finQueued || send.smallEnd <= send.una;
        }
        return length >= send.maxWnd / 2 && length > 0;
    }

    /** The window that was fair before a pause, or a time of small use, may not be so now. */
    private void reconsiderWindow() {
        long idle = view.now() - send.lastSent;
        if (board.count() == 0 && send.lastSent > 0 && idle > 0) {
            boolean restart = isRestartDue();
            view.congestion().onIdle(idle, restart ? initialWindow() : 0);
            if (restart) {
                recovery.validation(view.now()).restart(view.now());
            }
        }
        recovery.validation(view.now()).beforeSending(view.now(), initialWindow());
    }

    /**
     * RFC 5681 section 4.1: after a pause of a timeout the window is a new one. RFC 7661 keeps it, for a while; as on
     * Linux one can choose.
     */
    public boolean isRestartDue() {
        return view.config().slowStartAfterIdle()
                && view.now() - send.lastSent > view.rtt().unbackedTimeout();
    }

    /** Before what is queued or in flight changes: whether the application gave less than the window would take. */
    public void checkAppLimited() {
        long pipe = recovery.pipe();
        if (send.unsent() < send.mss && pipe < view.congestion().window() && board.nextToResend() < 0) {
            recovery.rate().onAppLimited(pipe);
        }
    }

    public Limits limits() {
        return limits;
    }

    /** Bytes a second at which segments leave, 0 if the window alone decides. */
    public long pacingRate() {
        return (long) pacer.rate(view.congestion(), view.rtt());
    }

    public int initialWindow() {
        return Math.min(10 * send.mss, Math.max(2 * send.mss, INITIAL_WINDOW_BYTES));
    }

    private void noteUsage(boolean held) {
        if (board.count() > 0) {
            recovery.validation(view.now()).noteUsage(held, recovery.pipe());
        }
    }

    /** An acknowledgment without payload, with SACK blocks if there is something to tell. */
    public void sendAck() {
        emit(send.nxt, 0, 0, 0, 1, true, false);
    }

    /** A segment that the peer does not expect, so that it answers. */
    public void sendKeepAlive() {
        emit(send.nxt - 1, 0, 0, 0, 1, false, false);
    }

    /** RST at SND.NXT, or at the edge of the window if that is nearer: the peer believes no other. */
    public void sendReset() {
        long offset = send.maxWnd == 0 ? send.nxt : Math.min(send.nxt, Math.max(send.una, send.windowEnd()));
        view.writer()
                .send(view, send.wire(offset), TcpSegment.RST | TcpSegment.ACK, 0, 0, 0, 0, false, null, Ecn.NOT_ECT);
        view.counters().segmentsSent++;
    }

    /**
     * RST for a segment whose acknowledgment was processed (RFC 9293 section 3.10.7.1): at SEG.ACK, or what is newer, which
     * is where the peer expects it although data or a FIN of ours was lost. Elsewhere it would ask first (RFC 5961 section
     * 3.2).
     */
    public void sendRefusal() {
        view.writer().send(view, send.wire(send.una), TcpSegment.RST, 0, 0, 0, 0, false, null, Ecn.NOT_ECT);
        view.counters().segmentsSent++;
    }

    private void emit(long start, int space, int payload, int segment, int count, boolean asAck, boolean fresh) {
        int flags = TcpSegment.ACK;
        if (space > payload) {
            flags |= TcpSegment.FIN;
        }
        if (payload > 0 && start + payload == send.end) {
            flags |= TcpSegment.PSH;
        }
        int window = view.receive().announce(view.agreed().scaling);
        boolean blocks = space == 0 && view.agreed().sack && mustTellBlocks();
        flags |= view.ecn().flags(space == 0 && !blocks, fresh);
        AccEcnReport report = asAck && (space == 0 || fresh) ? view.ecn().report() : null;
        int codepoint = view.ecn().codepoint(segment, count, fresh);
        view.writer().send(view, send.wire(start), flags, window, start, payload, segment, blocks, report, codepoint);
        view.counters().segmentsSent += count;
        if (payload > 0) {
            view.counters().dataSegmentsSent += count;
            view.counters().bytesSent += payload;
        }
        if (space > 0) {
            send.lastSent = view.now();
        }
        if (asAck) {
            onAckSent();
            view.acks().onSent(payload > 0);
        }
    }

    /** A segment with our acknowledgment goes out, be it a SYN-ACK. */
    public void onAckSent() {
        lastAckSent = view.receive().nxt;
    }

    private int payloadOf(long start, int space) {
        return (int) Math.max(0, Math.min(space, send.end - start));
    }

    public long lastAckSent() {
        return lastAckSent;
    }
}
