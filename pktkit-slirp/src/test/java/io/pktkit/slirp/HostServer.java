// SPDX-License-Identifier: MIT
package io.pktkit.slirp;

import java.io.IOException;
import java.net.ServerSocket;
import java.net.Socket;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;

/** A TCP server on 127.0.0.1 that handles each connection on a thread. */
final class HostServer implements AutoCloseable {
    /** What the server does with a connection. */
    interface Handler {
        void handle(Socket socket) throws Exception;
    }

    private final ServerSocket server;
    private final ExecutorService threads = Executors.newCachedThreadPool();

    /** Completes with the outcome of the first handler. */
    final CompletableFuture<Void> firstDone = new CompletableFuture<>();

    HostServer(Handler handler) throws IOException {
        server = new ServerSocket(0, 256, Slirps.LOOPBACK);
        threads.execute(() -> acceptAll(handler));
    }

    int port() {
        return server.getLocalPort();
    }

    private void acceptAll(Handler handler) {
        while (!server.isClosed()) {
            try {
                Socket socket = server.accept();
                threads.execute(() -> run(handler, socket));
            } catch (IOException e) {
                return; // closed
            }
        }
    }

    private void run(Handler handler, Socket socket) {
        try (socket) {
            handler.handle(socket);
            firstDone.complete(null);
        } catch (Exception | AssertionError e) {
            firstDone.completeExceptionally(e);
        }
    }

    @Override
    public void close() throws IOException {
        server.close();
        threads.shutdownNow();
    }
}
