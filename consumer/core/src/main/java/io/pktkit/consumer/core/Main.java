// SPDX-License-Identifier: MIT
package io.pktkit.consumer.core;

import io.pktkit.hub.L2Hub;
import io.pktkit.link.PipeL2;
import io.pktkit.wire.MacAddress;

/** Switches of {@code pktkit-core}. */
public final class Main {
    private Main() {}

    /** @param args none */
    public static void main(String[] args) {
        MacAddress address = MacAddress.parse("02:00:00:00:00:01");
        try (L2Hub hub = new L2Hub();
                PipeL2 pipe = new PipeL2(address)) {
            hub.connect(pipe);
            if (!pipe.macAddress().equals(address)) {
                throw new IllegalStateException("address=" + pipe.macAddress());
            }
        }
    }
}
