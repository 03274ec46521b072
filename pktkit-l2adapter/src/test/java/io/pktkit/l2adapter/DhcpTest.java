// SPDX-License-Identifier: MIT
package io.pktkit.l2adapter;

import static io.pktkit.l2adapter.FakeDhcpServer.DECLINE;
import static io.pktkit.l2adapter.FakeDhcpServer.DISCOVER;
import static io.pktkit.l2adapter.FakeDhcpServer.RELEASE;
import static io.pktkit.l2adapter.FakeDhcpServer.REQUEST;
import static io.pktkit.l2adapter.TestNet.EVIL_MAC;
import static io.pktkit.l2adapter.TestNet.GATEWAY4;
import static io.pktkit.l2adapter.TestNet.GATEWAY_MAC;
import static io.pktkit.l2adapter.TestNet.HOST6;
import static io.pktkit.l2adapter.TestNet.MAC;
import static io.pktkit.l2adapter.TestNet.PEER4;
import static io.pktkit.l2adapter.TestNet.PEER_MAC;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.pktkit.dhcp.DhcpClientConfig;
import io.pktkit.dhcp.Lease;
import io.pktkit.wire.ArpPacket;
import io.pktkit.wire.Frame;
import io.pktkit.wire.FrameBuilder;
import io.pktkit.wire.IpAddress;
import io.pktkit.wire.IpFamily;
import io.pktkit.wire.IpPrefix;
import io.pktkit.wire.MacAddress;
import io.pktkit.wire.PacketBuilder;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** What a DHCP lease does to the adapter. */
class DhcpTest {

    private static final IpPrefix LEASED = IpPrefix.parse("10.0.0.50/24");

    private final TestNet net = new TestNet("", HOST6 + "/64");
    private final FakeDhcpServer server = new FakeDhcpServer();
    private final List<String> events = new ArrayList<>();

    @BeforeEach
    void connect() {
        net.listen(frame -> {
            net.frames.add(frame.toBytes());
            ByteBuffer answer = server.answer(frame);
            if (answer != null) {
                net.inject(answer);
            }
        });
        net.adapter.setLeaseListener(new LeaseListener() {
            @Override
            public void onBound(Lease lease) {
                events.add("bound " + lease.prefix() + " " + net.host.prefix(IpFamily.IPV4));
            }

            @Override
            public void onRenewed(Lease lease) {
                events.add("renewed " + lease.prefix());
            }

            @Override
            public void onLost(Lease lease) {
                events.add("lost " + lease.prefix() + " " + net.host.prefix(IpFamily.IPV4));
            }
        });
    }

    private void startWithoutProbe() {
        net.adapter.startDhcp(DhcpClientConfig.builder(MAC).arpProbe(false).build());
    }

    private void bind() {
        startWithoutProbe();
        assertEquals(LEASED, net.host.prefix(IpFamily.IPV4));
        net.time.runCallbacks();
        server.received.clear();
        net.take();
    }

    @Test
    void shouldConfigureHostAndGatewayWhenBound() {
        startWithoutProbe();

        assertEquals(LEASED, net.host.prefix(IpFamily.IPV4));
        assertEquals(GATEWAY4, net.adapter.gateway(IpFamily.IPV4));
        assertEquals(List.of(), events, "not told on the path of the packet that brought the lease");
        net.time.runCallbacks();
        assertEquals(List.of("bound 10.0.0.50/24 10.0.0.50/24"), events, "told when all is set");
        Lease lease = net.adapter.lease();
        assertNotNull(lease);
        assertEquals(LEASED, lease.prefix());
        assertTrue(net.host.packets.isEmpty(), "the client's packets are not the host's");
    }

    @Test
    void shouldProbeAndAnnounceByDefault() {
        net.adapter.startDhcp();
        net.advance(10);

        List<String> arps = net.frames.stream()
                .map(bytes -> new ArpPacket().wrap(TestNet.frame(bytes)))
                .filter(ArpPacket::isValid)
                .map(arp -> arp.senderAddress() + ">" + arp.targetAddress())
                .toList();
        String probe = "0.0.0.0>10.0.0.50";
        String announcement = "10.0.0.50>10.0.0.50";
        assertEquals(List.of(probe, probe, probe, announcement, announcement), arps);
        assertEquals(1, events.size());
    }

    @Test
    void shouldDeclineAddressThatSomebodyUses() {
        net.adapter.startDhcp();
        server.received.clear();

        net.inject(FrameBuilder.arp(MAC, ArpPacket.REPLY, EVIL_MAC, server.offered, MAC, TestNet.ANY4));

        assertEquals(List.of(DECLINE), server.takeTypes());
        assertTrue(events.isEmpty());
        assertEquals(0, net.adapter.addressConflicts(), "not our address yet");
    }

