// SPDX-License-Identifier: MIT
package io.pktkit.vclient;

import static io.pktkit.vclient.TwoClients.BOB;
import static io.pktkit.vclient.TwoClients.get;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.pktkit.iphost.socket.VirtualServerSocket;
import io.pktkit.iphost.socket.VirtualSocket;
import io.pktkit.vtcp.TcpInfo;
import io.pktkit.vtcp.TcpState;
import io.pktkit.wire.IpAddress;
import io.pktkit.wire.IpPrefix;
import java.io.IOException;
import java.io.InputStream;
import java.io.InterruptedIOException;
import java.net.BindException;
import java.net.ConnectException;
import java.net.InetSocketAddress;
import java.net.NoRouteToHostException;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.SocketException;
import java.net.SocketTimeoutException;
import java.time.Duration;
import java.util.concurrent.Future;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

@Timeout(60)
@SuppressWarnings("try") // to close before the end of a block is what is tested
class VirtualSocketTest {
    private static final int PORT = 7000;

    private final TwoClients net = new TwoClients();

    @AfterEach
    @Timeout(60)
    void tearDown() {
        net.close();
    }

    private Socket[] pair() throws Exception {
        try (ServerSocket listener = net.bob.listen(PORT)) {
            Future<Socket> accepted = net.async(listener::accept);
            Socket dialled = net.alice.dial("10.0.0.2", PORT);
            return new Socket[] {dialled, get(accepted)};
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"10.0.0.2", "fd00::2"})
    void shouldCarryBytesBothWays(String host) throws Exception {
        try (ServerSocket listener = net.bob.listen(PORT)) {
            Future<Socket> accepting = net.async(listener::accept);
            try (Socket client = net.alice.dial(host, PORT);
                    Socket server = get(accepting)) {
                client.getOutputStream().write(new byte[] {1, 2, 3});
                assertArrayEquals(new byte[] {1, 2, 3}, server.getInputStream().readNBytes(3));
                server.getOutputStream().write(200);
                assertEquals(200, client.getInputStream().read());

                assertEquals(PORT, client.getPort());
                assertEquals(client.getLocalPort(), server.getPort());
                assertEquals(client.getLocalAddress(), server.getInetAddress());
                assertEquals(server.getLocalAddress(), client.getInetAddress());
                assertTrue(client.getLocalPort() >= 49152);
            }
        }
    }

    @Test
    void shouldTellHowTheConnectionFares() throws Exception {
        VirtualSocket unconnected = (VirtualSocket) net.alice.socketFactory().createSocket();
        assertThrows(SocketException.class, unconnected::info);
        unconnected.close();
        try (VirtualServerSocket listener = net.bob.listen(PORT)) {
            Future<VirtualSocket> accepting = net.async(listener::accept);
            VirtualSocket client = net.alice.dial("10.0.0.2", PORT);
            try (VirtualSocket server = get(accepting)) {
                client.getOutputStream().write(new byte[3]);
                server.getInputStream().readNBytes(3);

                assertEquals(TcpState.ESTABLISHED, client.info().state());
                TcpInfo.Counters sent = client.info().counters();
                assertEquals(
                        3, sent.bytesSent() - sent.bytesRetransmitted()); // it may repeat what is acknowledged late
                assertEquals(3, server.info().counters().bytesReceived());
                long age = server.info().timing().sinceReceivedNanos();
                TwoClients.awaitThat(() -> sinceReceived(server) > age); // without a segment
                client.close();
                assertThrows(SocketException.class, client::info);
            }
        }
    }

    private static int available(Socket socket) {
        try {
            return socket.getInputStream().available();
        } catch (IOException e) {
            throw new AssertionError(e);
        }
    }

    private static long sinceReceived(VirtualSocket socket) {
        try {
            return socket.info().timing().sinceReceivedNanos();
        } catch (SocketException e) {
            throw new AssertionError(e);
        }
    }

    @Test
    void shouldReachItself() throws Exception {
        try (ServerSocket listener = net.alice.listen(PORT)) {
            for (String host : new String[] {"10.0.0.1", "127.0.0.1", "localhost", "fd00::1"}) {
                Future<Socket> accepting = net.async(listener::accept);
                try (Socket client = net.alice.dial(host, PORT);
                        Socket server = get(accepting)) {
                    client.getOutputStream().write(7);
                    assertEquals(7, server.getInputStream().read());
                }
            }
        }
    }

    @Test
    void shouldSayRefusedWhenNobodyListens() {
        ConnectException e = assertThrows(ConnectException.class, () -> net.alice.dial("10.0.0.2", 1));

        assertTrue(String.valueOf(e.getMessage()).contains("10.0.0.2 port 1 refused"), e.getMessage());
    }

    @Test
    void shouldSayThatThereIsNoWayWithoutAnAddressOfTheFamily() {
        try (VirtualClient bare = new VirtualClient()) {
            NoRouteToHostException e = assertThrows(NoRouteToHostException.class, () -> bare.dial("10.0.0.2", 80));

            assertTrue(String.valueOf(e.getMessage()).contains("no IPV4 address"), e.getMessage());
        }
    }

