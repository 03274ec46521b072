// SPDX-License-Identifier: MIT
package io.pktkit.ovpn.internal.session;

import io.pktkit.time.Timers;
import java.util.concurrent.TimeUnit;

/**
 * How a session ends: at once, or after a while in which the client still has to hear why. The first reason stays. Owned by
 * its session.
 */
final class Farewell {

    /** How long a client that is refused has to hear it. */
    private static final long LINGER_NANOS = TimeUnit.SECONDS.toNanos(5);

    private final KeyRing keys;
    private final DataPlane dataPlane;
    private final Outbox outbox;
    private long endsAt = Timers.NEVER;
    private CloseCause cause = CloseCause.CLOSED;
    private String detail = "";
    private boolean ended;

    Farewell(KeyRing keys, DataPlane dataPlane, Outbox outbox) {
        this.keys = keys;
        this.dataPlane = dataPlane;
        this.outbox = outbox;
    }

    /** Whether it is decided that the session ends. */
    boolean hasBegun() {
        return endsAt != Timers.NEVER;
    }

    boolean hasEnded() {
        return ended;
    }

    long endsAtNanos() {
        return endsAt;
    }

    /** Ends the session if the client has had its time, or has heard all of it over a way that loses nothing. */
    void endIfOver(boolean heard, long nowNanos) {
        if ((heard && outbox.hasToldAll()) || Timers.isDue(endsAt, nowNanos)) {
            endNow();
        }
    }

    /** Ends the session as it was decided, or because the server wants it to. */
    void endNow() {
        end(cause, detail);
    }

    void refuse(String reason, CloseCause why, long nowNanos) {
        tellAndEnd(reason.isEmpty() ? "AUTH_FAILED" : "AUTH_FAILED," + reason, why, reason, nowNanos);
    }

    /** Tells the client something, if that can be, and ends the session a while later. */
    void tellAndEnd(String message, CloseCause why, String more, long nowNanos) {
        if (hasBegun()) {
            return;
        }
        if (!message.isEmpty() && (keys.primary().tls().isOpen() || keys.isRenewing())) {
            // During a renegotiation the client hears by the next key alone, which it has in a moment.
            outbox.tell(keys.primary(), message);
            begin(why, more, nowNanos);
        } else {
            end(why, more);
        }
    }

    /** A key did not come about: the one before is used on if there is one. */
    void keyFailed(CloseCause why, String more, long nowNanos) {
        if (!hasBegun()) {
            // What TLS has to say about it.
            keys.primary().flush(nowNanos, outbox::send);
            if (keys.fallBack(nowNanos)) {
                outbox.tellTheRest(keys.primary());
                return;
            }
        }
        keys.primary().stage(KeyStage.FAILED);
        begin(why, more, nowNanos);
    }

    /** No data from here on; what the client is told is repeated for a while. */
    private void begin(CloseCause why, String more, long nowNanos) {
        if (hasBegun()) {
            return;
        }
        dataPlane.sendWith(null);
        cause = why;
        detail = more;
        endsAt = Timers.after(nowNanos, LINGER_NANOS);
    }

    /** Once, and told before anything else is done that could fail: who hears of it takes the session off. */
    void end(CloseCause why, String more) {
        if (ended) {
            return;
        }
        ended = true;
        outbox.add(new SessionAction.Closed(why, more));
        keys.wipe();
    }
}
