// SPDX-License-Identifier: MIT
package io.pktkit.l2adapter;

import static io.pktkit.l2adapter.TestNet.GATEWAY6;
import static io.pktkit.l2adapter.TestNet.GATEWAY_MAC;
import static io.pktkit.l2adapter.TestNet.MAC;
import static io.pktkit.l2adapter.TestNet.PEER6;
import static io.pktkit.l2adapter.TestNet.PEER_MAC;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.pktkit.dhcp.DhcpClientConfig;
import io.pktkit.dhcp.Lease;
import io.pktkit.dhcp.ra.AdvertisedPrefix;
import io.pktkit.dhcp.ra.RouterAdvertisement;
import io.pktkit.dhcp.ra.RouterDiscovery;
import io.pktkit.wire.IcmpMessage;
import io.pktkit.wire.IpAddress;
import io.pktkit.wire.IpFamily;
import io.pktkit.wire.IpPrefix;
import io.pktkit.wire.MacAddress;
import io.pktkit.wire.Packet;
import io.pktkit.wire.PacketBuilder;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import org.junit.jupiter.api.Test;

/** What an adapter makes of what routers say. */
class RouterListeningTest {
    private static final MacAddress ALL_NODES = MacAddress.parse("33:33:00:00:00:01");
    private static final IpPrefix PREFIX = IpPrefix.parse("2001:db8::/64");
    private static final IpPrefix MADE = IpPrefix.parse("2001:db8::ff:fe00:1/64");
    private static final IpAddress OTHER_ROUTER = IpAddress.parse("fe80::99");
    private static final IpAddress DNS = IpAddress.parse("2001:db8::53");

    private final TestNet net = new TestNet("", "");
    private final List<RouterDiscovery.State> told = new ArrayList<>();

    private void hear(IpAddress router, boolean onLink, IpAddress... dnsServers) {
        List<AdvertisedPrefix> prefixes = List.of(new AdvertisedPrefix(PREFIX, onLink, true, 5400, 2700));
        RouterAdvertisement said = new RouterAdvertisement(
                64, false, false, 1800, null, 0, prefixes, 1800, List.of(dnsServers), List.of(), null, 0);
        assertTrue(net.injectIp(GATEWAY_MAC, ALL_NODES, said.toPacket(router, RouterAdvertisement.ALL_NODES)));
    }

    private void start() {
        net.adapter.startRouterDiscovery(told::add);
    }

    private long takeRouterSolicitations() {
        return net.take().stream()
                .filter(RouterListeningTest::isRouterSolicitation)
                .count();
    }

    private static boolean isRouterSolicitation(byte[] frame) {
        Packet packet = TestNet.frame(frame).packet();
        IcmpMessage message = packet.isIpv6() ? packet.icmp() : null;
        return message != null && message.type() == IcmpMessage.V6_ROUTER_SOLICITATION;
    }

    private void detach() {
        Objects.requireNonNull(net.adapter.attachment()).close();
    }

    private void attach() {
        net.adapter.attach(frame -> net.frames.add(frame.toBytes()));
    }

    @Test
    void shouldTakeAddressAndGatewayForAsLongAsTheyHold() {
        start();
        hear(GATEWAY6, true);
        assertEquals(MADE, net.host.prefix(IpFamily.IPV6));
        assertEquals(GATEWAY6, net.adapter.gateway(IpFamily.IPV6));

        net.advance(1800);
        assertNull(net.adapter.gateway(IpFamily.IPV6));
        net.advance(3600);
        assertFalse(net.host.prefix(IpFamily.IPV6).isSet());
        assertEquals(
                List.of(
                        new RouterDiscovery.State(GATEWAY6, MADE, List.of()),
                        new RouterDiscovery.State(null, MADE, List.of()),
                        new RouterDiscovery.State(null, null, List.of())),
                told);
    }

    /** RFC 5942 section 4. */
    @Test
    void shouldSendToTheRouterWhatIsForAPrefixThatIsNotOnTheLink() {
        start();
        hear(GATEWAY6, false);
        assertEquals(IpPrefix.of(MADE.address(), 128), net.host.prefix(IpFamily.IPV6));
        net.take();

        net.host.emit(PacketBuilder.udp(
                MADE.address(), 1000, PEER6, 2000, ByteBuffer.allocate(4).putInt(0, 9)));

        assertEquals(GATEWAY6, TestNet.target(net.takeOne()), "nobody asks for the neighbour");
        net.confirm(GATEWAY_MAC, GATEWAY6);
        assertEquals(
                List.of(9),
                TestNet.marks(net.take(), frame -> frame.destination().equals(GATEWAY_MAC)));
    }

