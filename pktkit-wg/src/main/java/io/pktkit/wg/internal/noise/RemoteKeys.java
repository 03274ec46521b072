// SPDX-License-Identifier: MIT
package io.pktkit.wg.internal.noise;

import io.pktkit.internal.Secrets;
import org.jspecify.annotations.Nullable;

/**
 * The static key of a peer, with the secret that it has in common with ours. That is computed once for each key of ours,
 * as it is a fifth of the cost of a handshake. Any thread.
 */
public final class RemoteKeys {

    private final byte[] publicKey;
    private final ResponderKeys responder;

    /** Replaced as a whole, so that owner and secret always belong together. */
    private volatile @Nullable Agreed agreed;

    /**
     * Takes a key.
     *
     * @param publicKey 32 bytes, copied
     */
    public RemoteKeys(byte[] publicKey) {
        this.publicKey = publicKey.clone();
        this.responder = new ResponderKeys(publicKey);
    }

    /** {@return what messages to this peer are made with} */
    public ResponderKeys responder() {
        return responder;
    }

    /**
     * Gives the secret of both static keys.
     *
     * @param local our key
     * @return the secret, not to be changed, or null if this peer's key is of small order
     */
    public byte @Nullable [] staticSecret(LocalKeys local) {
        Agreed now = agreed;
        if (now == null || now.owner != local) {
            now = new Agreed(local, local.agree(publicKey));
            agreed = now;
        }
        return now.secret;
    }

    /** Overwrites the secret. */
    public void wipe() {
        Agreed now = agreed;
        agreed = null;
        if (now != null && now.secret != null) {
            Secrets.wipe(now.secret);
        }
    }

    byte[] sharedPublicKey() {
        return publicKey;
    }

    private static final class Agreed {

        private final LocalKeys owner;
        private final byte @Nullable [] secret;

        private Agreed(LocalKeys owner, byte @Nullable [] secret) {
            this.owner = owner;
            this.secret = secret;
        }
    }
}
