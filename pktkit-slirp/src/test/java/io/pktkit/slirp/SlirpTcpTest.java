// SPDX-License-Identifier: MIT
package io.pktkit.slirp;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;

import io.pktkit.time.SystemTimers;
import io.pktkit.vtcp.TcpFailure;
import io.pktkit.wire.IpAddress;
import java.io.IOException;
import java.io.InputStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.SocketException;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

@Timeout(value = 90, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
class SlirpTcpTest {
    private static final int BULK = 8 << 20;

    private static Slirp slirpTo(HostServer server) throws IOException {
        return Slirp.open(Slirps.config().allowHost(server.port()).build());
    }

    private static Guest guestOf(Slirp slirp) throws IOException {
        return new Guest(slirp, Slirps.GUEST, SystemTimers.shared(), 1500);
    }

    private static void echo(Socket socket) throws IOException {
        socket.getInputStream().transferTo(socket.getOutputStream());
        socket.shutdownOutput();
    }

    @ParameterizedTest
    @CsvSource({"10.0.2.15,10.0.2.2", "fd00::15,fd00::2"})
    void shouldEchoThroughARealSocketInBothFamilies(String from, String to) throws Exception {
        try (HostServer server = new HostServer(SlirpTcpTest::echo);
                Slirp slirp = Slirp.open(Slirps.config()
                        .allowHost(7, new InetSocketAddress(Slirps.LOOPBACK, server.port()))
                        .build());
                Guest guest = new Guest(slirp, from, SystemTimers.shared(), 1500)) {
            GuestSocket socket = guest.connect(IpAddress.parse(to), 7);
            socket.write("hello".getBytes(UTF_8));
            socket.shutdownOutput();

            assertArrayEquals("hello".getBytes(UTF_8), socket.readToEnd());
            assertNull(socket.awaitOver());
            Await.until(() -> slirp.snapshot().tcpConnections() == 0);
        }
    }

    /** A guest that speaks one family, a service of the host that listens in one. */
    @ParameterizedTest
    @CsvSource({
        "10.0.2.15, 10.0.2.2, 127.0.0.1",
        "10.0.2.15, 10.0.2.2, ::1",
        "fd00::15, fd00::2, 127.0.0.1",
        "fd00::15, fd00::2, ::1"
    })
    void shouldReachTheHostsLoopbackInWhicheverFamily(String from, String to, String loopback) throws Exception {
        try (ServerSocket server = new ServerSocket(0, 5, InetAddress.getByName(loopback));
                Slirp slirp = Slirp.open(
                        Slirps.config().allowHost(server.getLocalPort()).build());
                Guest guest = new Guest(slirp, from, SystemTimers.shared(), 1500)) {
            GuestSocket socket = guest.connect(IpAddress.parse(to), server.getLocalPort());
            try (Socket accepted = server.accept()) {
                accepted.getOutputStream().write(7);
                assertEquals(7, socket.read(1)[0]);
            }
        }
    }

    @Test
    void shouldRefuseAPortThatIsClosedOnTheHost() throws Exception {
        try (Socket bound = new Socket()) {
            bound.bind(new InetSocketAddress(Slirps.LOOPBACK, 0)); // and does not listen; nobody else can take the port
            refuse(bound.getLocalPort());
        }
    }

    private static void refuse(int closedPort) throws Exception {
        try (Slirp slirp = Slirp.open(Slirps.config().allowHost(closedPort).build());
                Guest guest = guestOf(slirp)) {
            IOException failure = assertThrows(IOException.class, () -> guest.connect(Slirps.GATEWAY, closedPort));

            assertEquals("REFUSED", failure.getMessage());
            Await.until(() -> slirp.snapshot().tcpConnections() == 0);
        }
    }

    @Test
    void shouldRefuseAPortThatIsNotOpenedToGuests() throws Exception {
        try (HostServer server = new HostServer(SlirpTcpTest::echo);
                Slirp slirp = Slirp.open(Slirps.config().build());
                Guest guest = guestOf(slirp)) {
            IOException failure = assertThrows(IOException.class, () -> guest.connect(Slirps.GATEWAY, server.port()));

            assertEquals("REFUSED", failure.getMessage());
        }
    }

    @Test
    void shouldRefuseWhatThePolicyDenies() throws Exception {
        try (HostServer server = new HostServer(SlirpTcpTest::echo);
                Slirp slirp = slirpTo(server);
                Guest guest = guestOf(slirp)) {
            IOException failure =
                    assertThrows(IOException.class, () -> guest.connect(IpAddress.parse("127.0.0.1"), server.port()));

            assertEquals("REFUSED", failure.getMessage());
        }
    }

    @ParameterizedTest
    @CsvSource({"1500", "65520"})
    void shouldDownloadByteForByte(int mtu) throws Exception {
        byte[] content = Slirps.bytes(BULK, 1);
        try (HostServer server =
                        new HostServer(socket -> socket.getOutputStream().write(content));
                Slirp slirp = Slirp.open(
                        Slirps.config().mtu(mtu).allowHost(server.port()).build());
                Guest guest = new Guest(slirp, Slirps.GUEST, SystemTimers.shared(), mtu)) {
            GuestSocket socket = guest.connect(Slirps.GATEWAY, server.port());

            assertArrayEquals(content, socket.readToEnd());
            server.firstDone.get();
        }
    }

    @Test
    void shouldUploadByteForByte() throws Exception {
        byte[] content = Slirps.bytes(BULK, 2);
        CompletableFuture<byte[]> received = new CompletableFuture<>();
        try (HostServer server = new HostServer(
                        socket -> received.complete(socket.getInputStream().readAllBytes()));
                Slirp slirp = slirpTo(server);
                Guest guest = guestOf(slirp)) {
            GuestSocket socket = guest.connect(Slirps.GATEWAY, server.port());
            socket.write(content);
            socket.shutdownOutput();

            assertArrayEquals(content, received.get());
            assertArrayEquals(new byte[0], socket.readToEnd());
        }
    }

    @Test
    void shouldGoOnSendingToAGuestThatHasFinished() throws Exception {
        byte[] content = Slirps.bytes(1 << 20, 3);
        try (HostServer server = new HostServer(socket -> {
                    assertEquals(-1, socket.getInputStream().read());
                    socket.getOutputStream().write(content);
                });
                Slirp slirp = slirpTo(server);
                Guest guest = guestOf(slirp)) {
            GuestSocket socket = guest.connect(Slirps.GATEWAY, server.port());
            socket.shutdownOutput();

            assertArrayEquals(content, socket.readToEnd());
            server.firstDone.get();
        }
    }

    @Test
    void shouldGoOnSendingToAHostThatHasFinished() throws Exception {
        byte[] content = Slirps.bytes(1 << 20, 4);
        CompletableFuture<byte[]> received = new CompletableFuture<>();
        try (HostServer server = new HostServer(socket -> {
                    socket.shutdownOutput();
                    received.complete(socket.getInputStream().readAllBytes());
                });
                Slirp slirp = slirpTo(server);
                Guest guest = guestOf(slirp)) {
            GuestSocket socket = guest.connect(Slirps.GATEWAY, server.port());
            assertArrayEquals(new byte[0], socket.readToEnd());
            socket.write(content);
            socket.shutdownOutput();

            assertArrayEquals(content, received.get());
            assertNull(socket.awaitOver());
        }
    }

    @Test
    void shouldResetTheGuestWhenTheHostResets() throws Exception {
        try (HostServer server = new HostServer(socket -> {
                    socket.getOutputStream().write(new byte[10_000]);
                    assertEquals(1, socket.getInputStream().read());
                    socket.setSoLinger(true, 0);
                });
                Slirp slirp = slirpTo(server);
                Guest guest = guestOf(slirp)) {
            GuestSocket socket = guest.connect(Slirps.GATEWAY, server.port());
            socket.read(10_000);
            socket.writeAnyway(new byte[] {1});

            assertEquals(TcpFailure.RESET, socket.awaitOver());
            Await.until(() -> slirp.snapshot().tcpConnections() == 0);
        }
    }

    @Test
    void shouldResetTheHostWhenTheGuestResets() throws Exception {
        try (HostServer server = new HostServer(socket -> {
                    InputStream in = socket.getInputStream();
                    assertEquals(1, in.read());
                    in.read();
                });
                Slirp slirp = slirpTo(server);
                Guest guest = guestOf(slirp)) {
            GuestSocket socket = guest.connect(Slirps.GATEWAY, server.port());
            socket.write(new byte[] {1});
            Await.until(() -> slirp.snapshot().tcpConnections() == 1);
            socket.reset();

            ExecutionException failure = assertThrows(ExecutionException.class, server.firstDone::get);
            assertInstanceOf(SocketException.class, failure.getCause());
            Await.until(() -> slirp.snapshot().tcpConnections() == 0);
        }
    }

    @Test
    void shouldServeTwoHundredRequestsAtOnce() throws Exception {
        int requests = 200;
        ExecutorService threads = Executors.newFixedThreadPool(16);
        try (HostServer server = new HostServer(SlirpTcpTest::echo);
                Slirp slirp = slirpTo(server);
                Guest guest = guestOf(slirp)) {
            List<GuestSocket> sockets = new ArrayList<>();
            for (int i = 0; i < requests; i++) {
                sockets.add(guest.open(Slirps.GATEWAY, server.port()));
            }
            List<Future<byte[]>> answers = new ArrayList<>();
            for (int i = 0; i < requests; i++) {
                int number = i;
                answers.add(threads.submit(() -> {
                    GuestSocket socket = sockets.get(number);
                    socket.awaitEstablished();
                    socket.write(("request " + number).getBytes(UTF_8));
                    socket.shutdownOutput();
                    return socket.readToEnd();
                }));
            }

            for (int i = 0; i < requests; i++) {
                assertEquals("request " + i, new String(answers.get(i).get(), UTF_8));
            }
            Await.until(() -> slirp.snapshot().tcpConnections() == 0);
        } finally {
            threads.shutdownNow();
        }
    }

    @Test
    void shouldHoldTheHostBackWhenTheGuestDoesNotRead() throws Exception {
        byte[] content = Slirps.bytes(BULK, 5);
        try (HostServer server =
                        new HostServer(socket -> socket.getOutputStream().write(content));
                Slirp slirp = slirpTo(server);
                Guest guest = guestOf(slirp)) {
            GuestSocket slow = guest.connect(Slirps.GATEWAY, server.port());
            GuestSocket other = guest.connect(Slirps.GATEWAY, server.port());

            assertArrayEquals(content, other.readToEnd(), "a reader beside one that does not read");
            assertArrayEquals(content, slow.readToEnd());
        }
    }
}
