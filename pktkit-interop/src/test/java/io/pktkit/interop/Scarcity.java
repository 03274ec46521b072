// SPDX-License-Identifier: MIT
package io.pktkit.interop;

import io.pktkit.datagram.DatagramConfig;
import io.pktkit.lab.relay.TcpRelay;
import io.pktkit.local.LocalProtocol;
import io.pktkit.local.LocalServer;
import io.pktkit.ovpn.OvpnServer;
import io.pktkit.ovpn.pki.OvpnEndpoint;
import io.pktkit.ovpn.pki.OvpnPki;
import io.pktkit.qemu.QemuAddress;
import io.pktkit.qemu.QemuConfig;
import io.pktkit.qemu.QemuListener;
import io.pktkit.time.ManualTime;
import io.pktkit.wire.IpAddress;
import java.io.Closeable;
import java.io.FileInputStream;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.SocketAddress;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Clock;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.logging.Handler;
import java.util.logging.LogRecord;
import java.util.logging.Logger;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * A program that is short of something: one of our servers that accept is asked while there is not one file descriptor left,
 * or a relay while no thread can be started. It must neither end nor go round and round, and serve again afterwards. Time is
 * virtual, and what is logged counts how often the server tried. It prints a line at the end.
 */
@SuppressWarnings("try") // to close before the end of a block is a part of it
public final class Scarcity {

    private static final InetAddress LOOPBACK = InetAddress.getLoopbackAddress();

    /** A power of two, for only those counts are logged. */
    private static final int TRIES = 4;

    private Scarcity() {}

    /**
     * Runs it.
     *
     * @param arguments threads, or which server is short of descriptors; and a folder for its files
     * @throws Exception if a server does not serve, or tries too often
     */
    public static void main(String[] arguments) throws Exception {
        Logger.getLogger("").addHandler(new Tries()); // now, while there is what that takes
        Await.until("its class is there", () -> true); // likewise
        ManualTime time = new ManualTime();
        time.schedule(1, () -> {});
        time.advanceNanos(1);
        System.getLogger("warm-up").log(System.Logger.Level.WARNING, "likewise", new IOException("none"));
        Path folder = Path.of(arguments[1]);
        switch (arguments[0]) {
            case "threads" -> threads();
            case "relay" -> withoutDescriptors(new Relay());
            case "control" -> withoutDescriptors(new Control(folder.resolve("control")));
            case "guests" -> withoutDescriptors(new Guests(folder.resolve("guests")));
            case "vpn" -> withoutDescriptors(new Vpn(folder.resolve("vpn")));
            default -> throw new IllegalArgumentException(arguments[0]);
        }
    }

    /** A server in its own time. */
    private interface Server extends AutoCloseable {

        SocketAddress address();

        ManualTime time();

        /** Uses a connection until the server has answered, in whatever way. */
        void use(SocketChannel client) throws IOException;

        /** Makes it use the descriptor that a blocking accept has before anybody comes, until it serves again. */
        default void occupy(SocketChannel first) throws IOException {}

        default void release() {}
    }

    private static void withoutDescriptors(Server server) throws Exception {
        try (server) {
            ask(server); // what is loaded once
            Tries.reset();
            SocketChannel first = open(server.address());
            SocketChannel client = open(server.address());
            List<Closeable> all = takeDescriptors();
            server.occupy(first);
            client.connect(server.address());
            long pause = TimeUnit.MILLISECONDS.toNanos(10);
            for (int tried = 1; tried <= TRIES; tried++) {
                awaitPause(server, pause, tried);
                server.time().advanceNanos(pause - 1);
                awaitPause(server, 1, tried);
                if (tried < TRIES) {
                    server.time().advanceNanos(1);
                    pause *= 2;
                }
            }
            for (Closeable each : all) {
                each.close();
            }
            server.release();
            server.time().advanceNanos(1);
            first.close();
            server.use(client);
            ask(server);
            if (Tries.most != TRIES) {
                throw new AssertionError("tries " + Tries.most + ": " + server);
            }
            System.out.println("served " + server + " after " + TRIES + " tries without descriptors, " + all.size());
        }
    }

