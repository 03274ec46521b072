// SPDX-License-Identifier: MIT
package io.pktkit.ovpn.internal.session;

import io.pktkit.ovpn.client.ClientIdentity;
import io.pktkit.ovpn.internal.wire.ControlPacket;
import io.pktkit.ovpn.internal.wire.Opcode;
import io.pktkit.time.Timers;
import java.security.InvalidKeyException;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * The session of one client: {@link #handle} takes what happens and the time, and answers what is to be done. With the same
 * random bytes, events and times it answers the same again. Owned by one thread; {@link #dataPlane()} is for any.
 */
public final class OvpnSession {

    private final SessionConfig config;
    private final SessionOrigin origin;
    private final Protection protection;
    private final DataPlane dataPlane;
    private final KeyRing keys;
    private final Keepalive keepalive;
    private final Outbox outbox;
    private final Farewell farewell;
    private final Negotiation negotiation;
    private final Map<SessionDrop, Long> drops = new EnumMap<>(SessionDrop.class);

    /**
     * Begins a session.
     *
     * @param config what all have in common
     * @param origin how it began
     * @param nowNanos the time
     * @throws InvalidKeyException if the server's private key cannot be used
     */
    public OvpnSession(SessionConfig config, SessionOrigin origin, long nowNanos) throws InvalidKeyException {
        this.config = config;
        this.origin = origin;
        this.protection = new Protection(origin);
        this.dataPlane = new DataPlane(nowNanos);
        this.keepalive = new Keepalive(config.times(), dataPlane, nowNanos);
        this.keys = new KeyRing(config, origin, protection, dataPlane, nowNanos);
        this.outbox = new Outbox(protection);
        this.farewell = new Farewell(keys, dataPlane, outbox);
        this.negotiation = new Negotiation(config, origin, nowNanos, protection, dataPlane, keys, outbox, farewell);
    }

    /**
     * Takes an event.
     *
     * @param event what happened
     * @param nowNanos when
     * @return what is to be done, in order
     */
    public List<SessionAction> handle(SessionEvent event, long nowNanos) {
        if (isClosed()) {
            return List.of();
        }
        if (event instanceof SessionEvent.Packet packet) {
            onPacket(packet.bytes(), nowNanos);
        } else if (event instanceof SessionEvent.Accept accept) {
            negotiation.onAccept(accept, nowNanos);
        } else if (event instanceof SessionEvent.Reject reject) {
            negotiation.onReject(reject, nowNanos);
        } else if (event instanceof SessionEvent.Pending pending) {
            negotiation.onPending(pending, nowNanos);
        } else if (event instanceof SessionEvent.Update update) {
            negotiation.onUpdate(update);
        } else if (event instanceof SessionEvent.ExitNotified) {
            farewell.end(CloseCause.EXIT, "");
        } else if (event instanceof SessionEvent.Close close) {
            farewell.tellAndEnd(close.message(), CloseCause.CLOSED, "", nowNanos);
        } else if (event instanceof SessionEvent.End) {
            farewell.endNow();
        }
        onTime(nowNanos);
        primary().flush(nowNanos, outbox::send);
        return outbox.take();
    }

    /**
     * Ends the session at once, after a defect of ours made {@link #handle} throw: what it holds is not to be trusted.
     *
     * @return what is still to be done: that it has ended, unless that was told before
     */
    public List<SessionAction> abandon() {
        List<SessionAction> untold = outbox.take();
        if (isClosed()) {
            return untold.stream()
                    .filter(SessionAction.Closed.class::isInstance)
                    .toList();
        }
        farewell.end(CloseCause.FAILED, "");
        return outbox.take();
    }

    /** {@return when {@link SessionEvent.Tick} is wanted; {@link Timers#NEVER} for never} */
    public long nextDeadlineNanos() {
        if (isClosed()) {
            return Timers.NEVER;
        }
        long next = Timers.earlier(primary().nextDeadlineNanos(), farewell.endsAtNanos());
        if (farewell.hasBegun()) {
            return next;
        }
        if (primary().stage() != KeyStage.ACTIVE) {
            next = Timers.earlier(next, primary().deadline);
        }
        if (negotiation.hasConnected()) {
            next = Timers.earlier(next, keepalive.nextDeadlineNanos());
            next = Timers.earlier(next, keys.nextDeadlineNanos());
        }
        return next;
    }

    /** {@return the part that data packets pass} */
    public DataPlane dataPlane() {
        return dataPlane;
    }

    /** {@return the session id of the client} */
    public long remoteSessionId() {
        return origin.remoteSessionId();
    }

    /** {@return our session id} */
    public long sessionId() {
        return origin.sessionId();
    }

    /** {@return whether the client is in} */
    public boolean isConnected() {
        return negotiation.hasConnected() && !isClosed() && !farewell.hasBegun();
    }

    /** {@return whether the client has acknowledged our reset: it has come as far as to receive it} */
    public boolean isAnswered() {
        return keys.primary().keyId() != 0 || keys.primary().stage() != KeyStage.RESET;
    }

    /** {@return whether the session is over} */
    public boolean isClosed() {
        return farewell.hasEnded();
    }

    /** {@return whether the end is decided, and the client only hears of it} */
    public boolean isEnding() {
        return farewell.hasBegun() && !isClosed();
    }

    /** {@return who the client is; null before it has told} */
    public @Nullable ClientIdentity identity() {
        return negotiation.settlement().identity();
    }

    /**
     * Tells whether a question is still open: not when the session has begun to end, or asks another one.
     *
     * @param attempt of {@link SessionAction.Authenticate}
     * @return whether an answer would make a difference
     */
    public boolean isAwaiting(long attempt) {
        return !isClosed() && negotiation.isAwaiting(attempt);
    }

    /** {@return one line that tells what was settled} */
    public String describe() {
        return negotiation.settlement().describe() + ", " + primary().tls().description();
    }

    /** {@return the options string of the client, or what it is answered to an OCC request; empty before it has told} */
    public String optionsAnswer() {
        return negotiation.settlement().optionsAnswer();
    }

    /** {@return why packets of the control channel were dropped, and how many} */
    public Map<SessionDrop, Long> drops() {
        return Map.copyOf(drops);
    }

    /** {@return the key id that is being negotiated or in use} */
    public int keyId() {
        return primary().keyId();
    }

    /** {@return how many control packets of the present key were sent again} */
    public long retransmissions() {
        return primary().retransmissions();
    }

    private ControlKey primary() {
        return keys.primary();
    }

    private void drop(SessionDrop reason) {
        drops.merge(reason, 1L, Long::sum);
    }

    // --- packets

    private void onPacket(byte[] bytes, long nowNanos) {
        ControlPacket packet = protection.open(bytes, this::drop);
        if (packet == null) {
            return;
        }
        if (packet.sessionId() != origin.remoteSessionId()
                || (packet.acks().length > 0 && packet.remoteSessionId() != origin.sessionId())) {
            drop(SessionDrop.WRONG_SESSION);
            return;
        }
        if (packet.keyId() != primary().keyId() && (farewell.hasBegun() || !keys.renewFor(packet, nowNanos))) {
            drop(
                    packet.opcode() == Opcode.CONTROL_SOFT_RESET_V1
                            ? SessionDrop.UNEXPECTED_RESET
                            : SessionDrop.WRONG_KEY);
            return;
        }
        dataPlane.touch(nowNanos);
        if (!primary().receive(packet)) {
            drop(SessionDrop.OUT_OF_WINDOW);
        }
        primary().feedTls();
        for (byte[] message = primary().tls().poll();
                message != null;
                message = primary().tls().poll()) {
            negotiation.onMessage(message, nowNanos);
            if (isClosed()) {
                return;
            }
        }
        String failure = primary().tls().failure();
        if (failure != null && primary().stage() != KeyStage.FAILED) {
            farewell.keyFailed(CloseCause.TLS_FAILED, failure, nowNanos);
        }
    }

    // --- time

    private void onTime(long nowNanos) {
        if (isClosed()) {
            return;
        }
        if (farewell.hasBegun()) {
            farewell.endIfOver(config.tcp() && primary().isDelivered(), nowNanos);
            return;
        }
        if (primary().stage() != KeyStage.ACTIVE && Timers.isDue(primary().deadline, nowNanos)) {
            farewell.keyFailed(CloseCause.HANDSHAKE_TIMEOUT, primary().stage().name(), nowNanos);
            if (farewell.hasBegun()) {
                farewell.endNow();
                return;
            }
        }
        if (primary().isOverflowing()) {
            farewell.end(CloseCause.TLS_FAILED, "the client does not read");
        } else if (negotiation.hasConnected()) {
            onTimeOfConnected(nowNanos);
        }
    }

    private void onTimeOfConnected(long nowNanos) {
        if (keepalive.isClientGone(nowNanos)) {
            farewell.end(CloseCause.TIMEOUT, "");
            return;
        }
        if (!keys.expire(nowNanos)) {
            farewell.end(CloseCause.KEYS_EXHAUSTED, "");
            return;
        }
        keys.renewIfDue(nowNanos);
        keys.chooseSendingKey(nowNanos);
        byte[] ping = keepalive.pingIfDue(nowNanos);
        if (ping != null) {
            outbox.add(new SessionAction.Send(ping));
        }
    }
}
