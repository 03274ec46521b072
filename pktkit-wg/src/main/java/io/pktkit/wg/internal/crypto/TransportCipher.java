// SPDX-License-Identifier: MIT
package io.pktkit.wg.internal.crypto;

/**
 * An implementation of ChaCha20-Poly1305 for transport data. The JCA's is {@link JcaTransportCipher}; one of the
 * system's libraries may take its place, which is why buffers and not arrays are its language. Any thread.
 */
@FunctionalInterface
public interface TransportCipher {

    /**
     * Takes a key.
     *
     * @param key 32 bytes, copied
     * @return the key in the form of this cipher
     */
    TransportKey key(byte[] key);
}
