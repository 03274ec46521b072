// SPDX-License-Identifier: MIT
package io.pktkit.ovpn.internal.data;

import io.pktkit.ovpn.key.AuthDigest;
import io.pktkit.ovpn.key.DataCipher;

/**
 * What protects the data channel.
 *
 * @param cipher the cipher
 * @param digest of the HMAC; of no meaning with an AEAD cipher
 * @param epochs whether keys change by epochs, which takes an AEAD cipher and a peer id
 */
public record DataSuite(DataCipher cipher, AuthDigest digest, boolean epochs) {

    /**
     * A suite without epochs.
     *
     * @param cipher the cipher
     * @param digest of the HMAC
     */
    public DataSuite(DataCipher cipher, AuthDigest digest) {
        this(cipher, digest, false);
    }
}
