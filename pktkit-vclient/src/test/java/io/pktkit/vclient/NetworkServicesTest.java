// SPDX-License-Identifier: MIT
package io.pktkit.vclient;

import static io.pktkit.vclient.TwoClients.ALICE;
import static io.pktkit.vclient.TwoClients.BOB;
import static io.pktkit.vclient.TwoClients.get;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.pktkit.dns.DnsName;
import io.pktkit.vclient.http.HttpException;
import io.pktkit.vclient.http.HttpRequest;
import io.pktkit.vclient.http.HttpResponse;
import io.pktkit.wire.IpAddress;
import io.pktkit.wire.IpFamily;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.EOFException;
import java.io.IOException;
import java.net.ConnectException;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.UnknownHostException;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Random;
import java.util.concurrent.Future;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Pages over the virtual network, in real time: see {@link NamesAndDeadlinesTest} for what depends on it. */
@Timeout(60)
class NetworkServicesTest {
    private static final int PORT = 80;

    private final TwoClients net = new TwoClients();

    @AfterEach
    @Timeout(60)
    void tearDown() {
        net.close();
    }

    /** Serves one connection: reads the head of the request and its body of known length, then answers. */
    private Future<String> serve(ServerSocket listener, int bodyLength, byte[] response) {
        return net.async(() -> {
            try (Socket socket = listener.accept()) {
                StringBuilder head = new StringBuilder();
                while (head.indexOf("\r\n\r\n") < 0) {
                    int next = socket.getInputStream().read();
                    if (next < 0) {
                        throw new EOFException("the head of the request ends with: " + head);
                    }
                    head.append((char) next);
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

    @ParameterizedTest
    @CsvSource({"my_service.lan, 10.0.0.2", "my_service, fd00::2"})
    void shouldFetchFromAHostWhoseNameHasAnUnderscore(String name, String address) throws Exception {
        net.alice.resolver().setHost(DnsName.parse(name), List.of(IpAddress.parse(address)));
        try (ServerSocket listener = net.bob.listen(PORT)) {
            Future<String> request = serve(listener, 0, ascii("HTTP/1.1 204 No Content\r\n\r\n"));

            assertEquals(204, net.alice.http().get("http://" + name + "/").status());
            assertEquals("GET / HTTP/1.1\r\nHost: " + name + "\r\nConnection: close\r\n\r\n", get(request));
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
    void shouldSayThatTheServerIsNotThere() {
        assertThrows(ConnectException.class, () -> net.alice.http().get("http://10.0.0.2:81/"));
        assertEquals(ALICE, net.alice.prefix(IpFamily.IPV4).address());
    }
}
