// SPDX-License-Identifier: MIT
package io.pktkit.wg.internal.crypto;

import io.pktkit.internal.WipeableKey;

/** ChaCha20-Poly1305 with associated data, for the few bytes of a handshake. Any thread. */
public final class Aead {

    /** The length of the tag. */
    public static final int TAG_LENGTH = 16;

    /** What the JCA calls a key of it. */
    static final String ALGORITHM = "ChaCha20";

    private Aead() {}

    /**
     * Encrypts with the nonce 0.
     *
     * @param key 32 bytes, used for nothing else
     * @param aad the associated data
     * @param data the array with the plaintext, and 16 bytes of room behind it; changed in place
     * @param offset where the plaintext begins
     * @param length how long it is
     */
    public static void seal(byte[] key, byte[] aad, byte[] data, int offset, int length) {
        seal(key, new byte[ThreadCiphers.NONCE_LENGTH], aad, data, offset, length);
    }

    /**
     * Decrypts with the nonce 0.
     *
     * @param key 32 bytes
     * @param aad the associated data
     * @param data the array with ciphertext and tag; changed in place if the tag is right
     * @param offset where the ciphertext begins
     * @param length how long it is, tag included, 16 or more
     * @return whether the tag is right
     */
    public static boolean open(byte[] key, byte[] aad, byte[] data, int offset, int length) {
        return open(key, new byte[ThreadCiphers.NONCE_LENGTH], aad, data, offset, length);
    }

    static void seal(byte[] key, byte[] nonce, byte[] aad, byte[] data, int offset, int length) {
        WipeableKey once = new WipeableKey(ALGORITHM, key, key.length);
        ThreadCiphers.current().seal(once, nonce, aad, data, offset, length);
        once.destroy();
    }

    static boolean open(byte[] key, byte[] nonce, byte[] aad, byte[] data, int offset, int length) {
        WipeableKey once = new WipeableKey(ALGORITHM, key, key.length);
        boolean right = ThreadCiphers.current().open(once, nonce, aad, data, offset, length);
        once.destroy();
        return right;
    }
}
