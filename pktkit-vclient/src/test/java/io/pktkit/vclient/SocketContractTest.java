// SPDX-License-Identifier: MIT
package io.pktkit.vclient;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.pktkit.iphost.socket.VirtualServerSocket;
import io.pktkit.iphost.socket.VirtualSocket;
import io.pktkit.time.ManualTime;
import io.pktkit.wire.IpAddress;
import io.pktkit.wire.IpPrefix;
import io.pktkit.wire.Packet;
import java.io.IOException;
import java.net.BindException;
import java.net.ConnectException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.NoRouteToHostException;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.SocketException;
import java.net.SocketOption;
import java.net.StandardSocketOptions;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Objects;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.stream.Stream;
import javax.net.SocketFactory;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * The contract of {@link Socket}, {@link ServerSocket} and {@link SocketFactory}, where programs rely on it: what the JDK's own
 * sockets do is the expected value. Virtual time; the wire delivers within the call that sends.
 */
@Timeout(value = 30, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
class SocketContractTest {
    private static final int PORT = 80;

    private final ManualTime time = new ManualTime();
    private final VirtualClient alice = new VirtualClient(VirtualClientConfig.DEFAULT.withTimers(time));
    private final VirtualClient bob = new VirtualClient(VirtualClientConfig.DEFAULT.withTimers(time));
    private final List<byte[]> sent = new ArrayList<>();
    private VirtualServerSocket server;

    @BeforeEach
    void setUp() throws IOException {
        alice.setPrefix(IpPrefix.parse("10.0.0.1/24"));
        alice.setPrefix(IpPrefix.parse("fd00::1/64"));
        bob.setPrefix(IpPrefix.parse("10.0.0.2/24"));
        bob.setPrefix(IpPrefix.parse("fd00::2/64"));
        alice.attach(packet -> {
            sent.add(packet.toBytes());
            bob.send(packet);
        });
        bob.attach(alice::send);
        server = bob.listen(PORT);
    }

    @AfterEach
    void tearDown() throws IOException {
        server.close();
        alice.close();
        bob.close();
    }

    private static String bob(boolean ipv6) {
        return ipv6 ? "fd00::2" : "10.0.0.2";
    }

    static Stream<Arguments> options() {
        return Stream.of(
                Arguments.of(StandardSocketOptions.SO_RCVBUF, 32 << 10),
                Arguments.of(StandardSocketOptions.SO_SNDBUF, 32 << 10),
                Arguments.of(StandardSocketOptions.SO_REUSEADDR, true),
                Arguments.of(StandardSocketOptions.SO_KEEPALIVE, true),
                Arguments.of(StandardSocketOptions.SO_LINGER, 3),
                Arguments.of(StandardSocketOptions.SO_LINGER, -1),
                Arguments.of(StandardSocketOptions.IP_TOS, 0x28),
                Arguments.of(StandardSocketOptions.TCP_NODELAY, false));
    }

    @ParameterizedTest
    @MethodSource("options")
    <T> void shouldKeepEachOption(SocketOption<T> option, T value) throws IOException {
        try (Socket before = alice.socketFactory().createSocket();
                Socket after = alice.dial(bob(false), PORT)) {
            before.setOption(option, value);
            assertEquals(value, before.getOption(option));
            before.connect(new InetSocketAddress(bob(true), PORT));
            assertEquals(value, before.getOption(option), "still so when connected");
            after.setOption(option, value);
            assertEquals(value, after.getOption(option));
            before.setSoLinger(false, 0);
            after.setSoLinger(false, 0);
        }
    }

    @Test
    void shouldSupportWhatTheJdkDoes() throws IOException {
        Set<String> standard =
                Set.of("SO_RCVBUF", "SO_SNDBUF", "SO_REUSEADDR", "SO_KEEPALIVE", "SO_LINGER", "IP_TOS", "TCP_NODELAY");
        try (Socket socket = alice.socketFactory().createSocket();
                Socket real = new Socket()) {
            Set<String> ours = names(socket.supportedOptions());
            assertEquals(standard, ours);
            assertTrue(names(real.supportedOptions()).containsAll(ours));
            for (SocketOption<?> option : socket.supportedOptions()) {
                socket.getOption(option);
            }
            assertThrows(
                    UnsupportedOperationException.class,
                    () -> socket.getOption(StandardSocketOptions.IP_MULTICAST_TTL));
            assertThrows(IllegalArgumentException.class, () -> socket.setOption(StandardSocketOptions.SO_RCVBUF, -1));
        }
        assertEquals(Set.of("SO_RCVBUF", "SO_REUSEADDR"), names(server.supportedOptions()));
        Socket closed = alice.socketFactory().createSocket();
        closed.close();
        assertThrows(SocketException.class, () -> closed.setOption(StandardSocketOptions.TCP_NODELAY, true));
    }

    private static Set<String> names(Set<SocketOption<?>> options) {
        Set<String> names = new HashSet<>();
        options.forEach(option -> names.add(option.name()));
        return names;
    }

    @ParameterizedTest
    @ValueSource(booleans = {false, true})
    void shouldProbeOnceKeepAliveIsSetOnALivingConnection(boolean ipv6) throws IOException {
        try (Socket socket = alice.dial(bob(ipv6), PORT)) {
            time.advance(Duration.ofHours(3));
            int before = sent.size();
            time.advance(Duration.ofHours(3));
            assertEquals(before, sent.size(), "silent without it");

            socket.setKeepAlive(true);
            time.advance(Duration.ofHours(3));
            assertTrue(sent.size() > before, "asks for signs of life");

            socket.setKeepAlive(false);
            int asked = sent.size();
            time.advance(Duration.ofHours(3));
            assertEquals(asked, sent.size());
        }
    }

    @ParameterizedTest
    @ValueSource(booleans = {false, true})
    void shouldHoldSmallSegmentsOnceNoDelayIsOff(boolean ipv6) throws IOException {
        try (Socket socket = alice.dial(bob(ipv6), PORT)) {
            socket.setTcpNoDelay(false);
            Objects.requireNonNull(bob.attachment()).close(); // acknowledgments go nowhere from here on
            sent.clear();
            socket.getOutputStream().write(1);
            socket.getOutputStream().write(2);
            assertEquals(1, sent.size(), "Nagle holds the second");

            socket.setTcpNoDelay(true);
            assertEquals(2, sent.size(), "at once");
            socket.setSoLinger(true, 0);
        }
    }

    @ParameterizedTest
    @ValueSource(booleans = {false, true})
    void shouldPutTheTrafficClassOnTheWire(boolean ipv6) throws IOException {
        try (Socket socket = alice.socketFactory().createSocket()) {
            socket.setTrafficClass(0xb8);
            socket.connect(new InetSocketAddress(bob(ipv6), PORT));
            sent.clear();
            socket.getOutputStream().write(1);
            assertEquals(0xb8, lastTrafficClass());
            socket.setTrafficClass(0x28);
            socket.getOutputStream().write(1);
            assertEquals(0x28, lastTrafficClass());
            assertEquals(0x28, socket.getTrafficClass());
        }
    }

    private int lastTrafficClass() {
        byte[] last = sent.get(sent.size() - 1);
        return new Packet().wrap(ByteBuffer.wrap(last)).trafficClass() & ~3;
    }

    @Test
    void shouldGiveAcceptedSocketsTheBufferOfTheListener() throws IOException {
        try (ServerSocket listener = bob.serverSocketFactory().createServerSocket()) {
            listener.setReceiveBufferSize(20 << 10);
            listener.bind(new InetSocketAddress(81));
            try (Socket socket = alice.dial(bob(false), 81);
                    Socket accepted = listener.accept()) {
                assertEquals(20 << 10, accepted.getReceiveBufferSize());
                assertTrue(socket.isConnected());
            }
        }
    }

    @Test
    void shouldHaveUrgentBytesInlineAndSaySo() throws IOException {
        try (Socket socket = alice.dial(bob(false), PORT)) {
            assertTrue(socket.getOOBInline());
            socket.setOOBInline(true);
            assertThrows(SocketException.class, () -> socket.setOOBInline(false));
        }
    }

    @ParameterizedTest
    @CsvSource({
        "224.0.0.1",
        "239.1.2.3",
        "255.255.255.255",
        "10.0.0.255",
        "240.0.0.1",
        "::ffff:224.0.0.1",
        "ff02::1",
        "ff0e::1",
    })
    void shouldRefuseAtOnceWhatIsNotOneHost(String address) {
        sent.clear();
        IOException refused = assertThrows(IOException.class, () -> alice.dial(address, PORT));

        assertInstanceOf(NoRouteToHostException.class, refused);
        assertEquals(0, sent.size(), "not even asked");
    }

    /** As the JDK does wherever an address comes in; nothing to such an address is for a wire. */
    @Test
    void shouldTakeAMappedAddressForWhatItIs() throws IOException {
        IpAddress mapped = IpAddress.parse("::ffff:10.0.0.2");
        InetAddress meant = IpAddress.parse("10.0.0.2").toInetAddress();
        try (Socket made = alice.socketFactory().createSocket("::ffff:10.0.0.2", PORT);
                Socket dialled = alice.dial("::ffff:10.0.0.2", PORT);
                VirtualDatagramSocket to = bob.openDatagram(53);
                VirtualDatagramSocket from = alice.openDatagram(0)) {
            assertEquals(meant, made.getInetAddress());
            assertEquals(meant, dialled.getInetAddress());
            from.send(mapped, 53, ByteBuffer.wrap(new byte[1]));
            from.connect(mapped, 53);
            from.send(ByteBuffer.wrap(new byte[1]));
            assertEquals(2, to.queued());
            assertNotNull(alice.ping(mapped, Duration.ofSeconds(1)));
            assertEquals(List.of(mapped.unmapped()), alice.resolve("::ffff:10.0.0.2"));
        }
        assertTrue(sent.stream().allMatch(packet -> packet[0] >>> 4 == 4));
    }

    @Test
    void shouldRefuseToBindWhatIsTaken() throws IOException {
        try (Socket first = alice.socketFactory().createSocket();
                Socket second = alice.socketFactory().createSocket();
                ServerSocket listener = alice.listen(5001)) {
            first.bind(new InetSocketAddress(5000));
            assertThrows(BindException.class, () -> second.bind(new InetSocketAddress(5000)));
            assertThrows(BindException.class, () -> alice.listen(5000));
            assertEquals(5001, listener.getLocalPort());
            try (Socket third = alice.socketFactory().createSocket()) {
                assertThrows(BindException.class, () -> third.bind(new InetSocketAddress(5001)));
                assertThrows(BindException.class, () -> third.bind(new InetSocketAddress("10.0.0.9", 0)));
            }
        }
        try (Socket again = alice.socketFactory().createSocket()) {
            again.bind(new InetSocketAddress(5000));
            again.connect(new InetSocketAddress(bob(false), PORT));
            assertEquals(5000, again.getLocalPort());
        }
    }

    @ParameterizedTest
    @ValueSource(booleans = {false, true})
    void shouldConnectFromWhereItIsBound(boolean ipv6) throws IOException {
        InetAddress own = IpAddress.parse(ipv6 ? "fd00::1" : "10.0.0.1").toInetAddress();
        try (Socket socket = alice.socketFactory().createSocket()) {
            socket.bind(new InetSocketAddress(own, 0));
            int port = socket.getLocalPort();
            assertTrue(port > 0, "known as soon as it is bound");
            socket.connect(new InetSocketAddress(bob(ipv6), PORT));
            assertEquals(port, socket.getLocalPort());
            assertEquals(own, socket.getLocalAddress());
        }
        try (Socket socket = alice.socketFactory().createSocket()) {
            socket.bind(new InetSocketAddress(own, 0));
            assertThrows(NoRouteToHostException.class, () -> socket.connect(new InetSocketAddress(bob(!ipv6), PORT)));
        }
    }

    @Test
    void shouldEndAConnectThatLooksUpANameWhenClosed() throws Exception {
        alice.setDnsServers(List.of(IpAddress.parse("10.0.0.77"))); // nobody, and time stands still
        Socket socket = alice.socketFactory().createSocket();
        CompletableFuture<Throwable> outcome = new CompletableFuture<>();
        Thread connecting = new Thread(() -> {
            try {
                socket.connect(InetSocketAddress.createUnresolved("x.example", 80));
                outcome.complete(null);
            } catch (Throwable e) {
                outcome.complete(Thread.currentThread().isInterrupted() ? new AssertionError("interrupted", e) : e);
            }
        });
        connecting.start();
        TwoClients.awaitThat(() -> alice.usage().udpSockets() > 0);

        socket.close();

        assertInstanceOf(SocketException.class, outcome.get());
        connecting.join();
        assertTrue(socket.isClosed());
    }

    @Test
    void shouldHoldTheBacklogThatIsPromised() throws IOException {
        List<Socket> open = new ArrayList<>();
        for (int i = 0; i < 128; i++) {
            open.add(alice.dial(bob(false), PORT));
        }
        for (Socket socket : open) {
            try (VirtualSocket accepted = server.accept()) {
                assertEquals(socket.getLocalPort(), accepted.getPort());
            }
            socket.close();
        }
    }

    @Test
    void shouldKeepTheContractOfFactories() throws IOException {
        SocketFactory factory = alice.socketFactory();
        assertThrows(NullPointerException.class, () -> factory.createSocket((InetAddress) null, PORT));
        try (ServerSocket own = alice.listen(82);
                Socket loopback = factory.createSocket((String) null, 82)) {
            assertTrue(loopback.getInetAddress().isLoopbackAddress());
            assertEquals(82, own.getLocalPort());
        }
        assertThrows(ConnectException.class, () -> factory.createSocket(bob(false), 83));
    }
}
