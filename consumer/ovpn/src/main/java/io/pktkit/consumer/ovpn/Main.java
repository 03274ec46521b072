// SPDX-License-Identifier: MIT
package io.pktkit.consumer.ovpn;

import io.pktkit.ovpn.key.TlsCryptV2Key;
import java.security.SecureRandom;

/** A key of {@code pktkit-ovpn}. */
public final class Main {
    private Main() {}

    /** @param args none */
    public static void main(String[] args) {
        System.out.println(TlsCryptV2Key.generate(new SecureRandom()));
    }
}