    @Test
    void shouldTimeOutWhenNobodyAnswers() {
        assertThrows(SocketTimeoutException.class, () -> net.alice.dial("10.0.0.77", 80, Duration.ofMillis(20)));
    }

    @Test
    void shouldReadToTheEndAndWriteOnAfterTheOtherSideHasFinished() throws Exception {
        Socket[] pair = pair();
        try (Socket client = pair[0];
                Socket server = pair[1]) {
            client.getOutputStream().write(new byte[] {1, 2});
            client.shutdownOutput();

            assertArrayEquals(new byte[] {1, 2}, server.getInputStream().readAllBytes());
            server.getOutputStream().write(new byte[] {3, 4});
            server.close();
            assertArrayEquals(new byte[] {3, 4}, client.getInputStream().readAllBytes());
            assertThrows(IOException.class, () -> client.getOutputStream().write(1));
        }
    }

    @Test
    void shouldReportAResetAsAnError() throws Exception {
        Socket[] pair = pair();
        try (Socket client = pair[0];
                Socket server = pair[1]) {
            Future<Integer> reading = net.async(() -> client.getInputStream().read());
            TwoClients.awaitWaiting(net.alice, 1);

            server.setSoLinger(true, 0);
            server.close();

            SocketException e = assertThrows(SocketException.class, () -> get(reading));
            assertTrue(String.valueOf(e.getMessage()).contains("reset"), e.getMessage());
            assertThrows(SocketException.class, () -> client.getOutputStream().write(1));
        }
    }

    @Test
    void shouldTakeAResetAfterTheEndAsACleanEnd() throws Exception {
        Socket[] pair = pair();
        try (Socket client = pair[0];
                Socket server = pair[1]) {
            server.getOutputStream().write(5);
            server.close(); // FIN; what still comes is answered by a reset
            client.getOutputStream().write(1);

            assertEquals(5, client.getInputStream().read());
            assertEquals(-1, client.getInputStream().read());
            assertEquals(-1, client.getInputStream().read());
        }
    }

    @Test
    void shouldResetWhenClosedWithUnreadInput() throws Exception {
        Socket[] pair = pair();
        try (Socket client = pair[0];
                Socket server = pair[1]) {
            client.getOutputStream().write(1);
            TwoClients.awaitThat(() -> available(server) > 0);
            server.close();

            assertThrows(SocketException.class, () -> client.getInputStream().read());
        }
    }

    @Test
    void shouldCountAHandshakeAsSuccessEvenIfThePeerLeavesAtOnce() throws Exception {
        try (ServerSocket listener = net.bob.listen(PORT)) {
            Future<Boolean> serving = net.async(() -> {
                listener.accept().close();
                return true;
            });
            try (Socket client = net.alice.dial("10.0.0.2", PORT)) {
                assertTrue(get(serving));
                assertEquals(-1, client.getInputStream().read());
            }
        }
    }

    @Test
    void shouldWakeAReaderWhenItsSocketIsClosed() throws Exception {
        Socket[] pair = pair();
        try (Socket client = pair[0];
                Socket server = pair[1]) {
            Future<Integer> reading = net.async(() -> client.getInputStream().read());
            TwoClients.awaitWaiting(net.alice, 1);

            client.close();

            assertThrows(SocketException.class, () -> get(reading));
            assertEquals(-1, server.getInputStream().read());
        }
    }

    @Test
    void shouldWakeAReaderWhenItIsInterrupted() throws Exception {
        Socket[] pair = pair();
        try (Socket client = pair[0];
                Socket server = pair[1]) {
            Thread current = Thread.currentThread();
            Future<Boolean> interrupting = net.async(() -> {
                TwoClients.awaitWaiting(net.alice, 1);
                current.interrupt();
                return true;
            });

            assertThrows(
                    InterruptedIOException.class, () -> client.getInputStream().read());
            assertTrue(Thread.interrupted());
            assertTrue(get(interrupting));
            server.getOutputStream().write(9);
            assertEquals(9, client.getInputStream().read());
        }
    }

    @Test
    void shouldWakeEveryoneWhenTheClientIsClosed() throws Exception {
        Socket[] pair = pair();
        VirtualServerSocket listener = net.alice.listen(PORT + 1);
        VirtualDatagramSocket datagrams = net.alice.openDatagram(0);
        Future<Integer> reading = net.async(() -> pair[0].getInputStream().read());
        Future<Socket> accepting = net.async(listener::accept);
        Future<VirtualDatagram> receiving = net.async(() -> datagrams.receive());
        Future<Socket> dialling = net.async(() -> net.alice.dial("10.0.0.99", 1));
        Future<Duration> pinging = net.async(() -> net.alice.ping(IpAddress.parse("10.0.0.99"), Duration.ofHours(1)));
        TwoClients.awaitWaiting(net.alice, 5);

        net.alice.close();

        for (Future<?> woken : new Future<?>[] {reading, accepting, receiving, dialling, pinging}) {
            assertThrows(SocketException.class, () -> get(woken));
        }
        assertThrows(SocketException.class, () -> net.alice.dial("10.0.0.2", PORT));
        assertThrows(IOException.class, () -> net.alice.listen(PORT + 2));
        assertThrows(SocketException.class, () -> net.alice.openDatagram(0));
        assertEquals(new VirtualClientUsage(0, 0, 0, 0, 0), net.alice.usage());
        pair[0].close();
        pair[1].setSoLinger(true, 0);
        pair[1].close();
    }

