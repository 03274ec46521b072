// SPDX-License-Identifier: MIT
package io.pktkit.l2adapter;

import static io.pktkit.l2adapter.FakeDhcpServer.DECLINE;
import static io.pktkit.l2adapter.FakeDhcpServer.REQUEST;
import static io.pktkit.l2adapter.TestNet.ANY4;
import static io.pktkit.l2adapter.TestNet.FAR4;
import static io.pktkit.l2adapter.TestNet.GATEWAY4;
import static io.pktkit.l2adapter.TestNet.GATEWAY_MAC;
import static io.pktkit.l2adapter.TestNet.MAC;
import static io.pktkit.l2adapter.TestNet.PEER_MAC;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;

import io.pktkit.device.Receiver;
import io.pktkit.dhcp.DhcpClientConfig;
import io.pktkit.wire.ArpPacket;
import io.pktkit.wire.Frame;
import io.pktkit.wire.FrameBuilder;
import io.pktkit.wire.IpAddress;
import io.pktkit.wire.IpFamily;
import io.pktkit.wire.IpPrefix;
import java.nio.ByteBuffer;
import java.util.List;
import java.util.Objects;
import org.junit.jupiter.api.Test;

/** An adapter that is moved to another network. */
class DhcpLinkTest {

    private final TestNet net = new TestNet("", "");
    private final FakeDhcpServer before = new FakeDhcpServer();
    private final FakeDhcpServer next = new FakeDhcpServer();

    private void move(Receiver<Frame> network) {
        Objects.requireNonNull(net.adapter.attachment()).close();
        net.adapter.attach(network);
    }

    private void serve(FakeDhcpServer server, Frame frame) {
        ByteBuffer answer = server.answer(frame);
        if (answer != null) {
            net.inject(answer);
        }
    }

    /** RFC 2131 section 3.7. */
    @Test
    void shouldConfirmItsLeaseOnAnotherNetwork() {
        net.listen(frame -> serve(before, frame));
        net.adapter.startDhcp(DhcpClientConfig.builder(MAC).arpProbe(false).build());
        assertEquals(IpPrefix.parse("10.0.0.50/24"), net.host.prefix(IpFamily.IPV4));
        next.router = IpAddress.parse("10.0.0.99");

        move(frame -> serve(next, frame));
        net.advance(1);

        assertEquals(List.of(REQUEST), next.takeTypes());
        assertEquals(next.router, net.adapter.gateway(IpFamily.IPV4), "what is there");
    }

    /** RFC 5227 section 2.1. */
    @Test
    void shouldGiveUpAnAddressThatSomebodyHasThere() {
        net.listen(frame -> serve(before, frame));
        net.adapter.startDhcp(DhcpClientConfig.builder(MAC).build());
        net.advance(10);
        assertEquals(IpPrefix.parse("10.0.0.50/24"), net.host.prefix(IpFamily.IPV4));

        move(frame -> serve(next, frame));
        net.advance(1);
        net.inject(FrameBuilder.arp(MAC, ArpPacket.REPLY, PEER_MAC, before.offered, MAC, ANY4));

        assertEquals(List.of(REQUEST, DECLINE), next.takeTypes());
        assertFalse(net.host.prefix(IpFamily.IPV4).isSet());
    }

    /** The router has the same address there, and another MAC address. */
    @Test
    void shouldFindTheGatewayAfreshWhenItsLeaseIsConfirmed() {
        net.listen(frame -> serve(before, frame));
        net.adapter.startDhcp(DhcpClientConfig.builder(MAC).arpProbe(false).build());
        net.emitTo(FAR4, 1);
        net.inject(FrameBuilder.arp(MAC, ArpPacket.REPLY, GATEWAY_MAC, GATEWAY4, MAC, before.offered));
        assertEquals(NeighborState.REACHABLE, net.state(GATEWAY4));

        move(frame -> {
            serve(next, frame);
            net.frames.add(frame.toBytes());
        });
        net.advance(1);
        assertEquals(List.of(REQUEST), next.takeTypes());
        net.frames.clear();
        net.emitTo(FAR4, 2);

        ArpPacket request = TestNet.arp(net.takeOne());
        assertEquals(GATEWAY4, request.targetAddress());
    }
}
