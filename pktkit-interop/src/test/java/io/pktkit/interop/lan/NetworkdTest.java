// SPDX-License-Identifier: MIT
package io.pktkit.interop.lan;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.pktkit.dhcp.DhcpServer;
import io.pktkit.dhcp.DhcpServerConfig;
import io.pktkit.dhcp.LeaseEvent;
import io.pktkit.interop.Await;
import io.pktkit.interop.Commands;
import io.pktkit.interop.NeedsPeer;
import io.pktkit.lab.LanConfig;
import io.pktkit.time.SystemTimers;
import io.pktkit.wire.IpAddress;
import io.pktkit.wire.IpPrefix;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Systemd's own clients of DHCP, router discovery and stateless DHCPv6, which take nothing over from the kernel. */
@NeedsPeer({"ip", "ping", "unshare", NetworkdTest.NETWORKD})
@Timeout(300)
class NetworkdTest {
    static final String NETWORKD = "/lib/systemd/systemd-networkd";

    private static final IpAddress FIRST = IpAddress.parse("10.88.0.10");

    private final LeaseLog log = new LeaseLog();

    /** The command, for which settings are written to the folder. */
    private static String networkd(Path folder, Path script, String settings) throws IOException {
        Files.writeString(folder.resolve("guest.network"), "[Match]\nName=t*\n" + settings);
        return "unshare -m " + script + " " + folder;
    }

    /**
     * It extends after half of the time, by unicast. What it says when it is told to end lacks the server's identifier, which it
     * must have (RFC 2131 section 4.4.1, table 5): it is not taken.
     */
    @Test
    void shouldBindAndRenewByUnicast() throws Exception {
        try (TapLan lan = new TapLan()) {
            DhcpServer server = new DhcpServer(
                    DhcpServerConfig.builder(IpPrefix.parse("10.88.0.1/24"))
                            .range(FIRST, FIRST)
                            .leaseTime(Duration.ofSeconds(20))
                            .observer(log)
                            .build(),
                    SystemTimers.shared());
            lan.hub.connect(server);
            Program neighbors = lan.monitor("monitor neigh");
            Program networkd = lan.start(networkd(lan.folder, lan.script("networkd"), """
                    [Network]
                    DHCP=ipv4
                    [DHCPv4]
                    UseHostname=no
                    """));

            assertEquals(FIRST, log.expect(LeaseEvent.GRANTED).address());
            networkd.awaitLine("DHCPv4 address 10.88.0.10/24");
            assertEquals(FIRST, log.expect(LeaseEvent.RENEWED).address());
            // Only for a unicast does the kernel ask who the server is.
            neighbors.awaitLine("10.88.0.1 dev " + lan.name + " lladdr " + server.macAddress());
            assertTrue(lan.run("ip -4 -o addr show dev $IF").contains("10.88.0.10/24"));
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
            guest.start(networkd(network.folder, network.unpack("networkd"), """
                    [Network]
                    DHCP=ipv4
                    IPv6AcceptRA=yes
                    [DHCPv4]
                    UseHostname=no
                    UseDomains=yes
                    """));
            changes.awaitLine("default via fe80::dd:ff:fe00:1");

            awaitRunning(guest, network, "DNS=", GuestLan.GATEWAY, "fd12:3456:789a:1::1", "DOMAINS=pktkit");
            String all = guest.ipv6() + guest.run("ip -4 addr show dev $IF && ip -4 route show");
            assertTrue(all.contains("inet6 fd12:3456:789a:1:0:ff:fe00:101/64"), all);
            assertTrue(all.contains("default via " + GuestLan.GATEWAY), all);
            guest.pingUntilAnswered("fd12:3456:789a:1::1");
            guest.pingUntilAnswered(GuestLan.GATEWAY);

            network.lan.close();

            changes.awaitLine("Deleted default via fe80::dd:ff:fe00:1");
            assertFalse(guest.ipv6().contains("default via"), guest.ipv6());
        }
    }

    /** Waits until what it tells resolvers of the link holds all of these. */
    private static void awaitRunning(TapGuest guest, GuestLan network, String... texts) {
        String index = guest.run("cat /sys/class/net/$IF/ifindex").strip();
        Path told = network.folder.resolve("run/systemd/netif/links").resolve(index);
        Await.until(
                () -> Files.exists(told) ? Commands.read(told) : "nothing is told",
                () -> Files.exists(told) && List.of(texts).stream().allMatch(Commands.read(told)::contains));
    }
}
