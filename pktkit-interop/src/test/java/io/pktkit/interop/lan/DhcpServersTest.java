// SPDX-License-Identifier: MIT
package io.pktkit.interop.lan;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.pktkit.dhcp.DhcpClientConfig;
import io.pktkit.dhcp.DhcpRoute;
import io.pktkit.dhcp.Lease;
import io.pktkit.interop.Await;
import io.pktkit.interop.NeedsPeer;
import io.pktkit.l2adapter.L2Adapter;
import io.pktkit.l2adapter.LeaseListener;
import io.pktkit.vclient.VirtualClient;
import io.pktkit.wire.IpAddress;
import io.pktkit.wire.IpFamily;
import io.pktkit.wire.IpPrefix;
import io.pktkit.wire.MacAddress;
import java.io.IOException;
import java.nio.file.Files;
import java.util.List;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** Our client and the servers of others: what it remembered, the options that they give, and what becomes of it when they go. */
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
        private final BlockingQueue<Lease> lost = new LinkedBlockingQueue<>();
        private final VirtualClient client = new VirtualClient();
        private final L2Adapter adapter;

        Host(TapLan lan) {
            LeaseListener listener = new LeaseListener() {
                @Override
                public void onBound(Lease lease) {
                    bound.add(lease);
                }

                @Override
                public void onLost(Lease lease) {
                    lost.add(lease);
                }
            };
            adapter = L2Adapter.builder(client)
                    .macAddress(MAC)
                    .leaseListener(listener)
                    .build();
            lan.hub.connect(adapter);
        }

        Lease start(DhcpClientConfig.Builder config) throws InterruptedException {
            adapter.startDhcp(config.build());
            return next(bound);
        }

        Lease next(BlockingQueue<Lease> queue) throws InterruptedException {
            Lease lease = queue.poll(TapLan.LIMIT.toNanos(), TimeUnit.NANOSECONDS);
            if (lease == null) {
                throw new AssertionError("not within " + TapLan.LIMIT);
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

    private Program dnsmasq(String options) throws IOException, InterruptedException {
        Program server =
                lan.start("dnsmasq --no-daemon --conf-file=/dev/null --no-resolv --no-hosts --port=0 --user=root"
                        + " --interface=$IF --bind-interfaces --log-dhcp --log-facility=- --no-ping --dhcp-authoritative"
                        + " --pid-file= --dhcp-leasefile=" + lan.folder.resolve("leases")
                        + " --dhcp-range=10.88.0.10,10.88.0.20,255.255.255.0,2m " + options);
        server.awaitLine("DHCP, sockets bound exclusively");
        return server;
    }

    /** Starts Kea, which gives out 10.88.0.10 to 10.88.0.20. */
    private Program kea(String times, String options) throws IOException, InterruptedException {
        Files.writeString(lan.folder.resolve("kea.json"), """
                {"Dhcp4": {
                  "interfaces-config": {"interfaces": ["%s"]},
                  "lease-database": {"type": "memfile", "persist": false},
                  "authoritative": true,
                  %s,
                  "subnet4": [{
                    "subnet": "10.88.0.0/24",
                    "pools": [{"pool": "10.88.0.10 - 10.88.0.20"}],
                    "option-data": [%s]
                  }],
                  "loggers": [{"name": "kea-dhcp4", "severity": "INFO", "output_options": [{"output": "stdout"}]}]
                }}
                """.formatted(lan.name, times, options));
        Program server = lan.start("env KEA_LOCKFILE_DIR=" + lan.folder + " KEA_PIDFILE_DIR=" + lan.folder
                + " kea-dhcp4 -c " + lan.folder.resolve("kea.json"));
        server.awaitLine("DHCP4_STARTED");
        return server;
    }

    @Test
    @NeedsPeer({"ip", "dnsmasq"})
    void shouldHaveItsAddressBackFromDnsmasq() throws IOException, InterruptedException {
        Program server = dnsmasq("--dhcp-option=121,10.8.0.0/16,10.88.0.9,0.0.0.0/0,10.88.0.1");

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
        Program server = kea("\"valid-lifetime\": 120", """
                {"name": "routers", "data": "10.88.0.250"},
                {"code": 121, "csv-format": false, "data": "100a080a580009000a580001"}
                """);

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

    @Test
    @Tag("long")
    @NeedsPeer({"ip", "kea-dhcp4"})
    void shouldLoseTheLeaseOfAServerThatIsKilledAndHaveOneWhenItIsBack() throws IOException, InterruptedException {
        String times = "\"valid-lifetime\": 8, \"renew-timer\": 3, \"rebind-timer\": 5";
        Program server = kea(times, "");
        try (Host host = new Host(lan)) {
            Lease lease = host.start(config());

            server.close();

            assertEquals(lease.address(), host.next(host.lost).address());
            assertFalse(host.client.prefix(IpFamily.IPV4).isSet());
            kea(times, "");
            host.next(host.bound);
            host.client.ping(IpAddress.parse("10.88.0.1"), TapLan.LIMIT);
        }
    }

    /** Its own server does not answer any more, so that after T2 it asks all, and takes the answer of another. */
    @Test
    @Tag("long")
    @NeedsPeer({"ip", "kea-dhcp4", "dnsmasq"})
    void shouldGoOnAtAnotherServer() throws IOException, InterruptedException {
        Program server = kea("\"valid-lifetime\": 300, \"renew-timer\": 3, \"rebind-timer\": 12", "");
        try (Host host = new Host(lan)) {
            Lease lease = host.start(config());
            assertEquals(IpAddress.parse("10.88.0.1"), lease.serverIdentifier());

            server.close();
            lan.run("ip addr flush dev $IF scope global && ip addr add 10.88.0.2/24 dev $IF");
            dnsmasq("");

            Await.until(
                    () -> "its lease is " + host.adapter.lease(),
                    () -> isOf(host.adapter.lease(), IpAddress.parse("10.88.0.2")));
            assertTrue(host.lost.isEmpty());
            assertEquals(IpPrefix.of(lease.address(), 24), host.client.prefix(IpFamily.IPV4));
        }
    }

    private static boolean isOf(@Nullable Lease lease, IpAddress server) {
        return lease != null && lease.serverIdentifier().equals(server);
    }
}
