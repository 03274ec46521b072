// SPDX-License-Identifier: MIT
package io.pktkit.ovpn;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.pktkit.datagram.DatagramConfig;
import io.pktkit.wire.IpAddress;
import java.io.IOException;
import java.net.ConnectException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ProtocolFamily;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.StandardProtocolFamily;
import java.nio.channels.SelectionKey;
import java.nio.channels.Selector;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.spi.AbstractSelectableChannel;
import java.nio.channels.spi.AbstractSelector;
import java.nio.channels.spi.SelectorProvider;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;

/** Where a TCP port listens, and what it waits for. */
class TcpPortTest {

    private static final long HANDSHAKE = TimeUnit.SECONDS.toNanos(60);

    private final ServerCore core = TapFaceTest.core();
    private final List<ServerSocketChannel> opened = new ArrayList<>();

    private static DatagramConfig bound(String... addresses) {
        DatagramConfig.Builder bound = DatagramConfig.builder().port(0);
        for (String address : addresses) {
            bound.address(IpAddress.parse(address));
        }
        return bound.build();
    }

    private ServerSocketChannel withoutIpv6(ProtocolFamily family) throws IOException {
        if (family != StandardProtocolFamily.INET) {
            throw new UnsupportedOperationException("on purpose");
        }
        ServerSocketChannel channel = ServerSocketChannel.open(family);
        opened.add(channel);
        return channel;
    }

    private static void assertReached(String address, int port) throws IOException {
        try (Socket socket = new Socket(InetAddress.getByName(address), port)) {
            assertTrue(socket.isConnected());
        }
    }

    @Test
    void shouldListenOnlyAtTheFamilyOfItsAddress() throws IOException {
        assumeTrue(hasIpv6(), "there is no ::1");
        try (TcpPort port = TcpPort.open(core, bound("0.0.0.0"), HANDSHAKE)) {
            assertReached("127.0.0.1", port.port());
            assertThrows(ConnectException.class, () -> assertReached("::1", port.port()));
        }
        try (TcpPort port = TcpPort.open(core, bound(), HANDSHAKE)) {
            assertReached("127.0.0.1", port.port());
            assertReached("::1", port.port());
        }
        try (TcpPort port = TcpPort.open(core, bound("0.0.0.0", "::"), HANDSHAKE)) {
            assertReached("127.0.0.1", port.port());
            assertReached("::1", port.port());
        }
    }

    private static boolean hasIpv6() {
        try (ServerSocket probe = new ServerSocket()) {
            probe.bind(new InetSocketAddress(IpAddress.parse("::1").toInetAddress(), 0));
            return true;
        } catch (IOException none) {
            return false;
        }
    }

    @Test
    void shouldListenWhereThereIsNoIpv6() throws IOException {
        try (TcpPort port = TcpPort.open(core, bound(), HANDSHAKE, this::withoutIpv6)) {
            assertReached("127.0.0.1", port.port());
        }
        IOException refused =
                assertThrows(IOException.class, () -> TcpPort.open(core, bound("::1"), HANDSHAKE, this::withoutIpv6));
        assertTrue(String.valueOf(refused.getMessage()).contains("lacks its family"), refused.toString());
    }

    @Test
    void shouldLeaveNothingOpenWhenItFails() {
        assertThrows(
                IOException.class, () -> TcpPort.open(core, bound("127.0.0.1", "::1"), HANDSHAKE, this::withoutIpv6));
        assertThrows(
                IllegalStateException.class,
                () -> TcpPort.open(core, bound("127.0.0.1", "::1"), HANDSHAKE, family -> {
                    if (family != StandardProtocolFamily.INET) {
                        throw new IllegalStateException("on purpose");
                    }
                    return withoutIpv6(family);
                }));
        assertEquals(2, opened.size());
        for (ServerSocketChannel channel : opened) {
            assertFalse(channel.isOpen());
        }
    }

    /** User code interrupts the thread that it is called on: a selector that sees that does not wait. */
    @Test
    void shouldWaitAlsoWhenItsThreadIsInterrupted() throws IOException {
        List<Boolean> seen = new ArrayList<>();
        try (Selector selector = new NotingSelector(seen)) {
            TcpPort.await(selector);
            assertFalse(Thread.interrupted());
            Thread.currentThread().interrupt();
            TcpPort.await(selector);
            assertTrue(Thread.interrupted(), "it is given back");
        }
        assertEquals(List.of(false, false), seen);
    }

    /** Has no channels, and takes note of whether who selects is interrupted. */
    private static final class NotingSelector extends AbstractSelector {

        private final List<Boolean> seen;

        NotingSelector(List<Boolean> seen) {
            super(SelectorProvider.provider());
            this.seen = seen;
        }

        @Override
        public int select() {
            seen.add(Thread.currentThread().isInterrupted());
            return 0;
        }

        @Override
        public int select(long millis) {
            return select();
        }

        @Override
        public int selectNow() {
            return select();
        }

        @Override
        public Set<SelectionKey> keys() {
            return Set.of();
        }

        @Override
        public Set<SelectionKey> selectedKeys() {
            return Set.of();
        }

        @Override
        public Selector wakeup() {
            return this;
        }

        @Override
        protected void implCloseSelector() {}

        @Override
        protected SelectionKey register(AbstractSelectableChannel channel, int operations, Object attachment) {
            throw new UnsupportedOperationException("no channels");
        }
    }
}
