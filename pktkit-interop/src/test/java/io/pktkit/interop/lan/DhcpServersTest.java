// SPDX-License-Identifier: MIT
package io.pktkit.interop.lan;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.pktkit.dhcp.DhcpClientConfig;
import io.pktkit.dhcp.DhcpRoute;
import io.pktkit.dhcp.Lease;
import io.pktkit.interop.NeedsPeer;
import io.pktkit.l2adapter.L2Adapter;
import io.pktkit.l2adapter.LeaseListener;
import io.pktkit.vclient.VirtualClient;
import io.pktkit.wire.IpAddress;
import io.pktkit.wire.IpPrefix;
import io.pktkit.wire.MacAddress;
import java.io.IOException;
import java.nio.file.Files;
import java.util.List;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** Our client and the servers of others: what it remembered, and the routes that they give. */
class DhcpServersTest {
    private static final MacAddress MAC = MacAddress.parse("02:00:00:00:00:02");
    /** Which dnsmasq gives to who asks for it, though it never did before. */
    private static final IpAddress ADDRESS = IpAddress.parse("10.88.0.17");

    private static final List<DhcpRoute> ROUTES = List.of(
            new DhcpRoute(IpPrefix.parse("10.8.0.0/16"), IpAddress.parse("10.88.0.9")),
            DhcpRoute.toEverywhere(IpAddress.parse("10.88.0.1")));

    private TapLan lan;

    @BeforeEach
    void bringUp() throws IOException {
        lan = new TapLan();
        lan.run("ip addr add 10.88.0.1/24 dev $IF");
    }

    @AfterEach
    void tearDown() {
        lan.close();
    }

    /** A host that is switched on, and off without a word. */
    private static final class Host implements AutoCloseable {
        private final BlockingQueue<Lease> bound = new LinkedBlockingQueue<>();
        private final VirtualClient client = new VirtualClient();
        private final L2Adapter adapter;

        Host(TapLan lan) {
            LeaseListener listener = new LeaseListener() {
                @Override
                public void onBound(Lease lease) {
                    bound.add(lease);
                }

                @Override
                public void onLost(Lease lease) {}
            };
            adapter = L2Adapter.builder(client)
                    .macAddress(MAC)
                    .leaseListener(listener)
                    .build();
            lan.hub.connect(adapter);
        }

        Lease start(DhcpClientConfig.Builder config) throws InterruptedException {
            adapter.startDhcp(config.build());
            Lease lease = bound.poll(TapLan.LIMIT.toNanos(), TimeUnit.NANOSECONDS);
            if (lease == null) {
                throw new AssertionError("no lease within " + TapLan.LIMIT);
            }
            return lease;
        }

        @Override
        public void close() {
            adapter.close();
            client.close();
        }
    }

    private static DhcpClientConfig.Builder config() {
        return DhcpClientConfig.builder(MAC).arpProbe(false); // which others test, and which takes seconds
    }

    @Test
    @NeedsPeer({"ip", "dnsmasq"})
    void shouldHaveItsAddressBackFromDnsmasq() throws IOException, InterruptedException {
        Program server =
                lan.start("dnsmasq --no-daemon --conf-file=/dev/null --no-resolv --no-hosts --port=0 --user=root"
                        + " --interface=$IF --bind-interfaces --log-dhcp --log-facility=- --no-ping --dhcp-authoritative"
                        + " --pid-file= --dhcp-leasefile=" + lan.folder.resolve("leases")
                        + " --dhcp-range=10.88.0.10,10.88.0.20,255.255.255.0,2m"
                        + " --dhcp-option=121,10.8.0.0/16,10.88.0.9,0.0.0.0/0,10.88.0.1");
        server.awaitLine("DHCP, sockets bound exclusively");

        try (Host host = new Host(lan)) {
            Lease lease = host.start(config().previousAddress(ADDRESS));

            String first = server.awaitLine(MAC.toString());
            assertTrue(first.contains("DHCPREQUEST(" + lan.name + ") " + ADDRESS), first);
            assertEquals(ADDRESS, lease.address());
            assertEquals(ROUTES, lease.routes());
            assertEquals(IpAddress.parse("10.88.0.1"), lease.router());
        }
    }

    @Test
    @NeedsPeer({"ip", "kea-dhcp4"})
    void shouldHaveItsAddressBackFromKea() throws IOException, InterruptedException {
        Files.writeString(lan.folder.resolve("kea.json"), """
                {"Dhcp4": {
                  "interfaces-config": {"interfaces": ["%s"]},
                  "lease-database": {"type": "memfile", "persist": false},
                  "authoritative": true,
                  "valid-lifetime": 120,
                  "subnet4": [{
                    "subnet": "10.88.0.0/24",
                    "pools": [{"pool": "10.88.0.10 - 10.88.0.20"}],
                    "option-data": [
                      {"name": "routers", "data": "10.88.0.250"},
                      {"code": 121, "csv-format": false, "data": "100a080a580009000a580001"}
                    ]
                  }],
                  "loggers": [{"name": "kea-dhcp4", "severity": "INFO", "output_options": [{"output": "stdout"}]}]
                }}
                """.formatted(lan.name));
        Program server = lan.start("env KEA_LOCKFILE_DIR=" + lan.folder + " KEA_PIDFILE_DIR=" + lan.folder
                + " kea-dhcp4 -c " + lan.folder.resolve("kea.json"));
        server.awaitLine("DHCP4_STARTED");

        Lease before;
        try (Host host = new Host(lan)) {
            before = host.start(config());
            server.awaitLine("DHCP4_LEASE_ALLOC");
        }
        try (Host host = new Host(lan)) {
            Lease lease = host.start(config().previousAddress(before.address()));

            server.awaitLine("INIT-REBOOT state and requests address " + before.address());
            assertEquals(before.address(), lease.address());
            assertEquals(ROUTES, lease.routes());
            assertEquals(IpAddress.parse("10.88.0.1"), lease.router(), "not the router of option 3");
            host.client.ping(lease.serverIdentifier(), TapLan.LIMIT);
        }
    }
}
