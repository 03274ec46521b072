// SPDX-License-Identifier: MIT
package io.pktkit.wg.internal.crypto;

import java.util.concurrent.atomic.AtomicReference;
import org.bouncycastle.crypto.digests.Blake2sDigest;
import org.jspecify.annotations.Nullable;

/**
 * BLAKE2s-128 under one key. The digest goes back to the state that the key gave it after each MAC, and is kept for the next;
 * a thread that finds it in use makes one of its own. Any thread.
 */
public final class Blake2sMac {

    private final byte[] key;
    private final AtomicReference<@Nullable Blake2sDigest> spare = new AtomicReference<>();

    /**
     * Takes a key.
     *
     * @param key at most 32 bytes, copied
     */
    public Blake2sMac(byte[] key) {
        this.key = key.clone();
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
        Blake2sDigest digest = spare.getAndSet(null);
        if (digest == null) {
            digest = new Blake2sDigest(key, Blake2s.MAC_LENGTH, null, null);
        }
        digest.update(from, offset, length);
        byte[] mac = new byte[Blake2s.MAC_LENGTH];
        digest.doFinal(mac, 0);
        spare.set(digest);
        return mac;
    }
}
