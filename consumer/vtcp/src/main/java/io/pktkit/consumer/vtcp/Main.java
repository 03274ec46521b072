// SPDX-License-Identifier: MIT
package io.pktkit.consumer.vtcp;

import io.pktkit.vtcp.TcpConfig;

/** Settings of {@code pktkit-vtcp}. */
public final class Main {
    private Main() {}

    /** @param args none */
    public static void main(String[] args) {
        if (TcpConfig.builder().mtu(1400).build().mtu() != 1400) {
            throw new IllegalStateException("the MTU is not what was set");
        }
    }
}
