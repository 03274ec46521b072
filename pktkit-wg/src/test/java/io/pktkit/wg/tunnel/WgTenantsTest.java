// SPDX-License-Identifier: MIT
package io.pktkit.wg.tunnel;

import static io.pktkit.wg.tunnel.VirtualNet.at;
import static io.pktkit.wg.tunnel.VirtualNet.options;
import static io.pktkit.wg.tunnel.VirtualNet.packet;
import static io.pktkit.wg.tunnel.VirtualNet.record;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertDoesNotThrow;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.pktkit.device.Attachment;
import io.pktkit.device.Device;
import io.pktkit.device.Interposer;
import io.pktkit.device.L2Device;
import io.pktkit.device.L3Device;
import io.pktkit.device.Registration;
import io.pktkit.hub.L2Hub;
import io.pktkit.l2adapter.L2Adapter;
import io.pktkit.time.Timers;
import io.pktkit.wg.WgDrop;
import io.pktkit.wg.WgPeer;
import io.pktkit.wg.WgPrivateKey;
import io.pktkit.wire.IpAddress;
import io.pktkit.wire.IpFamily;
import io.pktkit.wire.IpPrefix;
import io.pktkit.wire.Packet;
import io.pktkit.wire.Pdu;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.function.Executable;

/** Peers that each have a device of their own. */
class WgTenantsTest {

    private final VirtualNet net = new VirtualNet();
    private final WgPort port = net.port("192.0.2.1");

    /** What came out of each device that was connected, and from whom. */
    private final Map<WgPeerDevice, List<Packet>> arrived = new HashMap<>();

    private final List<WgPeerDevice> detached = new ArrayList<>();
    private @Nullable IOException refusal;
    private Executable meanwhile = () -> {};
    private final WgTenants tenants = port.addTenants(net.key(), this::connect);

    private Attachment<Packet> connect(L3Device device) throws IOException {
        if (refusal != null) {
            throw refusal;
        }
        WgPeerDevice peer = (WgPeerDevice) device;
        List<Packet> packets = new ArrayList<>();
        arrived.put(peer, packets);
        Attachment<Packet> inner = device.attach(packet -> packets.add(VirtualNet.copy(packet)));
        peer.done().thenRun(() -> detached.add(peer));
        assertDoesNotThrow(meanwhile);
        return inner;
    }

    @AfterEach
    void close() {
        net.close();
        assertEquals(arrived.keySet(), new HashSet<>(detached), "every device was closed");
        assertEquals(arrived.size(), detached.size());
    }

    private WgDevice client(String address) throws IOException {
        WgDevice client = net.port(address).addDevice(net.key());
        client.peers()
                .add(
                        tenants.identity().publicKey(),
                        options("0.0.0.0/0", "::/0").endpoint(at("192.0.2.1")));
        return client;
    }

    private WgPeerDevice deviceOf(WgDevice client) {
        WgPeer peer =
                Objects.requireNonNull(tenants.peers().find(client.identity().publicKey()));
        return Objects.requireNonNull(tenants.device(peer));
    }

    @Test
    void shouldKeepPeersWithOneAddressApart() throws IOException {
        List<WgDevice> clients = new ArrayList<>();
        List<List<Packet>> back = new ArrayList<>();
        for (int i = 0; i < 3; i++) {
            WgDevice client = client("192.0.2.1" + i);
            clients.add(client);
            back.add(record(client));
            tenants.peers().add(client.identity().publicKey(), options("10.0.0.2/32", "fd00::2/128"));
        }
        for (int i = 0; i < 3; i++) {
            clients.get(i).send(packet("10.0.0.2", "8.8.8.8", 100 + i));
        }
        net.settle();
        for (int i = 0; i < 3; i++) {
            WgPeerDevice device = deviceOf(clients.get(i));
            assertEquals(1, Objects.requireNonNull(arrived.get(device)).size());
            assertArrayEquals(
                    packet("10.0.0.2", "8.8.8.8", 100 + i).toBytes(),
                    arrived.get(device).get(0).toBytes());
            assertEquals(clients.get(i).identity().publicKey(), device.publicKey());
            assertEquals(
                    device.publicKey(), Objects.requireNonNull(device.peer()).publicKey());
            assertEquals(IpPrefix.parse("10.0.0.2/32"), device.prefix(IpFamily.IPV4));
            assertEquals(IpPrefix.parse("fd00::2/128"), device.prefix(IpFamily.IPV6));
            assertTrue(device.send(packet("8.8.8.8", "10.0.0.2", 200 + i)));
        }
        net.settle();
        for (int i = 0; i < 3; i++) {
            assertEquals(1, back.get(i).size());
            assertEquals(228 + i, back.get(i).get(0).totalLength());
        }
    }

