// SPDX-License-Identifier: MIT
package io.pktkit.ovpn.internal.session;

import io.pktkit.time.Timers;
import java.util.concurrent.TimeUnit;

/**
 * When a client is told what it is given. A request is repeated every five seconds until the answer has come, so a repeated
 * one is not answered for a while; one that came before there was an answer is not forgotten. Owned by its session.
 */
final class PushGate {

    private static final long HOLD_OFF_NANOS = TimeUnit.SECONDS.toNanos(30);

    private long heldUntil = Timers.NEVER;
    private boolean requested;

    /** The client asks; whether it is answered if it can be. */
    boolean request(long nowNanos) {
        requested = true;
        return heldUntil == Timers.NEVER || Timers.isDue(heldUntil, nowNanos);
    }

    boolean isRequested() {
        return requested;
    }

    void answered(long nowNanos) {
        heldUntil = Timers.after(nowNanos, HOLD_OFF_NANOS);
    }
}
