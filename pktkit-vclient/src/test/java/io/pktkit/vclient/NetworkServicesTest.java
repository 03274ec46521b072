// SPDX-License-Identifier: MIT
package io.pktkit.vclient;

import static io.pktkit.vclient.TwoClients.ALICE;
import static io.pktkit.vclient.TwoClients.BOB;
import static io.pktkit.vclient.TwoClients.BOB_IPV6;
import static io.pktkit.vclient.TwoClients.get;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.pktkit.dns.stub.DnsLookupException;
import io.pktkit.vclient.http.HttpException;
import io.pktkit.vclient.http.HttpRequest;
import io.pktkit.vclient.http.HttpResponse;
import io.pktkit.wire.IpAddress;
import io.pktkit.wire.IpFamily;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.net.ConnectException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.SocketTimeoutException;
import java.net.UnknownHostException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.Future;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Names and pages over the virtual network. */
@Timeout(60)
class NetworkServicesTest {
    private static final int PORT = 80;
    private static final Map<String, List<IpAddress>> NAMES = Map.of(
            "server.test", List.of(BOB, BOB_IPV6),
            "big.test", List.of(BOB),
            "half.test", List.of(IpAddress.parse("fd00::dead"), BOB));

    private final TwoClients net = new TwoClients();

    @AfterEach
    void tearDown() {
        net.close();
    }

    /** Serves one connection: reads the head of the request and its body of known length, then answers. */
    private Future<String> serve(ServerSocket listener, int bodyLength, byte[] response) {
        return net.async(() -> {
            try (Socket socket = listener.accept()) {
                StringBuilder head = new StringBuilder();
                while (head.indexOf("\r\n\r\n") < 0) {
                    head.append((char) socket.getInputStream().read());
                }
                byte[] body = socket.getInputStream().readNBytes(bodyLength);
                socket.getOutputStream().write(response);
                return head + new String(body, StandardCharsets.ISO_8859_1);
            }
        });
    }

