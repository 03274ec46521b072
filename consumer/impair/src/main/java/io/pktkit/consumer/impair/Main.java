// SPDX-License-Identifier: MIT
package io.pktkit.consumer.impair;

import io.pktkit.impair.Impairment;

/** Settings of {@code pktkit-impair}. */
public final class Main {
    private Main() {}

    /** @param args none */
    public static void main(String[] args) {
        System.out.println(Impairment.class.getName());
    }
}