    @Test
    void shouldKeepToItsReadTimeoutAndGoOn() throws Exception {
        Socket[] pair = pair();
        try (Socket client = pair[0];
                Socket server = pair[1]) {
            client.setSoTimeout(5);
            assertEquals(5, client.getSoTimeout());

            assertThrows(
                    SocketTimeoutException.class, () -> client.getInputStream().read());
            server.getOutputStream().write(3);
            client.setSoTimeout(0);
            assertEquals(3, client.getInputStream().read());
        }
    }

    @Test
    void shouldKeepToItsAcceptTimeout() throws Exception {
        try (ServerSocket listener = net.bob.listen(0)) {
            assertNotEquals(0, listener.getLocalPort());
            listener.setSoTimeout(5);

            assertThrows(SocketTimeoutException.class, listener::accept);
        }
    }

    @Test
    void shouldHoldConnectionsUntilTheyAreAccepted() throws Exception {
        try (ServerSocket listener = net.bob.serverSocketFactory().createServerSocket(PORT, 2)) {
            Socket[] clients = new Socket[2];
            for (int i = 0; i < clients.length; i++) {
                clients[i] = net.alice.dial("10.0.0.2", PORT);
            }
            // The third is held back at its last step, not refused.
            Future<Socket> third = net.async(() -> net.alice.dial("10.0.0.2", PORT));
            for (int i = 0; i < 3; i++) {
                try (Socket accepted = listener.accept()) {
                    accepted.getOutputStream().write(i);
                }
            }
            try (Socket late = get(third)) {
                assertEquals(2, late.getInputStream().read());
            }
            for (Socket client : clients) {
                client.close();
            }
        }
    }

    @Test
    void shouldResetWhoIsNotAccepted() throws Exception {
        Socket client;
        try (ServerSocket listener = net.bob.listen(PORT)) {
            client = net.alice.dial("10.0.0.2", PORT);
            assertTrue(listener.isBound());
        }
        assertThrows(SocketException.class, () -> client.getInputStream().read());
        client.close();
    }

    @Test
    void shouldRefuseAPortInUse() throws Exception {
        try (ServerSocket listener = net.bob.listen(PORT)) {
            assertThrows(BindException.class, () -> net.bob.listen(PORT));
            assertEquals(PORT, listener.getLocalPort());
        }
        net.bob.listen(PORT).close();
    }

    @Test
    void shouldFollowAChangeOfAddress() throws Exception {
        try (ServerSocket listener = net.bob.listen(PORT)) {
            net.bob.setPrefix(IpPrefix.parse("10.0.0.3/24"));
            assertThrows(SocketTimeoutException.class, () -> net.alice.dial("10.0.0.2", PORT, Duration.ofMillis(5)));
            Future<Socket> accepting = net.async(listener::accept);
            try (Socket client = net.alice.dial("10.0.0.3", PORT);
                    Socket server = get(accepting)) {
                assertEquals(client.getLocalPort(), server.getPort());
            }
        }
    }

    @Test
    void shouldMakeSocketsByTheFactory() throws Exception {
        try (ServerSocket listener = net.bob.serverSocketFactory().createServerSocket(PORT);
                Socket client = net.alice.socketFactory().createSocket()) {
            client.bind(new InetSocketAddress("10.0.0.1", 5555));
            client.setTcpNoDelay(false);
            client.setKeepAlive(true);
            client.setReceiveBufferSize(100_000);
            client.connect(new InetSocketAddress(BOB.toInetAddress(), PORT), 10_000);
            try (Socket server = listener.accept();
                    Socket second = net.alice.socketFactory().createSocket("10.0.0.2", PORT);
                    Socket other = listener.accept()) {
                assertEquals(5555, server.getPort());
                assertFalse(client.getTcpNoDelay());
                assertTrue(client.getKeepAlive());
                assertEquals(100_000, client.getReceiveBufferSize());
                assertEquals(-1, client.getSoLinger());
                assertThrows(IOException.class, () -> client.sendUrgentData(1));
                assertEquals(second.getLocalPort(), other.getPort());
            }
        }
    }

    @Test
    void shouldForgetWhatArrivesAfterTheInputWasShutDown() throws Exception {
        Socket[] pair = pair();
        try (Socket client = pair[0];
                Socket server = pair[1]) {
            InputStream input = server.getInputStream();
            server.shutdownInput();
            assertEquals(-1, input.read());
            client.getOutputStream().write(new byte[4 << 20]);
            server.getOutputStream().write(1);
            assertEquals(1, client.getInputStream().read());
        }
    }
}
