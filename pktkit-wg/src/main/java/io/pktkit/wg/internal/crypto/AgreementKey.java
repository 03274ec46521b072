// SPDX-License-Identifier: MIT
package io.pktkit.wg.internal.crypto;

import org.jspecify.annotations.Nullable;

/** A private key of X25519, in whatever form a {@link KeyAgreement} keeps it. Any thread, several at once too. */
public interface AgreementKey {

    /** {@return the public key, not to be changed} */
    byte[] publicKey();

    /**
     * Agrees on a secret.
     *
     * @param publicKey their public key
     * @return the secret, or null if it would be all zeros, as that of every point of small order is; null or something
     *     that is no secret if this key is wiped
     */
    byte @Nullable [] agree(byte[] publicKey);

    /** Overwrites the key. */
    void wipe();
}