    @Test
    void shouldNotKeepStaticGatewayWhenLeaseHasNone() {
        net.adapter.setGateway(IpAddress.parse("192.168.1.1"));
        server.router = null;

        startWithoutProbe();

        assertNull(net.adapter.gateway(IpFamily.IPV4));
    }

    @Test
    void shouldKeepIpv6GatewayAndAddress() {
        net.adapter.setGateway(TestNet.GATEWAY6);
        bind();
        net.adapter.stopDhcp();

        assertEquals(TestNet.GATEWAY6, net.adapter.gateway(IpFamily.IPV6));
        assertEquals(HOST6, net.host.prefix(IpFamily.IPV6).address());
    }

    @Test
    void shouldForgetIpv4NeighboursWhenPrefixChanges() {
        net.host.setPrefix(IpPrefix.parse("10.0.0.1/24"));
        net.resolve(PEER_MAC, PEER4);
        net.resolve(PEER_MAC, TestNet.PEER6);
        net.emitTo(IpAddress.parse("10.0.0.9"), 1);

        startWithoutProbe();

        assertFalse(net.knows(PEER4));
        assertFalse(net.knows(IpAddress.parse("10.0.0.9")));
        assertTrue(net.knows(TestNet.PEER6));
    }

    @Test
    void shouldKeepNeighboursWhenLeaseIsRenewed() {
        bind();
        net.advance(1700);
        net.emitTo(PEER4, 1);
        net.inject(FrameBuilder.arp(MAC, ArpPacket.REPLY, PEER_MAC, PEER4, MAC, LEASED.address()));
        server.leaseSeconds = 4000;

        net.advance(150); // T1 is at 1800 s, give or take a second

        assertEquals(List.of(REQUEST), server.takeTypes());
        net.time.runCallbacks();
        assertEquals(List.of("bound 10.0.0.50/24 10.0.0.50/24", "renewed 10.0.0.50/24"), events);
        assertTrue(net.knows(PEER4));
    }

    @Test
    void shouldTakeRouterOfRenewalFromItsOwnAnswer() {
        bind();
        IpAddress next = IpAddress.parse("10.0.0.253");
        net.advance(1700);
        net.inject(FrameBuilder.arp(
                MacAddress.BROADCAST, ArpPacket.REQUEST, EVIL_MAC, next, MacAddress.ZERO, LEASED.address()));
        server.router = next;

        net.advance(150); // T1 is at 1800 s, give or take a second

        assertEquals(next, net.adapter.gateway(IpFamily.IPV4));
        net.take();
        net.emitTo(TestNet.FAR4, 1);
        assertTrue(net.takeMarks().isEmpty(), "not to who planted himself");
        net.inject(FrameBuilder.arp(MAC, ArpPacket.REPLY, GATEWAY_MAC, next, MAC, LEASED.address()));
        assertEquals(
                List.of(1),
                TestNet.marks(net.take(), frame -> frame.destination().equals(GATEWAY_MAC)));
    }

    @Test
    void shouldRefuseClientOfAnotherStation() {
        DhcpClientConfig config = DhcpClientConfig.builder(EVIL_MAC).build();

        var refused = assertThrows(IllegalArgumentException.class, () -> net.adapter.startDhcp(config));

        String message = String.valueOf(refused.getMessage());
        assertTrue(message.contains("mac=" + EVIL_MAC) && message.contains("macAddress=" + MAC), message);
        assertTrue(net.frames.isEmpty());
        assertEquals(0, net.time.pending());
    }

    @Test
    void shouldKeepTheClientThatRunsWhenAnotherIsRefused() {
        bind();

        assertThrows(
                IllegalArgumentException.class,
                () -> net.adapter.startDhcp(DhcpClientConfig.builder(EVIL_MAC).build()));

        assertNotNull(net.adapter.lease());
        assertTrue(server.received.isEmpty());
    }

    @Test
    void shouldTakeOfferToOneStationInBroadcastFrame() {
        server.broadcasts = true;

        startWithoutProbe();

        assertEquals(LEASED, net.host.prefix(IpFamily.IPV4));
    }

    @Test
    void shouldForgetNeighboursWhenLeaseIsLost() {
        bind();
        net.emitTo(PEER4, 1);
        net.inject(FrameBuilder.arp(MAC, ArpPacket.REPLY, PEER_MAC, PEER4, MAC, LEASED.address()));
        assertTrue(net.knows(PEER4));

        net.adapter.stopDhcp();

        assertTrue(net.adapter.neighbors().isEmpty());
    }

