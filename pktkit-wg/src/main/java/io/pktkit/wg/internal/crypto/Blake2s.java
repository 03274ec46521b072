// SPDX-License-Identifier: MIT
package io.pktkit.wg.internal.crypto;

import org.bouncycastle.crypto.digests.Blake2sDigest;

/** BLAKE2s (RFC 7693) in the forms that WireGuard uses. */
public final class Blake2s {

    /** The length of a hash. */
    public static final int HASH_LENGTH = 32;

    /** The length of a keyed MAC. */
    public static final int MAC_LENGTH = 16;

    private static final int HASH_BITS = 256;

    private Blake2s() {}

    /**
     * Hashes the parts one after another.
     *
     * @param parts what to hash
     * @return 32 bytes
     */
    public static byte[] hash(byte[]... parts) {
        Blake2sDigest digest = new Blake2sDigest(HASH_BITS);
        for (byte[] part : parts) {
            digest.update(part, 0, part.length);
        }
        byte[] hash = new byte[HASH_LENGTH];
        digest.doFinal(hash, 0);
        return hash;
    }

    /**
     * Hashes an array and a piece of another.
     *
     * @param first all of this
     * @param from then a piece of this
     * @param offset where it begins
     * @param length how long it is
     * @return 32 bytes
     */
    public static byte[] hash(byte[] first, byte[] from, int offset, int length) {
        Blake2sDigest digest = new Blake2sDigest(HASH_BITS);
        digest.update(first, 0, first.length);
        digest.update(from, offset, length);
        byte[] hash = new byte[HASH_LENGTH];
        digest.doFinal(hash, 0);
        return hash;
    }
}
