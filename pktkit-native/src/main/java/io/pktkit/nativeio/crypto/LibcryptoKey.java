// SPDX-License-Identifier: MIT
package io.pktkit.nativeio.crypto;

import java.lang.ref.Reference;
import java.nio.ByteBuffer;

/**
 * A key of ChaCha20-Poly1305, for messages without associated data whose nonce is 4 zero bytes and a counter,
 * little-endian. Any thread, several at once too.
 */
public final class LibcryptoKey {

    private static final int LENGTH = 32;

    private final ByteBuffer key = ByteBuffer.allocateDirect(LENGTH);
    private final long address = CipherContext.address(key);

    /** Set before the key is overwritten: who sees it unset after the library took the key took the right one. */
    private volatile boolean wiped;

    LibcryptoKey(byte[] bytes) {
        if (bytes.length != LENGTH) {
            throw new IllegalArgumentException("a key has 32 bytes: length=" + bytes.length);
        }
        key.put(0, bytes);
    }

    /**
     * Encrypts in place.
     *
     * @param counter the counter, never twice
     * @param buffer the buffer, on the heap or better not, with 16 bytes of room behind the plaintext; position and limit
     *     are left alone
     * @param offset where the plaintext begins, absolute
     * @param length how long it is, 0 or more
     * @return false if the key is wiped; the plaintext is unchanged then
     */
    public boolean seal(long counter, ByteBuffer buffer, int offset, int length) {
        CipherContext context = CipherContext.current();
        try {
            boolean ready = context.init(address, 0, counter, true);
            if (wiped) {
                return false;
            }
            if (!ready || !context.seal(buffer, offset, length)) {
                throw new IllegalStateException("libcrypto did not encrypt: length=" + length);
            }
            return true;
        } finally {
            Reference.reachabilityFence(this);
        }
    }

    /**
     * Decrypts in place. If the tag is wrong the bytes are destroyed.
     *
     * @param counter the counter
     * @param buffer the buffer; position and limit are left alone
     * @param offset where the ciphertext begins, absolute
     * @param length how long it is, tag included
     * @return false if the tag is wrong or the key is wiped
     */
    public boolean open(long counter, ByteBuffer buffer, int offset, int length) {
        CipherContext context = CipherContext.current();
        try {
            boolean ready = context.init(address, 0, counter, false);
            return ready && !wiped && context.open(buffer, offset, length);
        } finally {
            Reference.reachabilityFence(this);
        }
    }

    /** Overwrites the key. */
    public void wipe() {
        wiped = true;
        for (int i = 0; i < LENGTH; i++) {
            key.put(i, (byte) 0);
        }
    }

    /** {@return nothing of the key} */
    @Override
    public String toString() {
        return "LibcryptoKey[hidden]";
    }
}
