// SPDX-License-Identifier: MIT
package io.pktkit.consumer.dhcp;

import io.pktkit.dhcp.DhcpServer;
import io.pktkit.dhcp.DhcpServerConfig;
import io.pktkit.time.ManualTime;
import io.pktkit.wire.IpPrefix;

/** A server of {@code pktkit-dhcp}. */
public final class Main {
    private Main() {}

    /** @param args none */
    public static void main(String[] args) {
        DhcpServerConfig config = DhcpServerConfig.builder(IpPrefix.parse("10.0.0.1/24")).build();
        try (DhcpServer server = new DhcpServer(config, new ManualTime())) {
            if (server.macAddress() == null) {
                throw new IllegalStateException("a server without an address");
            }
        }
    }
}
