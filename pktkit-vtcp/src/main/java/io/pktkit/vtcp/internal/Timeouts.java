// SPDX-License-Identifier: MIT
package io.pktkit.vtcp.internal;

import io.pktkit.vtcp.TcpState;

/** What happens when time passes: retransmission, window probes, keepalive, the ends of the closing states. */
final class Timeouts {
    private static final TimerKind[] KINDS = TimerKind.values();
    private static final long TRIM_AFTER = 1_000_000_000L;
    private static final long RENEGE_WAIT = 10_000_000L;
    private static final int ORPHAN_PROBES = 8;

    private final Tcb tcb;
    private final TimerSet timers;
    private final SendSide send;
    private final Scoreboard board;

    private int retries;
    private boolean probing;
    private int probes;
    private int unanswered;
    private int keepAliveProbes;
    private long lastActive;

    Timeouts(Tcb tcb) {
        this.tcb = tcb;
        this.timers = tcb.timers;
        this.send = tcb.send;
        this.board = tcb.board;
    }

    void run() {
        tcb.transmitter.checkAppLimited();
        boolean any = false;
        for (TimerKind kind : KINDS) {
            if (timers.takeExpired(kind, tcb.now)) {
                any = true;
                expire(kind);
            }
        }
        if (any && tcb.state != TcpState.CLOSED) {
            tcb.transmitter.output();
        }
    }

    private void expire(TimerKind kind) {
        switch (kind) {
            case REORDERING -> tcb.recovery.onReorderingTimeout(tcb.now);
            case LOSS_PROBE -> onLossProbe();
            case RETRANSMIT -> onRetransmit();
            case PERSIST -> onPersist();
            case DELAYED_ACK -> tcb.acks.onDelayExpired();
            case KEEPALIVE -> onKeepAlive();
            case CLOSE -> tcb.close(null);
            case USER_TIMEOUT -> tcb.giveUp();
            case TRIM -> onTrim();
            case PACING -> {} // what was held goes out with the output that follows
            case LINGER -> tcb.ending.onLingerOver();
        }
    }

    void onEstablished() {
        retries = 0;
        timers.disarm(TimerKind.RETRANSMIT);
        onProgress();
        if (tcb.config.keepAlive()) {
            timers.arm(TimerKind.KEEPALIVE, tcb.now + tcb.config.keepAliveIdleNanos());
        }
    }

    /** Our SYN or SYN-ACK went out. */
    void onSynSent() {
        timers.arm(TimerKind.RETRANSMIT, tcb.now + tcb.rtt.timeout());
        armUserTimeout();
    }

    /** After each attempt to send: exactly one of the two timers runs while something is to be sent. */
    void afterOutput() {
        if (!tcb.state.isSynchronized()) {
            return; // with Fast Open: it is the SYN-ACK that is repeated
        }
        if (board.count() > 0) {
            timers.disarm(TimerKind.PERSIST);
            if (!timers.isArmed(TimerKind.RETRANSMIT)) {
                timers.arm(TimerKind.RETRANSMIT, tcb.now + interval());
            }
        } else {
            timers.disarm(TimerKind.RETRANSMIT);
            if (!send.hasUnsent()) {
                timers.disarm(TimerKind.PERSIST);
            } else if (!timers.isArmed(TimerKind.PERSIST)) {
                timers.arm(TimerKind.PERSIST, tcb.now + probeInterval());
            }
        }
        armRecovery();
        armUserTimeout();
        lastActive = tcb.now;
        armTrim();
    }

    /** The timers of RFC 8985: one for segments that may only be late, else one for a tail that may be lost. */
    private void armRecovery() {
        long deadline = board.count() > 0 && !probing ? tcb.recovery.reorderingDeadline() : TimerSet.NEVER;
        timers.arm(TimerKind.REORDERING, deadline);
        if (deadline != TimerSet.NEVER || probing || send.wnd == 0 || !tcb.recovery.mayProbe()) {
            timers.disarm(TimerKind.LOSS_PROBE);
        } else if (tcb.recovery.probe().takeRestart() || !timers.isArmed(TimerKind.LOSS_PROBE)) {
            long due = tcb.now + LossProbe.timeout(tcb.rtt.smoothed(), board.count() == 1);
            timers.arm(TimerKind.LOSS_PROBE, Math.min(due, timers.deadline(TimerKind.RETRANSMIT)));
        }
    }

    private void onLossProbe() {
        if (board.count() > 0) {
            timers.disarm(TimerKind.RETRANSMIT); // it starts again once the probe is out
            if (!tcb.prober.abandon()) { // else its pieces go out, and serve as well
                tcb.transmitter.sendProbe();
            }
        }
    }

    /** SND.UNA advanced. */
    void onProgress() {
        retries = 0;
        probes = 0;
        timers.disarm(TimerKind.RETRANSMIT);
        timers.disarm(TimerKind.USER_TIMEOUT);
        if (board.count() == 0) { // in FIN-WAIT-2 nothing is sent any more, and so no timer looked at again
            timers.disarm(TimerKind.REORDERING);
            timers.disarm(TimerKind.LOSS_PROBE);
        }
        if (tcb.recovery.looksReneged()) {
            timers.arm(TimerKind.RETRANSMIT, tcb.now + Math.max(RENEGE_WAIT, tcb.rtt.smoothed() / 2));
        }
    }

