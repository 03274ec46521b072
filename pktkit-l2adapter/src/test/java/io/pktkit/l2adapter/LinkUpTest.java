// SPDX-License-Identifier: MIT
package io.pktkit.l2adapter;

import static io.pktkit.l2adapter.TestNet.FAR4;
import static io.pktkit.l2adapter.TestNet.FAR6;
import static io.pktkit.l2adapter.TestNet.GATEWAY4;
import static io.pktkit.l2adapter.TestNet.GATEWAY6;
import static io.pktkit.l2adapter.TestNet.GATEWAY_MAC;
import static io.pktkit.l2adapter.TestNet.PEER4;
import static io.pktkit.l2adapter.TestNet.PEER6;
import static io.pktkit.l2adapter.TestNet.PEER_MAC;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.pktkit.wire.Frame;
import io.pktkit.wire.IpAddress;
import java.util.List;
import java.util.Objects;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What an adapter that comes to another link does about its neighbours. */
class LinkUpTest {

    private final TestNet net = new TestNet();

    private void move() {
        Objects.requireNonNull(net.adapter.attachment()).close();
        net.adapter.attach(frame -> net.frames.add(frame.toBytes()));
    }

    private List<IpAddress> takeAsked() {
        return net.take().stream()
                .filter(TestNet::isSolicitation)
                .map(TestNet::frame)
                .filter(Frame::isMulticast)
                .map(TestNet::target)
                .toList();
    }

    @ParameterizedTest
    @ValueSource(booleans = {true, false})
    void shouldFindItsNeighboursAfresh(boolean ipv4) {
        IpAddress peer = ipv4 ? PEER4 : PEER6;
        IpAddress gateway = ipv4 ? GATEWAY4 : GATEWAY6;
        IpAddress far = ipv4 ? FAR4 : FAR6;
        net.adapter.setGateway(gateway);
        net.resolve(PEER_MAC, peer);
        net.emitTo(far, 0);
        net.confirm(GATEWAY_MAC, gateway);
        assertEquals(GATEWAY_MAC, net.destinationOf(far));

        move();
        net.advance(3);
        assertEquals(List.of(), net.adapter.neighbors());

        assertNull(net.destinationOf(peer));
        assertNull(net.destinationOf(far));
        net.frames.clear();
        assertTrue(net.neighbor(gateway).gateway());
        net.confirm(PEER_MAC, gateway);
        assertEquals(PEER_MAC, net.destinationOf(far), "who has its address there");
    }

    /** A host may send before its network is there, and what it sent is not lost by the network's coming. */
    @ParameterizedTest
    @ValueSource(booleans = {true, false})
    void shouldAskAtOnceForWhomItIsAskingFor(boolean ipv4) {
        IpAddress peer = ipv4 ? PEER4 : PEER6;
        net.emitTo(peer, 7);
        net.advance(2.5); // the last of three requests is out
        net.frames.clear();

        move();
        assertTrue(takeAsked().contains(peer));
        net.advance(2.5);
        assertEquals(NeighborState.INCOMPLETE, net.state(peer), "asked three times there too");
        net.frames.clear();
        net.confirm(PEER_MAC, peer);

        assertEquals(List.of(7), net.takeMarks());
    }
}
