// SPDX-License-Identifier: MIT
package io.pktkit.wg.internal.noise;

import io.pktkit.internal.Secrets;
import io.pktkit.wg.internal.crypto.AgreementKey;
import io.pktkit.wg.internal.crypto.Bytes;
import io.pktkit.wg.internal.crypto.Curve25519;
import java.security.SecureRandom;
import org.jspecify.annotations.Nullable;

/**
 * The responder's half. First the initiator's static key is read, which anybody may have put there; then the timestamp,
 * which proves that the initiator has the private key; then the response is made. Not thread-safe.
 */
public final class ReceivedInitiation {

    private final LocalKeys local;
    private final byte[] message;
    private final byte[] theirStatic;
    private final Transcript transcript;

    private ReceivedInitiation(LocalKeys local, byte[] message, byte[] theirStatic, Transcript transcript) {
        this.local = local;
        this.message = message;
        this.theirStatic = theirStatic;
        this.transcript = transcript;
    }

    /**
     * Reads the initiator's static key.
     *
     * @param local the key of ours that mac1 says the message is for
     * @param message 148 bytes, not changed any more
     * @return the handshake so far, or null if the message is not genuine
     */
    public static @Nullable ReceivedInitiation read(LocalKeys local, byte[] message) {
        byte[] theirs = new byte[Curve25519.LENGTH];
        System.arraycopy(message, Message.INITIATION_EPHEMERAL, theirs, 0, Curve25519.LENGTH);
        byte[] secret = local.agree(theirs);
        if (secret == null) {
            return null;
        }
        Transcript transcript = local.responder().begin();
        transcript.mixHash(theirs, 0, Curve25519.LENGTH);
        transcript.mixKey(theirs);
        byte[] key = transcript.mixKeyAndDerive(secret);
        Secrets.wipe(secret);
        byte[] theirStatic = new byte[Curve25519.LENGTH];
        if (!transcript.open(key, message, Message.INITIATION_STATIC, theirStatic)) {
            transcript.wipe();
            return null;
        }
        return new ReceivedInitiation(local, message, theirStatic, transcript);
    }

    /** {@return the static key that the initiator claims, in a new array} */
    public byte[] theirStatic() {
        return theirStatic.clone();
    }

    /**
     * Proves that the initiator has the private key. Once only.
     *
     * @param staticSecret the secret of both static keys
     * @return the timestamp, or null if the message is not genuine
     */
    public @Nullable Tai64n authenticate(byte[] staticSecret) {
        byte[] key = transcript.mixKeyAndDerive(staticSecret);
        byte[] timestamp = new byte[Tai64n.LENGTH];
        return transcript.open(key, message, Message.INITIATION_TIMESTAMP, timestamp)
                ? Tai64n.read(timestamp, 0)
                : null;
    }

    /**
     * Makes the response, MACs left zero. Once only, after {@link #authenticate}.
     *
     * @param presharedKey 32 bytes, zeros if there is none
     * @param index by which we shall know the session
     * @param random where the ephemeral key comes from, 32 bytes
     * @param response 92 zero bytes to write to
     * @return the keys of the session, or null if a key of the peer is of small order
     */
    public @Nullable SessionKeys respond(byte[] presharedKey, int index, SecureRandom random, byte[] response) {
        byte[] theirs = new byte[Curve25519.LENGTH];
        System.arraycopy(message, Message.INITIATION_EPHEMERAL, theirs, 0, Curve25519.LENGTH);
        AgreementKey ephemeral = local.ephemeral(random);
        byte[] ephemeralPublic = ephemeral.publicKey();
        byte[] ephemeralSecret = ephemeral.agree(theirs);
        byte[] staticSecret = ephemeral.agree(theirStatic);
        ephemeral.wipe();
        if (ephemeralSecret == null || staticSecret == null) {
            return null;
        }
        int remoteIndex = Bytes.getInt(message, Message.SENDER);
        Bytes.putInt(response, 0, Message.RESPONSE);
        Bytes.putInt(response, Message.SENDER, index);
        Bytes.putInt(response, Message.RESPONSE_RECEIVER, remoteIndex);
        System.arraycopy(ephemeralPublic, 0, response, Message.RESPONSE_EPHEMERAL, Curve25519.LENGTH);
        transcript.mixHash(ephemeralPublic, 0, Curve25519.LENGTH);
        transcript.mixKey(ephemeralPublic);
        transcript.mixKey(ephemeralSecret);
        transcript.mixKey(staticSecret);
        Secrets.wipe(ephemeralSecret, staticSecret);
        byte[] key = transcript.mixPresharedKey(presharedKey);
        transcript.seal(key, response, Message.RESPONSE_EMPTY, 0);
        byte[][] both = transcript.split();
        transcript.wipe();
        return new SessionKeys(both[1], both[0], remoteIndex);
    }
}