    @Test
    void shouldHoldTenantsToTheirAllowedIps() throws IOException {
        WgDevice client = client("192.0.2.10");
        record(client);
        tenants.peers().add(client.identity().publicKey(), options("10.0.0.2/32"));
        client.send(packet("10.0.0.3", "8.8.8.8", 100));
        client.send(packet("fd00::2", "fd00::1", 100));
        net.settle();

        assertEquals(0, Objects.requireNonNull(arrived.get(deviceOf(client))).size());
        assertEquals(2, port.drops(WgDrop.SOURCE_NOT_ALLOWED));
        assertFalse(deviceOf(client).send(packet("8.8.8.8", "10.0.0.3", 100)));
    }

    @Test
    void shouldTakeAnyAddressOfATenantWithoutAllowedIps() throws IOException {
        WgDevice client = client("192.0.2.10");
        List<Packet> back = record(client);
        tenants.peers().add(client.identity().publicKey(), options());
        client.send(packet("10.0.0.3", "8.8.8.8", 100));
        client.send(packet("fd00::2", "fd00::1", 100));
        net.settle();

        assertEquals(2, Objects.requireNonNull(arrived.get(deviceOf(client))).size());
        assertTrue(deviceOf(client).send(packet("8.8.8.8", "10.0.0.3", 100)));
        net.settle();
        assertEquals(1, back.size());
    }

    @Test
    void shouldNotAddAPeerThatTheNetworkRefuses() throws IOException {
        WgDevice client = client("192.0.2.10");
        record(client);
        refusal = new IOException("no room");
        IOException thrown = assertThrows(
                IOException.class, () -> tenants.peers().add(client.identity().publicKey(), options()));
        assertSame(refusal, thrown);
        assertNull(tenants.peers().find(client.identity().publicKey()));
        client.send(packet("10.0.0.3", "8.8.8.8", 100));
        net.settle();
        assertEquals(1, port.drops(WgDrop.UNKNOWN_PEER));

        refusal = null;
        tenants.peers().add(client.identity().publicKey(), options());
        net.run(Duration.ofSeconds(6));
        assertEquals(1, Objects.requireNonNull(arrived.get(deviceOf(client))).size(), "what has waited");
    }

    @Test
    void shouldUnplugAPeerThatIsRemoved() throws IOException {
        WgDevice client = client("192.0.2.10");
        record(client);
        WgPeer peer = tenants.peers().add(client.identity().publicKey(), options());
        client.send(packet("10.0.0.3", "8.8.8.8", 100));
        net.settle();
        WgPeerDevice device = deviceOf(client);
        tenants.peers().remove(peer);
        tenants.peers().remove(peer);

        assertEquals(List.of(device), detached);
        assertNull(device.attachment());
        assertFalse(device.send(packet("8.8.8.8", "10.0.0.3", 100)));
        client.send(packet("10.0.0.3", "8.8.8.8", 100));
        net.settle();
        assertEquals(1, Objects.requireNonNull(arrived.get(device)).size());
        assertEquals(List.of(), tenants.devices());

        tenants.peers().add(client.identity().publicKey(), options());
        client.send(packet("10.0.0.3", "8.8.8.8", 101));
        net.run(Duration.ofSeconds(20)); // until the client finds that nobody answers
        client.send(packet("10.0.0.3", "8.8.8.8", 101));
        net.settle();
        assertEquals(2, arrived.size());
        assertEquals(1, Objects.requireNonNull(arrived.get(deviceOf(client))).size());
    }