    @Test
    void shouldHandUpFirstFragmentToTheClientsPort() {
        server.silent = true;
        startWithoutProbe();
        ByteBuffer packet = PacketBuilder.udp(PEER4, 67, LEASED.address(), 68, ByteBuffer.allocate(300));
        packet.putShort(6, (short) 0x2000); // more fragments follow, so this is not a message
        new io.pktkit.wire.Packet().wrap(packet).recomputeIpv4Checksum();

        net.injectIp(PEER_MAC, MAC, packet);

        assertEquals(1, net.host.packets.size());
    }

    @Test
    void shouldRenewAtTheServersMacThoughTheGatewayHasItsAddress() {
        bind();
        net.emitTo(TestNet.FAR4, 1);
        net.inject(FrameBuilder.arp(MAC, ArpPacket.REPLY, GATEWAY_MAC, GATEWAY4, MAC, LEASED.address()));

        net.advance(1850);

        assertEquals(List.of(new FakeDhcpServer.Received(REQUEST, server.mac, server.address)), server.received);
    }

    @Test
    void shouldReleaseAndUnconfigureWhenStopped() {
        bind();

        net.adapter.stopDhcp();

        assertEquals(List.of(new FakeDhcpServer.Received(RELEASE, server.mac, server.address)), server.received);
        assertFalse(net.host.prefix(IpFamily.IPV4).isSet());
        assertNull(net.adapter.gateway(IpFamily.IPV4));
        assertNull(net.adapter.lease());
        net.time.runCallbacks();
        assertEquals("lost 10.0.0.50/24 0.0.0.0/0", events.get(1));
        assertEquals(0, net.time.pending());
    }

    @Test
    void shouldKeepReleaseThatWaitsForTheGateway() {
        server.address = IpAddress.parse("192.0.2.67"); // behind a relay
        bind();

        net.adapter.stopDhcp();
        assertFalse(net.host.prefix(IpFamily.IPV4).isSet());
        assertTrue(server.received.isEmpty());
        assertEquals(GATEWAY4, TestNet.arp(net.takeOne()).targetAddress());
        net.inject(FrameBuilder.arp(MAC, ArpPacket.REPLY, GATEWAY_MAC, GATEWAY4, MAC, LEASED.address()));

        assertEquals(List.of(new FakeDhcpServer.Received(RELEASE, GATEWAY_MAC, server.address)), server.received);
    }

    @Test
    void shouldNotReportOwnPacketsAsUnreachable() {
        server.address = IpAddress.parse("192.0.2.67");
        bind();
        server.silent = true;

        net.advance(1810); // the renewal finds no gateway

        assertTrue(net.adapter.neighborStats(IpFamily.IPV4).failures() >= 1);
        assertTrue(net.host.packets.isEmpty());
    }

    @Test
    void shouldNeverPutUnicastPacketIntoBroadcastFrame() {
        server.address = IpAddress.parse("192.0.2.67");
        bind();
        server.silent = true;
        net.advance(3700);
        net.adapter.stopDhcp();

        for (byte[] bytes : net.take()) {
            Frame frame = TestNet.frame(bytes);
            if (frame.isBroadcast() && frame.packet().isValid()) {
                assertTrue(frame.packet().destination().isLimitedBroadcast(), frame::toString);
            }
        }
    }

    @Test
    void shouldUnconfigureWhenLeaseExpires() {
        bind();
        server.silent = true;

        net.advance(3600);

        assertFalse(net.host.prefix(IpFamily.IPV4).isSet());
        assertNull(net.adapter.gateway(IpFamily.IPV4));
        assertEquals(2, events.size());
    }

    @Test
    void shouldNotClearAddressThatIsNotTheLeases() {
        bind();
        net.host.setPrefix(IpPrefix.parse("10.9.9.9/24"));

        net.adapter.stopDhcp();

        assertEquals(IpPrefix.parse("10.9.9.9/24"), net.host.prefix(IpFamily.IPV4));
    }

    @Test
    void shouldReleaseOldLeaseWhenStartedAgain() {
        bind();
        server.offered = IpAddress.parse("10.0.0.51");

        startWithoutProbe();

        assertEquals(List.of(RELEASE, DISCOVER, REQUEST), server.takeTypes());
        assertEquals(IpPrefix.parse("10.0.0.51/24"), net.host.prefix(IpFamily.IPV4));
    }

    @Test
    void shouldStopSilentlyWhenClosed() {
        bind();

        net.adapter.close();
        assertEquals(0, net.time.pending());
        net.advance(10_000);

        assertTrue(server.received.isEmpty());
        assertTrue(net.frames.isEmpty());
        assertEquals(0, net.time.pending());
        assertFalse(net.host.prefix(IpFamily.IPV4).isSet(), "nobody keeps the lease any more");
    }

