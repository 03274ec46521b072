// SPDX-License-Identifier: MIT
package io.pktkit.wg.internal.noise;

import io.pktkit.internal.Secrets;
import io.pktkit.wg.internal.crypto.AgreementKey;
import io.pktkit.wg.internal.crypto.Bytes;
import io.pktkit.wg.internal.crypto.Curve25519;
import java.security.SecureRandom;
import org.jspecify.annotations.Nullable;

/**
 * The initiator's half: an initiation that was made and waits for its response. Responses may be tried on it again and
 * again, also by several threads at once; that only one of them counts is for the owner to see to.
 */
public final class SentInitiation {

    private final LocalKeys local;
    private final int index;
    private final AgreementKey ephemeral;
    private final Transcript transcript;

    private SentInitiation(LocalKeys local, int index, AgreementKey ephemeral, Transcript transcript) {
        this.local = local;
        this.index = index;
        this.ephemeral = ephemeral;
        this.transcript = transcript;
    }

    /**
     * Makes an initiation, MACs left zero.
     *
     * @param local our key
     * @param remote the peer's
     * @param index by which we shall know the answer
     * @param timestamp greater than that of every initiation to this peer before
     * @param random where the ephemeral key comes from, 32 bytes
     * @param message 148 zero bytes to write to
     * @return the state, or null if the peer's key is of small order, or ours is wiped
     */
    public static @Nullable SentInitiation create(
            LocalKeys local, RemoteKeys remote, int index, Tai64n timestamp, SecureRandom random, byte[] message) {
        byte[] staticSecret = remote.staticSecret(local);
        if (staticSecret == null) {
            return null;
        }
        AgreementKey ephemeral = local.ephemeral(random);
        byte[] secret = ephemeral.agree(remote.sharedPublicKey());
        if (secret == null) {
            ephemeral.wipe();
            return null;
        }
        byte[] ephemeralPublic = ephemeral.publicKey();
        Bytes.putInt(message, 0, Message.INITIATION);
        Bytes.putInt(message, Message.SENDER, index);
        System.arraycopy(ephemeralPublic, 0, message, Message.INITIATION_EPHEMERAL, Curve25519.LENGTH);

        Transcript transcript = remote.responder().begin();
        transcript.mixHash(ephemeralPublic, 0, Curve25519.LENGTH);
        transcript.mixKey(ephemeralPublic);
        byte[] key = transcript.mixKeyAndDerive(secret);
        Secrets.wipe(secret);
        System.arraycopy(local.sharedPublicKey(), 0, message, Message.INITIATION_STATIC, Curve25519.LENGTH);
        transcript.seal(key, message, Message.INITIATION_STATIC, Curve25519.LENGTH);
        key = transcript.mixKeyAndDerive(staticSecret);
        timestamp.write(message, Message.INITIATION_TIMESTAMP);
        transcript.seal(key, message, Message.INITIATION_TIMESTAMP, Tai64n.LENGTH);
        return new SentInitiation(local, index, ephemeral, transcript);
    }

    /** {@return the index that the response must be addressed to} */
    public int index() {
        return index;
    }

    /** {@return the key of ours that it was made with} */
    public LocalKeys local() {
        return local;
    }

    /**
     * Tries a response.
     *
     * @param response 92 bytes, whose mac1 is right
     * @param presharedKey 32 bytes, zeros if there is none
     * @return the keys of the session, or null if it does not answer this initiation
     */
    public @Nullable SessionKeys consume(byte[] response, byte[] presharedKey) {
        byte[] theirs = new byte[Curve25519.LENGTH];
        System.arraycopy(response, Message.RESPONSE_EPHEMERAL, theirs, 0, Curve25519.LENGTH);
        byte[] ephemeralSecret = ephemeral.agree(theirs);
        byte[] staticSecret = local.agree(theirs);
        if (ephemeralSecret == null || staticSecret == null) {
            return null;
        }
        Transcript after = transcript.copy();
        after.mixHash(theirs, 0, Curve25519.LENGTH);
        after.mixKey(theirs);
        after.mixKey(ephemeralSecret);
        after.mixKey(staticSecret);
        Secrets.wipe(ephemeralSecret, staticSecret);
        byte[] key = after.mixPresharedKey(presharedKey);
        SessionKeys keys = null;
        if (after.open(key, response, Message.RESPONSE_EMPTY, new byte[0])) {
            byte[][] both = after.split();
            keys = new SessionKeys(both[0], both[1], Bytes.getInt(response, Message.SENDER));
        }
        after.wipe();
        return keys;
    }

    /** Overwrites the secrets. A response that is being tried fails. */
    public void wipe() {
        ephemeral.wipe();
        transcript.wipe();
    }
}
