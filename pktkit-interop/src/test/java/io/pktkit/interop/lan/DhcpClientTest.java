// SPDX-License-Identifier: MIT
package io.pktkit.interop.lan;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;

import io.pktkit.dhcp.Lease;
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
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** A lease of dnsmasq, from the first DISCOVER to the RELEASE, held by a virtual client through the adapter. */
@NeedsPeer({"ip", "dnsmasq", "tcpdump"})
class DhcpClientTest {
    private static final MacAddress MAC = MacAddress.parse("02:00:00:00:00:02");
    private static final IpAddress SERVER = IpAddress.parse("10.88.0.1");

    private final BlockingQueue<String> events = new LinkedBlockingQueue<>();
    private final VirtualClient host = new VirtualClient();
    private final L2Adapter adapter = L2Adapter.builder(host)
            .macAddress(MAC)
            .leaseListener(new Recorder())
            .build();
    private TapLan lan;

    private final class Recorder implements LeaseListener {
        @Override
        public void onBound(Lease lease) {
            events.add("bound " + lease.address());
        }

        @Override
        public void onRenewed(Lease lease) {
            events.add("renewed " + lease.address());
        }

        @Override
        public void onLost(Lease lease) {
            events.add("lost " + lease.address());
        }
    }

    @BeforeEach
    void bringUp() throws IOException {
        lan = new TapLan();
        lan.run("ip addr add 10.88.0.1/24 dev $IF");
        lan.hub.connect(adapter);
    }

    @AfterEach
    void tearDown() {
        adapter.close();
        host.close();
        lan.close();
    }

    /** Starts dnsmasq, which gives out one address for the shortest time it knows. */
    private Program dnsmasq(String options) throws IOException, InterruptedException {
        Program server =
                lan.start("dnsmasq --no-daemon --conf-file=/dev/null --no-resolv --no-hosts --port=0 --user=root"
                        + " --interface=$IF --bind-interfaces --log-dhcp --log-facility=- --no-ping --dhcp-authoritative"
                        + " --pid-file= --dhcp-leasefile=" + lan.folder.resolve("leases") + " " + options);
        server.awaitLine("DHCP, sockets bound exclusively");
        return server;
    }

    private String nextEvent() throws InterruptedException {
        return String.valueOf(events.poll(TapLan.LIMIT.toNanos(), TimeUnit.NANOSECONDS));
    }

    @Test
    void shouldBindRenewByUnicastAndRelease() throws IOException, InterruptedException {
        Program server = dnsmasq("--dhcp-range=10.88.0.10,10.88.0.10,255.255.255.0,2m --dhcp-option=option:T1,4");
        Program wire = lan.start("tcpdump -i $IF -n -e -l --immediate-mode udp dst port 67");
        wire.awaitLine("listening on");

        adapter.startDhcp();

        assertEquals("bound 10.88.0.10", nextEvent());
        server.awaitLine("DHCPACK");
        assertEquals(IpPrefix.parse("10.88.0.10/24"), host.prefix(IpFamily.IPV4));
        assertEquals(SERVER, adapter.gateway(IpFamily.IPV4));
        host.ping(SERVER, TapLan.LIMIT);

        assertEquals("renewed 10.88.0.10", nextEvent());
        server.awaitLine("DHCPREQUEST");
        server.awaitLine("DHCPACK");
        String request = wire.awaitLine("10.88.0.10.68 > 10.88.0.1.67");
        assertFalse(request.contains("ff:ff:ff:ff:ff:ff"), request);

        adapter.stopDhcp();

        // It may have renewed again meanwhile.
        String event = nextEvent();
        while (event.equals("renewed 10.88.0.10")) {
            event = nextEvent();
        }
        assertEquals("lost 10.88.0.10", event);
        server.awaitLine("DHCPRELEASE(" + lan.name + ") 10.88.0.10 " + MAC);
        assertFalse(host.prefix(IpFamily.IPV4).isSet());
    }

    @Test
    void shouldDeclineAnAddressThatIsInUse() throws IOException, InterruptedException {
        try (VirtualClient squatter = new VirtualClient();
                L2Adapter port = L2Adapter.builder(squatter).build()) {
            squatter.setPrefix(IpPrefix.parse("10.88.0.10/24"));
            lan.hub.connect(port);
            Program server = dnsmasq("--dhcp-range=10.88.0.10,10.88.0.11,255.255.255.0,2m --dhcp-sequential-ip"
                    + " --dhcp-host=" + MAC + ",10.88.0.10");

            adapter.startDhcp();

            server.awaitLine("DHCPDECLINE(" + lan.name + ") 10.88.0.10 " + MAC);
            assertEquals("bound 10.88.0.11", nextEvent());
        }
    }

    /** The server gives out other addresses now, and refuses what it is asked to extend. */
    @Test
    @Tag("long")
    void shouldTakeAnotherAddressWhenItsOwnIsRefused() throws IOException, InterruptedException {
        String times = ",255.255.255.0,2m --dhcp-option=option:T1,4";
        Program before = dnsmasq("--dhcp-range=10.88.0.10,10.88.0.10" + times);
        adapter.startDhcp();
        assertEquals("bound 10.88.0.10", nextEvent());

        before.close();
        Files.delete(lan.folder.resolve("leases"));
        Program server = dnsmasq("--dhcp-range=10.88.0.30,10.88.0.30" + times);

        String event = nextEvent();
        while (event.equals("renewed 10.88.0.10")) {
            event = nextEvent();
        }
        assertEquals("lost 10.88.0.10", event);
        server.awaitLine("DHCPNAK(" + lan.name + ") 10.88.0.10 " + MAC);
        assertEquals("bound 10.88.0.30", nextEvent());
    }
}
