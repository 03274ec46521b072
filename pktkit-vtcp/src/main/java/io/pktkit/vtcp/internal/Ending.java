// SPDX-License-Identifier: MIT
package io.pktkit.vtcp.internal;

import io.pktkit.vtcp.TcpFailure;
import io.pktkit.vtcp.TcpState;

/** The ways in which the application gives a connection up (RFC 9293 section 3.10.5; RFC 2525 section 2.17). */
final class Ending {
    private static final long MAX_LINGER = Long.MAX_VALUE / 4;

    private final Tcb tcb;

    Ending(Tcb tcb) {
        this.tcb = tcb;
    }

    /** The owner lets go. */
    void release() {
        if (tcb.released) {
            return;
        }
        tcb.released = true;
        if (tcb.state == TcpState.SYN_SENT) {
            tcb.close(TcpFailure.ABORTED);
            return;
        }
        if (tcb.receive.readable() > 0 && isResetDue()) {
            tcb.reset(TcpFailure.ABORTED);
            return;
        }
        tcb.receive.discardAll();
        tcb.shutdownOutput(tcb.now);
        if (tcb.state == TcpState.FIN_WAIT_2) {
            tcb.timeouts.armFinWait2();
        }
    }

    /** The owner lets go, and what the peer does not acknowledge in time is given up. */
    void release(long lingerNanos) {
        if (lingerNanos == 0) {
            abort();
            return;
        }
        release();
        if (!isOutputDone()) {
            tcb.timers.arm(TimerKind.LINGER, tcb.now + Math.min(lingerNanos, MAX_LINGER));
        }
    }

    /** The time to linger is over. */
    void onLingerOver() {
        if (!isOutputDone()) {
            tcb.reset(TcpFailure.ABORTED);
        }
    }

    void abort() {
        if (isResetDue()) {
            tcb.reset(TcpFailure.ABORTED);
        } else {
            tcb.close(TcpFailure.ABORTED);
        }
    }

    /** Whether the peer has acknowledged all, up to our FIN, or never will. */
    boolean isOutputDone() {
        return tcb.send.finAcked() || tcb.state == TcpState.CLOSED;
    }

    private boolean isResetDue() {
        return switch (tcb.state) {
            case SYN_RECEIVED, ESTABLISHED, FIN_WAIT_1, FIN_WAIT_2, CLOSE_WAIT -> true;
            case CLOSING, LAST_ACK -> tcb.send.finPending(); // CLOSE-WAIT to the RFC, until the FIN is out
            default -> false;
        };
    }
}
