// SPDX-License-Identifier: MIT
package io.pktkit.slirp;

import io.pktkit.wire.IpAddress;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.StandardSocketOptions;
import java.nio.channels.SocketChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/** A port of 127.0.0.1 whose backlog is full, so that connecting to it neither succeeds nor fails. */
public final class SilentPort implements AutoCloseable {
    private static final int BACKLOG = 1;
    private static final String LISTENING = "0A";

    private final ServerSocket server;
    private final List<SocketChannel> fillers = new ArrayList<>();

    /**
     * Fills the backlog, and waits until the system says that it is full: connections of another thread may overtake those that
     * fill it.
     */
    public SilentPort() throws IOException, InterruptedException {
        server = new ServerSocket(0, BACKLOG, IpAddress.parse("127.0.0.1").toInetAddress());
        for (int i = 0; i < 8; i++) {
            SocketChannel filler = SocketChannel.open();
            filler.configureBlocking(false);
            filler.setOption(StandardSocketOptions.SO_LINGER, 0);
            filler.connect(server.getLocalSocketAddress());
            fillers.add(filler);
        }
        Await.until(this::isFull);
    }

    public int port() {
        return server.getLocalPort();
    }

    public InetSocketAddress address() {
        return (InetSocketAddress) server.getLocalSocketAddress();
    }

    /** Linux takes one connection more than it is told; systems that do not tell are trusted. */
    private boolean isFull() {
        try {
            for (String table : List.of("/proc/net/tcp", "/proc/net/tcp6")) {
                Path file = Path.of(table);
                for (String line : Files.isReadable(file) ? Files.readAllLines(file) : List.<String>of()) {
                    String[] columns = line.trim().split("\\s+", -1);
                    if (columns[3].equals(LISTENING) && columns[1].endsWith(String.format(":%04X", port()))) {
                        return Integer.parseInt(columns[4].substring(columns[4].indexOf(':') + 1), 16) > BACKLOG;
                    }
                }
            }
            return true;
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    @Override
    public void close() throws IOException {
        for (SocketChannel filler : fillers) {
            filler.close();
        }
        server.close();
    }
}
