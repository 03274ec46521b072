// SPDX-License-Identifier: MIT
package io.pktkit.interop.lan;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.pktkit.dhcp.DhcpRoute;
import io.pktkit.dhcp.DhcpServer;
import io.pktkit.dhcp.DhcpServerConfig;
import io.pktkit.dhcp.DhcpServerConfigBuilder;
import io.pktkit.dhcp.FileLeaseStore;
import io.pktkit.dhcp.LeaseEvent;
import io.pktkit.interop.Await;
import io.pktkit.interop.Commands;
import io.pktkit.interop.NeedsPeer;
import io.pktkit.time.SystemTimers;
import io.pktkit.wire.IpAddress;
import io.pktkit.wire.IpPrefix;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** What real clients do with what they remember, and with routes, on a server of ours that was started again. */
class DhcpRebootTest {
    private static final IpAddress FIRST = IpAddress.parse("10.88.0.10");
    private static final IpAddress SECOND = IpAddress.parse("10.88.0.11");

    private final LeaseLog log = new LeaseLog();
    private TapLan lan;

    @BeforeEach
    void bringUp() throws IOException {
        lan = new TapLan();
    }

    @AfterEach
    void tearDown() {
        lan.close();
    }

    private static DhcpServerConfigBuilder config() {
        return DhcpServerConfig.builder(IpPrefix.parse("10.88.0.1/24"))
                .range(FIRST, SECOND)
                .leaseTime(Duration.ofHours(1));
    }

    private DhcpServer serve(DhcpServerConfigBuilder config) {
        DhcpServer server = new DhcpServer(config.observer(log).build(), SystemTimers.shared());
        lan.hub.connect(server);
        return server;
    }

    private String dhclient() {
        return "dhclient -v -d -sf " + lan.script("dhclient-script") + " -lf " + lan.folder + "/leases -pf "
                + lan.folder + "/pid -e PKTKIT_EVENTS=" + lan.folder.resolve("events") + " $IF";
    }

    @Test
    @NeedsPeer({"ip", "dhclient"})
    void shouldGrantADhclientWhatItRememberedOverARestartOfBoth() throws IOException, InterruptedException {
        Path file = lan.folder.resolve("pktkit-leases");
        DhcpServer before = serve(config().leaseStore(FileLeaseStore.open(file)));
        Program client = lan.start(dhclient());
        client.awaitLine("bound to 10.88.0.10");
        assertEquals(FIRST, log.expect(LeaseEvent.GRANTED).address());
        client.close(); // without a RELEASE
        before.close();

        serve(config().leaseStore(FileLeaseStore.open(file)));
        Program again = lan.start(dhclient());

        // It has dhclient's lease from the file, so that this is no new one; and there is no DISCOVER before.
        assertEquals(FIRST, log.expectPastRenewals(LeaseEvent.GRANTED).address());
        assertEquals(FIRST, log.expect(LeaseEvent.RENEWED).address());
        again.awaitLine("DHCPREQUEST for 10.88.0.10");
        again.awaitLine("bound to 10.88.0.10");
        assertTrue(Files.readString(lan.folder.resolve("events")).contains("REBOOT"));
    }

    @Test
    @NeedsPeer({"ip", "udhcpc"})
    void shouldGiveUdhcpcTheAddressItWishesAndItsRoutes() throws IOException, InterruptedException {
        serve(config().router(IpAddress.parse("10.88.0.1"))
                .route(new DhcpRoute(IpPrefix.parse("10.8.0.0/16"), IpAddress.parse("10.88.0.9"))));
        Path script = lan.folder.resolve("script");
        Files.writeString(script, "#!/bin/sh\nenv >>" + lan.folder.resolve("given") + "\n");
        assertTrue(script.toFile().setExecutable(true));

        lan.run("udhcpc -f -q -n -t 20 -i $IF -r " + SECOND + " -O 121 -s " + script);

        assertEquals(SECOND, log.expect(LeaseEvent.GRANTED).address());
        List<String> given = Files.readAllLines(lan.folder.resolve("given"));
        assertTrue(given.contains("staticroutes=10.8.0.0/16 10.88.0.9 0.0.0.0/0 10.88.0.1"), given::toString);
        assertFalse(given.stream().anyMatch(line -> line.startsWith("router=")), given::toString);
    }

