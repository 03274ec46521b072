// SPDX-License-Identifier: MIT
package io.pktkit.lab.relay;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.pktkit.time.ManualTime;
import io.pktkit.vclient.VirtualClient;
import io.pktkit.wire.IpAddress;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.net.ConnectException;
import java.net.DatagramPacket;
import java.net.DatagramSocket;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Proxy;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.SocketTimeoutException;
import java.net.UnknownHostException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.Random;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.SynchronousQueue;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.BooleanSupplier;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

@Timeout(value = 120, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
class RelayTest {
    private static final InetAddress LOOPBACK = InetAddress.getLoopbackAddress();

    /** Answers what it got, when it got all. */
    private static final class Echo implements AutoCloseable {
        final ServerSocket server = listen(50);

        Echo() throws IOException {
            Thread thread = new Thread(this::run, "echo");
            thread.setDaemon(true);
            thread.start();
        }

        private void run() {
            while (!server.isClosed()) {
                try (Socket socket = server.accept()) {
                    socket.getOutputStream().write(socket.getInputStream().readAllBytes());
                } catch (IOException gone) {
                    // the next one
                }
            }
        }

        Socket dial() throws IOException {
            return new Socket(LOOPBACK, server.getLocalPort());
        }

        @Override
        public void close() throws IOException {
            server.close();
        }
    }

    private static ServerSocket listen(int backlog) throws IOException {
        return new ServerSocket(0, backlog, LOOPBACK);
    }

    private static byte[] exchange(Socket socket, byte[] sent) throws IOException {
        socket.getOutputStream().write(sent);
        socket.shutdownOutput();
        return socket.getInputStream().readAllBytes();
    }

    @ParameterizedTest
    @CsvSource(
            nullValues = "-",
            value = {
                "8080=intranet:80,               false, -,         8080, intranet,    80",
                "tcp:8080=intranet:80,           false, -,         8080, intranet,    80",
                "udp:0.0.0.0:53=[2001:db8::1]:5, true,  0.0.0.0,   53,   2001:db8::1, 5",
                "[::1]:0=10.0.0.1:443,           false, ::1,       0,    10.0.0.1,    443",
            })
    void shouldReadWhatLeadsWhere(
            String text, boolean udp, @Nullable String address, int port, String host, int target) {
        assertEquals(new RelaySpec(udp, address, port, host, target), RelaySpec.parse(text));
    }

    @ParameterizedTest
    @CsvSource({
        "8080,                it is [tcp:|udp:]",
        "8080=80,             what it leads to needs a host",
        "x=host:1,            a port is a number from 1 to 65535: port=x",
        "1=host:0,            a port is a number from 1 to 65535: port=0",
        "70000=host:1,        port=70000",
        "::1:80=host:1,       an IPv6 address is in brackets",
        "1=2001:db8::1:80,    an IPv6 address is in brackets",
        ":80=host:1,          a host is missing",
    })
    void shouldSayWhatIsNoSuchThing(String text, String problem) {
        IllegalArgumentException refused = assertThrows(IllegalArgumentException.class, () -> RelaySpec.parse(text));
        assertTrue(refused.toString().contains(problem), refused.toString());
    }

    /** Or who started a relay and is unloaded stays in memory for as long as the relay runs. */
    @Test
    void shouldHoldNobodysClasses() throws Exception {
        BlockingQueue<ClassLoader> held = new LinkedBlockingQueue<>();
        ClassLoader mine = Thread.currentThread().getContextClassLoader();
        Thread.currentThread().setContextClassLoader(new ClassLoader() {});
        try (TcpRelay tcp = TcpRelay.start(listen(50), accepted -> {
                    held.add(Thread.currentThread().getContextClassLoader());
                    throw new ConnectException("nobody is there");
                });
                UdpRelay udp = UdpRelay.start(
                        UdpSide.of(new DatagramSocket(0, LOOPBACK)),
                        () -> {
                            held.add(Thread.currentThread().getContextClassLoader());
                            return UdpSide.of(new DatagramSocket(0, LOOPBACK));
                        },
                        IpAddress.of(LOOPBACK),
                        9);
                DatagramSocket datagrams = new DatagramSocket(0, LOOPBACK);
                Socket connection = new Socket(LOOPBACK, tcp.port())) {
            assertSame(ClassLoader.getSystemClassLoader(), held.take());
            datagrams.send(new DatagramPacket(new byte[1], 1, LOOPBACK, udp.port()));
            assertSame(ClassLoader.getSystemClassLoader(), held.take());
            assertTrue(connection.isConnected());
        } finally {
            Thread.currentThread().setContextClassLoader(mine);
        }
    }

    @Test
    void shouldCarryConnections() throws Exception {
        byte[] sent = new byte[3 << 20];
        new Random(1).nextBytes(sent);
        try (Echo echo = new Echo();
                TcpRelay relay = TcpRelay.start(listen(50), accepted -> echo.dial())) {
            for (int i = 0; i < 3; i++) {
                try (Socket socket = new Socket(LOOPBACK, relay.port())) {
                    assertArrayEquals(sent, exchange(socket, sent));
                }
            }
        }
    }

    @Test
    void shouldCloseWhatCannotBeDialledFor() throws Exception {
        Dialer refuses = accepted -> {
            throw new ConnectException("refused");
        };
        try (TcpRelay relay = TcpRelay.start(listen(50), refuses);
                Socket socket = new Socket(LOOPBACK, relay.port())) {
            assertEquals(-1, read(socket.getInputStream()));
            assertEquals(1, relay.refused());
        }
    }

    @Test
    void shouldEndConnectionsWhenItIsClosed() throws Exception {
        try (Echo echo = new Echo()) {
            TcpRelay relay = TcpRelay.start(listen(50), accepted -> echo.dial());
            try (Socket socket = new Socket(LOOPBACK, relay.port())) {
                socket.getOutputStream().write(1);

                relay.close();

                assertEquals(-1, read(socket.getInputStream()));
            }
        }
    }

    @Test
    void shouldTakeSoManyAndNoMore() throws Exception {
        List<Socket> sockets = new ArrayList<>();
        try (ServerSocket silent = listen(300);
                TcpRelay relay = TcpRelay.start(listen(300), accepted -> new Socket(LOOPBACK, silent.getLocalPort()))) {
            for (int i = 0; i < 256; i++) {
                sockets.add(new Socket(LOOPBACK, relay.port()));
            }
            try (Socket late = new Socket(LOOPBACK, relay.port())) {
                assertEquals(-1, read(late.getInputStream()));
                assertEquals(1, relay.refused());
            }
        } finally {
            for (Socket socket : sockets) {
                socket.close();
            }
        }
    }

    private static final class From extends Socket {
        volatile InetAddress source = LOOPBACK;

        @Override
        public InetAddress getInetAddress() {
            return source;
        }
    }

    /** A listener whose connections come from where a test says. */
    private static final class Told extends ServerSocket {
        final BlockingQueue<InetAddress> sources = new LinkedBlockingQueue<>();

        Told() throws IOException {
            super(0, 300, LOOPBACK);
        }

        @Override
        public Socket accept() throws IOException {
            From socket = new From();
            implAccept(socket);
            socket.source = sources.remove();
            return socket;
        }

        Socket connect(String source) throws IOException {
            sources.add(IpAddress.parse(source).toInetAddress());
            return new Socket(LOOPBACK, getLocalPort());
        }
    }

    @Test
    void shouldGiveASourceAQuarterOfItsConnections() throws Exception {
        List<Socket> sockets = new ArrayList<>();
        Told front = new Told();
        try (Echo echo = new Echo();
                ServerSocket silent = listen(300);
                TcpRelay relay = TcpRelay.start(front, accepted -> {
                    boolean last = accepted.getInetAddress().equals(InetAddress.getByName("192.0.2.2"));
                    return last ? echo.dial() : new Socket(LOOPBACK, silent.getLocalPort());
                })) {
            for (int i = 0; i < 64; i++) {
                sockets.add(front.connect("192.0.2.1"));
                sockets.add(front.connect("2001:db8::" + Integer.toHexString(i)));
            }
            for (String full : List.of("192.0.2.1", "2001:db8::ffff")) {
                try (Socket more = front.connect(full)) {
                    assertEquals(-1, read(more.getInputStream()));
                }
            }
            assertEquals(2, relay.refused());
            for (int i = 0; i < 200; i++) { // one after the other, and each gives its place back
                try (Socket other = front.connect("192.0.2.2")) {
                    assertArrayEquals(new byte[] {7}, exchange(other, new byte[] {7}));
                }
            }
            assertEquals(2, relay.refused());
        } finally {
            for (Socket socket : sockets) {
                socket.close();
            }
        }
    }

    /** Of a connection's two threads the first or the second cannot be started, as when the system has no more. */
    @ParameterizedTest
    @ValueSource(ints = {1, 2})
    void shouldLoseOneConnectionToALackOfThreads(int lacking) throws Exception {
        ManualTime time = new ManualTime();
        try (Echo echo = new Echo();
                TcpRelay relay = TcpRelay.start(listen(50), accepted -> echo.dial(), time, new Scarce(lacking))) {
            try (Socket lost = new Socket(LOOPBACK, relay.port())) {
                assertEquals(-1, read(lost.getInputStream()));
            }
            for (int i = 0; i < 300; i++) { // more than it has places
                try (Socket socket = new Socket(LOOPBACK, relay.port())) {
                    assertArrayEquals(new byte[] {7}, exchange(socket, new byte[] {7}));
                }
            }
            assertEquals(0, time.pending());
        }
    }

    @Test
    void shouldPauseWhileNothingCanBeAccepted() throws Exception {
        ManualTime time = new ManualTime();
        int[] accepts = new int[1];
        ServerSocket scarce = new ServerSocket(0, 50, LOOPBACK) {
            @Override
            public Socket accept() throws IOException {
                accepts[0]++;
                if (accepts[0] <= 3) {
                    throw new IOException("Too many open files");
                }
                return super.accept();
            }
        };
        try (Echo echo = new Echo();
                TcpRelay relay = TcpRelay.start(scarce, accepted -> echo.dial(), time, new Scarce(-1))) {
            for (int i = 1; i <= 3; i++) {
                while (time.pending() == 0) {
                    Thread.onSpinWait();
                }
                assertEquals(i, accepts[0]);
                time.runNext();
            }
            try (Socket socket = new Socket(LOOPBACK, relay.port())) {
                assertArrayEquals(new byte[] {7}, exchange(socket, new byte[] {7}));
            }
        }
    }

    @Test
    @SuppressWarnings("try") // the relay is closed at the end, and ends before
    void shouldEndWithTheHostThatItListensOn() throws Exception {
        VirtualClient host = new VirtualClient();
        Scarce threads = new Scarce(-1);
        try (TcpRelay relay = TcpRelay.start(
                host.listen(80),
                accepted -> {
                    throw new ConnectException("nobody is there");
                },
                new ManualTime(),
                threads)) {
            host.close();

            threads.shutdown();
            assertTrue(threads.awaitTermination(60, TimeUnit.SECONDS));
        }
    }

    /** Threads of which one cannot be started: that one, counted from 0, which is the relay's own. */
    private static final class Scarce extends ThreadPoolExecutor {
        private final int lacking;
        private final AtomicInteger tasks = new AtomicInteger();

        Scarce(int lacking) {
            super(0, Integer.MAX_VALUE, 60, TimeUnit.SECONDS, new SynchronousQueue<>());
            this.lacking = lacking;
        }

        @Override
        public void execute(Runnable task) {
            if (tasks.getAndIncrement() == lacking) {
                throw new OutOfMemoryError("unable to create native thread");
            }
            super.execute(task);
        }
    }

    /** The JDK's own client of SOCKS. */
    @Test
    void shouldDialWhereASocksClientWantsTo() throws Exception {
        BlockingQueue<String> asked = new LinkedBlockingQueue<>();
        try (Echo echo = new Echo();
                TcpRelay relay = TcpRelay.start(listen(50), new Socks5((host, port) -> {
                    asked.add(host + " " + port);
                    if (host.equals("unknown.example")) {
                        throw new UnknownHostException(host);
                    }
                    return echo.dial();
                }))) {
            Proxy proxy = new Proxy(Proxy.Type.SOCKS, new InetSocketAddress(LOOPBACK, relay.port()));
            byte[] sent = {1, 2, 3};
            for (InetSocketAddress to : List.of(
                    InetSocketAddress.createUnresolved("inside.example", 80),
                    new InetSocketAddress("192.0.2.1", 443),
                    new InetSocketAddress("2001:db8::1", 8443))) {
                try (Socket socket = new Socket(proxy)) {
                    socket.connect(to);
                    assertArrayEquals(sent, exchange(socket, sent));
                }
            }
            try (Socket socket = new Socket(proxy)) {
                assertThrows(
                        IOException.class,
                        () -> socket.connect(InetSocketAddress.createUnresolved("unknown.example", 80)));
            }
            assertEquals(
                    List.of("inside.example 80", "192.0.2.1 443", "2001:db8:0:0:0:0:0:1 8443", "unknown.example 80"),
                    List.copyOf(asked));
        }
    }

    @ParameterizedTest
    @CsvSource({
        "04,                              ''",
        "0500,                            05ff",
        "050102,                          05ff",
        "050100 04,                       0500",
        "050100 05020001 0a000001 0050,   0500 05070001 000000000000",
        "050100 05030001 0a000001 0050,   0500 05070001 000000000000",
        "050100 05010002,                 0500 05080001 000000000000",
        "050100 05010003 00 0050,         0500 05010001 000000000000",
    })
    void shouldRefuseWhatItDoesNotSpeak(String sent, String answered) throws Exception {
        Socks5 socks = new Socks5((host, port) -> {
            throw new IllegalArgumentException("host=" + host);
        });
        try (TcpRelay relay = TcpRelay.start(listen(50), socks);
                Socket socket = new Socket(LOOPBACK, relay.port())) {
            socket.getOutputStream().write(HexFormat.of().parseHex(sent.replace(" ", "")));

            ByteArrayOutputStream got = new ByteArrayOutputStream();
            for (int c = read(socket.getInputStream()); c >= 0; c = read(socket.getInputStream())) {
                got.write(c);
            }
            assertEquals(answered.replace(" ", ""), HexFormat.of().formatHex(got.toByteArray()));
        }
    }

    @Test
    void shouldCarryDatagramsAndAnswersToWhoAsked() throws Exception {
        try (DatagramSocket server = new DatagramSocket(0, LOOPBACK);
                DatagramSocket one = new DatagramSocket(0, LOOPBACK);
                DatagramSocket two = new DatagramSocket(0, LOOPBACK);
                DatagramSocket stranger = new DatagramSocket(0, LOOPBACK);
                UdpRelay relay = UdpRelay.start(
                        UdpSide.of(new DatagramSocket(0, LOOPBACK)),
                        () -> UdpSide.of(new DatagramSocket(0, LOOPBACK)),
                        IpAddress.of(LOOPBACK),
                        server.getLocalPort())) {
            DatagramPacket first = ask(one, relay, server, 1);
            DatagramPacket second = ask(two, relay, server, 2);

            stranger.send(new DatagramPacket(new byte[] {9}, 1, first.getSocketAddress()));
            server.send(new DatagramPacket(new byte[] {22}, 1, second.getSocketAddress()));
            server.send(new DatagramPacket(new byte[] {11}, 1, first.getSocketAddress()));

            assertEquals(11, receive(one).getData()[0], "and nothing of a stranger's before");
            assertEquals(22, receive(two).getData()[0]);
            one.setSoTimeout(100);
            assertThrows(SocketTimeoutException.class, () -> one.receive(new DatagramPacket(new byte[1], 1)));
            assertEquals(first.getSocketAddress(), ask(one, relay, server, 3).getSocketAddress(), "the same flow");
            assertEquals(0, relay.dropped());
        }
    }

    /** A side whose datagrams are a test's. */
    private static final class Written implements UdpSide {
        private static final Message SILENCE = new Message(new byte[0], IpAddress.parse("192.0.2.0"), 0);
        private static final Message END = new Message(new byte[0], IpAddress.parse("192.0.2.0"), -1);

        final BlockingQueue<Message> incoming = new LinkedBlockingQueue<>();
        final BlockingQueue<Message> outgoing = new LinkedBlockingQueue<>();

        void from(String source, int port) {
            incoming.add(new Message(new byte[1], IpAddress.parse(source), port));
        }

        @Override
        public Message receive(Duration limit) throws IOException {
            try {
                Message next = incoming.take();
                if (next.equals(SILENCE)) {
                    throw new SocketTimeoutException();
                }
                if (next.equals(END)) {
                    incoming.add(END);
                    throw new IOException("closed");
                }
                return next;
            } catch (InterruptedException interrupt) {
                throw new IOException(interrupt);
            }
        }

        @Override
        public void send(Message message) {
            outgoing.add(message);
        }

        @Override
        public int port() {
            return 9;
        }

        @Override
        public void close() {
            incoming.add(END);
        }
    }

    private static void await(BooleanSupplier condition) {
        while (!condition.getAsBoolean()) {
            Thread.onSpinWait();
        }
    }

    @Test
    void shouldGiveASourceAQuarterOfItsFlows() throws Exception {
        Written front = new Written();
        BlockingQueue<Written> opened = new LinkedBlockingQueue<>();
        try (UdpRelay relay = UdpRelay.start(
                front,
                () -> {
                    Written back = new Written();
                    opened.add(back);
                    return back;
                },
                IpAddress.parse("192.0.2.9"),
                9)) {
            for (int port = 1; port <= 33; port++) {
                front.from("192.0.2.1", port);
            }
            await(() -> relay.dropped() == 1);
            for (int i = 1; i <= 33; i++) {
                front.from("2001:db8::" + Integer.toHexString(i), 1);
            }
            await(() -> relay.dropped() == 2);
            assertEquals(64, opened.size());

            for (int port = 1; port <= 33; port++) { // the first 32 are there already
                front.from("192.0.2.1", port);
            }
            await(() -> relay.dropped() == 3);
            for (int port = 1; port <= 65; port++) {
                front.from("127.0.0.1", port);
            }
            await(() -> relay.dropped() == 4); // all are taken
            assertEquals(128, opened.size());

            Written first = opened.take();
            first.incoming.add(Written.SILENCE);
            first.incoming.add(Written.SILENCE);
            await(() -> first.incoming.contains(Written.END));
            // It was the first of its source, and is the only one that is free.
            front.from("192.0.2.1", 34);
            await(() -> opened.size() == 128);
            assertEquals(4, relay.dropped());
        }
    }

    @Test
    void shouldGiveBackThePlaceOfAFlowThatCannotBeOpened() throws Exception {
        Written front = new Written();
        BlockingQueue<Written> opened = new LinkedBlockingQueue<>();
        AtomicInteger tries = new AtomicInteger();
        try (UdpRelay relay = UdpRelay.start(
                front,
                () -> {
                    if (tries.incrementAndGet() == 1) {
                        throw new IOException("Too many open files");
                    }
                    Written back = new Written();
                    opened.add(back);
                    return back;
                },
                IpAddress.parse("192.0.2.9"),
                9)) {
            for (int port = 1; port <= 34; port++) {
                front.from("192.0.2.1", port);
            }
            await(() -> relay.dropped() == 2);
            assertEquals(32, opened.size());
        }
    }

    private static DatagramPacket ask(DatagramSocket from, UdpRelay relay, DatagramSocket server, int what)
            throws IOException {
        from.send(new DatagramPacket(new byte[] {(byte) what}, 1, new InetSocketAddress(LOOPBACK, relay.port())));
        DatagramPacket got = receive(server);
        assertEquals(what, got.getData()[0]);
        return got;
    }

    private static DatagramPacket receive(DatagramSocket socket) throws IOException {
        DatagramPacket packet = new DatagramPacket(new byte[100], 100);
        socket.setSoTimeout(20_000);
        socket.receive(packet);
        return packet;
    }

    private static int read(InputStream input) {
        try {
            return input.read();
        } catch (IOException reset) {
            return -1;
        }
    }
}
