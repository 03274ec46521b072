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
import java.nio.channels.CancelledKeyException;
import java.nio.channels.ClosedSelectorException;
import java.nio.channels.SelectableChannel;
import java.nio.channels.SelectionKey;
import java.nio.channels.Selector;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.nio.channels.spi.AbstractSelectableChannel;
import java.nio.channels.spi.AbstractSelector;
import java.nio.channels.spi.SelectorProvider;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

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

    /** Control threads and timers close connections while the loop looks at them. */
    @ParameterizedTest
    @ValueSource(ints = {0, 1, 2})
    void shouldTakeNoConnectionThatIsClosedUnderWayForAFailure(int looks) throws IOException {
        try (SocketChannel channel = SocketChannel.open();
                NotingSelector selector = new NotingSelector(new ArrayList<>());
                TcpPort port = new TcpPort(core, selector, HANDSHAKE)) {
            TcpConnection connection =
                    new TcpConnection(core, port, channel, new InetSocketAddress(InetAddress.getLoopbackAddress(), 1));
            GoingKey key = new GoingKey(channel, selector, looks, channel);
            key.attach(connection);
            selector.selected.add(key);
            selector.rounds = 1;

            port.run();

            assertFalse(channel.isOpen());
            assertEquals(0, core.failures());
        }
    }

    /** A close takes the keys of a selector away while the loop goes through them. */
    @Test
    void shouldTakeItsOwnCloseForNoFailure() throws IOException {
        NotingSelector selector = new NotingSelector(new ArrayList<>());
        try (SocketChannel channel = SocketChannel.open();
                TcpPort port = new TcpPort(core, selector, HANDSHAKE)) {
            for (int i = 0; i < 2; i++) {
                selector.selected.add(new GoingKey(channel, selector, 0, port));
            }
            port.run();

            assertEquals(0, core.failures());
        }
    }

    /** The same where it has just accepted a connection. */
    @Test
    void shouldTakeNoConnectionThatComesWhileItClosesForAFailure() throws IOException {
        NotingSelector selector = new NotingSelector(new ArrayList<>());
        try (ServerSocketChannel listener = ServerSocketChannel.open();
                TcpPort port = new TcpPort(core, selector, HANDSHAKE)) {
            listener.bind(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0));
            try (SocketChannel client = SocketChannel.open(listener.getLocalAddress());
                    SocketChannel accepted = listener.accept()) {
                selector.onRegister = port::close;
                port.take(accepted);

                assertFalse(accepted.isOpen());
                assertEquals(0, port.size());
                assertTrue(client.isOpen());
            }
        }
    }

    /** One for which nobody closes the port is told. */
    @Test
    void shouldTellOfAConnectionThatItCannotWaitFor() throws IOException {
        NotingSelector selector = new NotingSelector(new ArrayList<>());
        try (ServerSocketChannel listener = ServerSocketChannel.open();
                TcpPort port = new TcpPort(core, selector, HANDSHAKE)) {
            listener.bind(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0));
            try (SocketChannel client = SocketChannel.open(listener.getLocalAddress());
                    SocketChannel accepted = listener.accept()) {
                assertThrows(UnsupportedOperationException.class, () -> port.take(accepted));

                assertFalse(accepted.isOpen());
                assertTrue(client.isOpen());
            }
        }
    }

    /** One whose channel goes when it is looked at for the n-th time. */
    private static final class GoingKey extends SelectionKey {

        private final SelectableChannel channel;
        private final Selector selector;
        private final AutoCloseable what;
        private int looks;

        GoingKey(SelectableChannel channel, Selector selector, int looks, AutoCloseable what) {
            this.channel = channel;
            this.selector = selector;
            this.looks = looks;
            this.what = what;
        }

        private void look() {
            if (looks-- == 0) {
                try {
                    what.close();
                } catch (Exception failure) {
                    throw new AssertionError(failure);
                }
            }
        }

        @Override
        public boolean isValid() {
            boolean valid = channel.isOpen();
            look();
            return valid;
        }

        @Override
        public int readyOps() {
            if (!channel.isOpen()) {
                throw new CancelledKeyException();
            }
            look();
            return 0;
        }

        @Override
        public SelectableChannel channel() {
            return channel;
        }

        @Override
        public Selector selector() {
            return selector;
        }

        @Override
        public void cancel() {}

        @Override
        public int interestOps() {
            return 0;
        }

        @Override
        public SelectionKey interestOps(int operations) {
            return this;
        }
    }

    /** Has keys of a test's, and takes note of whether who selects is interrupted. */
    private static final class NotingSelector extends AbstractSelector {

        private final List<Boolean> seen;
        private final Set<SelectionKey> selected = new LinkedHashSet<>();

        /** After how many it is closed; 0 for never. */
        private int rounds;

        /** What happens before a channel cannot be registered. */
        private Runnable onRegister = () -> {};

        NotingSelector(List<Boolean> seen) {
            super(SelectorProvider.provider());
            this.seen = seen;
        }

        @Override
        public int select() throws IOException {
            seen.add(Thread.currentThread().isInterrupted());
            if (rounds != 0 && seen.size() > rounds) {
                close();
            }
            return selected.size();
        }

        @Override
        public int select(long millis) throws IOException {
            return select();
        }

        @Override
        public int selectNow() throws IOException {
            return select();
        }

        @Override
        public Set<SelectionKey> keys() {
            return Set.of();
        }

        @Override
        public Set<SelectionKey> selectedKeys() {
            if (!isOpen()) {
                throw new ClosedSelectorException();
            }
            return selected;
        }

        @Override
        public Selector wakeup() {
            return this;
        }

        @Override
        protected void implCloseSelector() {
            selected.clear();
        }

        @Override
        protected SelectionKey register(AbstractSelectableChannel channel, int operations, Object attachment) {
            onRegister.run();
            if (!isOpen()) {
                throw new ClosedSelectorException();
            }
            throw new UnsupportedOperationException("no channels");
        }
    }
}
