// SPDX-License-Identifier: MIT
package io.pktkit.wg.tunnel;

import static io.pktkit.wg.tunnel.VirtualNet.at;
import static io.pktkit.wg.tunnel.VirtualNet.options;
import static io.pktkit.wg.tunnel.VirtualNet.packet;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.pktkit.datagram.DatagramEndpoint;
import io.pktkit.datagram.FixedPath;
import io.pktkit.device.L3Device;
import io.pktkit.hub.L2Hub;
import io.pktkit.l2adapter.L2Adapter;
import io.pktkit.wg.WgDrop;
import io.pktkit.wg.WgPeer;
import io.pktkit.wg.WgPrivateKey;
import io.pktkit.wire.IpAddress;
import io.pktkit.wire.IpPrefix;
import io.pktkit.wire.Packet;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Objects;
import java.util.Random;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** What anybody on the network may send to a port, and what a peer may send through it, whatever is behind. */
class HostileTest {

    /** What is behind the port. */
    enum Shape {
        DEVICE,
        TENANTS,
        BRIDGE
    }

    private static final String INNER = "10.0.0.9";
    private static final IpAddress MLD_ROUTERS = IpAddress.parse("ff02::16");
    private static final String GATEWAY = "10.0.0.1";

    private final VirtualNet net = new VirtualNet();
    private final List<AutoCloseable> behind = new ArrayList<>();
    private final List<Packet> arrived = new ArrayList<>();
    private final WgPrivateKey key = net.key();
    private final WgPort port = net.port("192.0.2.1");
    private final WgDevice client = net.port("198.51.100.1").addDevice(net.key());

    /** Opens what is behind, and joins the client to it. */
    private WgPeer join(Shape shape) throws IOException {
        WgPeers peers = switch (shape) {
            case DEVICE -> {
                WgDevice device = port.addDevice(key);
                keep(device);
                yield device.peers();
            }
            case TENANTS ->
                port.addTenants(key, device -> device.attach(packet -> arrived.add(VirtualNet.copy(packet))))
                        .peers();
            case BRIDGE -> bridge().peers();
        };
        VirtualNet.record(client);
        peers.add(client.identity().publicKey(), options(INNER + "/32"));
        return client.peers().add(key.publicKey(), options("0.0.0.0/0").endpoint(at("192.0.2.1")));
    }

    /** All but what the station of a bridged peer says of its groups itself (RFC 3810 section 5.2.14). */
    private void keep(L3Device device) {
        device.attach(packet -> {
            if (!packet.destination().equals(MLD_ROUTERS)) {
                arrived.add(VirtualNet.copy(packet));
            }
        });
    }

    private WgTenants bridge() {
        L2Hub hub = new L2Hub(net.time);
        L2Adapter host = L2Adapter.builder().timers(net.time).build();
        behind.add(hub);
        behind.add(host);
        host.ip().setPrefix(IpPrefix.parse(GATEWAY + "/24"));
        hub.connect(host);
        keep(host.ip());
        return port.addBridgedTenants(
                key, hub, List.of(new LanPrefix(IpPrefix.parse("10.0.0.0/24"), IpAddress.parse(GATEWAY))));
    }

    @AfterEach
    void close() throws Exception {
        port.close();
        for (AutoCloseable one : behind) {
            one.close();
        }
        net.close();
    }

    @ParameterizedTest
    @EnumSource
    void shouldSurviveHostileDatagrams(Shape shape) throws IOException {
        datagrams(shape, 50_000, 20_261_129);
    }

    @ParameterizedTest
    @EnumSource
    @Tag("long")
    void shouldSurviveAMillionHostileDatagrams(Shape shape) throws IOException {
        datagrams(shape, 1_000_000, 7);
    }

