// SPDX-License-Identifier: MIT
package io.pktkit.wg.internal.noise;

import io.pktkit.internal.Secrets;
import io.pktkit.wg.internal.crypto.Curve25519;
import org.jspecify.annotations.Nullable;

/** The static key of an identity. Immutable until it is wiped. */
public final class LocalKeys {

    private final byte[] privateKey;
    private final byte[] publicKey;
    private final ResponderKeys responder;

    /**
     * Takes a key.
     *
     * @param privateKey 32 bytes, clamped, copied
     */
    public LocalKeys(byte[] privateKey) {
        this.privateKey = privateKey.clone();
        this.publicKey = Curve25519.publicKey(privateKey);
        this.responder = new ResponderKeys(publicKey);
    }

    /** {@return the public key, in a new array} */
    public byte[] publicKey() {
        return publicKey.clone();
    }

    /** {@return the private key, in a new array; a secret, all zeros after it was wiped} */
    public byte[] privateKey() {
        return privateKey.clone();
    }

    /** {@return what messages to this identity are made with} */
    public ResponderKeys responder() {
        return responder;
    }

    /**
     * Agrees on a secret with another key.
     *
     * @param theirs a public key
     * @return the secret, or null if the key is of small order
     */
    public byte @Nullable [] agree(byte[] theirs) {
        return Curve25519.agree(privateKey, theirs);
    }

    /** Overwrites the private key. Handshakes that go on fail. */
    public void wipe() {
        Secrets.wipe(privateKey);
    }

    byte[] sharedPublicKey() {
        return publicKey;
    }
}