    @Test
    void shouldHandUpFragmentThatOnlyLooksLikeDhcp() {
        server.silent = true;
        startWithoutProbe();
        ByteBuffer packet = PacketBuilder.udp(PEER4, 67, LEASED.address(), 68, ByteBuffer.allocate(300));
        packet.putShort(6, (short) 100); // a later fragment, whose payload happens to begin with such ports
        new io.pktkit.wire.Packet().wrap(packet).recomputeIpv4Checksum();

        net.injectIp(PEER_MAC, MAC, packet);

        assertEquals(1, net.host.packets.size());
    }

    @Test
    void shouldNotHandUpDhcpRepliesWhileActive() {
        server.silent = true;
        startWithoutProbe();

        net.injectIp(PEER_MAC, MAC, PacketBuilder.udp(PEER4, 67, LEASED.address(), 68, ByteBuffer.allocate(300)));

        assertTrue(net.host.packets.isEmpty());
    }

    @Test
    void shouldHandUpDhcpRepliesAgainAfterStop() {
        bind();
        net.adapter.stopDhcp();

        net.injectIp(PEER_MAC, MAC, PacketBuilder.udp(PEER4, 67, LEASED.address(), 68, ByteBuffer.allocate(300)));

        assertEquals(1, net.host.packets.size());
    }

    @Test
    void shouldEndOneRunBeforeTheNextWhenTheListenerStartsAgain() {
        List<String> told = new ArrayList<>();
        net.adapter.setLeaseListener(new LeaseListener() {
            @Override
            public void onBound(Lease lease) {
                told.add("bound " + lease.prefix());
                if (told.size() == 1) {
                    server.offered = IpAddress.parse("10.0.0.51");
                    startWithoutProbe();
                }
            }

            @Override
            public void onLost(Lease lease) {
                told.add("lost " + lease.prefix());
            }
        });

        startWithoutProbe();
        net.time.runCallbacks();

        assertEquals(List.of("bound 10.0.0.50/24", "lost 10.0.0.50/24", "bound 10.0.0.51/24"), told);
        assertEquals(List.of(DISCOVER, REQUEST, RELEASE, DISCOVER, REQUEST), server.takeTypes());
        assertEquals(IpPrefix.parse("10.0.0.51/24"), net.host.prefix(IpFamily.IPV4));
        assertEquals(GATEWAY4, net.adapter.gateway(IpFamily.IPV4));
    }

    @Test
    void shouldTellNothingAfterClose() {
        startWithoutProbe();

        net.adapter.close();
        net.time.runCallbacks();

        assertEquals(List.of(), events);
    }

    @Test
    void shouldWaitForTheListenerWhenClosed() throws InterruptedException {
        CountDownLatch inside = new CountDownLatch(1);
        CountDownLatch leave = new CountDownLatch(1);
        AtomicBoolean closed = new AtomicBoolean();
        AtomicReference<String> after = new AtomicReference<>("nothing");
        net.adapter.setLeaseListener(new LeaseListener() {
            @Override
            public void onBound(Lease lease) {
                inside.countDown();
                awaitUninterrupted(leave);
                after.set(closed.get() ? "closed" : "open");
            }

            @Override
            public void onLost(Lease lease) {
                after.set("lost");
            }
        });
        startWithoutProbe();
        Thread callbacks = new Thread(net.time::runCallbacks);
        callbacks.start();
        inside.await();
        Thread closer = new Thread(() -> {
            net.adapter.close();
            closed.set(true);
        });

        closer.start();
        leave.countDown();
        closer.join();
        callbacks.join();

        assertEquals("open", after.get(), "close waits for the call, and nothing is called after it");
    }

    @Test
    void shouldTellWhatIsWhenTheListenerWasBusy() {
        startWithoutProbe();
        server.leaseSeconds = 4000;
        net.adapter.stopDhcp();
        startWithoutProbe();
        net.time.runCallbacks();
        assertEquals(List.of("bound 10.0.0.50/24 10.0.0.50/24"), events);

        net.adapter.stopDhcp();
        startWithoutProbe();
        net.time.runCallbacks();

        assertEquals(
                List.of("lost 10.0.0.50/24 10.0.0.50/24", "bound 10.0.0.50/24 10.0.0.50/24"),
                events.subList(1, events.size()));
    }

    @Test
    void shouldMissNothingWhenFarMoreHappensThanTheMailboxHolds() {
        for (int i = 0; i < 2000; i++) {
            startWithoutProbe();
        }
        net.time.runCallbacks();
        assertEquals(List.of("bound 10.0.0.50/24 10.0.0.50/24"), events);

        net.adapter.stopDhcp();
        net.time.runCallbacks();

        assertEquals("lost 10.0.0.50/24 0.0.0.0/0", events.get(1));
        assertEquals(2, events.size());
    }

    private static void awaitUninterrupted(CountDownLatch latch) {
        try {
            latch.await();
        } catch (InterruptedException e) {
            throw new IllegalStateException(e);
        }
    }
}
