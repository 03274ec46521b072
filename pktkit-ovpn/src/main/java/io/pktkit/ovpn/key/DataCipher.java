// SPDX-License-Identifier: MIT
package io.pktkit.ovpn.key;

import java.util.List;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/**
 * The ciphers of the data channel. None without authentication, and none with blocks of 64 bits, which OpenVPN itself has
 * given up.
 */
public enum DataCipher {
    /** The fastest here, and the first choice of OpenVPN since 2.4. */
    AES_256_GCM("AES-256-GCM", 32, true),
    /** AES-GCM with a key of 128 bits. */
    AES_128_GCM("AES-128-GCM", 16, true),
    /** RFC 8439; a client without AES instructions prefers it. */
    CHACHA20_POLY1305("CHACHA20-POLY1305", 32, true),
    /** AES-GCM with a key of 192 bits. */
    AES_192_GCM("AES-192-GCM", 24, true),
    /** CBC with an HMAC, for clients before 2.4. */
    AES_256_CBC("AES-256-CBC", 32, false),
    /** CBC with an HMAC and a key of 192 bits. */
    AES_192_CBC("AES-192-CBC", 24, false),
    /** CBC with an HMAC and a key of 128 bits. */
    AES_128_CBC("AES-128-CBC", 16, false);

    /** What OpenVPN 2.6 offers unless told otherwise, in its order. */
    public static final List<DataCipher> DEFAULTS = List.of(AES_256_GCM, AES_128_GCM, CHACHA20_POLY1305);

    private final String label;
    private final int keyLength;
    private final boolean aead;

    DataCipher(String label, int keyLength, boolean aead) {
        this.label = label;
        this.keyLength = keyLength;
        this.aead = aead;
    }

    /** {@return the name that OpenVPN gives it} */
    public String label() {
        return label;
    }

    /** {@return the bytes of its key, 16 to 32} */
    public int keyLength() {
        return keyLength;
    }

    /** {@return whether it authenticates by itself; otherwise an HMAC does} */
    public boolean isAead() {
        return aead;
    }

    /** {@return whether the number of blocks under one key is limited (NIST SP 800-38D)} */
    public boolean hasUsageLimit() {
        return aead && this != CHACHA20_POLY1305;
    }

    /**
     * Finds a cipher by its name.
     *
     * @param name in any case
     * @return the cipher; null if it is not one of these
     */
    public static @Nullable DataCipher of(String name) {
        String upper = name.toUpperCase(Locale.ROOT);
        for (DataCipher cipher : values()) {
            if (cipher.label.equals(upper)) {
                return cipher;
            }
        }
        return null;
    }
}
