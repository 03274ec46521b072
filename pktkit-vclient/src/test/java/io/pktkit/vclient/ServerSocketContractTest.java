// SPDX-License-Identifier: MIT
package io.pktkit.vclient;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.net.BindException;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.SocketException;
import java.net.StandardSocketOptions;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.function.Executable;

/** The contract of {@link ServerSocket}, method by method. */
@Timeout(value = 60, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
@SuppressWarnings("try") // to close before the end of a block is what is tested
class ServerSocketContractTest extends StreamSocketRig {
    @Test
    void shouldHaveARowForEachMethod() {
        assertEquals(methods(ServerSocket.class), rows().keySet());
    }

    @Override
    Map<String, Executable> rows() {
        Map<String, Executable> rows = new TreeMap<>();
        put(rows, this::serverBind, "bind", "isBound");
        put(rows, this::accept, "accept", "close", "isClosed");
        put(rows, this::serverLocal, "getInetAddress", "getLocalPort", "getLocalSocketAddress");
        put(rows, this::serverSettings, "setSoTimeout", "getSoTimeout", "setReuseAddress", "getReuseAddress");
        put(rows, this::serverSettings, "setReceiveBufferSize", "getReceiveBufferSize");
        put(rows, this::serverOptions, "setOption", "getOption", "supportedOptions");
        put(rows, this::serverRest, "getChannel", "toString", "setPerformancePreferences");
        return rows;
    }

    private void serverBind() throws Exception {
        try (ServerSocket first = server();
                ServerSocket second = server();
                ServerSocket third = server();
                ServerSocket any = server()) {
            assertFalse(first.isBound());
            assertThrows(IllegalArgumentException.class, () -> first.bind(strange()));
            first.bind(new InetSocketAddress(network.peer, 0), 1);
            assertTrue(first.isBound());
            assertThrows(SocketException.class, () -> first.bind(null));
            assertThrows(BindException.class, () -> second.bind(first.getLocalSocketAddress()));
            assertThrows(BindException.class, () -> third.bind(new InetSocketAddress(network.nobody, 0)));
            any.bind(null);
            assertTrue(any.getLocalPort() > 0 && any.getInetAddress().isAnyLocalAddress());
            any.close();
            assertTrue(any.isBound(), "what was stays");
            assertThrows(SocketException.class, () -> any.bind(null));
        }
    }

    private void accept() throws Exception {
        try (ServerSocket unbound = server()) {
            assertThrows(SocketException.class, unbound::accept);
        }
        ServerSocket server = server();
        server.bind(new InetSocketAddress(network.peer, 0));
        CompletableFuture<Throwable> outcome = new CompletableFuture<>();
        CompletableFuture<Thread> accepting = new CompletableFuture<>();
        Thread thread = new Thread(() -> {
            accepting.complete(Thread.currentThread());
            outcome.complete(assertThrows(IOException.class, server::accept));
        });
        thread.start();
        accepting.get();
        server.close(); // before or after it has begun to wait
        server.close();
        assertInstanceOf(SocketException.class, outcome.get());
        thread.join();
        assertTrue(server.isClosed());
        assertThrows(SocketException.class, server::accept);
    }

    private void serverLocal() throws Exception {
        ServerSocket server = server();
        assertNull(server.getInetAddress());
        assertEquals(-1, server.getLocalPort());
        assertNull(server.getLocalSocketAddress());
        server.bind(new InetSocketAddress(network.peer, 0));
        int port = server.getLocalPort();
        assertEquals(network.peer, server.getInetAddress());
        assertEquals(new InetSocketAddress(network.peer, port), server.getLocalSocketAddress());
        server.close();
        assertEquals(network.peer, server.getInetAddress(), "what was stays");
        assertEquals(port, server.getLocalPort());
    }

    private void serverSettings() throws Exception {
        ServerSocket server = server();
        server.setSoTimeout(800);
        assertEquals(800, server.getSoTimeout());
        assertThrows(IllegalArgumentException.class, () -> server.setSoTimeout(-1));
        server.setReuseAddress(true);
        assertTrue(server.getReuseAddress());
        server.setReceiveBufferSize(40_000);
        assertTrue(server.getReceiveBufferSize() >= 40_000);
        assertThrows(IllegalArgumentException.class, () -> server.setReceiveBufferSize(0));
        server.close();
        assertThrows(SocketException.class, () -> server.setSoTimeout(1));
        assertThrows(SocketException.class, server::getSoTimeout);
        assertThrows(SocketException.class, () -> server.setReuseAddress(true));
        assertThrows(SocketException.class, server::getReuseAddress);
        assertThrows(SocketException.class, () -> server.setReceiveBufferSize(1));
        assertThrows(SocketException.class, server::getReceiveBufferSize);
    }

    private void serverOptions() throws Exception {
        ServerSocket server = server();
        assertTrue(server.supportedOptions().contains(StandardSocketOptions.SO_RCVBUF));
        assertEquals(server, server.setOption(StandardSocketOptions.SO_REUSEADDR, true));
        assertEquals(true, server.getOption(StandardSocketOptions.SO_REUSEADDR));
        assertThrows(NullPointerException.class, () -> server.getOption(null));
        assertThrows(
                UnsupportedOperationException.class, () -> server.getOption(StandardSocketOptions.IP_MULTICAST_TTL));
        server.close();
        assertThrows(SocketException.class, () -> server.getOption(StandardSocketOptions.SO_REUSEADDR));
    }

    private void serverRest() throws Exception {
        try (ServerSocket server = server()) {
            assertNull(server.getChannel());
            server.setPerformancePreferences(1, 2, 3);
            assertTrue(server.toString().contains("unbound"), server.toString());
        }
    }
}
