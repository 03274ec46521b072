// SPDX-License-Identifier: MIT
package io.pktkit.wg.internal.crypto;

import org.bouncycastle.crypto.digests.Blake2sDigest;

/**
 * BLAKE2s-128 under one key, with the state after the key block kept: each MAC starts from a copy of it. Immutable, any
 * thread.
 */
public final class Blake2sMac {

    private final Blake2sDigest keyed;

    /**
     * Takes a key.
     *
     * @param key at most 32 bytes
     */
    public Blake2sMac(byte[] key) {
        this.keyed = new Blake2sDigest(key, Blake2s.MAC_LENGTH, null, null);
    }

    /**
     * Computes a MAC.
     *
     * @param from the array with the message
     * @param offset where it begins
     * @param length how long it is
     * @return 16 bytes
     */
    public byte[] of(byte[] from, int offset, int length) {
        Blake2sDigest digest = new Blake2sDigest(keyed);
        digest.update(from, offset, length);
        byte[] mac = new byte[Blake2s.MAC_LENGTH];
        digest.doFinal(mac, 0);
        return mac;
    }
}