    @Test
    void shouldFindNeighboursOnceTheirPrefixIsSaidToBeOnTheLink() {
        start();
        hear(GATEWAY6, false);
        hear(GATEWAY6, true);
        net.take();

        net.host.emit(PacketBuilder.udp(
                MADE.address(), 1000, PEER6, 2000, ByteBuffer.allocate(4).putInt(0, 9)));

        net.confirm(PEER_MAC, PEER6);
        assertEquals(
                List.of(9),
                TestNet.marks(net.take(), frame -> frame.destination().equals(PEER_MAC)));
    }

    @Test
    void shouldNotClearWhatIsNotTheRouters() {
        start();
        hear(GATEWAY6, true);
        IpPrefix own = IpPrefix.parse("2001:db8:1::1/64");
        net.host.setPrefix(own);
        net.adapter.setGateway(OTHER_ROUTER);

        net.advance(6000);

        assertEquals(new RouterDiscovery.State(null, null, List.of()), told.get(told.size() - 1));
        assertEquals(own, net.host.prefix(IpFamily.IPV6));
        assertEquals(OTHER_ROUTER, net.adapter.gateway(IpFamily.IPV6));
    }

    @Test
    void shouldAskAtOnceOnALinkThatCameLate() {
        detach();
        start();
        net.advance(20_000);
        net.take();

        attach();
        net.advance(1);

        assertEquals(1, takeRouterSolicitations());
    }

    @Test
    void shouldHearTheRouterOfAnotherLink() {
        start();
        hear(GATEWAY6, true);
        net.advance(10);
        assertEquals(0, takeRouterSolicitations(), "it has its answer");
        detach();

        attach();
        net.advance(1);

        assertEquals(1, takeRouterSolicitations());
        assertEquals(GATEWAY6, net.adapter.gateway(IpFamily.IPV6), "until there is another");
        hear(OTHER_ROUTER, true);
        assertEquals(OTHER_ROUTER, net.adapter.gateway(IpFamily.IPV6));
    }

    /** Beside {@code DhcpTest.shouldMissNothingWhenFarMoreHappensThanTheMailboxHolds}: the mailbox is that of both. */
    @Test
    void shouldTellOfTheLeaseHoweverMuchARouterChanges() {
        List<String> leases = new ArrayList<>();
        leaseFrom(new FakeDhcpServer(), leases);
        start();
        net.time.runCallbacks();

        for (int i = 0; i < 2000; i++) {
            hear(GATEWAY6, true, i % 2 == 0 ? DNS : PEER6);
        }
        net.adapter.stopDhcp();
        net.time.runCallbacks();

        assertEquals(List.of("bound", "lost"), leases);
        assertEquals(List.of(new RouterDiscovery.State(GATEWAY6, MADE, List.of(PEER6))), told, "what is");
    }

    @Test
    void shouldTellOfTheRouterHoweverMuchTheLeaseChanges() {
        List<String> leases = new ArrayList<>();
        leaseFrom(new FakeDhcpServer(), leases);
        start();
        for (int i = 0; i < 2000; i++) {
            net.adapter.startDhcp(DhcpClientConfig.builder(MAC).arpProbe(false).build());
        }

        hear(GATEWAY6, true, DNS);
        net.time.runCallbacks();

        assertEquals(List.of("bound"), leases);
        assertEquals(List.of(new RouterDiscovery.State(GATEWAY6, MADE, List.of(DNS))), told);
    }

    @Test
    void shouldNotTellWhatCameAndWentMeanwhile() {
        start();
        hear(GATEWAY6, true, DNS);
        net.time.runCallbacks();

        hear(GATEWAY6, true, PEER6);
        hear(GATEWAY6, true, DNS);
        net.time.runCallbacks();

        assertEquals(1, told.size());
    }

    private void leaseFrom(FakeDhcpServer server, List<String> events) {
        net.listen(frame -> {
            ByteBuffer answer = server.answer(frame);
            if (answer != null) {
                net.inject(answer);
            }
        });
        net.adapter.setLeaseListener(new LeaseListener() {
            @Override
            public void onBound(Lease lease) {
                events.add("bound");
            }

            @Override
            public void onLost(Lease lease) {
                events.add("lost");
            }
        });
        net.adapter.startDhcp(DhcpClientConfig.builder(MAC).arpProbe(false).build());
    }
}
