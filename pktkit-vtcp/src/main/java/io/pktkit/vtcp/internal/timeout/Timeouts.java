// SPDX-License-Identifier: MIT
package io.pktkit.vtcp.internal.timeout;

import io.pktkit.vtcp.TcpState;
import io.pktkit.vtcp.internal.recovery.LossProbe;
import io.pktkit.vtcp.internal.recovery.Scoreboard;
import io.pktkit.vtcp.internal.stream.SendSide;
import io.pktkit.vtcp.internal.timing.TimerKind;
import io.pktkit.vtcp.internal.timing.TimerSet;

/** What happens when time passes: retransmission, window probes, keepalive, the ends of the closing states. */
public final class Timeouts {
    private static final TimerKind[] KINDS = TimerKind.values();
    private static final long TRIM_AFTER = 1_000_000_000L;
    private static final long RENEGE_WAIT = 10_000_000L;
    private static final int ORPHAN_PROBES = 8;

    private final TimeoutView view;
    private final TimerSet timers;
    private final SendSide send;
    private final Scoreboard board;

    private int retries;
    private boolean probing;
    private int probes;
    private int unanswered;
    private boolean unreachable;
    private boolean keepAlive;
    private int keepAliveProbes;
    private long lastActive;
    private long lastReceived;

    public Timeouts(TimeoutView view) {
        this.view = view;
        this.timers = view.timers();
        this.send = view.send();
        this.board = view.recovery().board();
        this.keepAlive = view.config().keepAlive();
    }

    public void run() {
        view.transmitter().checkAppLimited();
        boolean any = false;
        for (TimerKind kind : KINDS) {
            if (timers.takeExpired(kind, view.now())) {
                any = true;
                expire(kind);
            }
        }
        if (any && view.state() != TcpState.CLOSED) {
            view.transmitter().output();
        }
    }

    private void expire(TimerKind kind) {
        switch (kind) {
            case REORDERING -> view.recovery().onReorderingTimeout(view.now());
            case LOSS_PROBE -> onLossProbe();
            case RETRANSMIT -> onRetransmit();
            case PERSIST -> onPersist();
            case DELAYED_ACK -> view.acks().onDelayExpired();
            case KEEPALIVE -> onKeepAlive();
            case CLOSE -> view.close(null);
            case USER_TIMEOUT -> view.giveUp();
            case TRIM -> onTrim();
            case PACING -> {} // what was held goes out with the output that follows
            case LINGER -> view.onLingerOver();
        }
    }

    /** The handshake is complete. */
    public void onEstablished() {
        lastReceived = view.now();
        retries = 0;
        timers.disarm(TimerKind.RETRANSMIT);
        onProgress();
        if (keepAlive) {
            timers.arm(TimerKind.KEEPALIVE, view.now() + view.config().keepAliveIdleNanos());
        }
    }

    /** Whether an idle peer is asked for signs of life: from the end of the handshake on, while the timer runs. */
    public void setKeepAlive(boolean on) {
        keepAlive = on;
        if (on == timers.isArmed(TimerKind.KEEPALIVE)) {
            return;
        }
        keepAliveProbes = 0;
        if (!on) {
            timers.disarm(TimerKind.KEEPALIVE);
        } else if (view.mayTransfer() && view.state() != TcpState.TIME_WAIT && view.state() != TcpState.CLOSED) {
            timers.arm(TimerKind.KEEPALIVE, view.now() + view.config().keepAliveIdleNanos());
        }
    }

    /** Our SYN or SYN-ACK went out. */
    public void onSynSent() {
        timers.arm(TimerKind.RETRANSMIT, view.now() + view.rtt().timeout());
        armUserTimeout();
    }