    /** A segment passed validation. */
    void onValidSegment() {
        tcb.lastReceived = tcb.now;
        unanswered = 0;
        if (keepAliveProbes > 0) {
            keepAliveProbes = 0;
            timers.arm(TimerKind.KEEPALIVE, tcb.now + tcb.config.keepAliveIdleNanos());
        }
        if (tcb.state == TcpState.FIN_WAIT_2 && timers.isArmed(TimerKind.CLOSE)) {
            armFinWait2();
        }
    }

    /** The peer's window may have opened: what a closed one refused is sent again, and nobody takes it for a loss. */
    void onWindow() {
        if (!probing || send.wnd == 0) {
            return;
        }
        probing = false;
        probes = 0;
        board.markAllLost(false);
        timers.disarm(TimerKind.RETRANSMIT);
        timers.disarm(TimerKind.PERSIST);
    }

    /** Retransmission timeouts since something new was acknowledged. */
    int retries() {
        return retries;
    }

    /** Probes, of a closed window or of a silent peer, since it last answered. */
    int probesUnanswered() {
        return unanswered + keepAliveProbes;
    }

    void armFinWait2() {
        if (tcb.config.finWait2Nanos() > 0) {
            timers.arm(TimerKind.CLOSE, tcb.now + tcb.config.finWait2Nanos());
        }
    }

    private void onRetransmit() {
        if (!tcb.state.isSynchronized()) {
            onSynTimeout();
        } else if (board.count() > 0 && send.wnd == 0) {
            tcb.prober.abandon();
            tcb.recovery.noteReneging(); // what a probe repeats is not what the peer holds
            if (unanswered > 0) {
                tcb.prober.onProbeUnanswered();
            }
            probe(() -> tcb.transmitter.resend(0));
        } else if (board.count() > 0) {
            onDataTimeout();
        }
    }

    private void onSynTimeout() {
        if (++retries > tcb.config.synRetries()) {
            tcb.giveUp();
            return;
        }
        tcb.counters.timeouts++;
        tcb.rtt.backOff();
        tcb.handshake.resendSyn();
    }

    private void onDataTimeout() {
        if (++retries > tcb.config.retries()) {
            tcb.giveUp();
            return;
        }
        tcb.counters.timeouts++;
        tcb.recovery.onTimeout(retries > 1, tcb.now);
        tcb.prober.onTimeout();
        tcb.rtt.backOff();
    }

    private void onPersist() {
        long queued = send.end - send.nxt;
        long usable = send.windowEnd() - send.nxt;
        if (usable > 0) {
            int length = (int) Math.min(Math.min(queued, usable), send.mss);
            tcb.transmitter.sendNext(length, send.finPending() && length == queued && usable > length);
        } else {
            probe(() -> tcb.transmitter.sendNext(queued > 0 ? 1 : 0, queued == 0));
        }
    }

    /** One octet beyond a closed window, and the same one each time (RFC 9293 section 3.8.6.1). */
    private void probe(Runnable transmission) {
        if (unanswered >= tcb.config.retries() || (tcb.released && probes >= ORPHAN_PROBES)) {
            tcb.giveUp();
            return;
        }
        probing = true;
        probes++;
        unanswered++;
        // The peer may drop it unread, so an acknowledgment that is due goes by itself.
        boolean due = tcb.acks.isPending();
        transmission.run();
        if (due) {
            tcb.acks.requireNow();
        }
    }

    private long interval() {
        return probing ? probeInterval() : tcb.rtt.timeout();
    }

    private long probeInterval() {
        return Math.min(tcb.rtt.unbackedTimeout() << Math.min(probes, 16), tcb.config.maxRtoNanos());
    }

    private void onKeepAlive() {
        long due = tcb.lastReceived + tcb.config.keepAliveIdleNanos();
        if (keepAliveProbes == 0 && (due > tcb.now || board.count() > 0)) {
            timers.arm(TimerKind.KEEPALIVE, due > tcb.now ? due : tcb.now + tcb.config.keepAliveIntervalNanos());
            return;
        }
        if (keepAliveRanOut()) {
            tcb.giveUp();
            return;
        }
        keepAliveProbes++;
        tcb.transmitter.sendKeepAlive();
        timers.arm(TimerKind.KEEPALIVE, tcb.now + tcb.config.keepAliveIntervalNanos());
    }

    /** A user timeout decides in place of the count of probes (RFC 5482 section 4.2). */
    private boolean keepAliveRanOut() {
        long userTimeout = tcb.config.userTimeoutNanos();
        if (userTimeout > 0) {
            return keepAliveProbes > 0 && tcb.now - tcb.lastReceived >= userTimeout;
        }
        return keepAliveProbes >= tcb.config.keepAliveCount();
    }

    private void armUserTimeout() {
        if (tcb.config.userTimeoutNanos() == 0) {
            return;
        }
        boolean waiting = !tcb.state.isSynchronized() || board.count() > 0 || send.hasUnsent();
        if (waiting && !timers.isArmed(TimerKind.USER_TIMEOUT)) {
            timers.arm(TimerKind.USER_TIMEOUT, tcb.now + tcb.config.userTimeoutNanos());
        }
    }

    /** Something may have been buffered: the memory is looked at again after a while. */
    void armTrim() {
        if (!timers.isArmed(TimerKind.TRIM) && tcb.holdsMemory()) {
            timers.arm(TimerKind.TRIM, tcb.now + TRIM_AFTER);
        }
    }

    private void onTrim() {
        if (tcb.now - lastActive >= TRIM_AFTER / 2 && tcb.now - tcb.lastReceived >= TRIM_AFTER / 2) {
            tcb.trim();
        }
        armTrim();
    }
}
