// SPDX-License-Identifier: MIT
package io.pktkit.vclient;

import static io.pktkit.vclient.TwoClients.get;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.pktkit.dns.DnsName;
import io.pktkit.vclient.http.HttpClient;
import io.pktkit.vclient.http.HttpResponse;
import java.io.IOException;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Random;
import java.util.concurrent.Future;
import javax.net.ssl.SSLException;
import javax.net.ssl.SSLSocket;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

@Timeout(60)
class TlsTest {
    private static final int PORT = 443;
    private static final String HOST = "server.test";

    private final TwoClients net = new TwoClients();
    private final TestCertificate certificate = TestCertificate.load();

    @BeforeEach
    void setUp() {
        net.alice.resolver().setHost(DnsName.parse(HOST), List.of(TwoClients.BOB));
        net.alice.resolver().setHost(DnsName.parse("other.test"), List.of(TwoClients.BOB));
    }

    @AfterEach
    @Timeout(60)
    void tearDown() {
        net.close();
    }

    private SSLSocket serve(ServerSocket listener) throws Exception {
        Socket accepted = listener.accept();
        SSLSocket secured =
                (SSLSocket) certificate.context().getSocketFactory().createSocket(accepted, null, PORT, true);
        secured.setUseClientMode(false);
        return secured;
    }

    @Test
    void shouldCarryTlsOverItsSockets() throws Exception {
        byte[] message = new byte[300_000];
        new Random(1).nextBytes(message);
        try (ServerSocket listener = net.bob.listen(PORT)) {
            Future<Long> serving = net.async(() -> {
                try (SSLSocket server = serve(listener)) {
                    byte[] received = server.getInputStream().readNBytes(message.length);
                    server.getOutputStream().write(received);
                    return (long) received.length;
                }
            });
            Socket plain = net.alice.dial(HOST, PORT);
            try (SSLSocket client =
                    (SSLSocket) certificate.context().getSocketFactory().createSocket(plain, HOST, PORT, true)) {
                Future<Boolean> writing = net.async(() -> {
                    client.getOutputStream().write(message);
                    return true;
                });
                byte[] echoed = client.getInputStream().readNBytes(message.length);

                assertArrayEquals(message, echoed);
                assertEquals("TLSv1.3", client.getSession().getProtocol());
                assertEquals(true, get(writing));
            }
            assertEquals(message.length, get(serving));
        }
    }

    @Test
    void shouldFetchAPageOverHttps() throws Exception {
        try (ServerSocket listener = net.bob.listen(PORT)) {
            Future<Integer> serving = net.async(() -> {
                try (SSLSocket server = serve(listener)) {
                    int first = server.getInputStream().read();
                    server.getOutputStream()
                            .write("HTTP/1.1 200 OK\r\n\r\nsecret until the end".getBytes(StandardCharsets.US_ASCII));
                    return first;
                }
            });

            HttpResponse response =
                    net.alice.http().withTls(certificate.context()).get("https://" + HOST + "/");

            assertEquals("secret until the end", response.text());
            assertEquals('G', get(serving));
        }
    }

    /** Who can reset the connection must not decide where a body ends that has no length: RFC 9112 section 9.8. */
    @ParameterizedTest
    @CsvSource({"TLSv1.2, false", "TLSv1.2, true", "TLSv1.3, false", "TLSv1.3, true"})
    void shouldNotTakeABodyThatWasCutForAWholeOne(String version, boolean known) throws Exception {
        String page = known ? "HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\nwhol" : "HTTP/1.1 200 OK\r\n\r\nnot who";
        try (ServerSocket listener = net.bob.listen(PORT)) {
            Future<Integer> serving = net.async(() -> {
                try (Socket accepted = listener.accept()) {
                    SSLSocket server = (SSLSocket)
                            certificate.context().getSocketFactory().createSocket(accepted, null, PORT, false);
                    server.setUseClientMode(false);
                    server.setEnabledProtocols(new String[] {version});
                    int first = server.getInputStream().read();
                    server.getOutputStream().write(page.getBytes(StandardCharsets.US_ASCII));
                    accepted.shutdownOutput(); // a FIN, and no close_notify before it
                    accepted.getInputStream().readAllBytes();
                    return first;
                }
            });
            HttpClient http = net.alice.http().withTls(certificate.context());
            if (known) {
                assertEquals("whol", http.get("https://" + HOST + "/").text(), "its length says that it is whole");
            } else {
                SSLException cut = assertThrows(SSLException.class, () -> http.get("https://" + HOST + "/"));
                assertTrue(String.valueOf(cut.getMessage()).contains("close_notify"), cut::toString);
            }
            assertEquals('G', get(serving));
        }
    }

    @Test
    void shouldFetchMoreThanARecordHolds() throws Exception {
        byte[] body = new byte[200_000];
        new Random(2).nextBytes(body);
        try (ServerSocket listener = net.bob.listen(PORT)) {
            Future<Integer> serving = net.async(() -> {
                try (SSLSocket server = serve(listener)) {
                    int first = server.getInputStream().read();
                    server.getOutputStream().write("HTTP/1.1 200 OK\r\n\r\n".getBytes(StandardCharsets.US_ASCII));
                    server.getOutputStream().write(body);
                    return first;
                }
            });
            HttpClient http = net.alice.http().withTls(certificate.context());
            assertArrayEquals(body, http.get("https://" + HOST + "/").body());
            assertEquals('G', get(serving));
        }
    }

    @Test
    void shouldRefuseACertificateForAnotherName() throws Exception {
        try (ServerSocket listener = net.bob.listen(PORT)) {
            Future<Integer> serving = net.async(() -> {
                try (SSLSocket server = serve(listener)) {
                    return server.getInputStream().read();
                }
            });

            assertThrows(
                    SSLException.class,
                    () -> net.alice.http().withTls(certificate.context()).get("https://other.test/"));
            // The alert, or the reset of what the client has not read: whichever comes first.
            assertThrows(IOException.class, () -> get(serving));
        }
    }
}
