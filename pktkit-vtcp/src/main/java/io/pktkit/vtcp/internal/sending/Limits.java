// SPDX-License-Identifier: MIT
package io.pktkit.vtcp.internal.sending;

import io.pktkit.vtcp.TcpInfo;
import io.pktkit.vtcp.TcpState;
import io.pktkit.vtcp.internal.stream.SendSide;

/**
 * For how long there was something to send, and for how long the peer's window or our own buffer, and not the
 * congestion window, held it back. As with Linux' chronograph the time that passes is charged to one cause at a time.
 *
 * <p>The cause follows from the state alone. That changes in calls only, so it is looked at once at the end of each, and
 * the times are exact whenever the next call comes.
 */
public final class Limits {
    private enum Cause {
        /** Nothing is queued, and all is acknowledged. */
        IDLE,
        /** The congestion window, pacing, Nagle's algorithm, or an application that gave no more. */
        OTHER,
        PEER_WINDOW,
        SEND_BUFFER
    }

    private Cause cause = Cause.IDLE;
    private long since;
    private long busy;
    private long peerWindow;
    private long sendBuffer;

    /** Something may have been queued, sent or acknowledged. */
    public void update(SendingView view) {
        Cause next = judge(view);
        if (next != cause) {
            settle(view.now());
            cause = next;
        }
    }

    public TcpInfo.Limits snapshot(long now) {
        settle(now);
        return new TcpInfo.Limits(busy, peerWindow, sendBuffer);
    }

    private void settle(long now) {
        long elapsed = now - since;
        since = now;
        busy += cause == Cause.IDLE ? 0 : elapsed;
        peerWindow += cause == Cause.PEER_WINDOW ? elapsed : 0;
        sendBuffer += cause == Cause.SEND_BUFFER ? elapsed : 0;
    }

    private static Cause judge(SendingView view) {
        SendSide send = view.send();
        long unsent = send.unsent() + (send.finPending() ? 1 : 0);
        if (view.state() == TcpState.CLOSED
                || (unsent == 0 && view.recovery().board().count() == 0)) {
            return Cause.IDLE;
        }
        if (!view.state().isSynchronized()) {
            return Cause.OTHER;
        }
        long next = Math.min(unsent, send.mss);
        long room = view.recovery().allowance();
        // What probes a closed window lies beyond it, although nothing may be left to send.
        if (send.windowEnd() - send.nxt < next && room >= next) {
            return Cause.PEER_WINDOW;
        }
        boolean full = unsent == 0 && !send.finQueued && send.free() < send.mss;
        return full && room >= send.mss ? Cause.SEND_BUFFER : Cause.OTHER;
    }
}
