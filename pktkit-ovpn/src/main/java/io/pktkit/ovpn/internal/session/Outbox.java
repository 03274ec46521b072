// SPDX-License-Identifier: MIT
package io.pktkit.ovpn.internal.session;

import io.pktkit.ovpn.internal.wire.ControlPacket;
import java.util.ArrayList;
import java.util.List;

/** What a session wants done, as it comes up during one event, and what it still has to say. Owned by its session. */
final class Outbox {

    private final Protection protection;
    private final List<SessionAction> actions = new ArrayList<>();
    private final List<byte[]> unsent = new ArrayList<>();

    Outbox(Protection protection) {
        this.protection = protection;
    }

    void add(SessionAction action) {
        actions.add(action);
    }

    void send(ControlPacket packet) {
        actions.add(new SessionAction.Send(protection.protect(packet)));
    }

    /** Sends a message once a key is there for it; a renegotiation under way holds it up. */
    void tell(ControlKey key, String message) {
        if (key.stage() == KeyStage.ACTIVE || key.stage() == KeyStage.VERDICT) {
            key.tls().send(Messages.encode(message));
        } else {
            unsent.add(Messages.encode(message));
        }
    }

    /** Whether nothing is held up. */
    boolean hasToldAll() {
        return unsent.isEmpty();
    }

    /** Sends what was held up, before anything else is told by this key. */
    void tellTheRest(ControlKey key) {
        unsent.forEach(key.tls()::send);
        unsent.clear();
    }

    /** Gives what is to be done, once. */
    List<SessionAction> take() {
        List<SessionAction> taken = List.copyOf(actions);
        actions.clear();
        return taken;
    }
}
