// SPDX-License-Identifier: MIT
package io.pktkit.wg.tunnel;

import static io.pktkit.wg.tunnel.VirtualNet.at;
import static io.pktkit.wg.tunnel.VirtualNet.options;
import static io.pktkit.wg.tunnel.VirtualNet.packet;
import static org.junit.jupiter.api.Assertions.assertEquals;

import io.pktkit.device.Attachment;
import io.pktkit.device.L3Device;
import io.pktkit.wg.PresharedKey;
import io.pktkit.wg.WgEndpoint;
import io.pktkit.wg.WgPeer;
import io.pktkit.wg.WgPeerListener;
import io.pktkit.wire.IpPrefix;
import io.pktkit.wire.Packet;
import java.io.IOException;
import java.time.Duration;
import java.util.List;
import java.util.Objects;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.atomic.AtomicReference;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/**
 * No lock of ours is held while code of others runs: another thread can do everything meanwhile, and be waited for. With a
 * lock held, whoever has a lock of his own would sooner or later wait for ever, and here at once.
 */
@Timeout(300)
class CallbackLockTest {

    private final VirtualNet net = new VirtualNet();

    /** In which callbacks another thread has done everything. */
    private final Set<String> freeIn = new TreeSet<>();

    private final WgPort port = net.port(net.config().listener(new Listener()).build(), "192.0.2.1");
    private final WgDevice device = port.addDevice(net.key());
    private final WgTenants tenants = port.addTenants(net.key(), this::connect);
    private final WgDevice client = net.port("198.51.100.1").addDevice(net.key());
    private volatile @Nullable Thread other;

    private final class Listener implements WgPeerListener {
        @Override
        public void handshakeCompleted(WgPeer peer) {
            meanwhile("handshake");
        }

        @Override
        public void endpointChanged(WgPeer peer, WgEndpoint endpoint) {
            meanwhile("endpoint");
        }

        @Override
        public void sessionLost(WgPeer peer) {
            meanwhile("lost");
        }

        @Override
        public void peerExpired(WgPeer peer) {
            meanwhile("expired");
        }
    }

    private Attachment<Packet> connect(L3Device connected) {
        meanwhile("connect");
        ((WgPeerDevice) connected).done().thenRun(() -> meanwhile("closed"));
        return connected.attach(received -> meanwhile("packet of a tenant"));
    }

    @AfterEach
    void close() {
        net.close();
    }

    @Test
    void shouldHoldNoLockWhileItCallsOthers() throws IOException {
        device.attach(received -> meanwhile("packet"));
        client.attach(received -> {});
        device.peers().onRequest(request -> meanwhile("request"));
        client.peers().add(device.identity().publicKey(), options("10.1.0.0/16").endpoint(at("192.0.2.1")));
        client.peers()
                .add(tenants.identity().publicKey(), options("10.2.0.0/16").endpoint(at("192.0.2.1")));

        client.send(packet("10.0.0.2", "10.1.0.1", 20));
        net.settle();
        WgPeer peer = device.peers().add(client.identity().publicKey(), options("10.0.0.2/32"));
        WgPeer tenant = tenants.peers().add(client.identity().publicKey(), options("10.0.0.2/32"));
        client.send(packet("10.0.0.2", "10.2.0.1", 20));
        net.run(Duration.ofSeconds(10));
        client.send(packet("10.0.0.2", "10.1.0.1", 20));
        net.run(Duration.ofMinutes(10));
        peer.setExpiresAt(net.time.nowNanos() + 1, net.time.nowNanos());
        device.peers().changed();
        net.run(Duration.ofSeconds(1));
        tenants.peers().remove(tenant);
        net.settle();

        assertEquals(
                new TreeSet<>(List.of(
                        "closed",
                        "connect",
                        "endpoint",
                        "expired",
                        "handshake",
                        "lost",
                        "packet",
                        "packet of a tenant",
                        "request")),
                freeIn);
        assertEquals(0, port.failures());
    }

    /** Lets another thread do everything, and waits for it. What it calls itself is not looked at. */
    private void meanwhile(String where) {
        if (Thread.currentThread() == other) {
            return;
        }
        AtomicReference<Throwable> failure = new AtomicReference<>();
        Thread thread = new Thread(() -> {
            try {
                everything();
            } catch (Throwable thrown) {
                failure.set(thrown);
            }
        });
        thread.setDaemon(true);
        other = thread;
        thread.start();
        try {
            thread.join();
        } catch (InterruptedException e) {
            throw new AssertionError("a lock is held in: " + where, e);
        }
        if (failure.get() != null) {
            throw new AssertionError(where, failure.get());
        }
        freeIn.add(where);
    }

    private void everything() throws IOException {
        long now = net.time.nowNanos();
        for (WgPeers peers : List.of(device.peers(), tenants.peers())) {
            for (WgPeer peer : peers.all()) {
                peer.stats();
                peer.hasSession(now);
                peer.setPresharedKey(null);
                peer.addAllowedIp(IpPrefix.parse("10.9.0.0/16"));
                peer.removeAllowedIp(IpPrefix.parse("10.9.0.0/16"));
                peer.setPersistentKeepalive(0, now);
            }
            WgPeer added =
                    peers.add(net.key().publicKey(), options("10.8.0.1/32").endpoint(at("203.0.113.7")));
            added.setPresharedKey(PresharedKey.of(new byte[32]));
            added.setEndpoint(at("203.0.113.8"), now);
            peers.connect(added);
            peers.changed();
            Objects.requireNonNull(peers.find(added.publicKey()));
            peers.remove(added);
        }
        device.send(packet("10.1.0.1", "10.0.0.2", 20));
        for (WgPeerDevice one : tenants.devices()) {
            one.send(packet("10.2.0.1", "10.0.0.2", 20));
        }
        port.addDevice(net.key()).close();
        port.describe();
    }
}
