// SPDX-License-Identifier: MIT
package io.pktkit.slirp;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;

import io.pktkit.time.SystemTimers;
import io.pktkit.vtcp.TcpConfig;
import io.pktkit.vtcp.TcpFailure;
import io.pktkit.wire.IpAddress;
import io.pktkit.wire.IpProtocol;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Semaphore;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The bridge keeps what it has acknowledged. The parameter is whether the guest speaks IPv6; the host is the same. */
@Timeout(value = 90, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
class SlirpBridgeTest {
    private static Slirp slirpTo(HostServer server) throws IOException {
        return Slirp.open(Slirps.config()
                .allowHost(server.port(), new InetSocketAddress(Slirps.LOOPBACK, server.port()))
                .build());
    }

    private static Guest guest(Slirp slirp, boolean ipv6) throws IOException {
        return new Guest(slirp, ipv6 ? Slirps.GUEST6 : Slirps.GUEST, SystemTimers.shared(), 1500);
    }

    private static IpAddress gateway(boolean ipv6) {
        return ipv6 ? Slirps.GATEWAY6 : Slirps.GATEWAY;
    }

    @ParameterizedTest
    @ValueSource(booleans = {false, true})
    void shouldDeliverWhatTheHostHasSentBeforeItResets(boolean ipv6) throws Exception {
        // Fits into the first window of a loopback connection, so the system acknowledges it at once; the guest has
        // room for less.
        byte[] content = Slirps.bytes(40_000, 1);
        TcpConfig small = TcpConfig.builder()
                .mtu(1500)
                .receiveBuffer(8192)
                .receiveBufferMax(8192)
                .build();
        CountDownLatch taken = new CountDownLatch(1);
        try (HostServer server = new HostServer(socket -> {
                    socket.getOutputStream().write(content);
                    taken.await();
                    socket.setSoLinger(true, 0); // closes with RST
                });
                Slirp slirp = slirpTo(server);
                Guest guest = new Guest(slirp, ipv6 ? Slirps.GUEST6 : Slirps.GUEST, SystemTimers.shared(), small)) {
            GuestSocket socket = guest.connect(gateway(ipv6), server.port());
            byte[] first = socket.read(1);
            taken.countDown();
            server.firstDone.get(); // the reset is on its way while the guest has read one byte

            byte[] rest = socket.read(content.length - 1);

            assertEquals(content[0], first[0]);
            assertArrayEquals(Arrays.copyOfRange(content, 1, content.length), rest);
            assertThrows(IOException.class, () -> socket.read(1));
            assertEquals(TcpFailure.RESET, socket.awaitOver());
        }
    }

    /** The host has finished and reads on; so has the guest, which has yet to read. The system holds the upload, which a reset would cut. */
    @ParameterizedTest
    @ValueSource(booleans = {false, true})
    void shouldDeliverAnUploadToAHostThatFinishedFirst(boolean ipv6) throws Exception {
        byte[] content = Slirps.bytes(40_000, 1);
        byte[] upload = Slirps.bytes(400_000, 2);
        TcpConfig small = TcpConfig.builder()
                .mtu(1500)
                .receiveBuffer(8192)
                .receiveBufferMax(8192)
                .build();
        AtomicInteger connections = new AtomicInteger();
        Semaphore seen = new Semaphore(0);
        CountDownLatch looked = new CountDownLatch(1);
        CompletableFuture<byte[]> got = new CompletableFuture<>();
        try (HostServer server = new HostServer(socket -> {
                    if (connections.getAndIncrement() > 0) {
                        socket.shutdownOutput();
                        seen.acquire();
                        socket.setSoLinger(true, 0); // closes with RST
                        return;
                    }
                    try {
                        socket.getOutputStream().write(content);
                        socket.shutdownOutput();
                        looked.await();
                        got.complete(socket.getInputStream().readAllBytes());
                    } catch (IOException e) {
                        got.completeExceptionally(e);
                    }
                });
                Slirp slirp = slirpTo(server);
                Guest guest = new Guest(slirp, ipv6 ? Slirps.GUEST6 : Slirps.GUEST, SystemTimers.shared(), small)) {
            GuestSocket socket = guest.connect(gateway(ipv6), server.port());
            Await.until(() -> connections.get() == 1); // or the thread of a later one might be the first
            socket.write(upload);
            socket.shutdownOutput();
            Await.until(() -> slirp.flows().stream().anyMatch(flow -> flow.bytesOut() == upload.length));
            // A reset behind a host's last is found by a look at all that may have hung up: after two, there was a
            // whole one.
            for (int i = 0; i < 2; i++) {
                GuestSocket other = guest.connect(gateway(ipv6), server.port());
                other.readToEnd();
                seen.release();
                assertEquals(TcpFailure.RESET, other.awaitOver());
            }
            looked.countDown();

            assertArrayEquals(upload, got.get());
            assertArrayEquals(content, socket.readToEnd());
            assertNull(socket.awaitOver());
        }
    }

    @ParameterizedTest
    @ValueSource(booleans = {false, true})
    void shouldTellAGuestThatAFinishedHostHasReset(boolean ipv6) throws Exception {
        CountDownLatch seen = new CountDownLatch(1);
        try (HostServer server = new HostServer(socket -> {
                    socket.shutdownOutput();
                    seen.await();
                    socket.setSoLinger(true, 0);
                });
                Slirp slirp = slirpTo(server);
                Guest guest = guest(slirp, ipv6)) {
            GuestSocket socket = guest.connect(gateway(ipv6), server.port());
            assertArrayEquals(new byte[0], socket.readToEnd());
            seen.countDown();

            assertEquals(TcpFailure.RESET, socket.awaitOver());
        }
    }

    @ParameterizedTest
    @ValueSource(booleans = {false, true})
    void shouldListWhatGoesOn(boolean ipv6) throws Exception {
        CountDownLatch done = new CountDownLatch(1);
        try (HostServer server = new HostServer(socket -> {
                    socket.getOutputStream().write(socket.getInputStream().readNBytes(5));
                    done.await();
                });
                Slirp slirp = slirpTo(server);
                Guest guest = guest(slirp, ipv6)) {
            GuestSocket socket = guest.connect(gateway(ipv6), server.port());
            socket.write("hello".getBytes(StandardCharsets.US_ASCII));
            socket.read(5);
            guest.sendUdp(4000, gateway(ipv6), server.port(), new byte[3]);
            Await.until(() -> slirp.flows().size() == 2);

            for (SlirpFlow flow : slirp.flows()) {
                assertEquals(guest.attachment.namespace(), flow.namespace());
                assertEquals(guest.address, flow.source());
                assertEquals(gateway(ipv6), flow.destination());
                assertEquals(server.port(), flow.destinationPort());
                boolean tcp = flow.protocol() == IpProtocol.TCP;
                assertEquals(tcp ? "ESTABLISHED" : "UNANSWERED", flow.state());
                assertEquals(tcp ? 5 : 3, flow.bytesOut());
            }
            done.countDown();
        }
    }

    @ParameterizedTest
    @ValueSource(booleans = {false, true})
    void shouldCarryUrgentBytesInTheStream(boolean ipv6) throws Exception {
        CompletableFuture<Socket> accepted = new CompletableFuture<>();
        CountDownLatch done = new CountDownLatch(1);
        try (HostServer server = new HostServer(socket -> {
                    accepted.complete(socket);
                    done.await();
                });
                Slirp slirp = slirpTo(server);
                Guest guest = guest(slirp, ipv6)) {
            GuestSocket socket = guest.connect(gateway(ipv6), server.port());
            Socket host = accepted.get();
            host.getOutputStream().write("abc".getBytes(StandardCharsets.US_ASCII));
            assertEquals("abc", new String(socket.read(3), StandardCharsets.US_ASCII));
            host.sendUrgentData('!');
            assertEquals("!", new String(socket.read(1), StandardCharsets.US_ASCII));
            host.getOutputStream().write("def".getBytes(StandardCharsets.US_ASCII));
            assertEquals("def", new String(socket.read(3), StandardCharsets.US_ASCII));
            done.countDown();
        }
    }
}
