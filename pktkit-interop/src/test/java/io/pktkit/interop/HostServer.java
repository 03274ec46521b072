// SPDX-License-Identifier: MIT
package io.pktkit.interop;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import com.sun.net.httpserver.HttpsConfigurator;
import com.sun.net.httpserver.HttpsServer;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;
import java.util.Random;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import javax.net.ssl.SSLContext;

/** The JDK's HTTP server on the host's loopback: what a guest talks to through the NAT. */
public final class HostServer implements AutoCloseable {
    private static final int CHUNK = 1 << 16;

    private final ExecutorService threads = Executors.newCachedThreadPool();
    private final HttpServer server;

    public HostServer() throws IOException {
        this(HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 1024));
    }

    /** The same over TLS. */
    HostServer(SSLContext tls) throws IOException {
        this(secure(tls));
    }

    private HostServer(HttpServer unstarted) {
        server = unstarted;
        server.setExecutor(threads);
        server.createContext("/data/", HostServer::sendData);
        server.createContext("/upload", HostServer::digestUpload);
        server.createContext("/small/", HostServer::sendName);
        server.start();
    }

    private static HttpServer secure(SSLContext tls) throws IOException {
        HttpsServer created = HttpsServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 1024);
        created.setHttpsConfigurator(new HttpsConfigurator(tls));
        return created;
    }

    public int port() {
        return server.getAddress().getPort();
    }

    /** The SHA-256 of what {@code /data/LENGTH} sends, and of what an upload made by {@link #writeData} holds. */
    public static String sha256(long length) throws IOException {
        MessageDigest digest = newDigest();
        writeData(length, (bytes, count) -> digest.update(bytes, 0, count));
        return HexFormat.of().formatHex(digest.digest());
    }

    interface Chunks {
        void accept(byte[] bytes, int count) throws IOException;
    }

    /** The same pseudo-random bytes for each length, so that a lost, repeated or moved byte changes the digest. */
    static void writeData(long length, Chunks out) throws IOException {
        Random random = new Random(length);
        byte[] chunk = new byte[CHUNK];
        for (long left = length; left > 0; left -= CHUNK) {
            random.nextBytes(chunk);
            out.accept(chunk, (int) Math.min(left, CHUNK));
        }
    }

    private static void sendData(HttpExchange exchange) throws IOException {
        long length = Long.parseLong(tail(exchange));
        exchange.sendResponseHeaders(200, length);
        try (OutputStream body = exchange.getResponseBody()) {
            writeData(length, (bytes, count) -> body.write(bytes, 0, count));
        }
    }

    private static void digestUpload(HttpExchange exchange) throws IOException {
        MessageDigest digest = newDigest();
        byte[] chunk = new byte[CHUNK];
        try (InputStream body = exchange.getRequestBody()) {
            for (int n = body.read(chunk); n >= 0; n = body.read(chunk)) {
                digest.update(chunk, 0, n);
            }
        }
        reply(exchange, HexFormat.of().formatHex(digest.digest()));
    }

    private static void sendName(HttpExchange exchange) throws IOException {
        reply(exchange, "small file " + tail(exchange));
    }

    private static void reply(HttpExchange exchange, String text) throws IOException {
        byte[] bytes = text.getBytes(java.nio.charset.StandardCharsets.US_ASCII);
        exchange.sendResponseHeaders(200, bytes.length);
        try (OutputStream body = exchange.getResponseBody()) {
            body.write(bytes);
        }
    }

    private static String tail(HttpExchange exchange) {
        String path = exchange.getRequestURI().getPath();
        return path.substring(path.lastIndexOf('/') + 1);
    }

    private static MessageDigest newDigest() {
        try {
            return MessageDigest.getInstance("SHA-256");
        } catch (NoSuchAlgorithmException e) {
            throw new AssertionError("every JDK has SHA-256", e);
        }
    }

    @Override
    public void close() {
        server.stop(0);
        threads.shutdownNow();
    }
}