    @Test
    void shouldUnplugAPeerThatExpiresAndPlugItInAgain() throws IOException {
        WgDevice client = client("192.0.2.10");
        record(client);
        long end = net.time.nowNanos() + Duration.ofMinutes(1).toNanos();
        WgPeer peer =
                tenants.peers().add(client.identity().publicKey(), options().expiresAt(end));
        client.send(packet("10.0.0.3", "8.8.8.8", 100));
        net.runUntil(end - 1);
        WgPeerDevice device = deviceOf(client);
        assertEquals(1, Objects.requireNonNull(arrived.get(device)).size());
        net.runUntil(end);

        assertEquals(List.of(device), detached);
        assertNull(tenants.device(peer));
        client.send(packet("10.0.0.3", "8.8.8.8", 100));
        net.run(Duration.ofSeconds(30));
        assertEquals(1, arrived.get(device).size());

        peer.setExpiresAt(Timers.NEVER, net.time.nowNanos());
        tenants.peers().changed();
        net.run(Duration.ofSeconds(30));
        client.send(packet("10.0.0.3", "8.8.8.8", 100));
        net.run(Duration.ofSeconds(1));
        WgPeerDevice next = Objects.requireNonNull(tenants.device(peer));
        assertFalse(next == device);
        assertTrue(Objects.requireNonNull(arrived.get(next)).size() > 0);
    }

    @Test
    void shouldLetInWhomTheHandlerAccepts() throws IOException {
        WgDevice client = client("192.0.2.10");
        WgDevice other = client("192.0.2.11");
        record(client);
        record(other);
        List<PeerRequest> requests = new ArrayList<>();
        tenants.peers().onRequest(requests::add);
        client.send(packet("10.0.0.3", "8.8.8.8", 100));
        other.send(packet("10.0.0.3", "8.8.8.8", 100));
        net.run(Duration.ofSeconds(7)); // and repeats itself, which is not asked about again
        assertEquals(2, requests.size());
        PeerRequest request = requests.get(0);
        assertEquals(client.identity().publicKey(), request.publicKey());
        assertEquals(at("192.0.2.10").address(), request.endpoint().address());
        assertSame(tenants.peers(), request.peers());
        assertEquals(0, arrived.size());

        WgPeer peer = Objects.requireNonNull(request.accept(options("10.0.0.3/32")));
        net.settle();
        assertEquals(
                1, Objects.requireNonNull(arrived.get(tenants.device(peer))).size(), "the packet that has waited");
        assertTrue(peer.isDynamic());

        // The other one is refused by silence, and can be let in no more when he is no longer heard of.
        other.peers().remove(other.peers().all().get(0));
        net.run(Duration.ofSeconds(16));
        assertNull(requests.get(1).accept(options()));
        assertEquals(1, tenants.devices().size());
        assertEquals(2, arrived.size());

        // He goes again when his session is over.
        net.run(Duration.ofMinutes(15));
        assertEquals(List.of(), tenants.peers().all());
        assertEquals(List.of(), tenants.devices());
        assertEquals(2, detached.size());
    }

    @Test
    void shouldNotLetInWhomTheNetworkRefuses() throws IOException {
        WgDevice client = client("192.0.2.10");
        record(client);
        refusal = new IOException("no room");
        List<Throwable> thrown = new ArrayList<>();
        List<PeerRequest> requests = new ArrayList<>();
        tenants.peers().onRequest(request -> {
            requests.add(request);
            thrown.add(assertThrows(IOException.class, () -> request.accept(options())));
            throw new IllegalStateException("on purpose");
        });
        client.send(packet("10.0.0.3", "8.8.8.8", 100));
        net.settle();
        assertEquals(List.of(refusal), thrown);
        assertEquals(List.of(), tenants.peers().all());

        // He goes on to knock, and the same request still stands for him.
        net.run(Duration.ofSeconds(30));
        assertEquals(1, requests.size());
        refusal = null;
        Objects.requireNonNull(requests.get(0).accept(options()));
        net.settle();
        assertEquals(1, tenants.devices().size());
        assertEquals(
                1, Objects.requireNonNull(arrived.get(tenants.devices().get(0))).size());
    }