    /** Until the server has tried so often, and the next try is due so much later. */
    private static void awaitPause(Server server, long nanos, int tries) {
        ManualTime time = server.time();
        Await.until(
                () -> server + " pauses after " + tries + " tries, of which are logged " + Tries.most,
                () -> time.nextDeadlineNanos() - time.nowNanos() == nanos
                        && Tries.most >= Integer.highestOneBit(tries));
        if (Tries.most > tries) {
            throw new AssertionError("tries " + Tries.most + " > " + tries + ": " + server);
        }
    }

    private static SocketChannel open(SocketAddress address) throws IOException {
        return address instanceof UnixDomainSocketAddress
                ? SocketChannel.open(StandardProtocolFamily.UNIX)
                : SocketChannel.open();
    }

    private static void ask(Server server) throws IOException {
        SocketChannel client = open(server.address());
        client.connect(server.address());
        server.use(client);
    }

    private static List<Closeable> takeDescriptors() {
        List<Closeable> all = new ArrayList<>();
        try {
            while (true) {
                all.add(new FileInputStream("/dev/null"));
            }
        } catch (IOException full) {
            return all;
        }
    }

    /** Each connection of a relay has threads of its own. */
    private static void threads() throws Exception {
        try (Relay relay = new Relay()) {
            ask(relay);
            CountDownLatch released = new CountDownLatch(1);
            List<Thread> all = takeThreads(released);
            Tries.reset();
            List<SocketChannel> served = new ArrayList<>();
            boolean isServed = true;
            while (isServed && served.size() < 10) { // by a thread of one that is gone
                isServed = relay.isServed(open(relay.address()), served);
            }
            for (SocketChannel each : served) {
                each.close();
            }
            if (Tries.most != 1) {
                throw new AssertionError("logged " + Tries.most + " served " + served.size());
            }
            released.countDown();
            for (Thread thread : all) {
                thread.join();
            }
            Await.until("threads can be started", Scarcity::canStart); // the system takes a stack back a little later
            ask(relay);
            System.out.println("served " + relay + " after 1 try without threads, " + all.size());
        }
    }

    private static boolean canStart() {
        CountDownLatch released = new CountDownLatch(1);
        try {
            for (int i = 0; i < 3; i++) {
                start(released);
            }
            return true;
        } catch (OutOfMemoryError none) {
            return false;
        } finally {
            released.countDown();
        }
    }

    private static List<Thread> takeThreads(CountDownLatch released) {
        List<Thread> all = new ArrayList<>();
        try {
            while (true) {
                all.add(start(released));
            }
        } catch (OutOfMemoryError none) {
            return all;
        }
    }

    private static Thread start(CountDownLatch released) {
        Thread thread = new Thread(() -> await(released));
        thread.setDaemon(true);
        thread.start();
        return thread;
    }