    /** After each attempt to send: exactly one of the two timers, or the pacer's, runs while something is to be sent. */
    public void afterOutput() {
        if (!view.state().isSynchronized()) {
            return; // with Fast Open: it is the SYN-ACK that is repeated
        }
        if (board.count() > 0) {
            timers.disarm(TimerKind.PERSIST);
            if (!timers.isArmed(TimerKind.RETRANSMIT)) {
                timers.arm(TimerKind.RETRANSMIT, view.now() + interval());
            }
        } else {
            timers.disarm(TimerKind.RETRANSMIT);
            if (!send.hasUnsent() || timers.isArmed(TimerKind.PACING)) { // the pacer sends it, and in its own time
                timers.disarm(TimerKind.PERSIST);
            } else if (!timers.isArmed(TimerKind.PERSIST)) {
                timers.arm(TimerKind.PERSIST, view.now() + probeInterval());
            }
        }
        armRecovery();
        armUserTimeout();
        lastActive = view.now();
        armTrim();
    }

    /** The timers of RFC 8985: one for segments that may only be late, else one for a tail that may be lost. */
    private void armRecovery() {
        long deadline = board.count() > 0 && !probing ? view.recovery().reorderingDeadline() : TimerSet.NEVER;
        timers.arm(TimerKind.REORDERING, deadline);
        if (deadline != TimerSet.NEVER
                || probing
                || send.wnd == 0
                || !view.recovery().mayProbe()) {
            timers.disarm(TimerKind.LOSS_PROBE);
        } else if (view.recovery().probe().takeRestart() || !timers.isArmed(TimerKind.LOSS_PROBE)) {
            long due = view.now() + LossProbe.timeout(view.rtt().smoothed(), board.count() == 1);
            timers.arm(TimerKind.LOSS_PROBE, Math.min(due, timers.deadline(TimerKind.RETRANSMIT)));
        }
    }

    private void onLossProbe() {
        if (board.count() > 0) {
            timers.disarm(TimerKind.RETRANSMIT); // it starts again once the probe is out
            if (!view.prober().abandon()) { // else its pieces go out, and serve as well
                view.transmitter().sendProbe();
            }
        }
    }

    /** SND.UNA advanced. */
    public void onProgress() {
        retries = 0;
        probes = 0;
        unreachable = false;
        timers.disarm(TimerKind.RETRANSMIT);
        timers.disarm(TimerKind.USER_TIMEOUT);
        if (board.count() == 0) { // in FIN-WAIT-2 nothing is sent any more, and so no timer looked at again
            timers.disarm(TimerKind.REORDERING);
            timers.disarm(TimerKind.LOSS_PROBE);
        }
        if (view.recovery().looksReneged()) {
            timers.arm(
                    TimerKind.RETRANSMIT,
                    view.now() + Math.max(RENEGE_WAIT, view.rtt().smoothed() / 2));
        }
    }

    /** A router says that what is in flight does not reach the peer, which may pass (RFC 5461 section 2). */
    public void onUnreachable() {
        unreachable = true;
    }

    /** Whether a router said so since something new was last acknowledged. */
    public boolean isUnreachable() {
        return unreachable;
    }

    /** A segment passed validation. */
    public void onValidSegment() {
        lastReceived = view.now();
        unanswered = 0;
        if (keepAliveProbes > 0) {
            keepAliveProbes = 0;
            timers.arm(TimerKind.KEEPALIVE, view.now() + view.config().keepAliveIdleNanos());
        }
        if (view.state() == TcpState.FIN_WAIT_2 && timers.isArmed(TimerKind.CLOSE)) {
            armFinWait2();
        }
    }

    /** The peer's window may have opened: what a closed one refused is sent again, and nobody takes it for a loss. */
    public void onWindow() {
        if (!probing || send.wnd == 0) {
            return;
        }
        probing = false;
        probes = 0;
        board.markAllLost(false);
        timers.disarm(TimerKind.RETRANSMIT);
        timers.disarm(TimerKind.PERSIST);
    }

    /** When the last segment that passed validation arrived. */
    public long lastReceived() {
        return lastReceived;
    }

    /** Retransmission timeouts since something new was acknowledged. */
    public int retries() {
        return retries;
    }

    /** Probes, of a closed window or of a silent peer, since it last answered. */
    public int probesUnanswered() {
        return unanswered + keepAliveProbes;
    }

    public void armFinWait2() {
        if (view.config().finWait2Nanos() > 0) {
            timers.arm(TimerKind.CLOSE, view.now() + view.config().finWait2Nanos());
        }
    }