    /** Which comes to nothing, and so must not take away what another call is making. */
    @Test
    void shouldNotBeDisturbedByAnAcceptThatIsLate() throws IOException {
        WgDevice client = client("192.0.2.10");
        record(client);
        List<PeerRequest> requests = new ArrayList<>();
        tenants.peers().onRequest(requests::add);
        client.send(packet("10.0.0.3", "8.8.8.8", 100));
        net.run(Duration.ofSeconds(130)); // until the client has given up
        client.send(packet("10.0.0.3", "8.8.8.8", 101));
        net.settle();
        assertEquals(2, requests.size());
        meanwhile = () -> assertNull(requests.get(0).accept(options()));

        WgPeer peer = Objects.requireNonNull(requests.get(1).accept(options("10.0.0.3/32")));
        net.settle();

        WgPeerDevice device = Objects.requireNonNull(tenants.device(peer));
        assertEquals(1, Objects.requireNonNull(arrived.get(device)).size());
    }

    @Test
    void shouldNotPlugInWhoseTimeIsOverForAnAcceptThatIsLate() throws IOException {
        WgDevice client = client("192.0.2.10");
        record(client);
        long end = net.time.nowNanos() + Duration.ofMinutes(1).toNanos();
        WgPeer peer =
                tenants.peers().add(client.identity().publicKey(), options().expiresAt(end));
        List<PeerRequest> requests = new ArrayList<>();
        tenants.peers().onRequest(requests::add);
        net.runUntil(end);
        client.send(packet("10.0.0.3", "8.8.8.8", 100));
        net.settle();
        client.peers().remove(client.peers().all().get(0));
        net.run(Duration.ofSeconds(16));
        assertEquals(1, detached.size());

        assertNull(requests.get(0).accept(options()));

        assertNull(tenants.device(peer));
        assertEquals(2, detached.size());
    }

    @Test
    void shouldUnplugAPeerThatIsNotRemovedHere() throws IOException {
        WgPrivateKey next = net.key();
        tenants.peers().add(next.publicKey(), options());
        WgPeer other = tenants.peers().add(net.key().publicKey(), options());
        assertEquals(2, tenants.devices().size());

        tenants.identity().setPrivateKey(next); // it cannot be its own peer
        net.settle();
        assertEquals(1, detached.size());
        assertEquals(next.publicKey(), detached.get(0).publicKey());

        tenants.identity().removePeer(other);
        net.settle();
        assertEquals(2, detached.size());
        assertEquals(List.of(), tenants.devices());
    }

    /** A place in a network that says something and then throws when it is given up. */
    private record Careless<P extends Pdu>(Attachment<P> inner, Runnable says) implements Attachment<P> {

        @Override
        public Device<P> device() {
            return inner.device();
        }

        @Override
        public boolean send(P pdu) {
            return inner.send(pdu);
        }

        @Override
        public Registration interpose(Interposer<P> interposer) {
            return inner.interpose(interposer);
        }

        @Override
        public void close() {
            says.run();
            throw new IllegalStateException("on purpose");
        }
    }

    @Test
    void shouldUnplugAllPeersThoughANetworkThrows() throws IOException {
        List<WgPeerDevice> left = new ArrayList<>();
        WgTenants careless = port.addTenants(net.key(), device -> {
            Attachment<Packet> inner = device.attach(packet -> {});
            return new Careless<>(inner, () -> left.add((WgPeerDevice) device));
        });
        for (int i = 0; i < 3; i++) {
            careless.peers().add(net.key().publicKey(), options());
        }
        List<WgPeerDevice> devices = careless.devices();
        long failures = port.failures();
        careless.close();

        assertEquals(3, devices.size());
        assertEquals(new HashSet<>(devices), new HashSet<>(left));
        for (WgPeerDevice device : devices) {
            assertTrue(device.done().toCompletableFuture().isDone());
        }
        assertEquals(failures + 3, port.failures());
        assertEquals(List.of(), careless.peers().all());
    }

