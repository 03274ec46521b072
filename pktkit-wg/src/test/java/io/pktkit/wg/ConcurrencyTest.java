// SPDX-License-Identifier: MIT
package io.pktkit.wg;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.pktkit.wire.IpPrefix;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.AtomicReference;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

/** Several threads on one engine: data, handshakes, timers, peers that go and come back. */
class ConcurrencyTest {

    private static final int PEERS = 3;
    private static final int ROUNDS = 1500;

    private final World world = new World(12);
    private final AtomicLong clock = new AtomicLong(-5_000_000_000L);
    private final AtomicInteger delivered = new AtomicInteger();
    private final AtomicReference<@Nullable Throwable> failure = new AtomicReference<>();
    private final Host server = world.host("192.0.2.1");
    private final List<Host> clients = new ArrayList<>();

    @Test
    void shouldNeitherLoseItselfNorLeak() throws InterruptedException {
        List<Thread> threads = new ArrayList<>();
        CountDownLatch start = new CountDownLatch(1);
        for (int i = 0; i < PEERS; i++) {
            Host client = world.host("192.0.2." + (2 + i));
            clients.add(client);
            World.join(server, client);
        }
        for (Host client : clients) {
            WgPeer ofServer = client.identity.peers().get(0);
            threads.add(thread(start, round -> send(client, ofServer)));
            threads.add(thread(start, round -> {
                if (round % 10 != 0) {
                    return;
                }
                clock.addAndGet(10_000_000L);
                synchronized (ofServer.lock) {
                    ofServer.timers.forgetLastHandshake();
                }
                client.engine.initiate(ofServer, clock.get(), wire(client));
                client.engine.onTimer(clock.get(), wire(client));
                server.engine.onTimer(clock.get(), wire(server));
            }));
        }
        Host unlucky = clients.get(0);
        threads.add(thread(start, round -> {
            if (round % 50 == 0) {
                WgPeer peer = server.identity.peer(unlucky.identity.publicKey());
                if (peer != null) {
                    server.identity.removePeer(peer);
                }
                server.identity.addPeer(unlucky.identity.publicKey(), World.options(unlucky), clock.get());
            }
            WgPeer peer = server.identity.peer(clients.get(1).identity.publicKey());
            if (peer != null) {
                peer.addAllowedIp(IpPrefix.parse("10.9.0.0/16"));
                peer.removeAllowedIp(IpPrefix.parse("10.9.0.0/16"));
            }
        }));
        threads.forEach(Thread::start);
        start.countDown();
        for (Thread thread : threads) {
            thread.join();
        }
        assertNull(failure.get());
        assertTrue(delivered.get() > 0);
        assertTrue(server.engine.indexCount() <= 4 * PEERS, "indexes: " + server.engine.indexCount());
        server.engine.close();
        clients.forEach(client -> client.engine.close());
        assertEquals(0, server.engine.indexCount());
        clients.forEach(client -> assertEquals(0, client.engine.indexCount()));
    }

    private void send(Host client, WgPeer peer) {
        ByteBuffer packet = World.packet(client.inner(), server.inner(), 64);
        int offset = packet.position();
        int length = packet.remaining();
        client.engine.send(peer, packet.clear(), offset, length, clock.get(), wire(client));
    }

    /** What one engine sends, the addressed one receives within the call. */
    private WgSink wire(Host from) {
        return new WgSink() {
            @Override
            public void datagram(ByteBuffer buffer, int offset, int length, WgEndpoint to) {
                byte[] copy = new byte[length];
                buffer.get(offset, copy, 0, length);
                for (Host host : world.hosts) {
                    if (host.endpoint.isSameRemote(to)) {
                        host.engine.receive(ByteBuffer.wrap(copy), 0, length, from.endpoint, clock.get(), wire(host));
                    }
                }
            }

            @Override
            public void packet(WgPeer peer, ByteBuffer buffer, int offset, int length) {
                delivered.incrementAndGet();
                if (length != 64 + 28) {
                    failure.set(new AssertionError("length=" + length));
                }
            }
        };
    }

    private Thread thread(CountDownLatch start, Body body) {
        return new Thread(() -> {
            try {
                start.await();
                for (int i = 0; i < ROUNDS; i++) {
                    body.run(i);
                }
            } catch (Throwable e) {
                failure.set(e);
            }
        });
    }

    private interface Body {
        void run(int round);
    }
}