    private static byte[] ascii(String text) {
        return text.getBytes(StandardCharsets.ISO_8859_1);
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
    void shouldNeverAskTheHostForLibraries() {
        assertThrows(UnknownHostException.class, () -> net.alice.resolveAll("localhost.localdomain"));

        Thread.currentThread().interrupt();
        net.alice.setDnsServers(List.of(BOB));
        assertThrows(UnknownHostException.class, () -> net.alice.resolveAll("server.test"));
        assertTrue(Thread.interrupted(), "the interrupt is kept");

        net.alice.close();
        assertThrows(UnknownHostException.class, () -> net.alice.resolveAll("server.test"));
    }

    @Test
    void shouldSayAtOnceThatNoServerListens() {
        net.alice.setDnsServers(List.of(BOB));

        DnsLookupException e = assertThrows(DnsLookupException.class, () -> net.alice.resolve("server.test"));

        assertEquals(DnsLookupException.Reason.SERVER_FAILED, e.reason());
    }

    @Test
    void shouldDialTheAddressThatAnswersAndKeepTheName() throws Exception {
        try (NameServer server = new NameServer(net, net.bob, NAMES);
                ServerSocket listener = net.bob.listen(PORT);
                Socket socket = net.alice.socketFactory().createSocket()) {
            net.alice.setDnsServers(List.of(BOB));

            // Nobody has the first address, so the second is tried 250 ms later.
            socket.connect(InetSocketAddress.createUnresolved("half.test", PORT), 30_000);

            assertEquals("half.test", socket.getInetAddress().getHostName());
            assertArrayEquals(BOB.toBytes(), socket.getInetAddress().getAddress());
            listener.accept().close();
            server.stop();
        }
    }

    @Test
    void shouldFetchAPage() throws Exception {
        try (ServerSocket listener = net.bob.listen(PORT)) {
            Future<String> request = serve(
                    listener,
                    0,
                    ascii("HTTP/1.1 200 OK\r\nContent-Length: 5\r\nSet-Cookie: a\r\nSet-Cookie: b\r\n\r\nhello"));

            HttpResponse response = net.alice.http().get("http://10.0.0.2/path?q=1#fragment");

            assertEquals(200, response.status());
            assertEquals("hello", response.text());
            assertEquals(List.of("a", "b"), response.headers().all("Set-Cookie"));
            assertEquals("GET /path?q=1 HTTP/1.1\r\nHost: 10.0.0.2\r\nConnection: close\r\n\r\n", get(request));
        }
    }

    @Test
    void shouldStreamALargeBody() throws Exception {
        byte[] body = new byte[5 << 20];
        new Random(1).nextBytes(body);
        ByteArrayOutputStream response = new ByteArrayOutputStream();
        response.write(ascii("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"));
        for (int at = 0; at < body.length; at += 40_000) {
            int length = Math.min(40_000, body.length - at);
            response.write(ascii(Integer.toHexString(length) + "\r\n"));
            response.write(body, at, length);
            response.write(ascii("\r\n"));
        }
        response.write(ascii("0\r\n\r\n"));
        try (ServerSocket listener = net.bob.listen(PORT)) {
            Future<String> request = serve(listener, 0, response.toByteArray());
            ByteArrayOutputStream target = new ByteArrayOutputStream();

            HttpResponse got = net.alice.http().get("http://[fd00::2]/", target);

            assertArrayEquals(body, target.toByteArray());
            assertEquals(body.length, got.bodyLength());
            assertEquals("", got.text());
            assertTrue(get(request).contains("\r\nHost: [fd00::2]\r\n"));
        }
    }

    @Test
    void shouldPostABody() throws Exception {
        byte[] body = ascii("x".repeat(100_000));
        try (ServerSocket listener = net.bob.listen(PORT)) {
            Future<String> request = serve(listener, body.length, ascii("HTTP/1.1 204 No Content\r\n\r\n"));

            HttpResponse response = net.alice
                    .http()
                    .send(HttpRequest.of("POST", "http://10.0.0.2/")
                            .withBody(() -> new ByteArrayInputStream(body), body.length));

            assertEquals(204, response.status());
            assertTrue(
                    get(request).endsWith("Content-Length: 100000\r\nConnection: close\r\n\r\n" + "x".repeat(100_000)));
        }
    }

    @Test
    void shouldFailWhenTheBodyOfTheRequestEndsEarly() throws Exception {
        try (ServerSocket listener = net.bob.listen(PORT)) {
            Future<Socket> accepting = net.async(listener::accept);
            HttpRequest request =
                    HttpRequest.of("PUT", "http://10.0.0.2/").withBody(() -> new ByteArrayInputStream(new byte[3]), 4);

            IOException e =
                    assertThrows(IOException.class, () -> net.alice.http().send(request));

            assertTrue(String.valueOf(e.getMessage()).contains("1 bytes before"), e.getMessage());
            get(accepting).close();
        }
    }

    @Test
    void shouldFailOnAShortBody() throws Exception {
        try (ServerSocket listener = net.bob.listen(PORT)) {
            Future<String> request = serve(listener, 0, ascii("HTTP/1.1 200 OK\r\nContent-Length: 6\r\n\r\nhello"));

            assertThrows(HttpException.class, () -> net.alice.http().get("http://10.0.0.2/"));
            assertTrue(get(request).startsWith("GET"));
        }
    }

    @Test
    void shouldKeepToOneDeadlineWhereverTheServerStalls() throws Exception {
        try (ServerSocket listener = net.bob.listen(PORT)) {
            Future<Integer> stalling = net.async(() -> {
                try (Socket socket = listener.accept()) {
                    socket.getOutputStream().write(ascii("HTTP/1.1 200 OK\r\nContent-Le"));
                    return socket.getInputStream().readAllBytes().length;
                }
            });

            SocketTimeoutException e = assertThrows(
                    SocketTimeoutException.class,
                    () -> net.alice.http().withTimeout(Duration.ofMillis(100)).get("http://10.0.0.2/"));

            assertTrue(String.valueOf(e.getMessage()).contains("http://10.0.0.2/"), e.getMessage());
            assertTrue(get(stalling) > 0);
        }
    }

    @Test
    void shouldKeepToItsDeadlineWhileTheServerDoesNotRead() throws Exception {
        try (ServerSocket listener = net.bob.listen(PORT)) {
            HttpRequest request = HttpRequest.of("PUT", "http://10.0.0.2/").withBody(new byte[32 << 20]);

            assertThrows(
                    SocketTimeoutException.class,
                    () -> net.alice.http().withTimeout(Duration.ofMillis(200)).send(request));

            Socket accepted = listener.accept();
            accepted.setSoLinger(true, 0);
            accepted.close();
        }
    }

    @Test
    void shouldSayThatTheServerIsNotThere() {
        assertThrows(ConnectException.class, () -> net.alice.http().get("http://10.0.0.2:81/"));
        assertEquals(ALICE, net.alice.prefix(IpFamily.IPV4).address());
    }
}
