// SPDX-License-Identifier: MIT
package io.pktkit.l2adapter;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.pktkit.device.AbstractL3Device;
import io.pktkit.dhcp.DhcpServer;
import io.pktkit.dhcp.DhcpServerConfig;
import io.pktkit.dhcp.Lease;
import io.pktkit.hub.L2Hub;
import io.pktkit.time.ManualTime;
import io.pktkit.wire.IcmpMessage;
import io.pktkit.wire.IpAddress;
import io.pktkit.wire.IpFamily;
import io.pktkit.wire.IpPrefix;
import io.pktkit.wire.Packet;
import io.pktkit.wire.PacketBuilder;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Adapters among themselves and with the DHCP server, on a hub, in virtual time. */
class HubTest {

    private static final IpAddress SERVER = IpAddress.parse("10.1.0.1");

    private final ManualTime time = new ManualTime();
    private final L2Hub hub = new L2Hub(time);

    /** A host that answers echo requests and notes the replies. */
    private static final class EchoHost extends AbstractL3Device {
        final List<Integer> replies = new ArrayList<>();

        @Override
        public boolean send(Packet packet) {
            IcmpMessage icmp = packet.icmp();
            if (icmp != null && icmp.isEchoRequest()) {
                ByteBuffer payload = ByteBuffer.allocate(0);
                deliver(new Packet()
                        .wrap(PacketBuilder.icmpEcho(
                                /* source= */ packet.destination(),
                                /* destination= */ packet.source(),
                                false,
                                icmp.identifier(),
                                icmp.sequenceNumber(),
                                payload)));
            } else if (icmp != null && icmp.isEchoReply()) {
                replies.add(icmp.sequenceNumber());
            }
            return true;
        }

        void ping(IpAddress from, IpAddress to, int sequence) {
            deliver(new Packet().wrap(PacketBuilder.icmpEcho(from, to, true, 1, sequence, ByteBuffer.allocate(0))));
        }
    }

    private L2Adapter attach(EchoHost host, String prefix) {
        if (!prefix.isEmpty()) {
            host.setPrefix(IpPrefix.parse(prefix));
        }
        L2Adapter adapter = L2Adapter.builder(host).timers(time).build();
        hub.connect(adapter);
        return adapter;
    }

    private DhcpServer attachServer() {
        DhcpServerConfig config = DhcpServerConfig.builder(IpPrefix.of(SERVER, 24))
                .range(IpAddress.parse("10.1.0.100"), IpAddress.parse("10.1.0.150"))
                .router(IpAddress.parse("10.1.0.254"))
                .leaseTime(Duration.ofMinutes(20))
                .provisionalLeaseTime(Duration.ofMinutes(2))
                .build();
        DhcpServer server = new DhcpServer(config, time);
        hub.connect(server);
        return server;
    }

    @ParameterizedTest
    @CsvSource({"10.0.0.1/24, 10.0.0.2/24", "2001:db8::1/64, 2001:db8::2/64", "fe80::1/64, fe80::2/64"})
    void shouldResolveEachOtherAndExchangePackets(String first, String second) {
        EchoHost one = new EchoHost();
        EchoHost two = new EchoHost();
        L2Adapter oneAdapter = attach(one, first);
        attach(two, second);
        IpAddress from = IpPrefix.parse(first).address();
        IpAddress to = IpPrefix.parse(second).address();

        for (int sequence = 1; sequence <= 100; sequence++) {
            one.ping(from, to, sequence);
            time.advance(Duration.ofSeconds(1));
        }

        assertEquals(100, one.replies.size());
        assertEquals(100, one.replies.get(99));
        long asked = oneAdapter.neighborStats(from.family()).solicitations();
        assertTrue(asked >= 2 && asked <= 5, "one resolution, and a probe every 35 s of use: " + asked);
        assertEquals(0, oneAdapter.addressConflicts());
    }

    @Test
    void shouldNoticeAnotherAdapterWithItsAddress() {
        EchoHost one = new EchoHost();
        EchoHost two = new EchoHost();
        L2Adapter oneAdapter = attach(one, "10.0.0.1/24");
        attach(two, "10.0.0.1/24");

        two.ping(IpAddress.parse("10.0.0.1"), IpAddress.parse("10.0.0.7"), 1);

        assertEquals(1, oneAdapter.addressConflicts());
    }

    @Test
    void shouldLeaseRenewAndRelease() {
        DhcpServer server = attachServer();
        EchoHost host = new EchoHost();
        L2Adapter adapter = attach(host, "");

        adapter.startDhcp();
        time.advance(Duration.ofSeconds(10));

        Lease lease = adapter.lease();
        assertNotNull(lease);
        assertEquals(lease.prefix(), host.prefix(IpFamily.IPV4));
        assertEquals(IpAddress.parse("10.1.0.254"), adapter.gateway(IpFamily.IPV4));
        IpAddress address = lease.address();

        time.advance(Duration.ofHours(3));
        Lease renewed = adapter.lease();
        assertNotNull(renewed);
        assertEquals(address, renewed.address());
        assertTrue(renewed.startNanos() > lease.startNanos());
        assertEquals(1, server.leases().size());

        adapter.stopDhcp();
        assertFalse(host.prefix(IpFamily.IPV4).isSet());
        assertTrue(server.leases().isEmpty(), () -> server.leases().toString());
    }

    @Test
    void shouldGiveTwoHostsAddressesWithWhichTheyTalk() {
        attachServer();
        EchoHost one = new EchoHost();
        EchoHost two = new EchoHost();
        attach(one, "").startDhcp();
        attach(two, "").startDhcp();
        time.advance(Duration.ofSeconds(30));
        IpAddress from = one.prefix(IpFamily.IPV4).address();
        IpAddress to = two.prefix(IpFamily.IPV4).address();

        one.ping(from, to, 5);

        assertFalse(from.equals(to));
        assertEquals(List.of(5), one.replies);
    }

    @Test
    void shouldReachAcrossAGatewayAdapter() {
        // The far host's subnet differs: the near one sends through the gateway, whose L3 device routes by hand.
        EchoHost near = new EchoHost();
        L2Adapter adapter = attach(near, "10.0.0.1/24");
        adapter.setGateway(IpAddress.parse("10.0.0.254"));
        EchoHost router = new EchoHost(); // answers for whatever is sent through it
        attach(router, "10.0.0.254/24");

        near.ping(IpAddress.parse("10.0.0.1"), IpAddress.parse("203.0.113.5"), 3);

        assertEquals(List.of(3), near.replies);
    }
}
