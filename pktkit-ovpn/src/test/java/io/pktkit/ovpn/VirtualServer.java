// SPDX-License-Identifier: MIT
package io.pktkit.ovpn;

import io.pktkit.datagram.DatagramConfig;
import io.pktkit.datagram.DatagramEndpoint;
import io.pktkit.datagram.FixedPath;
import io.pktkit.datagram.MemoryDatagramNetwork;
import io.pktkit.device.L3Device;
import io.pktkit.ovpn.internal.session.TestCerts;
import io.pktkit.ovpn.internal.session.TestClient;
import io.pktkit.time.ManualTime;
import io.pktkit.wire.IpAddress;
import io.pktkit.wire.IpPrefix;
import io.pktkit.wire.Packet;
import io.pktkit.wire.PacketBuilder;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneId;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Consumer;
import java.util.function.UnaryOperator;
import org.jspecify.annotations.Nullable;

/** A server without threads on a network without sockets, in virtual time, and clients of the tests. */
final class VirtualServer implements AutoCloseable {

    static final IpAddress SERVER = IpAddress.parse("192.0.2.1");
    static final int PORT = 1194;

    final ManualTime time = new ManualTime();
    final MemoryDatagramNetwork network = new MemoryDatagramNetwork(time);
    final OvpnServer server;

    /** What came out of the devices of clients, and the devices. */
    final List<byte[]> delivered = new ArrayList<>();

    final List<L3Device> devices = new ArrayList<>();

    final List<VirtualPeer> peers = new ArrayList<>();

    VirtualServer() {
        this(config -> {});
    }

    VirtualServer(Consumer<OvpnServerConfig.Builder> more) {
        this(more, false);
    }

    /** With a device for each client, or one for all. */
    VirtualServer(Consumer<OvpnServerConfig.Builder> more, boolean shared) {
        this(more, shared, own -> own);
    }

