// SPDX-License-Identifier: MIT
package io.pktkit.interop.lan;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.pktkit.dhcp.DhcpServer;
import io.pktkit.dhcp.DhcpServerConfig;
import io.pktkit.dhcp.DhcpServerConfigBuilder;
import io.pktkit.dhcp.LeaseEvent;
import io.pktkit.interop.NeedsPeer;
import io.pktkit.l2adapter.L2Adapter;
import io.pktkit.time.SystemTimers;
import io.pktkit.vclient.VirtualClient;
import io.pktkit.wire.IpAddress;
import io.pktkit.wire.IpPrefix;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** The life of a lease of our server, as the DHCP clients of real systems lead it. */
@NeedsPeer({"ip", "dhclient", "udhcpc"})
class DhcpServerTest {
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

    /** Starts a server with {@code last} as the end of its range. */
    private DhcpServer serve(IpAddress last, Duration leaseTime) throws IOException {
        DhcpServerConfigBuilder config = DhcpServerConfig.builder(IpPrefix.parse("10.88.0.1/24"))
                .range(FIRST, last)
                .leaseTime(leaseTime)
                .observer(log);
        DhcpServer server = new DhcpServer(config.build(), SystemTimers.shared());
        lan.hub.connect(server);
        return server;
    }

    private String dhclient(String options) {
        String events = lan.folder.resolve("events").toString();
        return "dhclient -v " + options + " -sf " + lan.script("dhclient-script") + " -lf " + lan.folder
                + "/leases -pf " + lan.folder + "/pid -e PKTKIT_EVENTS=" + events + " $IF";
    }

    private String udhcpc(String options) {
        return "env PKTKIT_EVENTS=" + lan.folder.resolve("events") + " udhcpc -f -i $IF " + options + " -s "
                + lan.script("udhcpc-script");
    }

    private String addresses() {
        return lan.run("ip -4 -o addr show dev $IF");
    }

    @Test
    void shouldExtendAndTakeBackALeaseOfDhclient() throws IOException, InterruptedException {
        DhcpServer server = serve(FIRST, Duration.ofHours(1));
        // It extends early what it holds for long, so that a busy machine does not let it expire first.
        Path config = lan.folder.resolve("dhclient.conf");
        Files.writeString(config, "supersede dhcp-renewal-time 4;\nsupersede dhcp-rebinding-time 3000;\n");

        Program neighbors = lan.monitor("monitor neigh");
        Program client = lan.start(dhclient("-d -cf " + config));
        assertEquals(FIRST, log.expect(LeaseEvent.GRANTED).address());
        client.awaitLine("bound to 10.88.0.10");
        assertEquals(FIRST, log.expect(LeaseEvent.RENEWED).address());
        client.awaitLine("bound to 10.88.0.10");
        // Only for a unicast does the kernel ask who the server is.
        neighbors.awaitLine("10.88.0.1 dev " + lan.name + " lladdr " + server.macAddress());

        lan.run(dhclient("-r"));

        assertEquals(FIRST, log.expectPastRenewals(LeaseEvent.RELEASED).address());
        assertEquals(List.of(), server.leases());
        lan.run("ip link set $IF address 02:00:00:00:00:77");
        lan.run(udhcpc("-n -q -t 20"));
        LeaseLog.Entry next = log.expect(LeaseEvent.GRANTED);
        assertEquals(FIRST, next.address());
        assertEquals("02:00:00:00:00:77", next.mac().toString());
    }

    @Test
    void shouldExtendAndTakeBackALeaseOfUdhcpc() throws IOException, InterruptedException {
        DhcpServer server = serve(FIRST, Duration.ofHours(1));
        Program client = lan.start(udhcpc(""));
        log.expect(LeaseEvent.GRANTED);
        client.awaitLine("lease of 10.88.0.10 obtained");

        client.signal("USR1");
        assertEquals(FIRST, log.expect(LeaseEvent.RENEWED).address());
        client.awaitLine("lease of 10.88.0.10 obtained");

        client.signal("USR2");
        assertEquals(FIRST, log.expectPastRenewals(LeaseEvent.RELEASED).address());
        assertEquals(List.of(), server.leases());
    }

    @Test
    void shouldSendADhclientFromAnotherNetworkBackToTheStart() throws IOException, InterruptedException {
        serve(FIRST, Duration.ofHours(1));
        Files.writeString(lan.folder.resolve("leases"), """
                lease {
                  interface "%s";
                  fixed-address 192.168.7.9;
                  option subnet-mask 255.255.255.0;
                  option dhcp-lease-time 4294967295;
                  option dhcp-message-type 5;
                  option dhcp-server-identifier 192.168.7.1;
                  renew never;
                  rebind never;
                  expire never;
                }
                """.formatted(lan.name));

        Program client = lan.start(dhclient("-d"));

        client.awaitLine("DHCPREQUEST for 192.168.7.9");
        client.awaitLine("DHCPNAK from 10.88.0.1");
        client.awaitLine("DHCPACK of 10.88.0.10");
        client.awaitLine("bound to 10.88.0.10");
        assertEquals(FIRST, log.expect(LeaseEvent.GRANTED).address());
        assertTrue(addresses().contains("10.88.0.10/24"), addresses());
    }

    @Test
    void shouldOfferAnotherAddressAfterUdhcpcFoundOneInUse() throws IOException, InterruptedException {
        try (VirtualClient squatter = new VirtualClient();
                L2Adapter adapter = L2Adapter.builder(squatter).build()) {
            squatter.setPrefix(IpPrefix.of(FIRST, 24));
            lan.hub.connect(adapter);
            DhcpServer server = serve(SECOND, Duration.ofHours(1));

            Program client = lan.start(udhcpc("-a -A 1 -r " + FIRST));

            // udhcpc looks for others once it has the ACK.
            assertEquals(FIRST, log.expect(LeaseEvent.GRANTED).address());
            client.awaitLine("is in use");
            assertEquals(FIRST, log.expect(LeaseEvent.DECLINED).address());
            client.awaitLine("lease of 10.88.0.11 obtained");
            assertEquals(SECOND, log.expect(LeaseEvent.GRANTED).address());
            assertEquals(SECOND, server.leases().get(0).address());
        }
    }
}
