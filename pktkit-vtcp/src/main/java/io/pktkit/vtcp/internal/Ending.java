// SPDX-License-Identifier: MIT
package io.pktkit.vtcp.internal;

import io.pktkit.vtcp.TcpFailure;
import io.pktkit.vtcp.TcpState;
import io.pktkit.vtcp.internal.timing.TimerKind;

/** The ways in which the application gives a connection up (RFC 9293 section 3.10.5; RFC 2525 section 2.17). */
final class Ending {
    private static final long MAX_LINGER = Long.MAX_VALUE / 4;

    private Ending() {}

    /** The owner lets go. */
    static void release(Tcb tcb) {
        if (tcb.released) {
            return;
        }
        tcb.released = true;
        if (tcb.state == TcpState.SYN_SENT) {
            tcb.close(TcpFailure.ABORTED);
            return;
        }
        if (tcb.receive.readable() > 0 && isResetDue(tcb)) {
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
    static void release(Tcb tcb, long lingerNanos) {
        if (lingerNanos == 0) {
            abort(tcb);
            return;
        }
        release(tcb);
        if (!isOutputDone(tcb)) {
            tcb.timers.arm(TimerKind.LINGER, tcb.now + Math.min(lingerNanos, MAX_LINGER));
        }
    }

    /** The time to linger is over. */
    static void onLingerOver(Tcb tcb) {
        if (!isOutputDone(tcb)) {
            tcb.reset(TcpFailure.ABORTED);
        }
    }

    static void abort(Tcb tcb) {
        if (isResetDue(tcb)) {
            tcb.reset(TcpFailure.ABORTED);
        } else {
            tcb.close(TcpFailure.ABORTED);
        }
    }

    /** Whether the peer has acknowledged all, up to our FIN, or never will. */
    static boolean isOutputDone(Tcb tcb) {
        return tcb.send.finAcked() || tcb.state == TcpState.CLOSED;
    }

    private static boolean isResetDue(Tcb tcb) {
        return switch (tcb.state) {
            case SYN_RECEIVED, ESTABLISHED, FIN_WAIT_1, FIN_WAIT_2, CLOSE_WAIT -> true;
            case CLOSING, LAST_ACK -> tcb.send.finPending(); // CLOSE-WAIT to the RFC, until the FIN is out
            default -> false;
        };
    }
}
