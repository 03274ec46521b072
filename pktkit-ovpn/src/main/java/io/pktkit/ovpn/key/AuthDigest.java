// SPDX-License-Identifier: MIT
package io.pktkit.ovpn.key;

import java.util.Locale;
import org.jspecify.annotations.Nullable;

/** The digests of HMACs: of tls-auth, and of the data channel with a CBC cipher. OpenVPN's option {@code auth}. */
public enum AuthDigest {
    /** OpenVPN's default. */
    SHA1("SHA1", "HmacSHA1", 20),
    /** SHA-2 with 224 bits. */
    SHA224("SHA224", "HmacSHA224", 28),
    /** SHA-2 with 256 bits. */
    SHA256("SHA256", "HmacSHA256", 32),
    /** SHA-2 with 384 bits. */
    SHA384("SHA384", "HmacSHA384", 48),
    /** SHA-2 with 512 bits. */
    SHA512("SHA512", "HmacSHA512", 64);

    private final String label;
    private final String algorithm;
    private final int length;

    AuthDigest(String label, String algorithm, int length) {
        this.label = label;
        this.algorithm = algorithm;
        this.length = length;
    }

    /** {@return the name that OpenVPN gives it} */
    public String label() {
        return label;
    }

    /** {@return the JDK's name of its HMAC} */
    public String algorithm() {
        return algorithm;
    }

    /** {@return the bytes of the HMAC and of its key} */
    public int length() {
        return length;
    }

    /**
     * Finds a digest by its name.
     *
     * @param name in any case, with or without a hyphen
     * @return the digest; null if it is not one of these
     */
    public static @Nullable AuthDigest of(String name) {
        String upper = name.toUpperCase(Locale.ROOT).replace("-", "");
        for (AuthDigest digest : values()) {
            if (digest.label.equals(upper)) {
                return digest;
            }
        }
        return null;
    }
}