    @Test
    @NeedsPeer({"ip", "dhclient"})
    void shouldAnswerARebootingClientOfAPoolThatItKnowsNothingOf() throws IOException, InterruptedException {
        serve(config());
        Files.writeString(lan.folder.resolve("leases"), """
                lease {
                  interface "%s";
                  fixed-address 10.88.0.11;
                  option subnet-mask 255.255.255.0;
                  option dhcp-lease-time 4294967295;
                  option dhcp-message-type 5;
                  option dhcp-server-identifier 10.88.0.1;
                  renew never;
                  rebind never;
                  expire never;
                }
                """.formatted(lan.name));

        Program client = lan.start(dhclient());

        client.awaitLine("DHCPREQUEST for 10.88.0.11");
        client.awaitLine("bound to 10.88.0.11");
        assertEquals(SECOND, log.expect(LeaseEvent.GRANTED).address());
    }

    /** In a place of the test's for its files. */
    private Program dhcpcd(String options) throws IOException {
        Path config = lan.folder.resolve("dhcpcd.conf");
        // nodev: udev, where it runs, knows nothing of the interface.
        Files.writeString(config, "nodev\nreboot 0\nrequire dhcp_server_identifier\n");
        return lan.start("unshare -m sh -c 'mount -t tmpfs none /run && mkdir -p /run/dhcpcd"
                + " && mount -t tmpfs none /var/lib/dhcpcd && exec dhcpcd -4 -d -B -L -c /bin/true -f " + config + " "
                + options + " '$IF");
    }

    /** dhcpcd probes by itself, and declines what is in use. */
    @Test
    @Tag("long")
    @NeedsPeer({"ip", "dhcpcd", "unshare", "ping"})
    void shouldTakeADeclineAndAReleaseOfDhcpcd() throws IOException, InterruptedException {
        try (Squatter squatter = new Squatter(lan)) {
            squatter.use(FIRST);
            DhcpServer server = serve(config());
            Program client = dhcpcd("");

            assertEquals(FIRST, log.expect(LeaseEvent.GRANTED).address());
            client.awaitLine("DAD detected 10.88.0.10");
            assertEquals(FIRST, log.expect(LeaseEvent.DECLINED).address());
            client.awaitLine("leased 10.88.0.11 for ");
            assertEquals(SECOND, log.expect(LeaseEvent.GRANTED).address());
            assertEquals(SECOND, server.leases().get(0).address());

            // Its RELEASE goes before its address does, and by then it must not have to ask for the server's station.
            lan.run("ping -c 1 -W 5 10.88.0.1");
            client.signal("ALRM"); // release and exit
            assertEquals(SECOND, log.expectPastRenewals(LeaseEvent.RELEASED).address());
        }
    }

    /** It has its address already, and asks for the rest only. */
    @Test
    @NeedsPeer({"ip", "dhcpcd", "unshare"})
    void shouldTellDhcpcdWhatItAsksForBesideItsAddress() throws IOException, InterruptedException {
        DhcpServer server =
                serve(config().router(IpAddress.parse("10.88.0.1")).dnsServers(List.of(IpAddress.parse("10.88.0.7"))));
        Path given = lan.folder.resolve("given");
        Path script = lan.folder.resolve("script");
        Files.writeString(script, "#!/bin/sh\n[ $reason != INFORM ] || env >>" + given + "\n");
        assertTrue(script.toFile().setExecutable(true));

        Program client = dhcpcd("-c " + script + " --inform=10.88.0.77/24 ");

        client.awaitLine("received approval for 10.88.0.77");
        Await.until(
                "its script has run",
                () -> Files.exists(given) && Commands.read(given).contains("\nPWD="));
        List<String> told = Files.readAllLines(given);
        assertTrue(told.contains("new_routers=10.88.0.1"), told::toString);
        assertFalse(told.stream().anyMatch(line -> line.startsWith("new_dhcp_lease_time")), told::toString);
        assertEquals(List.of(), server.leases());
    }
}
