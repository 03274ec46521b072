// SPDX-License-Identifier: MIT
package io.pktkit.wg.tunnel;

import static io.pktkit.wg.tunnel.VirtualNet.at;
import static io.pktkit.wg.tunnel.VirtualNet.options;
import static io.pktkit.wg.tunnel.VirtualNet.packet;
import static io.pktkit.wg.tunnel.VirtualNet.record;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.pktkit.datagram.DatagramEndpoint;
import io.pktkit.datagram.DatagramPath;
import io.pktkit.datagram.FixedPath;
import io.pktkit.time.Timers;
import io.pktkit.wg.WgEndpoint;
import io.pktkit.wg.WgPeer;
import io.pktkit.wg.WgPeerListener;
import io.pktkit.wire.IpAddress;
import io.pktkit.wire.Packet;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The port itself: what goes over the network, and what the network may do to it. */
class WgPortTest {

    private static final String[] ADDRESSES = {
        "192.0.2.1", "192.0.2.2", "192.0.2.3", "2001:db8::1", "2001:db8::2", "2001:db8::3"
    };

    private final VirtualNet net = new VirtualNet();
    private final List<String> told = new ArrayList<>();
    private @Nullable RuntimeException thrown;
    private final WgPort port = net.port(net.config().listener(new Recorder()).build(), ADDRESSES);
    private final WgDevice server = port.addDevice(net.key());
    private final List<Packet> arrived = record(server);
    private final WgPort clientPort = net.port("198.51.100.1", "2001:db8:1::1");
    private final WgDevice client = clientPort.addDevice(net.key());
    private final List<Packet> back = record(client);

    private final class Recorder implements WgPeerListener {
        private void tell(String what) {
            told.add(what);
            if (thrown != null) {
                throw thrown;
            }
        }

        @Override
        public void handshakeCompleted(WgPeer peer) {
            tell("handshake");
        }

        @Override
        public void endpointChanged(WgPeer peer, WgEndpoint endpoint) {
            tell("endpoint " + endpoint);
        }

        @Override
        public void sessionLost(WgPeer peer) {
            tell("lost");
        }

        @Override
        public void peerExpired(WgPeer peer) {
            tell("expired");
        }
    }

    @AfterEach
    void close() {
        net.close();
    }

    private WgPeer join(String address) throws IOException {
        server.peers().add(client.identity().publicKey(), options("10.0.0.2/32"));
        return client.peers()
                .add(server.identity().publicKey(), options("0.0.0.0/0").endpoint(at(address)));
    }

    private void exchange() {
        assertTrue(client.send(packet("10.0.0.2", "10.0.0.1", 20)));
        net.settle();
        assertTrue(server.send(packet("10.0.0.1", "10.0.0.2", 20)));
        net.settle();
    }

    /** With its sessions: nobody shakes hands for it. */
    @Test
    void shouldMoveToAnotherEndpoint() throws IOException {
        join("192.0.2.1");
        exchange();
        DatagramEndpoint before = clientPort.endpoint();
        told.clear();

        clientPort.rebind(net.endpoint("198.51.100.7"));
        exchange();

        assertTrue(before.isClosed());
        assertEquals(2, arrived.size());
        assertEquals(2, back.size());
        assertEquals(List.of("endpoint 198.51.100.7:51820"), told);
        clientPort.close();
        assertTrue(clientPort.endpoint().isClosed());
        DatagramEndpoint late = net.endpoint("198.51.100.8");
        assertThrows(IllegalStateException.class, () -> clientPort.rebind(late));
        assertTrue(late.isClosed());
    }

    @ParameterizedTest
    @ValueSource(strings = {"192.0.2.1", "192.0.2.2", "192.0.2.3", "2001:db8::1", "2001:db8::2", "2001:db8::3"})
    void shouldAnswerFromTheAddressThatWasAsked(String address) throws IOException {
        List<FixedPath> answers = new ArrayList<>();
        net.network.setLink((path, length) -> {
            if (path.remoteAddress().equals(IpAddress.parse("198.51.100.1"))
                    || path.remoteAddress().equals(IpAddress.parse("2001:db8:1::1"))) {
                answers.add(FixedPath.copyOf(path));
            }
            return 0;
        });
        join(address);
        exchange();

        assertEquals(1, arrived.size());
        assertEquals(1, back.size());
        assertTrue(answers.size() >= 2, "a response and a packet");
        for (DatagramPath path : answers) {
            assertEquals(IpAddress.parse(address), path.localAddress());
        }
    }

    @Test
    void shouldFollowAPeerThatRoams() throws IOException {
        WgPeer peer = join("192.0.2.1");
        exchange();
        WgPeer there = server.peers().find(client.identity().publicKey());
        peer.setEndpoint(at("2001:db8::3"), net.time.nowNanos());
        exchange();

        assertEquals(2, arrived.size());
        assertEquals(2, back.size());
        assertEquals(
                IpAddress.parse("2001:db8:1::1"),
                Objects.requireNonNull(Objects.requireNonNull(there).endpoint()).address());
        assertEquals(
                IpAddress.parse("2001:db8::3"),
                Objects.requireNonNull(Objects.requireNonNull(there).endpoint()).localAddress());
        assertEquals(List.of("endpoint 198.51.100.1:51820", "handshake", "endpoint [2001:db8:1::1]:51820"), told);
    }

