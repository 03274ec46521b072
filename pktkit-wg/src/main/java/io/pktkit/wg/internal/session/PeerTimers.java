// SPDX-License-Identifier: MIT
package io.pktkit.wg.internal.session;

import io.pktkit.time.Timers;
import org.jspecify.annotations.Nullable;

/**
 * The timers of a peer, told of what happened and asked what is due. They follow the reference implementation's, with
 * three differences: a packet that is sent settles every keepalive that is owed; a keepalive without a session does not
 * give a handshake that goes on a fresh number of attempts; and a handshake that is wanted too early is remembered.
 */
public final class PeerTimers {

    /** What is to be done when a timer has run out. */
    public enum Action {
        /** Repeat the initiation, which is claimed already. */
        RETRANSMIT,
        /** No response came: drop what waits. */
        GIVE_UP,
        /** Confirm what was received. */
        KEEPALIVE,
        /** Nothing came back for what was sent: make a new session. */
        NEW_HANDSHAKE,
        /** Wipe all keys. */
        WIPE,
        /** Keep the path open. */
        PERSISTENT_KEEPALIVE,
        /** An initiation that was asked for too early may now be sent. */
        WANTED_HANDSHAKE,
        /** The peer's time is over. */
        EXPIRE
    }

    private final Jitter jitter;

    private long retransmitAt = Timers.NEVER;
    private long keepaliveAt = Timers.NEVER;
    private long newHandshakeAt = Timers.NEVER;
    private long wipeAt = Timers.NEVER;
    private long persistentAt = Timers.NEVER;
    private long wantedAt = Timers.NEVER;
    private long expiresAt = Timers.NEVER;

    private boolean needAnotherKeepalive;
    private boolean sentLastMinute;
    private int attempts;
    private boolean everSent;
    private long lastSentHandshake;
    private long persistentInterval;

    /** When the heap wakes this peer up; never later than the earliest timer once it is scheduled. */
    private long wakeUp = Timers.NEVER;

    /**
     * Creates timers none of which runs.
     *
     * @param jitter the random part of delays
     */
    public PeerTimers(Jitter jitter) {
        this.jitter = jitter;
    }

    /** Data that is no keepalive was sent, and authenticated. */
    public void dataSent(long nowNanos) {
        if (newHandshakeAt == Timers.NEVER) {
            newHandshakeAt = Timers.after(nowNanos, Limits.KEEPALIVE_TIMEOUT + Limits.REKEY_TIMEOUT + jitter.next());
        }
    }

    /** Data that is no keepalive was received, and was authentic. */
    public void dataReceived(long nowNanos) {
        if (keepaliveAt == Timers.NEVER) {
            keepaliveAt = Timers.after(nowNanos, Limits.KEEPALIVE_TIMEOUT);
        } else {
            needAnotherKeepalive = true;
        }
    }

    /** Any authenticated message was sent. */
    public void sent(long nowNanos) {
        keepaliveAt = Timers.NEVER;
        needAnotherKeepalive = false;
        traversed(nowNanos);
    }

    /** Any authentic message was received. */
    public void received(long nowNanos) {
        newHandshakeAt = Timers.NEVER;
        traversed(nowNanos);
    }

    /** A session was derived, be it confirmed or not. */
    public void sessionDerived(long nowNanos) {
        wipeAt = Timers.after(nowNanos, Limits.WIPE_AFTER);
    }

    /** A session is there that can be sent under. */
    public void handshakeComplete() {
        retransmitAt = Timers.NEVER;
        wantedAt = Timers.NEVER;
        attempts = 0;
        sentLastMinute = false;
    }

    /** A response was sent: our own initiations keep the same distance from it as from each other. */
    public void responded(long nowNanos) {
        everSent = true;
        lastSentHandshake = nowNanos;
    }

    /** Forgets when a handshake was last sent, so that the next may be sent at once. */
    public void forgetLastHandshake() {
        everSent = false;
    }

    /**
     * Claims an initiation: whoever gets true sends one, and nobody else does.
     *
     * @param nowNanos the time
     * @param restart whether the attempts are counted from 0 again
     * @return whether it may be sent now; if not, it is remembered unless one is under way
     */
    public boolean claimInitiation(long nowNanos, boolean restart) {
        if (restart) {
            attempts = 0;
        }
        if (everSent && nowNanos - lastSentHandshake < Limits.REKEY_TIMEOUT) {
            if (retransmitAt == Timers.NEVER) {
                wantedAt = Timers.after(lastSentHandshake, Limits.REKEY_TIMEOUT);
            }
            return false;
        }
        everSent = true;
        lastSentHandshake = nowNanos;
        wantedAt = Timers.NEVER;
        retransmitAt = Timers.after(nowNanos, Limits.REKEY_TIMEOUT + jitter.next());
        return true;
    }

    /**
     * Claims the one handshake that a session may ask for when it is about to end.
     *
     * @return whether it was not asked for yet
     */
    public boolean claimLastMinute() {
        boolean first = !sentLastMinute;
        sentLastMinute = true;
        return first;
    }

    /** {@return whether an initiation waits for its response} */
    public boolean isInitiating() {
        return retransmitAt != Timers.NEVER;
    }

    /** {@return whether another keepalive is owed after the one that is due; asking settles it} */
    public boolean takeNeedAnotherKeepalive() {
        boolean need = needAnotherKeepalive;
        needAnotherKeepalive = false;
        return need;
    }

