// SPDX-License-Identifier: MIT
package io.pktkit.ovpn.internal.session;

import io.pktkit.ovpn.internal.data.DataKey;
import io.pktkit.ovpn.internal.tls.TlsTunnel;
import io.pktkit.ovpn.internal.wire.ControlPacket;
import io.pktkit.ovpn.internal.wire.Opcode;
import io.pktkit.time.Timers;
import java.security.InvalidKeyException;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * The keys of a session: the primary one, which is in use or being negotiated, and the lame duck before it, which is in use
 * for data alone. When the next comes, what was the lame duck is wiped. A key that was to be replaced, and was not, lasts no
 * longer for that: or who takes no new one, as its certificate is revoked, would be in for ever. Owned by its session.
 */
final class KeyRing {

    /** How soon a client may renegotiate again. */
    private static final long LEAST_RENEGOTIATION_NANOS = TimeUnit.SECONDS.toNanos(1);

    private final SessionConfig config;
    private final SessionOrigin origin;
    private final Protection protection;
    private final DataPlane dataPlane;
    private ControlKey primary;
    private @Nullable ControlKey lameDuck;
    private long lameDuckUntil = Timers.NEVER;

    /** When the primary key's time is over, if it was to be replaced already. */
    private long primaryUntil = Timers.NEVER;

    private long renegotiateAt = Timers.NEVER;
    private long lastRenegotiation;

    KeyRing(SessionConfig config, SessionOrigin origin, Protection protection, DataPlane dataPlane, long nowNanos)
            throws InvalidKeyException {
        this.config = config;
        this.origin = origin;
        this.protection = protection;
        this.dataPlane = dataPlane;
        this.lastRenegotiation = nowNanos;
        this.primary = newKey(0, Opcode.CONTROL_HARD_RESET_SERVER_V2, origin.resetSent(), nowNanos);
    }

    private ControlKey newKey(int keyId, int resetOpcode, boolean resetSent, long nowNanos) throws InvalidKeyException {
        ControlKey key = new ControlKey(
                keyId,
                origin.sessionId(),
                origin.remoteSessionId(),
                protection.overhead(keyId),
                resetOpcode,
                TlsTunnel.accept(config.tls()));
        key.deadline = Timers.after(nowNanos, config.times().handshakeNanos());
        key.reset(resetSent, nowNanos);
        return key;
    }

    ControlKey primary() {
        return primary;
    }

    /** The primary key has its data keys. */
    void activate(DataKey data, long nowNanos) {
        primary.data = data;
        primary.stage(KeyStage.ACTIVE);
        primary.activeSince = nowNanos;
        dataPlane.install(data);
        scheduleRenewal(nowNanos);
    }

    /** Whether a soft reset of the client is in turn; then the next key is there. */
    boolean renewFor(ControlPacket packet, long nowNanos) {
        return packet.opcode() == Opcode.CONTROL_SOFT_RESET_V1
                && primary.stage() == KeyStage.ACTIVE
                && packet.keyId() == nextKeyId()
                && packet.packetId() == 0
                && packet.acks().length == 0
                && nowNanos - lastRenegotiation >= LEAST_RENEGOTIATION_NANOS
                && renew(nowNanos);
    }

    /** Begins a renegotiation if the key in use nears its end, by time or by use. */
    void renewIfDue(long nowNanos) {
        DataKey current = primary.data;
        // Each renegotiation costs a handshake, so not even keys that are worn at once may ask for one after the other.
        boolean worn =
                current != null && current.wantsRenewal() && nowNanos - lastRenegotiation >= LEAST_RENEGOTIATION_NANOS;
        if (primary.stage() == KeyStage.ACTIVE && (worn || Timers.isDue(renegotiateAt, nowNanos))) {
            renew(nowNanos);
        }
    }

    private boolean renew(long nowNanos) {
        ControlKey next;
        try {
            next = newKey(nextKeyId(), Opcode.CONTROL_SOFT_RESET_V1, false, nowNanos);
        } catch (InvalidKeyException e) {
            return false;
        }
        giveUp(lameDuck);
        lameDuck = primary;
        lameDuckUntil = Timers.earlier(
                primaryUntil, Timers.after(nowNanos, config.times().transitionNanos()));
        primaryUntil = Timers.NEVER;
        primary = next;
        renegotiateAt = Timers.NEVER;
        lastRenegotiation = nowNanos;
        return true;
    }

    private int nextKeyId() {
        return primary.keyId() % 7 + 1;
    }

    private void scheduleRenewal(long nowNanos) {
        long interval = config.times().renegotiateNanos();
        if (interval > 0) {
            // Up to a tenth earlier, so that many clients do not come all at once.
            long earlier = (long) (config.tls().random().nextDouble() * (interval / 10.0));
            renegotiateAt = Timers.after(nowNanos, interval - earlier);
        }
    }

    /** Whether the primary key is to take the place of one that is in use. */
    boolean isRenewing() {
        ControlKey before = lameDuck;
        return primary.data == null && before != null && before.data != null;
    }

    /** The primary key did not come about: the one before is used on, until its time is over. False if there is none. */
    boolean fallBack(long nowNanos) {
        ControlKey before = lameDuck;
        if (before == null || before.data == null) {
            return false;
        }
        giveUp(primary);
        primary = before;
        primaryUntil = lameDuckUntil;
        lameDuck = null;
        lameDuckUntil = Timers.NEVER;
        scheduleRenewal(nowNanos);
        // Once more while there is time, also where the client began.
        renegotiateAt = Timers.earlier(
                renegotiateAt, Timers.after(nowNanos, config.times().handshakeNanos()));
        return true;
    }

    /** Wipes the lame duck when its time is over. False if no key is left then that may be used. */
    boolean expire(long nowNanos) {
        if (Timers.isDue(primaryUntil, nowNanos)) {
            return false;
        }
        if (Timers.isDue(lameDuckUntil, nowNanos)) {
            giveUp(lameDuck);
            lameDuck = null;
            lameDuckUntil = Timers.NEVER;
            return primary.stage() == KeyStage.ACTIVE;
        }
        return true;
    }

    /** With which key is sent: a new one is held back for a while, since the client may not have it yet. */
    void chooseSendingKey(long nowNanos) {
        DataKey latest = primary.data;
        ControlKey before = lameDuck;
        DataKey old = before == null ? null : before.data;
        if (latest != null && (old == null || latest.isUsedByPeer() || Timers.isDue(switchTime(), nowNanos))) {
            dataPlane.sendWith(latest);
        } else if (old != null) {
            dataPlane.sendWith(old);
        }
    }

    private long switchTime() {
        SessionTimes times = config.times();
        long half = times.renegotiateNanos() > 0 ? times.renegotiateNanos() / 2 : Long.MAX_VALUE;
        return Timers.after(primary.activeSince, Math.min(times.handshakeNanos(), half));
    }

    /** When something is to be done about keys. */
    @SuppressWarnings("ReferenceEquality") // a key is itself and no other
    long nextDeadlineNanos() {
        DataKey latest = primary.data;
        long switchAt = latest == null || latest == dataPlane.sending() ? Timers.NEVER : switchTime();
        long endAt = Timers.earlier(lameDuckUntil, primaryUntil);
        return Timers.earlier(switchAt, Timers.earlier(endAt, renegotiateAt));
    }

    void wipe() {
        giveUp(lameDuck);
        giveUp(primary);
    }

    private void giveUp(@Nullable ControlKey key) {
        if (key != null) {
            DataKey data = key.data;
            if (data != null) {
                dataPlane.remove(data);
            }
            key.wipeSources();
        }
    }
}
