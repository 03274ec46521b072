// SPDX-License-Identifier: MIT
package io.pktkit.wg.internal.crypto;

import io.pktkit.internal.Secrets;
import java.util.Arrays;
import org.bouncycastle.crypto.digests.Blake2sDigest;

/**
 * HMAC (RFC 2104) over unkeyed BLAKE2s, and the HKDF (RFC 5869) made of it that Noise uses.
 *
 * <p>The states after the inner and the outer key block are computed once and copied for each MAC, which halves the cost
 * of HKDF, where two or three MACs have one key. Immutable, any thread.
 */
public final class HmacBlake2s {

    private static final int BLOCK = 64;
    private static final int HASH_BITS = 256;
    private static final byte[] EMPTY = {};

    private final Blake2sDigest inner;
    private final Blake2sDigest outer;

    /**
     * Takes a key.
     *
     * @param key at most 64 bytes
     */
    public HmacBlake2s(byte[] key) {
        if (key.length > BLOCK) {
            throw new IllegalArgumentException("keys over a block are not hashed first: length=" + key.length);
        }
        byte[] block = Arrays.copyOf(key, BLOCK);
        this.inner = keyed(block, 0x36);
        this.outer = keyed(block, 0x5c);
        Secrets.wipe(block);
    }

    /**
     * Computes a MAC.
     *
     * @param parts the message, one part after another
     * @return 32 bytes
     */
    public byte[] of(byte[]... parts) {
        Blake2sDigest digest = new Blake2sDigest(inner);
        for (byte[] part : parts) {
            digest.update(part, 0, part.length);
        }
        byte[] hash = new byte[Blake2s.HASH_LENGTH];
        digest.doFinal(hash, 0);
        Blake2sDigest last = new Blake2sDigest(outer);
        last.update(hash, 0, hash.length);
        last.doFinal(hash, 0);
        return hash;
    }

    /**
     * Derives keys: HKDF with this key as the salt, and no info.
     *
     * @param input the input keying material
     * @param count how many keys
     * @return as many keys of 32 bytes
     */
    public byte[][] derive(byte[] input, int count) {
        byte[] extracted = of(input);
        HmacBlake2s expand = new HmacBlake2s(extracted);
        byte[][] keys = new byte[count][];
        byte[] before = EMPTY;
        for (int i = 0; i < count; i++) {
            before = expand.of(before, new byte[] {(byte) (i + 1)});
            keys[i] = before;
        }
        Secrets.wipe(extracted);
        return keys;
    }

    private static Blake2sDigest keyed(byte[] block, int pad) {
        byte[] padded = block.clone();
        for (int i = 0; i < BLOCK; i++) {
            padded[i] ^= (byte) pad;
        }
        Blake2sDigest digest = new Blake2sDigest(HASH_BITS);
        digest.update(padded, 0, BLOCK);
        Secrets.wipe(padded);
        return digest;
    }
}
