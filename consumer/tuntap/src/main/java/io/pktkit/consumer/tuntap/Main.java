// SPDX-License-Identifier: MIT
package io.pktkit.consumer.tuntap;

import io.pktkit.tuntap.TapConfig;

/** What {@code pktkit-tuntap} does without a privilege: it checks names. */
public final class Main {
    private Main() {}

    /** @param args none */
    public static void main(String[] args) {
        System.out.println(TapConfig.builder().name("pk0").build().name());
        try {
            TapConfig.builder().name("much-too-long-a-name").build();
        } catch (IllegalArgumentException expected) {
            return;
        }
        throw new IllegalStateException("a name that no interface can have was taken");
    }
}