    /** Owes a keepalive. */
    public void oweKeepalive(long nowNanos) {
        keepaliveAt = Timers.after(nowNanos, Limits.KEEPALIVE_TIMEOUT);
    }

    /**
     * Sets the interval of persistent keepalives. The first is due at once.
     *
     * @param intervalNanos the interval, 0 for none
     * @param nowNanos the time
     */
    public void persistentInterval(long intervalNanos, long nowNanos) {
        persistentInterval = intervalNanos;
        persistentAt = intervalNanos == 0 ? Timers.NEVER : Timers.after(nowNanos, 0);
    }

    /** {@return the interval of persistent keepalives, 0 for none} */
    public long persistentInterval() {
        return persistentInterval;
    }

    /**
     * Sets when the peer expires.
     *
     * @param deadlineNanos the time, or {@link Timers#NEVER}
     */
    public void expiresAt(long deadlineNanos) {
        expiresAt = deadlineNanos;
    }

    /** {@return when the peer expires, or {@link Timers#NEVER}} */
    public long expiresAt() {
        return expiresAt;
    }

    /** Stops all that has to do with sessions; expiry and persistent keepalives go on. */
    public void stopSession() {
        retransmitAt = Timers.NEVER;
        keepaliveAt = Timers.NEVER;
        newHandshakeAt = Timers.NEVER;
        wipeAt = Timers.NEVER;
        wantedAt = Timers.NEVER;
        needAnotherKeepalive = false;
        sentLastMinute = false;
        attempts = 0;
    }

    /** Stops the persistent keepalives of a peer that may not speak; the interval is kept. */
    public void pausePersistent() {
        persistentAt = Timers.NEVER;
    }

    /** Goes on with persistent keepalives when the last could not be sent. */
    public void resumePersistent(long nowNanos) {
        if (persistentAt == Timers.NEVER) {
            traversed(nowNanos);
        }
    }

    /**
     * Takes one timer that has run out.
     *
     * @param nowNanos the time
     * @return what is to be done, or null if nothing is due
     */
    public @Nullable Action takeDue(long nowNanos) {
        if (isDue(expiresAt, nowNanos)) {
            expiresAt = Timers.NEVER;
            return Action.EXPIRE;
        }
        if (isDue(wipeAt, nowNanos)) {
            wipeAt = Timers.NEVER;
            return Action.WIPE;
        }
        if (isDue(retransmitAt, nowNanos)) {
            return retransmit(nowNanos);
        }
        if (isDue(newHandshakeAt, nowNanos)) {
            newHandshakeAt = Timers.NEVER;
            return Action.NEW_HANDSHAKE;
        }
        if (isDue(keepaliveAt, nowNanos)) {
            keepaliveAt = Timers.NEVER;
            return Action.KEEPALIVE;
        }
        if (isDue(persistentAt, nowNanos)) {
            persistentAt = Timers.NEVER;
            return Action.PERSISTENT_KEEPALIVE;
        }
        if (isDue(wantedAt, nowNanos)) {
            wantedAt = Timers.NEVER;
            return Action.WANTED_HANDSHAKE;
        }
        return null;
    }

    /**
     * Tells whether the heap must be told of an earlier time, and takes note that it is.
     *
     * @return the time to wake this peer up, or {@link Timers#NEVER} if it is early enough as it is
     */
    public long takeEarlierWakeUp() {
        long earliest = earliest();
        if (earliest == Timers.NEVER || (wakeUp != Timers.NEVER && earliest - wakeUp >= 0)) {
            return Timers.NEVER;
        }
        wakeUp = earliest;
        return earliest;
    }

    /** Takes note that the heap has woken this peer up and does not know it any more. */
    public void wokenUp() {
        wakeUp = Timers.NEVER;
    }

    private Action retransmit(long nowNanos) {
        if (attempts > Limits.MAX_TIMER_HANDSHAKES) {
            retransmitAt = Timers.NEVER;
            keepaliveAt = Timers.NEVER;
            wantedAt = Timers.NEVER;
            needAnotherKeepalive = false;
            if (wipeAt == Timers.NEVER) {
                wipeAt = Timers.after(nowNanos, Limits.WIPE_AFTER);
            }
            return Action.GIVE_UP;
        }
        attempts++;
        lastSentHandshake = nowNanos;
        retransmitAt = Timers.after(nowNanos, Limits.REKEY_TIMEOUT + jitter.next());
        return Action.RETRANSMIT;
    }

    private void traversed(long nowNanos) {
        if (persistentInterval != 0) {
            persistentAt = Timers.after(nowNanos, persistentInterval);
        }
    }

    private long earliest() {
        long earliest = earlier(retransmitAt, keepaliveAt);
        earliest = earlier(earliest, newHandshakeAt);
        earliest = earlier(earliest, wipeAt);
        earliest = earlier(earliest, persistentAt);
        earliest = earlier(earliest, wantedAt);
        return earlier(earliest, expiresAt);
    }

    private static long earlier(long a, long b) {
        if (a == Timers.NEVER) {
            return b;
        }
        return b == Timers.NEVER || a - b <= 0 ? a : b;
    }

    private static boolean isDue(long deadline, long nowNanos) {
        return deadline != Timers.NEVER && deadline - nowNanos <= 0;
    }
}