    /** With an endpoint that a test puts in the place of its own. */
    VirtualServer(
            Consumer<OvpnServerConfig.Builder> more, boolean shared, UnaryOperator<DatagramEndpoint> replacement) {
        TestCerts.Holder own = TestCerts.server();
        // The certificates are of now, so the wall clock begins there.
        Instant beginning = Instant.now();
        Clock clock = new Clock() {
            @Override
            public ZoneOffset getZone() {
                return ZoneOffset.UTC;
            }

            @Override
            public Clock withZone(ZoneId zone) {
                return this;
            }

            @Override
            public Instant instant() {
                return beginning.plusNanos(time.nowNanos());
            }
        };
        OvpnServerConfig.Builder config = OvpnServerConfig.builder(own.chain(), own.key())
                .clientCertificates(List.of(TestCerts.authority()))
                .subnet(IpPrefix.parse("10.8.0.1/24"))
                .time(time, clock)
                .withoutThreads();
        more.accept(config);
        try {
            DatagramEndpoint endpoint = replacement.apply(endpoint(SERVER, PORT));
            if (shared) {
                server = OvpnServer.over(endpoint, config.build());
                devices.add(server.device());
                server.device().attach(packet -> delivered.add(packet.toBytes()));
                return;
            }
            server = OvpnServer.over(endpoint, config.build(), device -> {
                devices.add(device);
                return device.attach(packet -> delivered.add(packet.toBytes()));
            });
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    DatagramEndpoint endpoint(IpAddress address, int port) {
        try {
            return network.open(DatagramConfig.builder().port(port).build(), address);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** A client at an address, which has not begun. */
    VirtualPeer peer(String address, long sessionId) {
        return peer(address, sessionId, 4000);
    }

    VirtualPeer peer(String address, long sessionId, int port) {
        return peer(address, new TestClient(sessionId), port);
    }

    VirtualPeer peer(String address, TestClient client, int port) {
        VirtualPeer peer = new VirtualPeer(endpoint(IpAddress.parse(address), port), client);
        peers.add(peer);
        return peer;
    }

    /** A client that is in. */
    VirtualPeer connected(String address, String name) {
        return connected(address, new TestClient(0x1000 + peers.size()), name);
    }

    VirtualPeer connected(String address, TestClient client, String name) {
        VirtualPeer peer = peer(address, client, 4000);
        peer.client.certificate = TestCerts.client(name);
        peer.client.start(time.nowNanos());
        settle();
        if (!peer.client.isUp()) {
            throw new AssertionError("not in: " + peer.client.messages);
        }
        return peer;
    }

    /** Lets everything happen that happens now. */
    void settle() {
        boolean busy = true;
        while (busy) {
            busy = false;
            time.runCallbacks();
            for (VirtualPeer peer : List.copyOf(peers)) {
                busy |= peer.pump();
            }
            busy |= poll();
        }
    }

    /** Lets the server take what was sent, while no callback runs; whether there was something. */
    boolean poll() {
        try {
            return server.poll() > 0;
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** Lets the server take what was sent, and throws away what it answers to a peer that has not asked. */
    void endpointDrain(VirtualPeer peer) {
        peer.silent = true;
        settle();
        peer.silent = false;
    }

    /** Lets the server take what was sent, and throws away all that it answers. */
    void deaf() {
        List<VirtualPeer> all = List.copyOf(peers);
        all.forEach(peer -> peer.silent = true);
        settle();
        all.forEach(peer -> peer.silent = false);
    }

    /** Lets time pass, a second at a time. */
    void advance(int seconds) {
        for (int i = 0; i < seconds; i++) {
            time.advance(Duration.ofSeconds(1));
            settle();
            peers.forEach(peer -> peer.client.flush(time.nowNanos()));
            settle();
        }
    }

    /** An IP packet from an address to another. */
    static byte[] packet(String from, String to) {
        ByteBuffer built = PacketBuilder.udp(
                IpAddress.parse(from), 1000, IpAddress.parse(to), 2000, ByteBuffer.wrap(new byte[] {1, 2, 3}));
        byte[] bytes = new byte[built.remaining()];
        built.get(built.position(), bytes);
        return bytes;
    }

    @Override
    public void close() {
        server.close();
    }

    /** A client and its socket. */
    final class VirtualPeer {

        final TestClient client;
        final List<byte[]> received = new ArrayList<>();
        DatagramEndpoint endpoint;
        boolean silent;

        /** What it has sent, if that is wanted. */
        @Nullable
        List<byte[]> sent;

        VirtualPeer(DatagramEndpoint endpoint, TestClient client) {
            this.endpoint = endpoint;
            this.client = client;
        }

        /** Sends what the client has to send; whether there was something. */
        boolean pumpOut() {
            List<byte[]> packets = List.copyOf(client.out);
            client.out.clear();
            packets.forEach(this::send);
            return !packets.isEmpty();
        }

        boolean pump() {
            boolean busy = pumpOut();
            try {
                busy |= endpoint.poll(datagram -> {
                            byte[] payload = silent ? null : client.receive(datagram.toBytes(), time.nowNanos());
                            if (payload != null) {
                                received.add(payload);
                            }
                        })
                        > 0;
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            }
            return busy;
        }

        void send(byte[] packet) {
            List<byte[]> record = sent;
            if (record != null) {
                record.add(packet);
            }
            sendUnrecorded(packet);
        }

        void sendUnrecorded(byte[] packet) {
            endpoint.send(ByteBuffer.wrap(packet), 0, packet.length, FixedPath.to(SERVER, PORT));
        }

        /** Sends an IP packet through the tunnel; whether it came out. */
        boolean reaches(byte[] inner) {
            int before = delivered.size();
            send(client.data(inner, true));
            settle();
            return delivered.size() == before + 1;
        }

        /** Comes from another address from now on. */
        void move(String address, int port) {
            endpoint.close();
            endpoint = VirtualServer.this.endpoint(IpAddress.parse(address), port);
        }
    }

    /** Sends an IP packet into a device; whether the peer got it. */
    boolean sent(L3Device device, byte[] inner, VirtualPeer to) {
        int before = to.received.size();
        device.send(new Packet().wrap(ByteBuffer.wrap(inner), 0, inner.length));
        settle();
        return to.received.size() == before + 1;
    }
}
