// SPDX-License-Identifier: MIT
package io.pktkit.wg.internal.crypto;

/**
 * An implementation of X25519 (RFC 7748) for handshakes. BouncyCastle's is {@link BouncyAgreement}; that of one of the
 * system's libraries may take its place. Any thread.
 */
@FunctionalInterface
public interface KeyAgreement {

    /**
     * Takes a private key and computes its public key.
     *
     * @param privateKey 32 bytes, clamped, copied
     * @return the key, which the caller wipes
     */
    AgreementKey key(byte[] privateKey);
}
