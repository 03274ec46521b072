// SPDX-License-Identifier: MIT
package io.pktkit.wg.tunnel;

import static io.pktkit.wg.tunnel.VirtualNet.options;
import static io.pktkit.wg.tunnel.VirtualNet.packet;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import com.sun.net.httpserver.HttpServer;
import io.pktkit.datagram.DatagramConfig;
import io.pktkit.datagram.DatagramFeature;
import io.pktkit.datagram.Datagrams;
import io.pktkit.link.Links;
import io.pktkit.slirp.Slirp;
import io.pktkit.slirp.SlirpConfig;
import io.pktkit.vclient.VirtualClient;
import io.pktkit.wg.WgEndpoint;
import io.pktkit.wg.WgPeer;
import io.pktkit.wg.WgPrivateKey;
import io.pktkit.wire.IpAddress;
import io.pktkit.wire.IpPrefix;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.SecureRandom;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.Random;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.Semaphore;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;
import java.util.stream.Stream;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Ports with threads and sockets. */
@Timeout(300)
class LoopbackTest {

    private static final SecureRandom RANDOM = new SecureRandom();

    private static WgPort open(String address) throws IOException {
        DatagramConfig datagrams = DatagramConfig.builder()
                .address(IpAddress.parse(address))
                .receiveBuffer(64 << 10)
                .sendBuffer(64 << 10)
                .build();
        return WgPort.over(
                Datagrams.portable().open(datagrams),
                WgPortConfig.builder().random(RANDOM).build());
    }

    private static WgPrivateKey key() {
        return WgPrivateKey.generate(RANDOM);
    }

    private static WgEndpoint endpoint(WgPort port, String address) {
        return new WgEndpoint(IpAddress.parse(address), port.port());
    }

    @Test
    void shouldCarryPacketsOverBothFamilies() throws Exception {
        for (String address : List.of("127.0.0.1", "::1")) {
            try (WgPort here = open(address);
                    WgPort there = open(address)) {
                WgDevice client = here.addDevice(key());
                WgDevice server = there.addDevice(key());
                client.peers()
                        .add(server.identity().publicKey(), options("0.0.0.0/0").endpoint(endpoint(there, address)));
                server.peers().add(client.identity().publicKey(), options("10.0.0.2/32"));
                Semaphore echoed = new Semaphore(0);
                server.attach(received -> server.send(packet("10.0.0.1", "10.0.0.2", 200)));
                client.attach(received -> echoed.release());
                for (int i = 0; i < 100; i++) {
                    assertTrue(client.send(packet("10.0.0.2", "10.0.0.1", 100)));
                    echoed.acquire();
                }
                assertEquals(0, there.failures());
            }
        }
    }

    /** A client learns the address that answers; it stays the one that was asked, though the port is bound to all. */
    @Test
    void shouldAnswerFromTheLoopbackAddressThatWasAsked() throws Exception {
        try (WgPort there = WgPort.open(WgPortConfig.client())) {
            assumeTrue(there.endpoint().features().contains(DatagramFeature.LOCAL_ADDRESS), there.describe());
            WgDevice server = there.addDevice(key());
            server.attach(received -> server.send(packet("10.0.0.1", "10.0.0.2", 200)));
            for (String address : List.of("127.0.0.3", "127.0.0.1", "127.0.0.2", "::1")) {
                try (WgPort here = WgPort.open(WgPortConfig.client())) {
                    WgDevice client = here.addDevice(key());
                    WgPeer peer = client.peers()
                            .add(
                                    server.identity().publicKey(),
                                    options("0.0.0.0/0").endpoint(endpoint(there, address)));
                    server.peers().add(client.identity().publicKey(), options("10.0.0.2/32"));
                    CountDownLatch answered = new CountDownLatch(1);
                    client.attach(received -> answered.countDown());
                    client.send(packet("10.0.0.2", "10.0.0.1", 100));
                    answered.await();
                    assertEquals(
                            IpAddress.parse(address),
                            Objects.requireNonNull(peer.endpoint()).address());
                }
            }
        }
    }

