// SPDX-License-Identifier: MIT
package io.pktkit.interop;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.sun.net.httpserver.HttpsConfigurator;
import com.sun.net.httpserver.HttpsServer;
import io.pktkit.lab.Lan;
import io.pktkit.lab.LanConfig;
import io.pktkit.lab.LanHost;
import java.io.BufferedReader;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Proxy;
import java.net.Socket;
import java.net.SocketException;
import java.net.UnknownHostException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import javax.net.SocketFactory;
import javax.net.ssl.SSLSocket;
import okhttp3.OkHttpClient;
import okhttp3.Request;
import okhttp3.Response;
import org.apache.hc.client5.http.DnsResolver;
import org.apache.hc.client5.http.classic.methods.HttpGet;
import org.apache.hc.client5.http.impl.classic.CloseableHttpClient;
import org.apache.hc.client5.http.impl.classic.HttpClients;
import org.apache.hc.client5.http.impl.io.DefaultHttpClientConnectionOperator;
import org.apache.hc.client5.http.impl.io.PoolingHttpClientConnectionManager;
import org.apache.hc.client5.http.ssl.DefaultClientTlsStrategy;
import org.apache.hc.client5.http.ssl.TlsSocketStrategy;
import org.apache.hc.core5.http.config.RegistryBuilder;
import org.apache.hc.core5.http.io.entity.EntityUtils;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/**
 * Libraries as {@code docs/libraries.md} wires them, inside a virtual network, against real servers: over TLS, with a name that only the
 * network has. What the machine's own resolver is asked meanwhile is captured.
 */