    @Test
    void shouldCloseTheStationThoughItsNetworkThrows() throws IOException {
        List<L2Device> stations = new ArrayList<>();
        WgTenants bridged = port.addBridgedTenants(
                net.key(),
                (peer, station) -> {
                    stations.add(station);
                    return new Careless<>(station.attach(frame -> {}), () -> {});
                },
                List.of());
        bridged.peers().add(net.key().publicKey(), options("10.0.0.9/32"));
        bridged.close();

        assertTrue(stations.get(0).done().toCompletableFuture().isDone());
        assertEquals(1, port.failures());
    }

    @Test
    void shouldPutPeersOntoAnEthernetNetwork() throws IOException {
        L2Hub hub = new L2Hub(net.time);
        L2Adapter host = L2Adapter.builder().timers(net.time).build();
        host.ip().setPrefix(IpPrefix.parse("10.0.0.1/24"));
        hub.connect(host);
        List<Packet> atHost = new ArrayList<>();
        host.ip().attach(packet -> {
            if (packet.isIpv4()) { // the peer's station also tells of its groups
                atHost.add(VirtualNet.copy(packet));
            }
        });
        WgTenants bridged = port.addBridgedTenants(
                net.key(), hub, List.of(new LanPrefix(IpPrefix.parse("10.0.0.0/24"), IpAddress.parse("10.0.0.1"))));
        WgDevice client = net.port("192.0.2.10").addDevice(net.key());
        List<Packet> back = record(client);
        client.peers().add(bridged.identity().publicKey(), options("0.0.0.0/0").endpoint(at("192.0.2.1")));
        WgPeer peer = bridged.peers().add(client.identity().publicKey(), options("10.0.0.9/32"));
        assertEquals(
                IpPrefix.parse("10.0.0.9/24"),
                Objects.requireNonNull(bridged.device(peer)).prefix(IpFamily.IPV4));

        client.send(packet("10.0.0.9", "10.0.0.1", 50));
        client.send(packet("10.0.0.9", "8.8.8.8", 51)); // over the gateway
        net.settle();
        assertEquals(2, atHost.size());
        Objects.requireNonNull(host.ip().attachment()).send(packet("10.0.0.1", "10.0.0.9", 52));
        net.settle();
        assertEquals(1, back.size());

        assertEquals(2, hub.portCount());
        bridged.peers().remove(peer);
        assertEquals(1, hub.portCount());
        bridged.close();
        host.close();
        hub.close();
    }

    @Test
    void shouldServeSeveralIdentitiesOnOnePort() throws IOException {
        WgDevice second = port.addDevice(net.key());
        List<Packet> atSecond = record(second);
        WgDevice client = client("192.0.2.10");
        WgDevice other = net.port("192.0.2.11").addDevice(net.key());
        record(client);
        record(other);
        other.peers().add(second.identity().publicKey(), options("0.0.0.0/0").endpoint(at("192.0.2.1")));
        // The same peer of both, and both with the same address.
        tenants.peers().add(client.identity().publicKey(), options("10.0.0.2/32"));
        second.peers().add(client.identity().publicKey(), options("10.0.0.2/32"));
        second.peers().add(other.identity().publicKey(), options("10.0.0.3/32"));
        client.send(packet("10.0.0.2", "8.8.8.8", 100));
        other.send(packet("10.0.0.3", "8.8.8.8", 101));
        net.settle();

        assertEquals(1, Objects.requireNonNull(arrived.get(deviceOf(client))).size());
        assertEquals(1, atSecond.size());
        assertEquals(129, atSecond.get(0).totalLength());
        tenants.close();
        client.send(packet("10.0.0.2", "8.8.8.8", 100));
        other.send(packet("10.0.0.3", "8.8.8.8", 101));
        net.settle();
        assertEquals(2, atSecond.size());
        assertThrows(
                IllegalStateException.class,
                () -> tenants.peers().add(other.identity().publicKey(), options()));
    }
}
