// SPDX-License-Identifier: MIT
package io.pktkit.consumer.nat;

import io.pktkit.nat.engine.NatEngine;
import io.pktkit.nat.policy.NatConfig;
import io.pktkit.wire.IpAddress;

/** An engine of {@code pktkit-nat}. */
public final class Main {
    private Main() {}

    /** @param args none */
    public static void main(String[] args) {
        NatEngine engine = new NatEngine(
                NatConfig.builder(IpAddress.parse("203.0.113.1")).build());
        if (!engine.mappings().list().isEmpty()) {
            throw new IllegalStateException("a new engine with mappings");
        }
    }
}