    @Test
    void shouldGoOnForHours() throws IOException {
        net.network.setLink((path, length) -> 1_000_000);
        join("192.0.2.1");
        long end = net.time.nowNanos() + Duration.ofHours(3).toNanos();
        int sent = 0;
        while (net.time.nowNanos() - end < 0) {
            assertTrue(client.send(packet("10.0.0.2", "10.0.0.1", sent % 100)));
            assertTrue(sent == 0 || server.send(packet("10.0.0.1", "10.0.0.2", sent % 100)));
            sent++;
            net.run(Duration.ofSeconds(7));
        }
        net.run(Duration.ofSeconds(7));
        assertEquals(sent, arrived.size());
        assertEquals(sent - 1, back.size());
    }

    @Test
    void shouldBeSilentWhenIdle() throws IOException {
        join("192.0.2.1");
        exchange();
        net.run(Duration.ofSeconds(30));
        long[] sent = new long[1];
        net.network.setLink((path, length) -> {
            sent[0]++;
            return 0;
        });
        net.run(Duration.ofMinutes(30));
        assertEquals(0, sent[0]);
        assertEquals(Timers.NEVER, net.time.nextDeadlineNanos());
        assertEquals("lost", told.get(told.size() - 1));
    }

    @Test
    void shouldSendPersistentKeepalives() throws IOException {
        WgPeer peer = join("192.0.2.1");
        exchange();
        peer.setPersistentKeepalive(25, net.time.nowNanos());
        client.peers().changed();
        long[] sent = new long[1];
        net.run(Duration.ofSeconds(10));
        net.network.setLink((path, length) -> {
            sent[0] += length == 32 ? 1 : 0;
            return 0;
        });
        net.run(Duration.ofSeconds(100));
        assertEquals(4, sent[0]);
    }

    @Test
    void shouldConnectWhenAsked() throws IOException {
        WgPeer peer = join("192.0.2.1");
        client.peers().connect(peer);
        net.settle();
        assertTrue(peer.hasSession(net.time.nowNanos()));
        assertEquals(List.of("endpoint 198.51.100.1:51820", "handshake"), told);
    }

    @Test
    void shouldContainAListenerThatThrows() throws IOException {
        thrown = new IllegalStateException("on purpose");
        join("192.0.2.1");
        exchange();
        exchange();
        assertEquals(2, arrived.size());
        assertEquals(2, back.size());
        assertEquals("endpoint 198.51.100.1:51820", told.get(0));
    }

    @Test
    void shouldSurviveDatagramsOfAnyLengthBetweenOthers() throws IOException {
        join("192.0.2.1");
        exchange();
        try (DatagramEndpoint stranger = net.endpoint("203.0.113.9")) {
            for (int length : new int[] {65_507, 0, 1, 3, 4, 31, 32, 65_507, 64, 92, 148, 1500}) {
                client.send(packet("10.0.0.2", "10.0.0.1", 20));
                byte[] junk = new byte[length];
                if (length >= 4) {
                    junk[0] = 4;
                }
                assertTrue(stranger.send(
                        ByteBuffer.wrap(junk), 0, length, FixedPath.to(IpAddress.parse("192.0.2.1"), VirtualNet.PORT)));
            }
        }
        net.settle();
        assertEquals(13, arrived.size());
        exchange();
        assertEquals(14, arrived.size());
    }

    @Test
    void shouldTellWhatItIs() {
        assertEquals(VirtualNet.PORT, port.port());
        assertTrue(port.describe().contains("in-memory UDP"), port.describe());
        assertTrue(port.describe().contains("JDK"), port.describe());
        assertSame(server.identity(), port.engine().identities().get(0));
    }

    @Test
    void shouldTakeNothingAfterItsClose() throws IOException {
        WgPeer peer = join("192.0.2.1");
        exchange();
        port.close();
        port.close();
        assertTrue(port.done().toCompletableFuture().isDone());
        assertEquals(DatagramEndpoint.CLOSED, port.poll());
        assertFalse(server.send(packet("10.0.0.1", "10.0.0.2", 20)));
        assertThrows(IllegalStateException.class, () -> port.addDevice(net.key()));
        assertThrows(IllegalStateException.class, () -> server.peers().add(peer.publicKey(), options()));
        client.send(packet("10.0.0.2", "10.0.0.1", 20));
        net.run(Duration.ofMinutes(3));
        assertEquals(1, arrived.size());
    }

    @Test
    void shouldCloseWithinACallback() throws IOException {
        Objects.requireNonNull(server.attachment()).close();
        List<Packet> seen = new ArrayList<>();
        server.attach(received -> {
            seen.add(VirtualNet.copy(received));
            port.close();
        });
        join("192.0.2.1");
        client.send(packet("10.0.0.2", "10.0.0.1", 20));
        net.settle();
        client.send(packet("10.0.0.2", "10.0.0.1", 20));
        net.settle();
        assertEquals(1, seen.size());
        assertTrue(port.done().toCompletableFuture().isDone());
        assertTrue(server.done().toCompletableFuture().isDone());
    }
}
