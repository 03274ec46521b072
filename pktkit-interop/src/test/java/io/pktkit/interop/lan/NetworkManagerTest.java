// SPDX-License-Identifier: MIT
package io.pktkit.interop.lan;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.pktkit.dhcp.DhcpServer;
import io.pktkit.dhcp.DhcpServerConfig;
import io.pktkit.dhcp.LeaseEvent;
import io.pktkit.interop.NeedsPeer;
import io.pktkit.l2adapter.L2Adapter;
import io.pktkit.lab.LanConfig;
import io.pktkit.time.SystemTimers;
import io.pktkit.vclient.VirtualClient;
import io.pktkit.wire.IpAddress;
import io.pktkit.wire.IpPrefix;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/**
 * NetworkManager's internal clients, of DHCP and of routers. A TAP is nothing that it configures as it does a card, so that it
 * gets one end of a veth pair, whose other end is bridged with it.
 */
@NeedsPeer(
        value = {"ip", "ping", "unshare"},
        optional = {"NetworkManager", "dbus-daemon"})
@Timeout(300)
class NetworkManagerTest {
    private static final IpAddress FIRST = IpAddress.parse("10.88.0.10");
    private static final IpAddress SECOND = IpAddress.parse("10.88.0.11");

    private final LeaseLog log = new LeaseLog();

    private static final String CARD = "ip link add nm0 type veth peer name nm1 && ip link add br0 type bridge"
            + " && ip link set nm1 master br0 && ip link set $IF master br0 && ip link set nm1 up && ip link set br0 up";

    /** The command, for a connection of the card that is written to the folder. */
    private static String manager(Path folder, Path script, String ipv4, String ipv6) throws IOException {
        Files.writeString(folder.resolve("guest.nmconnection"), """
                [connection]
                id=guest
                type=ethernet
                interface-name=nm0
                [ipv4]
                method=auto
                %s
                [ipv6]
                addr-gen-mode=eui64
                method=%s
                """.formatted(ipv4, ipv6));
        return "unshare -m " + script + " " + folder;
    }

    private DhcpServer serve(TapLan lan, Duration leaseTime) {
        DhcpServer server = new DhcpServer(
                DhcpServerConfig.builder(IpPrefix.parse("10.88.0.1/24"))
                        .range(FIRST, SECOND)
                        .leaseTime(leaseTime)
                        .observer(log)
                        .build(),
                SystemTimers.shared());
        lan.hub.connect(server);
        return server;
    }

    /** It extends after half of the time, by unicast. */
    @Test
    void shouldBindAndRenewByUnicast() throws Exception {
        try (TapLan lan = new TapLan()) {
            DhcpServer server = serve(lan, Duration.ofSeconds(20));
            Program neighbors = lan.monitor("monitor neigh");
            lan.run(CARD);
            lan.start(manager(lan.folder, lan.script("networkmanager"), "", "disabled"));

            assertEquals(FIRST, log.expect(LeaseEvent.GRANTED).address());
            assertEquals(FIRST, log.expect(LeaseEvent.RENEWED).address());
            // Only for a unicast does the kernel ask who the server is.
            neighbors.awaitLine("10.88.0.1 dev nm0 lladdr " + server.macAddress());
            assertTrue(lan.run("ip -4 -o addr show dev nm0").contains("10.88.0.10/24"));
        }
    }

    /** With its own detection on, it tells the server of an address that somebody else has. */
    @Test
    void shouldDeclineAnAddressThatIsInUse() throws Exception {
        try (TapLan lan = new TapLan();
                VirtualClient squatter = new VirtualClient();
                L2Adapter adapter = L2Adapter.builder(squatter).build()) {
            squatter.setPrefix(IpPrefix.of(FIRST, 24));
            lan.hub.connect(adapter);
            serve(lan, Duration.ofHours(1));

            lan.run(CARD);
            lan.start(manager(lan.folder, lan.script("networkmanager"), "dad-timeout=2000", "disabled"));

            assertEquals(FIRST, log.expect(LeaseEvent.GRANTED).address());
            assertEquals(FIRST, log.expectPastRenewals(LeaseEvent.DECLINED).address());
            assertEquals(SECOND, log.expect(LeaseEvent.GRANTED).address());
        }
    }

    @Test
    void shouldTakeBothFamiliesAndGiveUpTheRouteWithTheLan() throws Exception {
        LanConfig config = LanConfig.builder()
                .resolvConf(Path.of("/nonexistent"))
                .ipv6(IpPrefix.parse("fd12:3456:789a:1::/64"))
                .ipv6Router(true)
                .build();
        try (GuestLan network = new GuestLan(config)) {
            TapGuest guest = network.addGuest();
            Program changes = guest.monitor("-6 monitor route");
            guest.run(CARD);
            guest.start(manager(network.folder, network.unpack("networkmanager"), "", "auto"));
            changes.awaitLine("default via fe80::dd:ff:fe00:1");

            guest.pingUntilAnswered("fd12:3456:789a:1::1");
            guest.run("until ip -4 route | grep -q '^default via " + GuestLan.GATEWAY + "'; do sleep 0.05; done");
            guest.pingUntilAnswered(GuestLan.GATEWAY);
            String all = guest.run("ip -6 -o addr show dev nm0");
            assertTrue(all.contains("inet6 fd12:3456:789a:1:"), all);

            network.lan.close();

            changes.awaitLine("Deleted default via fe80::dd:ff:fe00:1");
        }
    }
}