    @Test
    void shouldGoOnWhenItsThreadIsInterruptedAndAHandlerThrows() throws Exception {
        try (WgPort here = open("127.0.0.1");
                WgPort there = open("127.0.0.1")) {
            WgDevice client = here.addDevice(key());
            WgDevice server = there.addDevice(key());
            client.peers()
                    .add(server.identity().publicKey(), options("0.0.0.0/0").endpoint(endpoint(there, "127.0.0.1")));
            server.peers().add(client.identity().publicKey(), options("10.0.0.2/32"));
            Semaphore arrived = new Semaphore(0);
            server.attach(received -> {
                Thread.currentThread().interrupt();
                arrived.release();
                throw new AssertionError("on purpose");
            });
            client.attach(received -> {});
            for (int i = 0; i < 20; i++) {
                client.send(packet("10.0.0.2", "10.0.0.1", 100));
                arrived.acquire();
            }
        }
    }

    @Test
    void shouldAskAboutStrangersOnACallbackThread() throws Exception {
        try (WgPort here = open("127.0.0.1");
                WgPort there = open("127.0.0.1")) {
            WgDevice client = here.addDevice(key());
            CountDownLatch arrived = new CountDownLatch(1);
            AtomicReference<PeerRequest> waiting = new AtomicReference<>();
            CountDownLatch asked = new CountDownLatch(1);
            WgTenants tenants = there.addTenants(key(), device -> device.attach(received -> arrived.countDown()));
            tenants.peers().onRequest(request -> {
                waiting.set(request);
                asked.countDown();
            });
            client.attach(received -> {});
            client.peers()
                    .add(tenants.identity().publicKey(), options("0.0.0.0/0").endpoint(endpoint(there, "127.0.0.1")));
            client.send(packet("10.0.0.2", "10.0.0.1", 100));
            asked.await();
            WgPeer peer =
                    Objects.requireNonNull(Objects.requireNonNull(waiting.get()).accept(options("10.0.0.2/32")));
            arrived.await();
            assertEquals(client.identity().publicKey(), peer.publicKey());
        }
    }

    /** Both have one address; what one does is never seen by the other, nor by the other's place in the NAT. */
    @Test
    void shouldGiveTenantsWithOneAddressANatEach() throws Exception {
        HttpServer page = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
        byte[] filler = new byte[300_000];
        new Random(5).nextBytes(filler);
        page.createContext("/", exchange -> {
            byte[] body = filler.clone();
            byte[] name = exchange.getRequestURI().getPath().getBytes(StandardCharsets.US_ASCII);
            System.arraycopy(name, 0, body, 0, name.length);
            exchange.sendResponseHeaders(200, body.length);
            exchange.getResponseBody().write(body);
            exchange.close();
        });
        page.start();
        SlirpConfig nat = SlirpConfig.builder()
                .address(IpPrefix.parse("10.0.0.1/24"))
                .allowHost(page.getAddress().getPort())
                .build();
        ExecutorService threads = Executors.newCachedThreadPool();
        try (Slirp slirp = Slirp.open(nat);
                WgPort there = open("127.0.0.1")) {
            WgTenants tenants = there.addTenants(key(), slirp);
            List<Future<?>> fetching = new ArrayList<>();
            for (String name : List.of("/alice", "/bob")) {
                WgPrivateKey mine = key();
                tenants.peers().add(mine.publicKey(), options("10.0.0.2/32"));
                fetching.add(threads.submit(() -> {
                    // Neither end knows the MTU of the tunnel, so the devices have to tell.
                    try (WgPort here = open("127.0.0.1");
                            VirtualClient client = new VirtualClient()) {
                        WgDevice tunnel = here.addDevice(mine);
                        tunnel.peers()
                                .add(
                                        tenants.identity().publicKey(),
                                        options("0.0.0.0/0").endpoint(endpoint(there, "127.0.0.1")));
                        client.setPrefix(IpPrefix.parse("10.0.0.2/24"));
                        Links.connect(tunnel, client);
                        for (int i = 0; i < 3; i++) {
                            String url = "http://10.0.0.1:" + page.getAddress().getPort() + name + i;
                            byte[] body = client.http().get(url).body();
                            assertEquals(filler.length, body.length);
                            assertEquals(name + i, new String(body, 0, name.length() + 1, StandardCharsets.US_ASCII));
                        }
                    }
                    return null;
                }));
            }
            for (Future<?> fetch : fetching) {
                fetch.get();
            }
            assertEquals(2, tenants.devices().size());
            for (WgPeerDevice device : tenants.devices()) {
                assertTrue(device.stats().snapshot().sentBytes() > 3L * filler.length);
            }
        } finally {
            threads.shutdown();
            page.stop(0);
        }
    }

