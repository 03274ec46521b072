// SPDX-License-Identifier: MIT
package io.pktkit.vclient;

import static io.pktkit.vclient.TwoClients.BOB;
import static io.pktkit.vclient.TwoClients.BOB_IPV6;
import static io.pktkit.vclient.TwoClients.get;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.pktkit.dns.stub.DnsLookupException;
import io.pktkit.time.ManualTime;
import io.pktkit.vclient.http.HttpRequest;
import io.pktkit.vclient.http.HttpResponse;
import io.pktkit.wire.IpAddress;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.SocketException;
import java.net.SocketTimeoutException;
import java.net.UnknownHostException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Future;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/**
 * Names and deadlines over the virtual network. A lookup waits only so long for the second family, and a request only so long
 * at all, so virtual time decides, not how soon a thread gets its turn.
 */
@Timeout(60)
class NamesAndDeadlinesTest {
    private static final int PORT = 80;
    private static final Map<String, List<IpAddress>> NAMES = Map.of(
            "server.test", List.of(BOB, BOB_IPV6),
            "big.test", List.of(BOB),
            "half.test", List.of(IpAddress.parse("2001:db8::dead"), BOB));

    private final ManualTime time = new ManualTime();
    private final long start = time.nowNanos();
    private final TwoClients net = new TwoClients(time);

    @AfterEach
    @Timeout(60)
    void tearDown() {
        net.close();
    }

    @Test
    void shouldResolveNamesOverTheNetwork() throws Exception {
        try (NameServer server = new NameServer(net, net.bob, NAMES)) {
            net.alice.setDnsServers(List.of(BOB));

            // A unique local address comes after IPv4, RFC 6724 section 2.1.
            assertEquals(List.of(BOB, BOB_IPV6), net.alice.resolve("server.test"));
            assertEquals(List.of(BOB), net.alice.resolve("big.test"));
            DnsLookupException e = assertThrows(DnsLookupException.class, () -> net.alice.resolve("none.test"));
            assertEquals(DnsLookupException.Reason.NO_SUCH_NAME, e.reason());

            int[] queries = server.stop();
            assertTrue(queries[0] >= 5, "over UDP: " + queries[0]);
            assertTrue(queries[1] >= 1, "over TCP: " + queries[1]);
            assertEquals(start, time.nowNanos());
        }
    }

    @Test
    void shouldResolveForLibrariesWithTheName() throws Exception {
        try (NameServer server = new NameServer(net, net.bob, NAMES)) {
            net.alice.setDnsServers(List.of(BOB));

            InetAddress[] found = net.alice.resolveAll("server.test");

            assertEquals(2, found.length);
            assertArrayEquals(BOB.toBytes(), found[0].getAddress());
            assertArrayEquals(BOB_IPV6.toBytes(), found[1].getAddress());
            assertEquals("server.test", found[1].getHostName());
            assertEquals("10.0.0.9", net.alice.resolveAll("10.0.0.9")[0].getHostAddress());
            assertThrows(UnknownHostException.class, () -> net.alice.resolveAll("none.test"));
            server.stop();
        }
    }

    @Test
    void shouldSayAtOnceThatNoServerListens() {
        net.alice.setDnsServers(List.of(BOB));

        DnsLookupException e = assertThrows(DnsLookupException.class, () -> net.alice.resolve("server.test"));

        assertEquals(DnsLookupException.Reason.SERVER_FAILED, e.reason());
        assertEquals(start, time.nowNanos());
    }

    @Test
    void shouldDialTheAddressThatAnswersAndKeepTheName() throws Exception {
        try (NameServer server = new NameServer(net, net.bob, NAMES);
                ServerSocket listener = net.bob.listen(PORT);
                Socket socket = net.alice.socketFactory().createSocket()) {
            net.alice.setDnsServers(List.of(BOB));
            Future<Boolean> connecting = net.async(() -> {
                socket.connect(InetSocketAddress.createUnresolved("half.test", PORT), 30_000);
                return true;
            });
            TwoClients.awaitThat(() ->
                    net.alice.usage().connections() == 1 && net.alice.usage().waiting() == 1);

            // Nobody has the first address, so the second is tried 250 ms later.
            time.advance(Duration.ofMillis(249));
            assertFalse(connecting.isDone());
            time.advance(Duration.ofMillis(1));

            assertTrue(get(connecting));
            assertEquals("half.test", socket.getInetAddress().getHostName());
            assertArrayEquals(BOB.toBytes(), socket.getInetAddress().getAddress());
            listener.accept().close();
            server.stop();
        }
    }

    @Test
    void shouldKeepToOneDeadlineWhereverTheServerStalls() throws Exception {
        CountDownLatch stalled = new CountDownLatch(1);
        try (ServerSocket listener = net.bob.listen(PORT)) {
            Future<Integer> stalling = net.async(() -> {
                try (Socket socket = listener.accept()) {
                    int first = socket.getInputStream().read();
                    socket.getOutputStream().write("HTTP/1.1 200 OK\r\nContent-Le".getBytes(StandardCharsets.US_ASCII));
                    stalled.countDown();
                    awaitTheEnd(socket);
                    return first;
                }
            });
            Future<HttpResponse> fetching = net.async(
                    () -> net.alice.http().withTimeout(Duration.ofMillis(100)).get("http://10.0.0.2/"));
            stalled.await(); // the request is on its way, so the client has set its deadline

            time.advance(Duration.ofMillis(100));

            SocketTimeoutException e = assertThrows(SocketTimeoutException.class, () -> get(fetching));
            assertTrue(String.valueOf(e.getMessage()).contains("http://10.0.0.2/"), e.getMessage());
            assertEquals('G', get(stalling));
        }
    }

    /** Until the other side has hung up, which is a reset if it has not read all that came. */
    private static void awaitTheEnd(Socket socket) throws Exception {
        try {
            socket.getInputStream().readAllBytes();
        } catch (SocketException e) {
            assertTrue(String.valueOf(e.getMessage()).contains("reset"), e.getMessage());
        }
    }

    @Test
    void shouldKeepToItsDeadlineWhileTheServerDoesNotRead() throws Exception {
        try (ServerSocket listener = net.bob.listen(PORT)) {
            HttpRequest request = HttpRequest.of("PUT", "http://10.0.0.2/").withBody(new byte[32 << 20]);
            Future<HttpResponse> sending = net.async(
                    () -> net.alice.http().withTimeout(Duration.ofMillis(200)).send(request));
            try (Socket accepted = listener.accept()) {
                assertEquals('P', accepted.getInputStream().read()); // by now the client has set its deadline

                time.advance(Duration.ofMillis(200));

                assertThrows(SocketTimeoutException.class, () -> get(sending));
                accepted.setSoLinger(true, 0);
            }
        }
    }
}
