// SPDX-License-Identifier: MIT
package io.pktkit.ovpn.internal.data;

import io.pktkit.internal.Secrets;
import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.util.Arrays;
import javax.crypto.Mac;
import javax.crypto.spec.SecretKeySpec;
import org.jspecify.annotations.Nullable;

/** The pseudo-random function of TLS 1.0 (RFC 2246 section 5), from which OpenVPN derives keys for old clients. */
public final class Prf {

    private Prf() {}

    /**
     * Derives bytes: P_MD5 of the first half of the secret, exclusive or P_SHA1 of the second half.
     *
     * @param secret the secret; of an odd length both halves have its middle byte
     * @param label the label
     * @param seeds what else goes in, in order
     * @param length how many bytes
     * @return the bytes
     */
    public static byte[] derive(byte[] secret, String label, int length, byte[]... seeds) {
        int half = (secret.length + 1) / 2;
        byte[] name = label.getBytes(StandardCharsets.US_ASCII);
        byte[] first = Arrays.copyOf(secret, half);
        byte[] second = Arrays.copyOfRange(secret, secret.length - half, secret.length);
        byte[] result = new byte[length];
        expand("HmacMD5", first, name, seeds, result);
        expand("HmacSHA1", second, name, seeds, result);
        Secrets.wipe(first, second);
        return result;
    }

    private static void expand(String algorithm, byte[] secret, byte[] label, byte[][] seeds, byte[] into) {
        try {
            Mac mac = Mac.getInstance(algorithm);
            mac.init(new SecretKeySpec(secret, algorithm));
            byte[] a = hash(mac, null, label, seeds);
            for (int at = 0; at < into.length; ) {
                byte[] block = hash(mac, a, label, seeds);
                for (int i = 0; i < block.length && at < into.length; i++) {
                    into[at++] ^= block[i];
                }
                Secrets.wipe(block);
                a = mac.doFinal(a);
            }
        } catch (GeneralSecurityException e) {
            throw new IllegalStateException("the JDK has no " + algorithm, e);
        }
    }

    private static byte[] hash(Mac mac, byte @Nullable [] a, byte[] label, byte[][] seeds) {
        if (a != null) {
            mac.update(a);
        }
        mac.update(label);
        for (byte[] seed : seeds) {
            mac.update(seed);
        }
        return mac.doFinal();
    }
}
