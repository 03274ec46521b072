// SPDX-License-Identifier: MIT
package io.pktkit.cli;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import java.io.IOException;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.security.DigestOutputStream;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;
import java.util.SplittableRandom;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;

/** The JDK's HTTP server on loopback with one page of known content. */
final class PageServer implements AutoCloseable {
    private static final int CHUNK = 1 << 16;

    private final long length;
    private final String sha256;
    private final HttpServer server;
    private final ExecutorService thread;

    PageServer(long length) throws IOException {
        this.length = length;
        DigestOutputStream digest = new DigestOutputStream(OutputStream.nullOutputStream(), newDigest());
        writePage(digest);
        this.sha256 = HexFormat.of().formatHex(digest.getMessageDigest().digest());
        this.server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 16);
        this.thread = Executors.newSingleThreadExecutor();
        server.setExecutor(thread);
        server.createContext("/page", this::send);
        server.start();
    }

    int port() {
        return server.getAddress().getPort();
    }

    long length() {
        return length;
    }

    String sha256() {
        return sha256;
    }

    private void send(HttpExchange exchange) throws IOException {
        exchange.getResponseHeaders().set("Content-Type", "application/octet-stream");
        exchange.sendResponseHeaders(200, length);
        try (OutputStream body = exchange.getResponseBody()) {
            writePage(body);
        }
    }

    private void writePage(OutputStream out) throws IOException {
        SplittableRandom random = new SplittableRandom(length);
        byte[] chunk = new byte[CHUNK];
        for (long left = length; left > 0; left -= chunk.length) {
            random.nextBytes(chunk);
            out.write(chunk, 0, (int) Math.min(left, chunk.length));
        }
    }

    static MessageDigest newDigest() {
        try {
            return MessageDigest.getInstance("SHA-256");
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("this Java has no SHA-256, which every Java must have", e);
        }
    }

    @Override
    public void close() {
        server.stop(0);
        thread.shutdownNow();
    }
}