    private void onRetransmit() {
        if (!view.state().isSynchronized()) {
            onSynTimeout();
        } else if (board.count() > 0 && send.wnd == 0) {
            view.prober().abandon();
            view.recovery().noteReneging(); // what a probe repeats is not what the peer holds
            if (unanswered > 0) {
                view.prober().onProbeUnanswered();
            }
            probe(() -> view.transmitter().resend(0));
        } else if (board.count() > 0) {
            onDataTimeout();
        }
    }

    private void onSynTimeout() {
        if (++retries > view.config().synRetries()) {
            view.giveUp();
            return;
        }
        view.counters().timeouts++;
        view.rtt().backOff();
        view.handshake().resendSyn();
    }

    private void onDataTimeout() {
        if (++retries > view.config().retries()) {
            view.giveUp();
            return;
        }
        view.counters().timeouts++;
        view.recovery().onTimeout(retries > 1, view.now());
        view.prober().onTimeout();
        view.rtt().backOff();
    }

    private void onPersist() {
        long queued = send.end - send.nxt;
        long usable = send.windowEnd() - send.nxt;
        if (usable > 0) {
            int length = (int) Math.min(Math.min(queued, usable), send.mss);
            view.transmitter().sendNext(length, send.finPending() && length == queued && usable > length);
        } else {
            probe(() -> view.transmitter().sendNext(queued > 0 ? 1 : 0, queued == 0));
        }
    }

    /** One octet beyond a closed window, and the same one each time (RFC 9293 section 3.8.6.1). */
    private void probe(Runnable transmission) {
        if (unanswered >= view.config().retries() || (view.isReleased() && probes >= ORPHAN_PROBES)) {
            view.giveUp();
            return;
        }
        probing = true;
        probes++;
        unanswered++;
        // The peer may drop it unread, so an acknowledgment that is due goes by itself.
        boolean due = view.acks().isPending();
        transmission.run();
        if (due) {
            view.acks().requireNow();
        }
    }

    private long interval() {
        return probing ? probeInterval() : view.rtt().timeout();
    }

    private long probeInterval() {
        return Math.min(
                view.rtt().unbackedTimeout() << Math.min(probes, 16),
                view.config().maxRtoNanos());
    }

    private void onKeepAlive() {
        long due = lastReceived + view.config().keepAliveIdleNanos();
        if (keepAliveProbes == 0 && (due > view.now() || board.count() > 0)) {
            timers.arm(
                    TimerKind.KEEPALIVE,
                    due > view.now() ? due : view.now() + view.config().keepAliveIntervalNanos());
            return;
        }
        if (keepAliveRanOut()) {
            view.giveUp();
            return;
        }
        keepAliveProbes++;
        view.transmitter().sendKeepAlive();
        timers.arm(TimerKind.KEEPALIVE, view.now() + view.config().keepAliveIntervalNanos());
    }

    /** A user timeout decides in place of the count of probes (RFC 5482 section 4.2). */
    private boolean keepAliveRanOut() {
        long userTimeout = view.config().userTimeoutNanos();
        if (userTimeout > 0) {
            return keepAliveProbes > 0 && view.now() - lastReceived >= userTimeout;
        }
        return keepAliveProbes >= view.config().keepAliveCount();
    }

    private void armUserTimeout() {
        if (view.config().userTimeoutNanos() == 0) {
            return;
        }
        boolean waiting = !view.state().isSynchronized() || board.count() > 0 || send.hasUnsent();
        if (waiting && !timers.isArmed(TimerKind.USER_TIMEOUT)) {
            timers.arm(TimerKind.USER_TIMEOUT, view.now() + view.config().userTimeoutNanos());
        }
    }

    /** Something may have been buffered: the memory is looked at again after a while. */
    public void armTrim() {
        if (!timers.isArmed(TimerKind.TRIM) && view.holdsMemory()) {
            timers.arm(TimerKind.TRIM, view.now() + TRIM_AFTER);
        }
    }

    private void onTrim() {
        if (view.now() - lastActive >= TRIM_AFTER / 2 && view.now() - lastReceived >= TRIM_AFTER / 2) {
            view.trim();
        }
        armTrim();
    }
}
