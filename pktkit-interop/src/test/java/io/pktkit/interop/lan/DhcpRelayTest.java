// SPDX-License-Identifier: MIT
package io.pktkit.interop.lan;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.pktkit.dhcp.DhcpServer;
import io.pktkit.dhcp.DhcpServerConfig;
import io.pktkit.dhcp.DhcpSubnet;
import io.pktkit.dhcp.LeaseEvent;
import io.pktkit.interop.NeedsPeer;
import io.pktkit.time.SystemTimers;
import io.pktkit.wire.IpAddress;
import io.pktkit.wire.IpPrefix;
import java.io.IOException;
import java.time.Duration;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/**
 * A server of ours and a client on another subnet, with ISC's relay and the kernel's router between them.
 *
 * <pre>
 *   DhcpServer ── hub ── 10.88.0.2 [relay, router] 10.99.0.1 ── hub ── udhcpc
 *   10.88.0.1
 * </pre>
 */
@NeedsPeer({"ip", "dhcrelay", "udhcpc", "tcpdump"})
class DhcpRelayTest {
    private static final IpAddress CLIENT = IpAddress.parse("10.99.0.50");

    private final LeaseLog log = new LeaseLog();
    private TapLan servers;
    private TapLan clients;
    private String down; // the relay's interface towards the clients

    @BeforeEach
    void bringUp() throws IOException {
        servers = new TapLan();
        clients = new TapLan();
        down = servers.addInterface(clients.hub);
        servers.run("ip addr add 10.88.0.2/24 dev $IF && ip addr add 10.99.0.1/24 dev " + down
                + " && sysctl -qw net.ipv4.ip_forward=1");
    }

    @AfterEach
    void tearDown() {
        clients.close();
        servers.close();
    }

    @Test
    void shouldLeaseRenewAndTakeBackOverARelay() throws IOException, InterruptedException {
        DhcpSubnet subnet = DhcpSubnet.builder(IpPrefix.parse("10.99.0.0/24"))
                .range(CLIENT, CLIENT)
                .router(IpAddress.parse("10.99.0.1"))
                .relay(IpAddress.parse("10.99.0.1"))
                .build();
        DhcpServer server = new DhcpServer(
                DhcpServerConfig.builder(IpPrefix.parse("10.88.0.1/24"))
                        .router(IpAddress.parse("10.88.0.2"))
                        .subnet(subnet)
                        .leaseTime(Duration.ofHours(1))
                        .observer(log)
                        .build(),
                SystemTimers.shared());
        servers.hub.connect(server);
        Program wire = servers.start("tcpdump -i $IF -n -l --immediate-mode -vv src 10.88.0.1 and udp port 67");
        wire.awaitLine("listening on");
        Program relay = servers.start("dhcrelay -d -4 -a -m append -pf " + servers.folder.resolve("pid")
                + " -iu $IF -id " + down + " 10.88.0.1");
        relay.awaitLine("Sending on   Socket/fallback");

        Program client = clients.start("env PKTKIT_EVENTS=" + clients.folder.resolve("events") + " udhcpc -f -i $IF -s "
                + clients.script("udhcpc-script"));

        assertEquals(CLIENT, log.expect(LeaseEvent.GRANTED).address());
        client.awaitLine("lease of 10.99.0.50 obtained");
        wire.awaitLine("Agent-Information"); // echoed: RFC 3046 section 2.2

        client.signal("USR1"); // to renew, which udhcpc does by unicast, over the router
        assertEquals(CLIENT, log.expect(LeaseEvent.RENEWED).address());
        client.awaitLine("lease of 10.99.0.50 obtained");

        client.signal("USR2"); // to release
        assertEquals(CLIENT, log.expectPastRenewals(LeaseEvent.RELEASED).address());
        assertTrue(server.leases().isEmpty());
    }
}
