// SPDX-License-Identifier: MIT
package io.pktkit.wg.internal.noise;

import io.pktkit.wg.internal.crypto.Curve25519;
import java.security.SecureRandom;
import java.util.Objects;

/** Initiations as no implementation makes them. */
public final class Crafted {

    private Crafted() {}

    /** One whose static key is whatever is claimed: mac1 and the static key's tag are right, the timestamp's is not. */
    public static byte[] initiation(byte[] responder, byte[] claimed, SecureRandom random) {
        ResponderKeys keys = new ResponderKeys(responder);
        byte[] message = new byte[Message.INITIATION_LENGTH];
        message[0] = Message.INITIATION;
        byte[] ephemeral = Curve25519.generate(random);
        byte[] ephemeralPublic = Curve25519.publicKey(ephemeral);
        System.arraycopy(ephemeralPublic, 0, message, Message.INITIATION_EPHEMERAL, Curve25519.LENGTH);
        Transcript transcript = keys.begin();
        transcript.mixHash(ephemeralPublic, 0, Curve25519.LENGTH);
        transcript.mixKey(ephemeralPublic);
        byte[] key = transcript.mixKeyAndDerive(Objects.requireNonNull(Curve25519.agree(ephemeral, responder)));
        System.arraycopy(claimed, 0, message, Message.INITIATION_STATIC, Curve25519.LENGTH);
        transcript.seal(key, message, Message.INITIATION_STATIC, Curve25519.LENGTH);
        return withMac1(keys, message);
    }

    /** Makes mac1 right. */
    public static byte[] withMac1(ResponderKeys keys, byte[] message) {
        int at = Message.mac1(message);
        System.arraycopy(keys.mac1().of(message, 0, at), 0, message, at, Message.MAC_LENGTH);
        return message;
    }
}
