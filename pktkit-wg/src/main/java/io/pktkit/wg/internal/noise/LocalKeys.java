// SPDX-License-Identifier: MIT
package io.pktkit.wg.internal.noise;

import io.pktkit.internal.Secrets;
import io.pktkit.wg.internal.crypto.AgreementKey;
import io.pktkit.wg.internal.crypto.Curve25519;
import io.pktkit.wg.internal.crypto.KeyAgreement;
import java.security.SecureRandom;
import org.jspecify.annotations.Nullable;

/** The static key of an identity. Immutable until it is wiped. */
public final class LocalKeys {

    /** Kept to be shown to who asks for it. */
    private final byte[] privateKey;

    private final KeyAgreement agreement;
    private final AgreementKey key;
    private final ResponderKeys responder;
    private volatile boolean wiped;

    /**
     * Takes a key.
     *
     * @param privateKey 32 bytes, clamped, copied
     * @param agreement what computes with it, and with the ephemeral keys of its handshakes
     */
    public LocalKeys(byte[] privateKey, KeyAgreement agreement) {
        this.privateKey = privateKey.clone();
        this.agreement = agreement;
        this.key = agreement.key(privateKey);
        this.responder = new ResponderKeys(key.publicKey());
    }

    /** {@return the public key, in a new array} */
    public byte[] publicKey() {
        return key.publicKey().clone();
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
     * @return the secret, or null if the key is of small order, or ours is wiped
     */
    public byte @Nullable [] agree(byte[] theirs) {
        byte[] secret = key.agree(theirs);
        if (secret == null || !wiped) {
            return secret;
        }
        Secrets.wipe(secret); // perhaps of zeros in place of the key, which anybody can compute
        return null;
    }

    /** Overwrites the private key. Handshakes that go on fail. */
    public void wipe() {
        wiped = true;
        key.wipe();
        Secrets.wipe(privateKey);
    }

    /** {@return whether it is wiped, or about to be} */
    public boolean isWiped() {
        return wiped;
    }

    /** Draws an ephemeral key for one handshake, which the caller wipes. */
    AgreementKey ephemeral(SecureRandom random) {
        byte[] drawn = Curve25519.generate(random);
        AgreementKey ephemeral = agreement.key(drawn);
        Secrets.wipe(drawn);
        return ephemeral;
    }

    byte[] sharedPublicKey() {
        return key.publicKey();
    }
}