    @Test
    void shouldNotOpenAPortThatIsTaken() throws Exception {
        try (WgPort port = open("127.0.0.1")) {
            DatagramConfig taken = DatagramConfig.builder()
                    .address(IpAddress.parse("127.0.0.1"))
                    .port(port.port())
                    .build();
            IOException thrown = assertThrows(
                    IOException.class,
                    () -> WgPort.open(WgPortConfig.builder().datagrams(taken).build()));
            assertTrue(
                    Objects.requireNonNull(thrown.getMessage()).contains(String.valueOf(port.port())),
                    thrown.getMessage());
            assertThrows(IllegalStateException.class, port::poll);
        }
    }

    @Test
    void shouldCloseUnderLoad() throws Exception {
        closeUnderLoad(60);
    }

    @Test
    @Tag("long")
    void shouldCloseAThousandTimesUnderLoad() throws Exception {
        closeUnderLoad(1000);
    }

    private static void closeUnderLoad(int rounds) throws Exception {
        closeOnce(0); // loads what is loaded once
        long descriptors = descriptors();
        for (int i = 0; i < rounds; i++) {
            closeOnce(i);
        }
        for (Thread thread : Thread.getAllStackTraces().keySet()) {
            if (thread.getName().startsWith("pktkit-wg")) {
                thread.join(60_000); // it has told that it is done, and has but to end
                assertFalse(thread.isAlive(), thread.getName());
            }
        }
        assertTrue(descriptors() <= descriptors, "descriptors=" + descriptors() + " before=" + descriptors);
    }

    /** Two ports full of packets, of which one is closed by another thread and one within a callback. */
    private static void closeOnce(int round) throws Exception {
        WgPort here = open("127.0.0.1");
        WgPort there = open("127.0.0.1");
        WgDevice client = here.addDevice(key());
        AtomicBoolean closed = new AtomicBoolean();
        AtomicInteger late = new AtomicInteger();
        CountDownLatch flowing = new CountDownLatch(20);
        AtomicReference<WgPeerDevice> device = new AtomicReference<>();
        WgTenants tenants = there.addTenants(key(), connected -> {
            device.set((WgPeerDevice) connected);
            return connected.attach(received -> {
                if (closed.get()) {
                    late.incrementAndGet();
                }
                Objects.requireNonNull(device.get()).send(packet("10.0.0.1", "10.0.0.2", 100));
                flowing.countDown();
                if (round % 2 == 1 && flowing.getCount() == 0) {
                    there.close();
                    closed.set(true);
                }
            });
        });
        tenants.peers().add(client.identity().publicKey(), options("10.0.0.2/32"));
        client.peers().add(tenants.identity().publicKey(), options("0.0.0.0/0").endpoint(endpoint(there, "127.0.0.1")));
        client.attach(received -> {});
        Thread sender = new Thread(() -> {
            while (!closed.get()) {
                client.send(packet("10.0.0.2", "10.0.0.1", 100));
            }
        });
        sender.start();
        flowing.await();
        if (round % 3 == 0) {
            here.close();
        }
        there.close();
        closed.set(true);
        here.close();
        sender.join();
        here.done().toCompletableFuture().get();
        there.done().toCompletableFuture().get();
        assertFalse(client.send(packet("10.0.0.2", "10.0.0.1", 100)));
        // The callback that closes goes on behind its close; none begins after it.
        assertEquals(0, late.get());
    }

    /** Sockets, and what waits for them: the virtual machine opens files of its own when it likes. */
    private static long descriptors() throws IOException {
        Path all = Path.of("/proc/self/fd");
        if (!Files.isDirectory(all)) {
            return 0;
        }
        try (Stream<Path> each = Files.list(all)) {
            return each.filter(LoopbackTest::isOfASocket).count();
        }
    }

    private static boolean isOfASocket(Path descriptor) {
        try {
            String target = Files.readSymbolicLink(descriptor).toString();
            return target.startsWith("socket:") || target.startsWith("anon_inode:") || target.startsWith("pipe:");
        } catch (IOException gone) {
            return false;
        }
    }
}
