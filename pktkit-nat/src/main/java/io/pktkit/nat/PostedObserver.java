// SPDX-License-Identifier: MIT
package io.pktkit.nat;

import io.pktkit.device.Mailbox;
import io.pktkit.nat.observe.NatMapping;
import io.pktkit.nat.observe.NatObserver;

/** Carries what an engine tells out of the lock, to a thread for callbacks. */
final class PostedObserver implements NatObserver {

    private final Mailbox mailbox;
    private final NatObserver to;

    PostedObserver(Mailbox mailbox, NatObserver to) {
        this.mailbox = mailbox;
        this.to = to;
    }

    @Override
    public void created(NatMapping mapping) {
        mailbox.post(() -> to.created(mapping));
    }

    @Override
    public void removed(NatMapping mapping) {
        mailbox.post(() -> to.removed(mapping));
    }
}
