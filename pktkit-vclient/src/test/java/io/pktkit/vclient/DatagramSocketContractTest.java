// SPDX-License-Identifier: MIT
package io.pktkit.vclient;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.pktkit.time.ManualTime;
import io.pktkit.wire.IpAddress;
import io.pktkit.wire.IpPrefix;
import io.pktkit.wire.Packet;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.lang.reflect.Method;
import java.lang.reflect.Modifier;
import java.net.BindException;
import java.net.DatagramPacket;
import java.net.DatagramSocket;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.NetworkInterface;
import java.net.PortUnreachableException;
import java.net.SocketException;
import java.net.SocketOption;
import java.net.SocketTimeoutException;
import java.net.StandardSocketOptions;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.concurrent.CompletableFuture;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestFactory;
import org.junit.jupiter.api.Timeout;

/**
 * The contract of {@link DatagramSocket}, method by method: a row of the table says what must hold, and is run over both families. That
 * a row is right is shown on the JDK's own socket where loopback can show it. Virtual time; the wire delivers within the call
 * that sends.
 */
@Timeout(value = 30, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
@SuppressWarnings("try") // to close before the end of a block is what is tested
class DatagramSocketContractTest {
    private final ManualTime time = new ManualTime();
    private final VirtualClient alice = new VirtualClient(VirtualClientConfig.DEFAULT.withTimers(time));
    private final VirtualClient bob = new VirtualClient(VirtualClientConfig.DEFAULT.withTimers(time));
    private final List<byte[]> sent = new ArrayList<>();
    private InetAddress own;
    private InetAddress peer;
    private InetAddress group;

    /** What one method promises. */
    @FunctionalInterface
    private interface Row {
        void run() throws Exception;
    }

    @BeforeEach
    void setUp() {
        alice.setPrefix(IpPrefix.parse("10.0.0.1/24"));
        alice.setPrefix(IpPrefix.parse("fd00::1/64"));
        bob.setPrefix(IpPrefix.parse("10.0.0.2/24"));
        bob.setPrefix(IpPrefix.parse("fd00::2/64"));
        alice.attach(packet -> {
            sent.add(packet.toBytes());
            bob.send(packet);
        });
        bob.attach(alice::send);
        family(false);
    }

    private void family(boolean ipv6) {
        own = IpAddress.parse(ipv6 ? "fd00::1" : "10.0.0.1").toInetAddress();
        peer = IpAddress.parse(ipv6 ? "fd00::2" : "10.0.0.2").toInetAddress();
        group = IpAddress.parse(ipv6 ? "ff02::1234" : "239.1.2.3").toInetAddress();
    }

    @AfterEach
    void tearDown() {
        alice.close();
        bob.close();
    }

    @TestFactory
    Stream<DynamicTest> shouldKeepTheContractOfEachMethod() {
        return Stream.of(false, true)
                .flatMap(ipv6 -> rows().entrySet().stream()
                        .map(row -> DynamicTest.dynamicTest((ipv6 ? "IPv6 " : "IPv4 ") + row.getKey(), () -> {
                            family(ipv6);
                            row.getValue().run();
                        })));
    }

    @Test
    void shouldHaveARowForEachMethod() {
        Set<String> methods = new TreeSet<>();
        for (Method method : DatagramSocket.class.getDeclaredMethods()) {
            if (Modifier.isPublic(method.getModifiers()) && !Modifier.isStatic(method.getModifiers())) {
                methods.add(method.getName());
            }
        }
        assertEquals(methods, rows().keySet());
    }

    private Map<String, Row> rows() {
        Map<String, Row> rows = new TreeMap<>();
        rows.put("bind", this::bind);
        rows.put("connect", this::connect);
        rows.put("disconnect", this::disconnect);
        rows.put("isBound", this::isBound);
        rows.put("isConnected", this::isConnected);
        rows.put("getInetAddress", this::remote);
        rows.put("getPort", this::remote);
        rows.put("getRemoteSocketAddress", this::remote);
        rows.put("getLocalSocketAddress", this::local);
        rows.put("getLocalAddress", this::local);
        rows.put("getLocalPort", this::local);
        rows.put("send", this::send);
        rows.put("receive", this::receive);
        rows.put("setSoTimeout", this::soTimeout);
        rows.put("getSoTimeout", this::soTimeout);
        rows.put("setSendBufferSize", this::buffers);
        rows.put("getSendBufferSize", this::buffers);
        rows.put("setReceiveBufferSize", this::buffers);
        rows.put("getReceiveBufferSize", this::buffers);
        rows.put("setReuseAddress", this::reuseAddress);
        rows.put("getReuseAddress", this::reuseAddress);
        rows.put("setBroadcast", this::broadcast);
        rows.put("getBroadcast", this::broadcast);
        rows.put("setTrafficClass", this::trafficClass);
        rows.put("getTrafficClass", this::trafficClass);
        rows.put("close", this::close);
        rows.put("isClosed", this::close);
        rows.put("getChannel", this::channel);
        rows.put("setOption", this::options);
        rows.put("getOption", this::options);
        rows.put("supportedOptions", this::options);
        rows.put("joinGroup", this::groups);
        rows.put("leaveGroup", this::groups);
        return rows;
    }

    private DatagramPacket packet(int bytes, @Nullable InetAddress to, int port) {
        return new DatagramPacket(new byte[bytes], bytes, to, port);
    }

    private void bind() throws Exception {
        try (DatagramSocket socket = alice.newDatagramSocket();
                DatagramSocket taken = alice.openDatagram(7000);
                DatagramSocket third = alice.newDatagramSocket()) {
            assertThrows(SocketException.class, () -> socket.bind(InetSocketAddress.createUnresolved("x", 1)));
            assertThrows(BindException.class, () -> third.bind(new InetSocketAddress(own, taken.getLocalPort())));
            third.bind(null); // may be bound elsewhere then
            assertTrue(third.isBound() && !third.isClosed());
            socket.bind(new InetSocketAddress(own, 0));
            assertTrue(socket.getLocalPort() > 0);
            assertThrows(SocketException.class, () -> socket.bind(null), "already bound");
        }
        try (DatagramSocket any = alice.newDatagramSocket();
                DatagramSocket stranger = alice.newDatagramSocket()) {
            any.bind(null);
            assertTrue(any.isBound() && any.getLocalAddress().isAnyLocalAddress());
            assertThrows(BindException.class, () -> stranger.bind(new InetSocketAddress(peer, 0)));
        }
    }

    private void connect() throws Exception {
        try (DatagramSocket socket = alice.newDatagramSocket();
                DatagramSocket server = bob.openDatagram(53);
                DatagramSocket stranger = bob.openDatagram(54)) {
            assertThrows(IllegalArgumentException.class, () -> socket.connect((InetAddress) null, 53));
            assertThrows(IllegalArgumentException.class, () -> socket.connect(peer, -1));
            assertThrows(IllegalArgumentException.class, () -> socket.connect(null));
            assertThrows(
                    SocketException.class, () -> socket.connect(InetSocketAddress.createUnresolved("x.example", 1)));
            assertThrows(UncheckedIOException.class, () -> socket.connect(peer, 0));
            assertThrows(SocketException.class, () -> socket.connect(new InetSocketAddress(peer, 0)));

            socket.connect(peer, 53);
            assertTrue(socket.isBound(), "binds itself");
            stranger.send(packet(1, own, socket.getLocalPort()));
            server.send(packet(2, own, socket.getLocalPort()));
            DatagramPacket heard = packet(10, null, 1);
            socket.receive(heard);
            assertEquals(2, heard.getLength(), "only from whom it is connected to");

            socket.connect(new InetSocketAddress(peer, 54));
            assertEquals(54, socket.getPort(), "may be connected to another");
            socket.close();
            socket.connect(peer, 53); // does nothing once closed
        }
        try (VirtualClient bare = new VirtualClient(VirtualClientConfig.DEFAULT.withTimers(time));
                DatagramSocket socket = bare.openDatagram(0)) {
            assertThrows(SocketException.class, () -> socket.connect(new InetSocketAddress(peer, 1)), "no way there");
        }
    }

    private void disconnect() throws Exception {
        try (DatagramSocket socket = alice.openDatagram(0);
                DatagramSocket stranger = bob.openDatagram(54)) {
            socket.disconnect(); // does nothing when not connected
            socket.connect(peer, 53);
            socket.disconnect();
            assertFalse(socket.isConnected());
            assertNull(socket.getInetAddress());
            assertEquals(-1, socket.getPort());
            assertTrue(socket.getLocalAddress().isAnyLocalAddress());
            stranger.send(packet(3, own, socket.getLocalPort()));
            DatagramPacket heard = packet(10, null, 1);
            socket.receive(heard);
            assertEquals(3, heard.getLength());
        }
    }

    private void isBound() throws Exception {
        DatagramSocket socket = alice.newDatagramSocket();
        assertFalse(socket.isBound());
        socket.send(packet(1, peer, 9));
        assertTrue(socket.isBound(), "when first used");
        socket.close();
        assertTrue(socket.isBound(), "and for ever");
    }

    private void isConnected() throws Exception {
        DatagramSocket socket = alice.newDatagramSocket();
        assertFalse(socket.isConnected());
        socket.connect(peer, 9);
        assertTrue(socket.isConnected());
        socket.close();
        assertTrue(socket.isConnected(), "also once closed");
    }

    private void remote() throws Exception {
        DatagramSocket socket = alice.newDatagramSocket();
        assertNull(socket.getInetAddress());
        assertNull(socket.getRemoteSocketAddress());
        assertEquals(-1, socket.getPort());
        socket.connect(peer, 9);
        assertEquals(peer, socket.getInetAddress());
        assertEquals(9, socket.getPort());
        assertEquals(new InetSocketAddress(peer, 9), socket.getRemoteSocketAddress());
        socket.close();
        assertEquals(peer, socket.getInetAddress(), "also once closed");
    }

    private void local() throws Exception {
        DatagramSocket socket = alice.newDatagramSocket();
        assertEquals(0, socket.getLocalPort(), "not bound");
        assertNull(socket.getLocalSocketAddress());
        assertTrue(socket.getLocalAddress().isAnyLocalAddress());
        socket.bind(new InetSocketAddress(own, 6001));
        assertEquals(6001, socket.getLocalPort());
        assertEquals(own, socket.getLocalAddress());
        assertEquals(new InetSocketAddress(own, 6001), socket.getLocalSocketAddress());
        socket.close();
        assertEquals(-1, socket.getLocalPort());
        assertNull(socket.getLocalAddress());
        assertNull(socket.getLocalSocketAddress());
        try (DatagramSocket connected = alice.newDatagramSocket()) {
            connected.connect(peer, 9);
            assertEquals(own, connected.getLocalAddress(), "from where it sends");
        }
    }

    private void send() throws Exception {
        try (DatagramSocket socket = alice.newDatagramSocket();
                DatagramSocket server = bob.openDatagram(53)) {
            assertThrows(IllegalArgumentException.class, () -> socket.send(packet(1, null, 53)));
            assertThrows(SocketException.class, () -> socket.send(packet(1, peer, 0)));
            byte[] bytes = {9, 9, 1, 2, 3, 9};
            socket.send(new DatagramPacket(bytes, 2, 3, peer, 53));
            DatagramPacket heard = packet(10, null, 1);
            server.receive(heard);
            assertEquals(3, heard.getLength());
            assertEquals(1, heard.getData()[0]);
            assertEquals(new InetSocketAddress(own, socket.getLocalPort()), heard.getSocketAddress());

            socket.connect(peer, 53);
            DatagramPacket without = new DatagramPacket(bytes, 1);
            socket.send(without);
            assertEquals(new InetSocketAddress(peer, 53), without.getSocketAddress(), "filled in");
            assertThrows(IllegalArgumentException.class, () -> socket.send(packet(1, peer, 54)), "another");
            assertThrows(IOException.class, () -> socket.send(packet(65_600, peer, 53)), "too long");
        }
        DatagramSocket closed = alice.openDatagram(0);
        closed.close();
        assertThrows(SocketException.class, () -> closed.send(packet(1, peer, 53)));
        try (DatagramSocket socket = alice.newDatagramSocket()) {
            socket.connect(peer, 999);
            socket.send(new DatagramPacket(new byte[1], 1));
            assertThrows(PortUnreachableException.class, () -> socket.receive(packet(1, null, 1)));
        }
    }

    private void receive() throws Exception {
        try (DatagramSocket socket = alice.openDatagram(0);
                DatagramSocket server = bob.openDatagram(53)) {
            DatagramPacket reused = new DatagramPacket(new byte[8], 2, 5);
            for (int length : new int[] {3, 5, 1, 5, 9, 0, 4}) {
                server.send(packet(length, own, socket.getLocalPort()));
                socket.receive(reused);
                assertEquals(Math.min(length, 5), reused.getLength(), "cut at what it has room for, each time anew");
                assertEquals(2, reused.getOffset());
                assertEquals(new InetSocketAddress(peer, 53), reused.getSocketAddress());
            }
            byte[] data = {1, 2, 3, 4};
            server.send(new DatagramPacket(data, 4, own, socket.getLocalPort()));
            reused.setLength(2);
            socket.receive(reused);
            assertEquals(2, reused.getLength(), "a length that was set since holds");
            assertArrayEquals(new byte[] {1, 2}, new byte[] {reused.getData()[2], reused.getData()[3]});
            assertNotEquals(3, reused.getData()[4]);
        }
    }

    private void soTimeout() throws Exception {
        try (DatagramSocket socket = alice.openDatagram(0)) {
            assertEquals(0, socket.getSoTimeout());
            assertThrows(IllegalArgumentException.class, () -> socket.setSoTimeout(-1));
            socket.setSoTimeout(1000);
            assertEquals(1000, socket.getSoTimeout());
            CompletableFuture<Throwable> outcome = received(socket);
            TwoClients.awaitThat(() -> alice.usage().waiting() > 0);
            time.advance(Duration.ofMillis(999));
            assertFalse(outcome.isDone());
            time.advance(Duration.ofMillis(1));
            assertInstanceOf(SocketTimeoutException.class, outcome.get());
        }
        DatagramSocket closed = closed();
        assertThrows(SocketException.class, () -> closed.setSoTimeout(1));
        assertThrows(SocketException.class, closed::getSoTimeout);
    }

    private static CompletableFuture<Throwable> received(DatagramSocket socket) {
        CompletableFuture<Throwable> outcome = new CompletableFuture<>();
        new Thread(() -> {
                    try {
                        socket.receive(new DatagramPacket(new byte[1], 1));
                        outcome.complete(null);
                    } catch (Throwable e) {
                        outcome.complete(e);
                    }
                })
                .start();
        return outcome;
    }

    private DatagramSocket closed() throws SocketException {
        DatagramSocket closed = alice.openDatagram(0);
        closed.close();
        return closed;
    }

    private void buffers() throws Exception {
        try (VirtualDatagramSocket socket = alice.openDatagram(0);
                DatagramSocket server = bob.openDatagram(53)) {
            assertThrows(IllegalArgumentException.class, () -> socket.setReceiveBufferSize(0));
            assertThrows(IllegalArgumentException.class, () -> socket.setSendBufferSize(0));
            socket.setSendBufferSize(40_000);
            assertEquals(40_000, socket.getSendBufferSize());
            socket.setReceiveBufferSize(10_000);
            assertEquals(10_000, socket.getReceiveBufferSize());
            for (int i = 0; i < 10; i++) {
                server.send(packet(1000, own, socket.getLocalPort()));
            }
            assertEquals(9, socket.queued(), "of 1064 bytes each");
            assertEquals(1, socket.dropped());
        }
        DatagramSocket closed = closed();
        assertThrows(SocketException.class, closed::getReceiveBufferSize);
        assertThrows(SocketException.class, closed::getSendBufferSize);
    }

    private void reuseAddress() throws Exception {
        try (DatagramSocket socket = alice.newDatagramSocket()) {
            assertFalse(socket.getReuseAddress());
            socket.setReuseAddress(true);
            assertTrue(socket.getReuseAddress());
        }
        assertThrows(SocketException.class, closed()::getReuseAddress);
    }

    private void broadcast() throws Exception {
        try (DatagramSocket socket = alice.openDatagram(0);
                VirtualDatagramSocket server = bob.openDatagram(53)) {
            InetAddress all = IpAddress.parse("255.255.255.255").toInetAddress();
            InetAddress subnet = IpAddress.parse("10.0.0.255").toInetAddress();
            assertTrue(socket.getBroadcast(), "unlike C's");
            socket.send(packet(1, all, 53));
            assertEquals(1, server.queued());
            socket.setBroadcast(false);
            assertFalse(socket.getBroadcast());
            assertThrows(SocketException.class, () -> socket.send(packet(1, all, 53)));
            assertThrows(SocketException.class, () -> socket.send(packet(1, subnet, 53)));
            socket.send(packet(1, peer, 53));
            socket.send(packet(1, group, 53));
            assertEquals(2, server.queued(), "all else goes");
        }
        assertThrows(SocketException.class, () -> closed().setBroadcast(true));
    }

    private void trafficClass() throws Exception {
        try (DatagramSocket socket = alice.newDatagramSocket()) {
            assertThrows(IllegalArgumentException.class, () -> socket.setTrafficClass(256));
            assertThrows(IllegalArgumentException.class, () -> socket.setTrafficClass(-1));
            assertEquals(0, socket.getTrafficClass());
            socket.setTrafficClass(0xb8);
            socket.send(packet(1, peer, 9));
            assertEquals(0xb8, last().trafficClass(), "set before it was bound");
            socket.setTrafficClass(0x28);
            socket.send(packet(3000, peer, 9));
            assertEquals(0x28, last().trafficClass(), "fragments too");
            assertEquals(0x28, socket.getTrafficClass());
        }
        try (DatagramSocket other = alice.openDatagram(0)) {
            other.send(packet(1, peer, 9));
            assertEquals(0, last().trafficClass(), "of that socket only");
        }
        assertThrows(SocketException.class, () -> closed().setTrafficClass(1));
    }

    private Packet last() {
        return new Packet().wrap(ByteBuffer.wrap(sent.get(sent.size() - 1)));
    }

    private void close() throws Exception {
        DatagramSocket socket = alice.openDatagram(7000);
        CompletableFuture<Throwable> outcome = received(socket);
        TwoClients.awaitThat(() -> alice.usage().waiting() > 0);
        assertFalse(socket.isClosed());
        socket.close();
        socket.close();
        assertTrue(socket.isClosed());
        assertInstanceOf(SocketException.class, outcome.get(), "who waits is told");
        alice.openDatagram(7000).close(); // the port is free again
        VirtualClient gone = new VirtualClient(VirtualClientConfig.DEFAULT.withTimers(time));
        DatagramSocket left = gone.openDatagram(0);
        gone.close();
        assertTrue(left.isClosed());
        assertThrows(SocketException.class, () -> left.receive(packet(1, null, 1)));
        assertThrows(SocketException.class, () -> gone.openDatagram(0));
    }

    private void channel() throws Exception {
        try (DatagramSocket socket = alice.openDatagram(0)) {
            assertNull(socket.getChannel());
        }
    }

    private void options() throws Exception {
        Map<SocketOption<?>, Object> values = Map.of(
                StandardSocketOptions.SO_RCVBUF, 5000,
                StandardSocketOptions.SO_SNDBUF, 6000,
                StandardSocketOptions.SO_REUSEADDR, true,
                StandardSocketOptions.SO_BROADCAST, false,
                StandardSocketOptions.IP_TOS, 0x28,
                StandardSocketOptions.IP_MULTICAST_TTL, 7);
        try (DatagramSocket before = alice.newDatagramSocket();
                DatagramSocket after = alice.openDatagram(0);
                DatagramSocket real = new DatagramSocket()) {
            assertEquals(values.keySet(), before.supportedOptions());
            assertTrue(real.supportedOptions().containsAll(before.supportedOptions()));
            for (Map.Entry<SocketOption<?>, Object> each : values.entrySet()) {
                setAndGet(before, each.getKey(), each.getValue());
                setAndGet(after, each.getKey(), each.getValue());
                setAndGet(real, each.getKey(), real.getOption(each.getKey()));
            }
            before.bind(null);
            for (Map.Entry<SocketOption<?>, Object> each : values.entrySet()) {
                assertEquals(each.getValue(), before.getOption(each.getKey()), "still so when bound");
            }
            for (DatagramSocket each : List.of(before, real)) {
                assertThrows(
                        UnsupportedOperationException.class, () -> each.getOption(StandardSocketOptions.TCP_NODELAY));
                assertThrows(IllegalArgumentException.class, () -> each.setOption(StandardSocketOptions.SO_RCVBUF, -1));
                assertThrows(
                        IllegalArgumentException.class,
                        () -> each.setOption(StandardSocketOptions.IP_MULTICAST_TTL, 256));
                assertThrows(NullPointerException.class, () -> each.getOption(null));
            }
            before.send(packet(1, group, 9));
            assertEquals(7, last().hopLimit());
            before.send(packet(1, peer, 9));
            assertEquals(64, last().hopLimit(), "of those to groups only");
        }
        assertThrows(SocketException.class, () -> closed().getOption(StandardSocketOptions.IP_TOS));
    }

    @SuppressWarnings("unchecked")
    private static <T> void setAndGet(DatagramSocket socket, SocketOption<T> option, Object value) throws IOException {
        socket.setOption(option, (T) value);
        if (socket instanceof VirtualDatagramSocket) {
            assertEquals(value, socket.getOption(option));
        }
    }

    private void groups() throws Exception {
        InetSocketAddress joined = new InetSocketAddress(group, 0);
        NetworkInterface loopback = NetworkInterface.getByInetAddress(InetAddress.getLoopbackAddress());
        try (VirtualDatagramSocket socket = bob.openDatagram(53);
                DatagramSocket second = bob.openDatagram(54);
                DatagramSocket sender = alice.openDatagram(0)) {
            sender.send(packet(1, group, 53));
            assertEquals(0, socket.queued(), "not joined");
            socket.joinGroup(joined, null);
            second.joinGroup(joined, null);
            assertEquals(Set.of(IpAddress.of(group)), bob.groups());
            assertThrows(SocketException.class, () -> socket.joinGroup(joined, null), "twice");
            sender.send(packet(1, group, 53));
            assertEquals(1, socket.queued());
            assertEquals(1, last().hopLimit(), "unless set");

            second.close();
            assertEquals(Set.of(IpAddress.of(group)), bob.groups(), "another has joined it too");
            socket.leaveGroup(joined, null);
            assertEquals(Set.of(), bob.groups());
            sender.send(packet(1, group, 53));
            assertEquals(1, socket.queued(), "left");
            assertThrows(SocketException.class, () -> socket.leaveGroup(joined, null), "not a member");
            assertThrows(SocketException.class, () -> socket.joinGroup(new InetSocketAddress(peer, 0), null));
            assertThrows(SocketException.class, () -> socket.joinGroup(joined, loopback), "not of this network");
            assertThrows(IllegalArgumentException.class, () -> socket.joinGroup(null, null));
            socket.joinGroup(joined, null);
        }
        assertEquals(new HashSet<>(), bob.groups(), "closing leaves");
    }
}
