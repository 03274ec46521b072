// SPDX-License-Identifier: MIT
package io.pktkit.vclient;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.net.BindException;
import java.net.ConnectException;
import java.net.InetSocketAddress;
import java.net.NoRouteToHostException;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.SocketAddress;
import java.net.SocketException;
import java.net.StandardSocketOptions;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.function.Executable;

/** The contract of {@link Socket}, method by method. */
@Timeout(value = 60, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
@SuppressWarnings("try") // to close before the end of a block is what is tested
class StreamSocketContractTest extends StreamSocketRig {
    @Test
    void shouldHaveARowForEachMethod() {
        assertEquals(methods(Socket.class), rows().keySet());
    }

    /** RFC 1122 section 3.2.1.3 (g): a loopback address does not appear outside a host. */
    @Test
    void shouldConnectFromLoopbackToItsOwnHostOnly() throws Exception {
        for (String loopback : List.of("127.0.0.1", "::1")) {
            String other = loopback.contains(":") ? "fd00::2" : "10.0.0.2";
            String own = loopback.contains(":") ? "fd00::1" : "10.0.0.1";
            try (ServerSocket server = alice.listen(80);
                    Socket local = alice.socketFactory().createSocket();
                    Socket remote = alice.socketFactory().createSocket()) {
                local.bind(new InetSocketAddress(loopback, 0));
                local.connect(new InetSocketAddress(own, 80));
                assertTrue(local.isConnected());
                remote.bind(new InetSocketAddress(loopback, 0));
                assertThrows(
                        NoRouteToHostException.class, () -> remote.connect(new InetSocketAddress(other, 80), 1000));
                assertTrue(server.isBound());
            }
        }
    }

    @Override
    Map<String, Executable> rows() {
        Map<String, Executable> rows = new TreeMap<>();
        put(rows, this::connect, "connect");
        put(rows, this::bind, "bind");
        put(rows, this::remote, "getInetAddress", "getPort", "getRemoteSocketAddress");
        put(rows, this::local, "getLocalAddress", "getLocalPort", "getLocalSocketAddress");
        put(rows, this::streams, "getInputStream", "getOutputStream");
        put(rows, this::shutdown, "shutdownInput", "shutdownOutput", "isInputShutdown", "isOutputShutdown");
        put(rows, this::noDelay, "setTcpNoDelay", "getTcpNoDelay");
        put(rows, this::linger, "setSoLinger", "getSoLinger");
        put(rows, this::urgent, "sendUrgentData", "setOOBInline", "getOOBInline");
        put(rows, this::soTimeout, "setSoTimeout", "getSoTimeout");
        put(rows, this::buffers, "setSendBufferSize", "getSendBufferSize");
        put(rows, this::buffers, "setReceiveBufferSize", "getReceiveBufferSize");
        put(rows, this::keepAlive, "setKeepAlive", "getKeepAlive");
        put(rows, this::trafficClass, "setTrafficClass", "getTrafficClass");
        put(rows, this::reuseAddress, "setReuseAddress", "getReuseAddress");
        put(rows, this::close, "close", "isClosed", "isConnected", "isBound");
        put(rows, this::rest, "getChannel", "toString", "setPerformancePreferences");
        put(rows, this::options, "setOption", "getOption", "supportedOptions");
        return rows;
    }

    private void connect() throws Exception {
        try (Socket socket = socket()) {
            assertThrows(IllegalArgumentException.class, () -> socket.connect(null));
            assertThrows(IllegalArgumentException.class, () -> socket.connect(strange()));
            assertThrows(IllegalArgumentException.class, () -> socket.connect(own(1), -1));
        }
        try (Pair pair = pair();
                Socket refused = socket()) {
            SocketAddress there = pair.server().getLocalSocketAddress();
            assertThrows(SocketException.class, () -> pair.near().connect(there));
            assertThrows(SocketException.class, () -> closed().connect(there));
            pair.server().close();
            assertThrows(ConnectException.class, () -> refused.connect(there));
        }
    }

    private void bind() throws Exception {
        try (Socket first = socket();
                Socket second = socket();
                Socket third = socket()) {
            assertThrows(IllegalArgumentException.class, () -> first.bind(strange()));
            assertThrows(SocketException.class, () -> closed().bind(null));
            first.bind(own(0));
            assertTrue(first.isBound());
            assertThrows(SocketException.class, () -> first.bind(null));
            assertThrows(BindException.class, () -> second.bind(own(first.getLocalPort())));
            assertThrows(BindException.class, () -> third.bind(new InetSocketAddress(network.nobody, 0)));
            try (Socket any = socket()) {
                any.bind(null);
                assertTrue(any.getLocalPort() > 0);
            }
        }
    }

    private void remote() throws Exception {
        Socket socket = socket();
        assertNull(socket.getInetAddress());
        assertEquals(0, socket.getPort());
        assertNull(socket.getRemoteSocketAddress());
        socket.close();
        try (Pair pair = pair()) {
            int port = pair.server().getLocalPort();
            pair.near().close(); // changes nothing of it
            assertEquals(network.peer, pair.near().getInetAddress());
            assertEquals(port, pair.near().getPort());
            assertEquals(new InetSocketAddress(network.peer, port), pair.near().getRemoteSocketAddress());
            assertEquals(network.own, pair.far().getInetAddress());
            assertEquals(pair.near().getLocalPort(), pair.far().getPort());
        }
    }

    private void local() throws Exception {
        try (Socket socket = socket()) {
            assertTrue(socket.getLocalAddress().isAnyLocalAddress());
            assertEquals(-1, socket.getLocalPort());
            assertNull(socket.getLocalSocketAddress());
            socket.bind(own(0));
            assertEquals(network.own, socket.getLocalAddress());
            assertEquals(own(socket.getLocalPort()), socket.getLocalSocketAddress());
        }
        try (Pair pair = pair()) {
            assertEquals(network.own, pair.near().getLocalAddress());
            int port = pair.near().getLocalPort();
            assertTrue(port > 0);
            pair.near().close();
            assertEquals(port, pair.near().getLocalPort(), "still the one it had");
            assertTrue(pair.near().getLocalAddress().isAnyLocalAddress(), "none any more");
        }
    }

    private void streams() throws Exception {
        try (Socket socket = socket()) {
            assertThrows(SocketException.class, socket::getInputStream);
            assertThrows(SocketException.class, socket::getOutputStream);
        }
        try (Pair pair = pair()) {
            pair.near().getOutputStream().write(new byte[] {1, 2, 3}, 1, 2);
            assertEquals(2, pair.far().getInputStream().read());
            assertEquals(0, pair.far().getInputStream().read(new byte[0]));
            assertEquals(3, pair.far().getInputStream().read());
            assertThrows(
                    IndexOutOfBoundsException.class,
                    () -> pair.far().getInputStream().read(new byte[1], 0, 2));
            pair.near().getOutputStream().close();
            assertTrue(pair.near().isClosed(), "with either stream");
            assertEquals(-1, pair.far().getInputStream().read());
            assertEquals(-1, pair.far().getInputStream().read(), "each time");
            pair.far().close();
            assertThrows(SocketException.class, pair.far()::getInputStream);
            assertThrows(SocketException.class, pair.near()::getOutputStream);
        }
    }

    private void shutdown() throws Exception {
        try (Socket socket = socket()) {
            assertThrows(SocketException.class, socket::shutdownInput);
            assertThrows(SocketException.class, socket::shutdownOutput);
            assertFalse(socket.isInputShutdown() || socket.isOutputShutdown());
        }
        try (Pair pair = pair()) {
            pair.near().shutdownOutput();
            assertTrue(pair.near().isOutputShutdown());
            assertFalse(pair.near().isInputShutdown());
            assertEquals(-1, pair.far().getInputStream().read());
            pair.far().getOutputStream().write(7);
            assertEquals(7, pair.near().getInputStream().read(), "the other way goes on");
            assertThrows(SocketException.class, pair.near()::shutdownOutput);
            assertThrows(SocketException.class, pair.near()::getOutputStream);
            pair.near().shutdownInput();
            assertTrue(pair.near().isInputShutdown());
            assertThrows(SocketException.class, pair.near()::shutdownInput);
            assertThrows(SocketException.class, pair.near()::getInputStream);
        }
        assertThrows(SocketException.class, () -> closed().shutdownInput());
        assertThrows(SocketException.class, () -> closed().shutdownOutput());
    }

    private void noDelay() throws Exception {
        try (Pair pair = pair()) {
            for (boolean on : new boolean[] {true, false}) {
                pair.near().setTcpNoDelay(on);
                assertEquals(on, pair.near().getTcpNoDelay());
            }
        }
        assertThrows(SocketException.class, () -> closed().setTcpNoDelay(true));
        assertThrows(SocketException.class, () -> closed().getTcpNoDelay());
    }

    private void linger() throws Exception {
        try (Pair pair = pair()) {
            assertEquals(-1, pair.near().getSoLinger());
            pair.near().setSoLinger(true, 5);
            assertEquals(5, pair.near().getSoLinger());
            pair.near().setSoLinger(true, 70_000);
            assertEquals(65_535, pair.near().getSoLinger(), "the most there is");
            pair.near().setSoLinger(false, 5);
            assertEquals(-1, pair.near().getSoLinger());
            assertThrows(IllegalArgumentException.class, () -> pair.near().setSoLinger(true, -1));
        }
        assertThrows(SocketException.class, () -> closed().setSoLinger(false, 0));
        assertThrows(SocketException.class, () -> closed().getSoLinger());
    }

    private void urgent() throws Exception {
        try (Pair pair = pair()) {
            pair.far().setOOBInline(true);
            assertTrue(pair.far().getOOBInline());
            if (network.isVirtual()) {
                assertThrows(SocketException.class, () -> pair.near().sendUrgentData(7)); // RFC 6093 section 5
            } else {
                pair.near().sendUrgentData(7);
                assertEquals(7, pair.far().getInputStream().read());
            }
        }
        assertThrows(SocketException.class, () -> closed().setOOBInline(true));
        assertThrows(SocketException.class, () -> closed().getOOBInline());
    }

    private void soTimeout() throws Exception {
        try (Socket socket = socket()) {
            assertEquals(0, socket.getSoTimeout());
            socket.setSoTimeout(700);
            assertEquals(700, socket.getSoTimeout());
            assertThrows(IllegalArgumentException.class, () -> socket.setSoTimeout(-1));
        }
        assertThrows(SocketException.class, () -> closed().setSoTimeout(1));
        assertThrows(SocketException.class, () -> closed().getSoTimeout());
    }

    private void buffers() throws Exception {
        try (Socket socket = socket()) {
            socket.setSendBufferSize(40_000);
            socket.setReceiveBufferSize(40_000);
            assertTrue(socket.getSendBufferSize() >= 40_000 && socket.getReceiveBufferSize() >= 40_000);
            for (int size : new int[] {0, -1}) {
                assertThrows(IllegalArgumentException.class, () -> socket.setSendBufferSize(size));
                assertThrows(IllegalArgumentException.class, () -> socket.setReceiveBufferSize(size));
            }
        }
        assertThrows(SocketException.class, () -> closed().setSendBufferSize(1));
        assertThrows(SocketException.class, () -> closed().getReceiveBufferSize());
    }

    private void keepAlive() throws Exception {
        try (Socket socket = socket()) {
            assertFalse(socket.getKeepAlive());
            socket.setKeepAlive(true);
            assertTrue(socket.getKeepAlive());
        }
        assertThrows(SocketException.class, () -> closed().setKeepAlive(true));
        assertThrows(SocketException.class, () -> closed().getKeepAlive());
    }

    private void trafficClass() throws Exception {
        try (Socket socket = socket()) {
            socket.setTrafficClass(0x28);
            assertEquals(0x28, socket.getTrafficClass());
            assertThrows(IllegalArgumentException.class, () -> socket.setTrafficClass(-1));
            assertThrows(IllegalArgumentException.class, () -> socket.setTrafficClass(256));
        }
        assertThrows(SocketException.class, () -> closed().setTrafficClass(0));
    }

    private void reuseAddress() throws Exception {
        try (Socket socket = socket()) {
            socket.setReuseAddress(true);
            assertTrue(socket.getReuseAddress());
        }
        assertThrows(SocketException.class, () -> closed().setReuseAddress(true));
        assertThrows(SocketException.class, () -> closed().getReuseAddress());
    }

    private void close() throws Exception {
        Socket fresh = socket();
        assertFalse(fresh.isClosed() || fresh.isConnected() || fresh.isBound());
        fresh.close();
        assertTrue(fresh.isClosed());
        try (Pair pair = pair()) {
            pair.near().close();
            pair.near().close();
            assertTrue(
                    pair.near().isClosed()
                            && pair.near().isConnected()
                            && pair.near().isBound(),
                    "what was stays");
            assertEquals(-1, pair.far().getInputStream().read());
        }
    }

    private void rest() throws Exception {
        try (Pair pair = pair()) {
            assertNull(pair.near().getChannel());
            pair.near().setPerformancePreferences(1, 2, 3); // does nothing, at any time
            assertTrue(
                    pair.near().toString().contains("" + pair.server().getLocalPort()),
                    pair.near().toString());
            assertNotNull(closed().toString());
        }
    }

    private void options() throws Exception {
        try (Socket socket = socket()) {
            assertTrue(socket.supportedOptions().contains(StandardSocketOptions.SO_KEEPALIVE));
            assertThrows(
                    UnsupportedOperationException.class,
                    () -> socket.supportedOptions().clear());
            assertEquals(socket, socket.setOption(StandardSocketOptions.SO_KEEPALIVE, true));
            assertEquals(true, socket.getOption(StandardSocketOptions.SO_KEEPALIVE));
            assertThrows(NullPointerException.class, () -> socket.getOption(null));
            assertThrows(
                    UnsupportedOperationException.class,
                    () -> socket.setOption(StandardSocketOptions.IP_MULTICAST_TTL, 1));
        }
        assertThrows(SocketException.class, () -> closed().getOption(StandardSocketOptions.SO_KEEPALIVE));
    }
}
