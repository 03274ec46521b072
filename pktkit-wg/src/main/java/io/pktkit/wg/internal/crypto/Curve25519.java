// SPDX-License-Identifier: MIT
package io.pktkit.wg.internal.crypto;

import java.security.SecureRandom;
import org.bouncycastle.math.ec.rfc7748.X25519;
import org.jspecify.annotations.Nullable;

/** X25519 (RFC 7748). BouncyCastle's is about twice as fast as the JDK's. */
public final class Curve25519 {

    /** The length of private and public keys, and of what is agreed on. */
    public static final int LENGTH = 32;

    private Curve25519() {}

    /**
     * Draws a private key.
     *
     * @param random where from
     * @return a clamped key
     */
    public static byte[] generate(SecureRandom random) {
        byte[] key = new byte[LENGTH];
        random.nextBytes(key);
        clamp(key);
        return key;
    }

    /**
     * Clamps a private key, RFC 7748 section 5.
     *
     * @param key the key, changed in place
     */
    public static void clamp(byte[] key) {
        X25519.clampPrivateKey(key);
    }

    /**
     * Computes the public key.
     *
     * @param privateKey a private key
     * @return its public key
     */
    public static byte[] publicKey(byte[] privateKey) {
        byte[] key = new byte[LENGTH];
        X25519.scalarMultBase(privateKey, 0, key, 0);
        return key;
    }

    /**
     * Agrees on a secret.
     *
     * @param privateKey our private key
     * @param publicKey their public key
     * @return the secret, or null if it would be all zeros, as that of every point of small order is
     */
    public static byte @Nullable [] agree(byte[] privateKey, byte[] publicKey) {
        byte[] secret = new byte[LENGTH];
        return X25519.calculateAgreement(privateKey, 0, publicKey, 0, secret, 0) ? secret : null;
    }
}
