// SPDX-License-Identifier: MIT
package io.pktkit.ovpn.internal.data;

import io.pktkit.internal.Secrets;
import io.pktkit.internal.WipeableKey;
import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.util.Arrays;
import javax.crypto.Mac;

/**
 * What the data keys of an epoch, and the secret of the next one, are derived from, by HKDF-Expand-Label of TLS 1.3 (RFC 8446
 * section 7.1) with OpenVPN's own prefix. Who learns one knows nothing of those before. Mutable; under the monitor of its
 * direction.
 */
final class EpochSecret {

    static final int LENGTH = 32;

    private static final String PREFIX = "ovpn ";

    private byte[] secret;
    private int epoch;

    /** The first 32 bytes of a secret; copied. */
    EpochSecret(byte[] secret, int epoch) {
        this.secret = Arrays.copyOf(secret, LENGTH);
        this.epoch = epoch;
    }

    int epoch() {
        return epoch;
    }

    /** Goes on to the next epoch, and forgets this one. */
    void advance() {
        byte[] next = expand(secret, "datakey upd", LENGTH);
        Secrets.wipe(secret);
        secret = next;
        epoch++;
    }

    byte[] dataKey(int length) {
        return expand(secret, "data_key", length);
    }

    byte[] dataIv() {
        return expand(secret, "data_iv", AeadCipher.NONCE_LENGTH);
    }

    void wipe() {
        Secrets.wipe(secret);
    }

    /** For tests: whether nothing is left. */
    boolean isWiped() {
        return Arrays.equals(secret, new byte[LENGTH]);
    }

    /** HKDF-Expand-Label without a context; at most 32 bytes, which one block of SHA-256 has. */
    static byte[] expand(byte[] secret, String label, int length) {
        byte[] name = (PREFIX + label).getBytes(StandardCharsets.US_ASCII);
        byte[] info = new byte[2 + 1 + name.length + 1 + 1];
        info[1] = (byte) length;
        info[2] = (byte) name.length;
        System.arraycopy(name, 0, info, 3, name.length);
        // No context, then the number of the block (RFC 5869 section 2.3).
        info[info.length - 1] = 1;
        WipeableKey key = new WipeableKey("HmacSHA256", secret, secret.length);
        try {
            Mac mac = Mac.getInstance("HmacSHA256");
            mac.init(key);
            byte[] block = mac.doFinal(info);
            byte[] out = Arrays.copyOf(block, length);
            Secrets.wipe(block);
            return out;
        } catch (GeneralSecurityException e) {
            throw new IllegalStateException("the JDK has no HmacSHA256", e);
        } finally {
            key.destroy();
        }
    }
}
