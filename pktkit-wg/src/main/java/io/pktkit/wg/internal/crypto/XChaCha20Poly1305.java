// SPDX-License-Identifier: MIT
package io.pktkit.wg.internal.crypto;

import io.pktkit.internal.Secrets;
import java.util.Arrays;
import org.bouncycastle.crypto.engines.ChaChaEngine;

/** XChaCha20-Poly1305 (draft-irtf-cfrg-xchacha-03), which neither the JDK nor BouncyCastle has. Any thread. */
public final class XChaCha20Poly1305 {

    /** The length of the nonce. */
    public static final int NONCE_LENGTH = 24;

    private static final int ROUNDS = 20;
    private static final int WORDS = 16;

    /** "expand 32-byte k", RFC 8439 section 2.3. */
    private static final int[] CONSTANTS = {0x61707865, 0x3320646e, 0x79622d32, 0x6b206574};

    private XChaCha20Poly1305() {}

    /**
     * Encrypts.
     *
     * @param key 32 bytes
     * @param nonce 24 bytes, never twice under one key
     * @param aad the associated data
     * @param data the array with the plaintext, and 16 bytes of room behind it; changed in place
     * @param offset where the plaintext begins
     * @param length how long it is
     */
    public static void seal(byte[] key, byte[] nonce, byte[] aad, byte[] data, int offset, int length) {
        byte[] subkey = hChaCha20(key, nonce);
        Aead.seal(subkey, shortNonce(nonce), aad, data, offset, length);
        Secrets.wipe(subkey);
    }

    /**
     * Decrypts.
     *
     * @param key 32 bytes
     * @param nonce 24 bytes
     * @param aad the associated data
     * @param data the array with ciphertext and tag; changed in place if the tag is right
     * @param offset where the ciphertext begins
     * @param length how long it is, tag included, 16 or more
     * @return whether the tag is right
     */
    public static boolean open(byte[] key, byte[] nonce, byte[] aad, byte[] data, int offset, int length) {
        byte[] subkey = hChaCha20(key, nonce);
        boolean right = Aead.open(subkey, shortNonce(nonce), aad, data, offset, length);
        Secrets.wipe(subkey);
        return right;
    }

    /**
     * HChaCha20, section 2.2 of the draft: the rounds of ChaCha20 without the addition of the input at the end. The
     * engine adds it, so it is subtracted again.
     */
    static byte[] hChaCha20(byte[] key, byte[] nonce) {
        int[] input = new int[WORDS];
        System.arraycopy(CONSTANTS, 0, input, 0, CONSTANTS.length);
        for (int i = 0; i < 8; i++) {
            input[4 + i] = Bytes.getInt(key, 4 * i);
        }
        for (int i = 0; i < 4; i++) {
            input[12 + i] = Bytes.getInt(nonce, 4 * i);
        }
        int[] output = new int[WORDS];
        ChaChaEngine.chachaCore(ROUNDS, input, output);
        byte[] subkey = new byte[32];
        for (int i = 0; i < 4; i++) {
            Bytes.putInt(subkey, 4 * i, output[i] - input[i]);
            Bytes.putInt(subkey, 16 + 4 * i, output[12 + i] - input[12 + i]);
        }
        Arrays.fill(input, 0);
        Arrays.fill(output, 0);
        return subkey;
    }

    private static byte[] shortNonce(byte[] nonce) {
        byte[] rest = new byte[ThreadCiphers.NONCE_LENGTH];
        System.arraycopy(nonce, 16, rest, 4, 8);
        return rest;
    }
}
