// SPDX-License-Identifier: MIT
package io.pktkit.wg.internal.noise;

import io.pktkit.internal.Secrets;
import io.pktkit.wg.internal.crypto.Aead;
import io.pktkit.wg.internal.crypto.Blake2s;
import io.pktkit.wg.internal.crypto.HmacBlake2s;
import java.nio.charset.StandardCharsets;

/** The symmetric state of Noise: a chaining key and a hash of all that was said. Not thread-safe. */
final class Transcript {

    private static final String CONSTRUCTION = "Noise_IKpsk2_25519_ChaChaPoly_BLAKE2s";
    private static final String IDENTIFIER = "WireGuard v1 zx2c4 Jason@zx2c4.com";
    private static final byte[] INITIAL_KEY = Blake2s.hash(CONSTRUCTION.getBytes(StandardCharsets.US_ASCII));
    private static final byte[] INITIAL_HASH =
            Blake2s.hash(INITIAL_KEY, IDENTIFIER.getBytes(StandardCharsets.US_ASCII));
    private static final byte[] EMPTY = {};

    private byte[] chainingKey;
    private byte[] hash;

    private Transcript(byte[] chainingKey, byte[] hash) {
        this.chainingKey = chainingKey;
        this.hash = hash;
    }

    /** The hash that every handshake with this responder begins with. */
    static byte[] initialHash(byte[] responder) {
        return Blake2s.hash(INITIAL_HASH, responder);
    }

    /** Begins a handshake with a hash from {@link #initialHash}. */
    static Transcript begin(byte[] initialHash) {
        return new Transcript(INITIAL_KEY.clone(), initialHash.clone());
    }

    Transcript copy() {
        return new Transcript(chainingKey.clone(), hash.clone());
    }

    void mixHash(byte[] from, int offset, int length) {
        hash = Blake2s.hash(hash, from, offset, length);
    }

    /** KDF1: only the chaining key changes. */
    void mixKey(byte[] input) {
        replaceKey(derive(input, 1)[0]);
    }

    /** KDF2: gives a key to encrypt with, too. */
    byte[] mixKeyAndDerive(byte[] input) {
        byte[][] keys = derive(input, 2);
        replaceKey(keys[0]);
        return keys[1];
    }

    /** KDF3, by which the pre-shared key goes into both key and hash. */
    byte[] mixPresharedKey(byte[] presharedKey) {
        byte[][] keys = derive(presharedKey, 3);
        replaceKey(keys[0]);
        mixHash(keys[1], 0, keys[1].length);
        Secrets.wipe(keys[1]);
        return keys[2];
    }

    /** Encrypts in place, with the hash as associated data, and adds the ciphertext to the hash; wipes the key. */
    void seal(byte[] key, byte[] data, int offset, int length) {
        Aead.seal(key, hash, data, offset, length);
        Secrets.wipe(key);
        mixHash(data, offset, length + Aead.TAG_LENGTH);
    }

    /**
     * Decrypts into an array of its own, with the hash as associated data; wipes the key.
     *
     * @return whether the tag is right; only then the ciphertext is added to the hash
     */
    boolean open(byte[] key, byte[] from, int offset, byte[] plaintext) {
        int length = plaintext.length + Aead.TAG_LENGTH;
        byte[] work = new byte[length];
        System.arraycopy(from, offset, work, 0, length);
        boolean right = Aead.open(key, hash, work, 0, length);
        Secrets.wipe(key);
        if (right) {
            System.arraycopy(work, 0, plaintext, 0, plaintext.length);
            mixHash(from, offset, length);
        }
        return right;
    }

    /** The keys of transport data: the first for what the initiator sends. */
    byte[][] split() {
        return derive(EMPTY, 2);
    }

    void wipe() {
        Secrets.wipe(chainingKey, hash);
    }

    private byte[][] derive(byte[] input, int count) {
        return new HmacBlake2s(chainingKey).derive(input, count);
    }

    private void replaceKey(byte[] key) {
        Secrets.wipe(chainingKey);
        chainingKey = key;
    }
}
