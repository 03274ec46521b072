// SPDX-License-Identifier: MIT
package io.pktkit.wg.internal.crypto;

import java.nio.ByteBuffer;

/**
 * The key of one direction of one session, in whatever form a {@link TransportCipher} keeps it. The nonce is 4 zero
 * bytes and the counter, little-endian; there is no associated data. Any thread, several at once too.
 */
public interface TransportKey {

    /**
     * Encrypts in place.
     *
     * @param counter the counter, never twice under one key
     * @param buffer the buffer, with 16 bytes of room behind the plaintext; position and limit are left alone
     * @param offset where the plaintext begins, absolute
     * @param length how long it is, 0 or more
     * @return false if the key is wiped; the plaintext is unchanged then
     */
    boolean seal(long counter, ByteBuffer buffer, int offset, int length);

    /**
     * Decrypts in place. The caller may try no other key on the same bytes: a cipher may have destroyed them when the tag
     * was wrong, as that of JDK 25 does for AES-GCM.
     *
     * @param counter the counter
     * @param buffer the buffer; position and limit are left alone
     * @param offset where the ciphertext begins, absolute
     * @param length how long it is, tag included, 16 or more
     * @return false if the tag is wrong or the key is wiped
     */
    boolean open(long counter, ByteBuffer buffer, int offset, int length);

    /** Overwrites the key. What is sealed or opened at this moment comes out right or not at all. */
    void wipe();
}
