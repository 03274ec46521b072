// SPDX-License-Identifier: MIT
package io.pktkit.consumer.vclient;

import io.pktkit.vclient.VirtualClient;
import io.pktkit.wire.IpPrefix;
import java.io.IOException;

/** A client of {@code pktkit-vclient}. */
public final class Main {
    private Main() {}

    /**
     * @param args none
     * @throws IOException if a name does not resolve
     */
    public static void main(String[] args) throws IOException {
        try (VirtualClient client = new VirtualClient()) {
            client.setPrefix(IpPrefix.parse("10.0.0.2/24"));
            if (client.resolve("10.0.0.3").size() != 1) {
                throw new IllegalStateException("an address is a name of itself");
            }
        }
    }
}
