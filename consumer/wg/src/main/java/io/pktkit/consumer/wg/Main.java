// SPDX-License-Identifier: MIT
package io.pktkit.consumer.wg;

import io.pktkit.wg.WgPrivateKey;
import java.security.SecureRandom;

/** A key of {@code pktkit-wg}. */
public final class Main {
    private Main() {}

    /** @param args none */
    public static void main(String[] args) {
        System.out.println(WgPrivateKey.generate(new SecureRandom()).publicKey());
    }
}
