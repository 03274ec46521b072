// SPDX-License-Identifier: MIT
package io.pktkit.ovpn.internal.session;

import io.pktkit.ovpn.internal.data.DataKey;
import io.pktkit.ovpn.internal.data.KeyBlock;
import io.pktkit.ovpn.internal.negotiate.KeyMethod2;
import io.pktkit.ovpn.internal.negotiate.OptionsString;
import io.pktkit.time.Timers;
import java.util.Arrays;
import java.util.concurrent.TimeUnit;

/**
 * What is said inside TLS: key method 2, the verdict about the client, and what is pushed. From this come the keys of data.
 * Owned by its session.
 */
final class Negotiation {

    /** How long a client may be told to wait at most. */
    private static final int MOST_PENDING_SECONDS = 900;

    /** What a refusal for now begins with. */
    private static final String TEMPORARY = "TEMP";

    private final SessionConfig config;
    private final SessionOrigin origin;
    private final long began;
    private final Protection protection;
    private final DataPlane dataPlane;
    private final KeyRing keys;
    private final Outbox outbox;
    private final Farewell farewell;
    private final Settlement settlement;
    private final PushGate pushes = new PushGate();
    private boolean connected;
    private long attempts;

    Negotiation(
            SessionConfig config,
            SessionOrigin origin,
            long began,
            Protection protection,
            DataPlane dataPlane,
            KeyRing keys,
            Outbox outbox,
            Farewell farewell) {
        this.config = config;
        this.origin = origin;
        this.began = began;
        this.protection = protection;
        this.dataPlane = dataPlane;
        this.keys = keys;
        this.outbox = outbox;
        this.farewell = farewell;
        this.settlement = new Settlement(config, origin);
    }

    Settlement settlement() {
        return settlement;
    }

    /** Whether the client was let in. */
    boolean hasConnected() {
        return connected;
    }

    private ControlKey primary() {
        return keys.primary();
    }

    // --- what the client says

    void onMessage(byte[] message, long nowNanos) {
        if (primary().stage() == KeyStage.HANDSHAKE) {
            onKeyMethod(message, nowNanos);
            Arrays.fill(message, (byte) 0);
            return;
        }
        for (String text : Messages.decode(message)) {
            if (farewell.hasEnded()) {
                return; // by the message before
            }
            if (text.equals("PUSH_REQUEST")) {
                if (pushes.request(nowNanos) && connected) {
                    push(nowNanos);
                }
            } else if (text.equals("EXIT")) {
                farewell.end(CloseCause.EXIT, "");
            } else if (text.startsWith("CR_RESPONSE,") && isAwaiting(primary().attempt)) {
                outbox.add(new SessionAction.ChallengeResponse(text.substring("CR_RESPONSE,".length())));
            }
        }
    }

    private void onKeyMethod(byte[] message, long nowNanos) {
        KeyMethod2.Client client = KeyMethod2.parse(message);
        if (client == null) {
            farewell.keyFailed(CloseCause.TLS_FAILED, "malformed key method 2", nowNanos);
            return;
        }
        ControlKey key = primary();
        key.client = client;
        OptionsString options = new OptionsString(client.options());
        KeyBlock.Source source = settlement.newSource();
        key.source = source;
        key.tls().send(KeyMethod2.write(source, options.answer()));
        key.stage(KeyStage.VERDICT);
        outbox.tellTheRest(key);
        if (farewell.hasBegun()) {
            return; // and so nobody is asked about it
        }
        var identity = Settlement.identityOf(key.tls().clientChain(), client);
        if (settlement.isSettled()) {
            if (!settlement.isSameClient(identity)) {
                farewell.refuse("the client's identity changed", CloseCause.IDENTITY_CHANGED, nowNanos);
                return;
            }
        } else if (!options.fits(config.tap())) {
            String ours = config.tap() ? "tap" : "tun";
            farewell.refuse("dev-type differs: the server has " + ours, CloseCause.REJECTED, nowNanos);
            return;
        } else {
            settlement.introduce(identity, options, client.peerInfo());
        }
        key.attempt = ++attempts;
        outbox.add(new SessionAction.Authenticate(
                key.attempt, identity, client.password().clone(), settlement.isSettled()));
    }

    // --- what the client is told

    private void push(long nowNanos) {
        pushes.answered(nowNanos);
        settlement.pushReply().forEach(message -> outbox.tell(primary(), message));
    }

    void onUpdate(SessionEvent.Update update) {
        if (connected && !farewell.hasBegun() && settlement.takesUpdates()) {
            PushReply.split(PushReply.UPDATE, update.options()).forEach(message -> outbox.tell(primary(), message));
        }
    }

    // --- verdicts

    /** Whether an answer to a question would still make a difference. */
    boolean isAwaiting(long attempt) {
        return primary().attempt == attempt && primary().stage() == KeyStage.VERDICT && !farewell.hasBegun();
    }

    void onAccept(SessionEvent.Accept accept, long nowNanos) {
        if (!isAwaiting(accept.attempt())) {
            return;
        }
        if (!settlement.isSettled()) {
            String refusal = settlement.settle(accept, primary(), dynamicKey(nowNanos));
            if (refusal != null) {
                farewell.refuse(refusal, CloseCause.REJECTED, nowNanos);
                return;
            }
        }
        DataKey data = settlement.dataKey(primary());
        primary().wipeSources();
        if (data == null) {
            farewell.keyFailed(CloseCause.TLS_FAILED, "TLS cannot export keys any more", nowNanos);
            return;
        }
        keys.activate(data, nowNanos);
        if (!connected) {
            connected = true;
            dataPlane.touch(nowNanos);
            dataPlane.sendWith(data);
            outbox.add(new SessionAction.Connected(accept.settings()));
            if (pushes.isRequested() || settlement.takesUnaskedPush()) {
                push(nowNanos);
            }
        }
    }

    /** Prepares what protects renegotiations, if both ends can. */
    private boolean dynamicKey(long nowNanos) {
        byte[] exported = primary().tls().takeDynamicTlsCrypt();
        if (exported == null || !settlement.wantsDynamicTlsCrypt()) {
            return false;
        }
        long elapsed = TimeUnit.NANOSECONDS.toSeconds(nowNanos - began);
        protection.makeDynamic(origin.wrapKey(), exported, (int) (origin.unixSeconds() + elapsed));
        Arrays.fill(exported, (byte) 0);
        return true;
    }

    void onReject(SessionEvent.Reject reject, long nowNanos) {
        if (!isAwaiting(reject.attempt())) {
            return;
        }
        if (reject.reason().startsWith(TEMPORARY) && !settlement.takesTemporaryRefusals()) {
            // It would give up, or ask its user for another password; this makes it try again, as the other would.
            farewell.tellAndEnd("RESTART", CloseCause.REJECTED, reject.reason(), nowNanos);
        } else {
            farewell.refuse(reject.reason(), CloseCause.REJECTED, nowNanos);
        }
    }

    void onPending(SessionEvent.Pending pending, long nowNanos) {
        if (!isAwaiting(pending.attempt())) {
            return;
        }
        int seconds = Math.min(pending.seconds(), MOST_PENDING_SECONDS);
        primary().deadline = Timers.after(nowNanos, TimeUnit.SECONDS.toNanos(seconds));
        outbox.tell(primary(), settlement.pendingMessage(seconds));
        if (!pending.info().isEmpty()) {
            outbox.tell(primary(), "INFO_PRE," + pending.info());
        }
    }
}
