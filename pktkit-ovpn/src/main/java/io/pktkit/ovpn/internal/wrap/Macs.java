// SPDX-License-Identifier: MIT
package io.pktkit.ovpn.internal.wrap;

import java.security.GeneralSecurityException;
import javax.crypto.Mac;
import javax.crypto.spec.SecretKeySpec;

/** HMACs of the JDK. */
final class Macs {

    private Macs() {}

    static Mac of(String algorithm, byte[] key, int length) {
        try {
            Mac mac = Mac.getInstance(algorithm);
            mac.init(new SecretKeySpec(key, 0, length, algorithm));
            return mac;
        } catch (GeneralSecurityException e) {
            throw new IllegalStateException("the JDK has no " + algorithm, e);
        }
    }
}
