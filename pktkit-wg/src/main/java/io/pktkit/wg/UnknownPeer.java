// SPDX-License-Identifier: MIT
package io.pktkit.wg;

import io.pktkit.wg.internal.cookie.SourceLimiter;
import io.pktkit.wg.internal.noise.LocalKeys;
import io.pktkit.wg.internal.noise.ReceivedInitiation;
import io.pktkit.wg.internal.noise.Tai64n;

/**
 * Somebody whose initiation was genuine but whose key no peer has. The engine keeps the initiation for 15 s, so that a
 * decision may take a while; when the stranger tries again in the meantime, this stands for the newer initiation. Any
 * thread.
 */
public final class UnknownPeer {

    private final WgIdentity identity;
    private final WgPublicKey publicKey;

    /** Where the first initiation came from: whose place is taken. */
    private final long source;

    private volatile Knock knock;

    UnknownPeer(WgIdentity identity, WgPublicKey publicKey, Knock knock) {
        this.identity = identity;
        this.publicKey = publicKey;
        this.source = SourceLimiter.sourceOf(knock.from().address());
        this.knock = knock;
    }

    /** {@return the identity that was addressed} */
    public WgIdentity identity() {
        return identity;
    }

    /** {@return the stranger's key, of which it has proven to have the private half} */
    public WgPublicKey publicKey() {
        return publicKey;
    }

    /** {@return where the last initiation came from} */
    public WgEndpoint endpoint() {
        return knock.from;
    }

    long source() {
        return source;
    }

    Knock knock() {
        return knock;
    }

    void knock(Knock newer) {
        knock = newer;
    }

    /** One initiation. */
    record Knock(LocalKeys local, ReceivedInitiation received, Tai64n timestamp, WgEndpoint from, long at) {}
}
