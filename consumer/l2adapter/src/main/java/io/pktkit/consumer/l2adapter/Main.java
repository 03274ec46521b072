// SPDX-License-Identifier: MIT
package io.pktkit.consumer.l2adapter;

import io.pktkit.l2adapter.L2Adapter;
import io.pktkit.time.ManualTime;
import io.pktkit.wire.IpPrefix;

/** An adapter of {@code pktkit-l2adapter}. */
public final class Main {
    private Main() {}

    /** @param args none */
    public static void main(String[] args) {
        try (L2Adapter adapter = L2Adapter.builder().timers(new ManualTime()).build()) {
            adapter.ip().setPrefix(IpPrefix.parse("10.0.0.1/24"));
            System.out.println(adapter.macAddress());
        }
    }
}