@NeedsPeer({"tcpdump", "setpriv"})
@Timeout(value = 400, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
class LibrariesTest {
    private static final String NAME = "host.pktkit";
    private static final String CONTROL = "pktkit-control.example";
    private static final String TEXT = "hello from inside";

    @TempDir
    Path folder;

    private HttpsServer pages;
    private SelfSigned certificate;
    private PostgresServer database;
    private Lan lan;
    private LanHost alice;

    /** What the driver makes by its name. */
    public static final class Sockets extends SocketFactory {
        static volatile @Nullable SocketFactory host;

        @Override
        public Socket createSocket() throws IOException {
            SocketFactory factory = host;
            if (factory == null) {
                throw new SocketException("no host");
            }
            return factory.createSocket();
        }

        @Override
        public Socket createSocket(String name, int port) {
            throw new UnsupportedOperationException("the driver connects its sockets itself");
        }

        @Override
        public Socket createSocket(String name, int port, InetAddress local, int localPort) {
            throw new UnsupportedOperationException("the driver connects its sockets itself");
        }

        @Override
        public Socket createSocket(InetAddress address, int port) {
            throw new UnsupportedOperationException("the driver connects its sockets itself");
        }

        @Override
        public Socket createSocket(InetAddress address, int port, InetAddress local, int localPort) {
            throw new UnsupportedOperationException("the driver connects its sockets itself");
        }
    }

    @BeforeEach
    void setUp() throws Exception {
        certificate = SelfSigned.make(folder, NAME);
        pages = HttpsServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 16);
        pages.setHttpsConfigurator(new HttpsConfigurator(certificate.tls()));
        pages.createContext("/", exchange -> {
            byte[] page = TEXT.getBytes(StandardCharsets.US_ASCII);
            exchange.sendResponseHeaders(200, page.length);
            exchange.getResponseBody().write(page);
            exchange.close();
        });
        pages.start();
        database = PostgresServer.start(folder);
        lan = Lan.open(LanConfig.builder()
                .allowHost(pages.getAddress().getPort())
                .allowHost(database.port())
                .build());
        alice = lan.addHost("alice");
        alice.awaitLease(Await.LIMIT);
        Sockets.host = alice.client().socketFactory();
    }

    @AfterEach
    void tearDown() throws IOException {
        Sockets.host = null;
        if (alice != null) {
            alice.close();
        }
        if (lan != null) {
            lan.close();
        }
        if (database != null) {
            database.close();
        }
        pages.stop(0);
    }

    @Test
    void shouldServeLibrariesAndTellTheHostsResolverNothing() throws Exception {
        ProcessBuilder builder = new ProcessBuilder(
                        "tcpdump", "-i", "any", "-n", "-l", "--immediate-mode", "port", "53")
                .redirectErrorStream(true);
        builder.environment().put("PATH", Commands.PATH);
        Process capture = builder.start();
        try (BufferedReader lines = capture.inputReader(StandardCharsets.UTF_8)) {
            readUntil(lines, "listening on");
            plainTls();
            okHttp();
            httpClient5();
            postgres();

            Thread asking = new Thread(LibrariesTest::askTheHost);
            asking.setDaemon(true);
            asking.start();
            List<String> seen = readUntil(lines, CONTROL);
            assertFalse(seen.stream().anyMatch(line -> line.contains(NAME)), () -> String.join("\n", seen));
        } finally {
            Commands.kill(capture);
        }
    }

    /** What a library does that was not told who resolves names: it is seen, so the capture would have seen the others. */
    private static void askTheHost() {
        try {
            assertTrue(InetAddress.getAllByName(CONTROL).length > 0);
        } catch (UnknownHostException e) {
            return; // as it should be
        }
    }

    private static List<String> readUntil(BufferedReader lines, String text) throws IOException {
        List<String> read = new ArrayList<>();
        for (String line = lines.readLine(); line != null; line = lines.readLine()) {
            read.add(line);
            if (line.contains(text)) {
                return read;
            }
        }
        throw new AssertionError("no '" + text + "' in " + read);
    }

    private String url() {
        return "https://" + NAME + ":" + pages.getAddress().getPort() + "/";
    }

    private void plainTls() throws IOException {
        int port = pages.getAddress().getPort();
        Socket plain = alice.client().socketFactory().createSocket(NAME, port);
        try (SSLSocket secured =
                (SSLSocket) certificate.client().getSocketFactory().createSocket(plain, NAME, port, true)) {
            secured.startHandshake();
            secured.getOutputStream()
                    .write(("GET / HTTP/1.0\r\nHost: " + NAME + "\r\n\r\n").getBytes(StandardCharsets.US_ASCII));
            String answer = new String(secured.getInputStream().readAllBytes(), StandardCharsets.US_ASCII);
            assertTrue(answer.endsWith(TEXT), answer);
        }
        assertEquals(
                TEXT,
                alice.client().http().withTls(certificate.client()).get(url()).text(),
                "and our own");
    }

    private void okHttp() throws IOException {
        OkHttpClient http = new OkHttpClient.Builder()
                .socketFactory(alice.client().socketFactory())
                .sslSocketFactory(certificate.client().getSocketFactory(), certificate.trust())
                .dns(name -> List.of(alice.client().resolveAll(name)))
                .proxy(Proxy.NO_PROXY)
                .build();
        for (int i = 0; i < 3; i++) {
            try (Response response =
                    http.newCall(new Request.Builder().url(url()).build()).execute()) {
                assertEquals(TEXT, response.body().string());
            }
        }
        http.connectionPool().evictAll();
        http.dispatcher().executorService().shutdown();
    }

    private void httpClient5() throws IOException {
        DnsResolver names = new DnsResolver() {
            @Override
            public InetAddress[] resolve(String host) throws UnknownHostException {
                return alice.client().resolveAll(host);
            }

            @Override
            public String resolveCanonicalHostname(String host) {
                return host;
            }
        };
        var sockets = new DefaultHttpClientConnectionOperator(
                proxy -> alice.client().socketFactory().createSocket(),
                null,
                names,
                RegistryBuilder.<TlsSocketStrategy>create()
                        .register("https", new DefaultClientTlsStrategy(certificate.client()))
                        .build());
        try (CloseableHttpClient http = HttpClients.custom()
                .setConnectionManager(new PoolingHttpClientConnectionManager(sockets, null, null, null, null))
                .build()) {
            for (int i = 0; i < 3; i++) {
                assertEquals(
                        TEXT, http.execute(new HttpGet(url()), response -> EntityUtils.toString(response.getEntity())));
            }
        }
    }

    private void postgres() throws Exception {
        String address = alice.client().resolveAll(NAME)[0].getHostAddress();
        String jdbc = "jdbc:postgresql://" + address + ":" + database.port()
                + "/postgres?sslmode=disable&user=alice&socketFactory=" + Sockets.class.getName();
        String large = "0123456789".repeat(100_000);
        try (Connection connection = DriverManager.getConnection(jdbc)) {
            try (Statement statement = connection.createStatement()) {
                statement.execute("CREATE TABLE kept (number int, text text)");
            }
            try (PreparedStatement insert = connection.prepareStatement("INSERT INTO kept VALUES (?, ?)")) {
                for (int i = 0; i < 1000; i++) {
                    insert.setInt(1, i);
                    insert.setString(2, i == 500 ? large : "x");
                    insert.addBatch();
                }
                assertEquals(1000, insert.executeBatch().length);
            }
            connection.setAutoCommit(false);
            try (Statement query = connection.createStatement()) {
                query.setFetchSize(50); // by a cursor, in many answers
                long sum = 0;
                try (ResultSet rows = query.executeQuery("SELECT number, text FROM kept ORDER BY number")) {
                    while (rows.next()) {
                        sum += rows.getInt(1);
                        assertEquals(rows.getInt(1) == 500 ? large : "x", rows.getString(2));
                    }
                }
                assertEquals(499_500, sum);
            }
            connection.rollback();
            cancel(connection);
        }
    }

    /** A query is cancelled over another connection, for which the driver asks the factory again. */
    private static void cancel(Connection connection) throws Exception {
        try (Statement sleeping = connection.createStatement()) {
            CompletableFuture<SQLException> ended = new CompletableFuture<>();
            Thread thread = new Thread(() -> {
                try {
                    sleeping.execute("SELECT pg_sleep(600)");
                    ended.complete(new SQLException("it slept to the end"));
                } catch (SQLException e) {
                    ended.complete(e);
                }
            });
            thread.start();
            while (!ended.isDone()) {
                sleeping.cancel(); // does nothing until the query is under way
                thread.join(20);
            }
            assertEquals("57014", ended.get().getSQLState(), "query_canceled");
        }
        assertThrows(SQLException.class, () -> connection.createStatement().execute("SELECT 1"), "rolled back first");
        connection.rollback();
    }
}
