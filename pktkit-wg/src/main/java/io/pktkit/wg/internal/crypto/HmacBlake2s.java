// SPDX-License-Identifier: MIT
package io.pktkit.wg.internal.crypto;

import io.pktkit.internal.Secrets;
import java.util.Arrays;
import org.bouncycastle.crypto.digests.Blake2sDigest;

/**
 * HMAC (RFC 2104) over unkeyed BLAKE2s, and the HKDF (RFC 5869) made of it that Noise uses. One digest serves all MACs: it
 * begins anew after each. Copies of one that was given the key block would save nothing, since it hashes a block only
 * when more follows. Not thread-safe.
 */
public final class HmacBlake2s {

    private static final int BLOCK = 64;
    private static final int HASH_BITS = 256;
    private static final byte INNER = 0x36;
    private static final byte OUTER = 0x5c;
    private static final byte[] EMPTY = {};

    private final Blake2sDigest digest = new Blake2sDigest(HASH_BITS);

    /** The key, padded to a block with zeros, and with the inner pad on it. */
    private final byte[] block = new byte[BLOCK];

    /**
     * Takes a key.
     *
     * @param key at most 64 bytes, copied
     */
    public HmacBlake2s(byte[] key) {
        if (key.length > BLOCK) {
            throw new IllegalArgumentException("keys over a block are not hashed first: length=" + key.length);
        }
        rekey(key);
    }

    /**
     * Computes a MAC.
     *
     * @param parts the message, one part after another
     * @return 32 bytes
     */
    public byte[] of(byte[]... parts) {
        digest.update(block, 0, BLOCK);
        for (byte[] part : parts) {
            digest.update(part, 0, part.length);
        }
        byte[] hash = new byte[Blake2s.HASH_LENGTH];
        digest.doFinal(hash, 0);
        pad((byte) (INNER ^ OUTER));
        digest.update(block, 0, BLOCK);
        digest.update(hash, 0, hash.length);
        digest.doFinal(hash, 0);
        pad((byte) (INNER ^ OUTER));
        return hash;
    }

    /**
     * Derives keys: HKDF with this key as the salt, and no info. The key is overwritten.
     *
     * @param input the input keying material
     * @param count how many keys
     * @return as many keys of 32 bytes
     */
    public byte[][] derive(byte[] input, int count) {
        byte[] extracted = of(input);
        rekey(extracted);
        Secrets.wipe(extracted);
        byte[][] keys = new byte[count][];
        byte[] before = EMPTY;
        for (int i = 0; i < count; i++) {
            before = of(before, new byte[] {(byte) (i + 1)});
            keys[i] = before;
        }
        Secrets.wipe(block);
        return keys;
    }

    private void rekey(byte[] key) {
        Arrays.fill(block, (byte) 0);
        System.arraycopy(key, 0, block, 0, key.length);
        pad(INNER);
    }

    private void pad(byte with) {
        for (int i = 0; i < BLOCK; i++) {
            block[i] ^= with;
        }
    }
}