    /** Random ones, and genuine ones with a byte changed, cut or repeated, among which the tunnel goes on. */
    private void datagrams(Shape shape, int count, long seed) throws IOException {
        Random random = new Random(seed);
        WgPeer server = join(shape);
        List<byte[]> genuine = new ArrayList<>();
        DatagramEndpoint tap = net.endpoint("203.0.113.9");
        server.setEndpoint(at("203.0.113.9"), net.time.nowNanos());
        for (int i = 0; i < 3; i++) {
            send(20);
            net.run(Duration.ofSeconds(6));
            tap.poll(datagram -> genuine.add(datagram.toBytes()));
        }
        server.setEndpoint(at("192.0.2.1"), net.time.nowNanos());
        net.run(Duration.ofSeconds(6));
        send(20);
        net.settle();
        server.setEndpoint(at("203.0.113.9"), net.time.nowNanos());
        send(20);
        send(500);
        tap.poll(datagram -> genuine.add(datagram.toBytes()));
        server.setEndpoint(at("192.0.2.1"), net.time.nowNanos());
        int before = arrived.size();
        assertTrue(before > 0);
        FixedPath to = FixedPath.to(IpAddress.parse("192.0.2.1"), VirtualNet.PORT);
        for (int i = 0; i < count; i++) {
            byte[] bytes = hostile(random, genuine);
            tap.send(ByteBuffer.wrap(bytes), 0, bytes.length, to);
            if (i % 512 == 0) {
                net.settle();
            }
        }
        net.settle();
        assertEquals(before, arrived.size(), "seed=" + seed);
        assertTrue(port.drops(WgDrop.MALFORMED) > 0);
        assertTrue(port.drops(WgDrop.BAD_MAC1) > 0);
        assertTrue(port.drops(WgDrop.BAD_TAG) > 0);
        assertEquals(0, port.failures());
        net.run(Duration.ofSeconds(6));
        send(20);
        net.settle();
        assertEquals(before + 1, arrived.size(), "seed=" + seed);
        WgPeer here = port.engine().identities().get(0).peers().get(0);
        assertEquals(
                IpAddress.parse("198.51.100.1"),
                Objects.requireNonNull(here.endpoint()).address());
        tap.close();
    }

    private void send(int payload) {
        assertTrue(client.send(packet(INNER, GATEWAY, payload)));
    }

    private static byte[] hostile(Random random, List<byte[]> genuine) {
        if (random.nextInt(4) == 0) {
            byte[] junk = new byte[random.nextInt(200)];
            random.nextBytes(junk);
            if (junk.length > 4 && random.nextBoolean()) {
                junk[0] = (byte) (1 + random.nextInt(4));
                junk[1] = junk[2] = junk[3] = 0;
            }
            return junk;
        }
        byte[] bytes = genuine.get(random.nextInt(genuine.size())).clone();
        if (random.nextInt(8) == 0) {
            int length = random.nextInt(2 * bytes.length);
            return Arrays.copyOf(bytes, length == bytes.length ? 0 : length);
        }
        bytes[random.nextInt(bytes.length)] ^= (byte) (1 << random.nextInt(8));
        return bytes;
    }

    @ParameterizedTest
    @EnumSource
    void shouldSurviveAHostilePeer(Shape shape) throws IOException {
        packets(shape, 20_000, 20_261_130);
    }

    @ParameterizedTest
    @EnumSource
    @Tag("long")
    void shouldSurviveAMillionPacketsOfAHostilePeer(Shape shape) throws IOException {
        packets(shape, 1_000_000, 11);
    }

    /** Genuine datagrams, whose packets are not: nothing comes out from an address that is not the peer's. */
    private void packets(Shape shape, int count, long seed) throws IOException {
        Random random = new Random(seed);
        join(shape);
        send(20);
        net.settle();
        assertEquals(1, arrived.size());
        int sent = 0;
        for (int i = 0; i < count; i++) {
            byte[] bytes = packet(INNER, random.nextBoolean() ? GATEWAY : "8.8.8.8", random.nextInt(100))
                    .toBytes();
            int changes = random.nextInt(4);
            for (int k = 0; k < changes; k++) {
                bytes[random.nextInt(random.nextBoolean() ? 28 : bytes.length)] = (byte) random.nextInt();
            }
            sent += client.send(VirtualNet.inJunk(ByteBuffer.wrap(bytes))) ? 1 : 0;
            if (i % 128 == 0) {
                net.settle();
                assertAllFromThePeer(seed);
            }
            if (i % 4096 == 0) {
                net.run(Duration.ofSeconds(20)); // timers of reassembly and neighbours, and new keys
            }
        }
        net.settle();
        assertAllFromThePeer(seed);
        assertTrue(sent > count / 4, "sent=" + sent);
        assertTrue(port.drops(WgDrop.SOURCE_NOT_ALLOWED) > 0);
        assertEquals(0, port.failures());
        send(20);
        net.settle();
        assertEquals(1, arrived.size(), "seed=" + seed);
    }

    private void assertAllFromThePeer(long seed) {
        for (Packet packet : arrived) {
            assertEquals(IpAddress.parse(INNER), packet.source(), "seed=" + seed);
        }
        arrived.clear();
    }
}