    private static void await(CountDownLatch latch) {
        try {
            latch.await();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    private static void expectEnd(SocketChannel client) {
        try {
            int read = client.read(ByteBuffer.allocate(1));
            if (read >= 0) {
                throw new AssertionError("read " + read);
            }
        } catch (IOException reset) {
            return; // an end, too
        }
    }

    /** The highest count in a line of a failure log. */
    private static final class Tries extends Handler {
        private static final Pattern COUNT = Pattern.compile("failed, (\\d+) so far");
        static volatile int most;

        static void reset() {
            most = 0;
        }

        @Override
        public void publish(LogRecord record) {
            Matcher matcher = COUNT.matcher(record.getMessage());
            if (matcher.find()) {
                most = Math.max(most, Integer.parseInt(matcher.group(1)));
            }
        }

        @Override
        public void flush() {}

        @Override
        public void close() {}
    }

    /** What comes in goes to a server that sends it back. */
    private static final class Relay implements Server {
        private final ManualTime time = new ManualTime();
        private final ServerSocket echo = new ServerSocket(0, 50, LOOPBACK);
        private final TcpRelay relay = TcpRelay.start(new ServerSocket(0, 50, LOOPBACK), accepted -> dial(), time);
        private final CountDownLatch occupied = new CountDownLatch(1);
        private volatile CountDownLatch released = new CountDownLatch(0);

        Relay() throws IOException {
            Thread thread = new Thread(this::answer, "echo");
            thread.setDaemon(true);
            thread.start();
        }

        private Socket dial() throws IOException {
            CountDownLatch wait = released;
            if (wait.getCount() > 0) {
                occupied.countDown();
                await(wait);
            }
            return new Socket(LOOPBACK, echo.getLocalPort());
        }

        @Override
        public void occupy(SocketChannel first) throws IOException {
            released = new CountDownLatch(1);
            first.connect(address());
            await(occupied);
        }

        @Override
        public void release() {
            released.countDown();
        }

        boolean isServed(SocketChannel client, List<SocketChannel> served) throws IOException {
            client.connect(address());
            try {
                client.write(ByteBuffer.wrap(new byte[] {7}));
                if (client.read(ByteBuffer.allocate(1)) == 1) {
                    served.add(client);
                    return true;
                }
            } catch (IOException reset) {
                // an end, too
            }
            client.close();
            return false;
        }

        private void answer() {
            while (!echo.isClosed()) {
                try (Socket socket = echo.accept()) {
                    socket.getOutputStream().write(socket.getInputStream().readNBytes(1));
                } catch (IOException gone) {
                    // the next one, until it is closed
                }
            }
        }

        @Override
        public SocketAddress address() {
            return new InetSocketAddress(LOOPBACK, relay.port());
        }

        @Override
        public ManualTime time() {
            return time;
        }

        @Override
        public void use(SocketChannel client) throws IOException {
            try (client) {
                client.write(ByteBuffer.wrap(new byte[] {7}));
                if (client.read(ByteBuffer.allocate(1)) != 1) {
                    throw new AssertionError("no answer from " + this);
                }
            }
        }

        @Override
        public void close() throws IOException {
            relay.close();
            echo.close();
        }

        @Override
        public String toString() {
            return "TcpRelay";
        }
    }

    private static final class Control implements Server {
        private final ManualTime time = new ManualTime();
        private final LocalServer server;

        Control(Path path) throws IOException {
            server = LocalServer.open(path, new LocalProtocol(false, 1000, request -> request + "\n"), time);
        }

        @Override
        public SocketAddress address() {
            return UnixDomainSocketAddress.of(server.path());
        }

        @Override
        public ManualTime time() {
            return time;
        }

        @Override
        public void use(SocketChannel client) throws IOException {
            try (client) {
                client.write(ByteBuffer.wrap("hello\n".getBytes(StandardCharsets.US_ASCII)));
                if (client.read(ByteBuffer.allocate(6)) <= 0) {
                    throw new AssertionError("no answer from " + this);
                }
            }
        }

        @Override
        public void close() {
            server.close();
        }

        @Override
        public String toString() {
            return "LocalServer";
        }
    }

    private static final class Guests implements Server {
        private final ManualTime time = new ManualTime();
        private final QemuListener listener;

        Guests(Path path) throws IOException {
            QemuConfig config = QemuConfig.DEFAULT.withTimers(time);
            listener = QemuListener.open(QemuAddress.unix(path), config);
        }

        @Override
        public SocketAddress address() {
            return UnixDomainSocketAddress.of(listener.address().path());
        }

        @Override
        public ManualTime time() {
            return time;
        }

        @Override
        public void use(SocketChannel client) throws IOException {
            try (client) {
                listener.accept().close();
                expectEnd(client);
            }
        }

        @Override
        public void close() throws IOException {
            listener.close();
        }

        @Override
        public String toString() {
            return "QemuListener";
        }
    }

    private static final class Vpn implements Server {
        private final ManualTime time = new ManualTime();
        private final OvpnServer server;

        Vpn(Path folder) throws IOException {
            OvpnPki pki = OvpnPki.init(folder, OvpnEndpoint.of("vpn.test"));
            server = OvpnServer.shared(pki.serverConfig()
                    .udp(null)
                    .tcp(DatagramConfig.builder()
                            .address(IpAddress.parse("127.0.0.1"))
                            .port(0)
                            .build())
                    .time(time, Clock.systemUTC())
                    .build());
        }

        @Override
        public SocketAddress address() {
            return new InetSocketAddress(LOOPBACK, server.tcpPort());
        }

        @Override
        public ManualTime time() {
            return time;
        }

        /** A packet of no length is answered by hanging up. */
        @Override
        public void use(SocketChannel client) throws IOException {
            try (client) {
                client.write(ByteBuffer.allocate(2));
                expectEnd(client);
            }
        }

        @Override
        public void close() {
            server.close();
        }

        @Override
        public String toString() {
            return "OvpnServer";
        }
    }
}
