// SPDX-License-Identifier: MIT
package io.pktkit.bench;

import io.pktkit.afpacket.AfPacket;
import io.pktkit.afpacket.AfPacketConfig;
import io.pktkit.dhcp.DhcpServer;
import io.pktkit.dhcp.DhcpServerConfig;
import io.pktkit.dhcp.FileLeaseStore;
import io.pktkit.hub.L2Hub;
import io.pktkit.time.SystemTimers;
import io.pktkit.wire.IpAddress;
import io.pktkit.wire.IpPrefix;
import java.io.IOException;
import java.nio.file.Path;

/** A DHCP server of ours on an interface, for {@code e2e/dhcp} to measure beside others. Tells when it is ready. */
public final class DhcpService {

    private static final int LEASES = 65_536;

    private DhcpService() {}

    /**
     * Serves until its input ends.
     *
     * @param args the interface, the server's address with the subnet, the first and the last address to give out, the relay, and
     *     the file of leases
     * @throws IOException when the interface or the file cannot be had
     */
    public static void main(String[] args) throws IOException {
        DhcpServerConfig config = DhcpServerConfig.builder(IpPrefix.parse(args[1]))
                .range(IpAddress.parse(args[2]), IpAddress.parse(args[3]))
                .maxLeases(LEASES, LEASES) // all of them come by one relay
                .relay(IpAddress.parse(args[4]))
                .leaseStore(FileLeaseStore.open(Path.of(args[5])))
                .build();
        try (AfPacket wire = AfPacket.open(AfPacketConfig.builder(args[0])
                        .promiscuous(true)
                        .offload(false)
                        .build());
                DhcpServer server = new DhcpServer(config, SystemTimers.shared());
                L2Hub hub = new L2Hub()) {
            hub.connect(server);
            hub.connect(wire);
            System.out.println("ready");
            while (System.in.read() >= 0) {
                // until whoever started it is done
            }
        }
    }
}
