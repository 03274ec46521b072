// SPDX-License-Identifier: MIT
package io.pktkit.dns.host;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.pktkit.dns.DnsFrames;
import io.pktkit.dns.DnsMessage;
import io.pktkit.dns.DnsName;
import io.pktkit.dns.DnsRecord;
import io.pktkit.dns.DnsResponseCode;
import io.pktkit.dns.DnsType;
import io.pktkit.dns.stub.DnsLookupException;
import io.pktkit.dns.stub.DnsResolver;
import io.pktkit.dns.upstream.DnsClient;
import io.pktkit.dns.upstream.DnsClientConfig;
import io.pktkit.dns.upstream.DnsServer;
import io.pktkit.time.SystemTimers;
import io.pktkit.wire.IpAddress;
import io.pktkit.wire.IpFamily;
import java.io.DataInputStream;
import java.io.IOException;
import java.io.InterruptedIOException;
import java.net.DatagramPacket;
import java.net.DatagramSocket;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.time.Duration;
import java.util.HashSet;
import java.util.List;
import java.util.Objects;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;
import java.util.function.UnaryOperator;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** A resolver over sockets of the host, and servers on its loopback. */
@Timeout(120)
class HostDnsTransportTest {
    private static final Duration LIMIT = Duration.ofSeconds(30);
    private static final IpAddress RIGHT = IpAddress.parse("198.51.100.7");

    private HostDnsTransport transport;
    private DnsClient client;

    @BeforeEach
    void open() throws IOException {
        transport = new HostDnsTransport();
        client = new DnsClient(SystemTimers.shared(), transport, DnsClientConfig.DEFAULT);
    }

    @AfterEach
    void close() {
        client.close();
        transport.close();
        assertEquals(0, client.counters().exchanges());
    }

    /** Or who opened a resolver and is unloaded stays in memory for as long as the resolver runs. */
    @Test
    void shouldHoldNobodysClasses() throws Exception {
        CompletableFuture<ClassLoader> held = new CompletableFuture<>();
        ClassLoader mine = Thread.currentThread().getContextClassLoader();
        Thread.currentThread().setContextClassLoader(new ClassLoader() {});
        try (HostDnsTransport opened = new HostDnsTransport()) {
            opened.execute(() -> held.complete(Thread.currentThread().getContextClassLoader()));

            assertSame(ClassLoader.getSystemClassLoader(), held.get(LIMIT.toSeconds(), TimeUnit.SECONDS));
        } finally {
            Thread.currentThread().setContextClassLoader(mine);
        }
    }

    /** A name server in a thread for each protocol. */
    private static final class Server implements AutoCloseable {
        final DatagramSocket udp;
        final ServerSocket tcp;
        final Set<Integer> ports = ConcurrentHashMap.newKeySet();

        Server(String address, UnaryOperator<DnsMessage> overUdp, UnaryOperator<DnsMessage> overTcp)
                throws IOException {
            InetAddress at = InetAddress.getByName(address);
            TwinSockets sockets = TwinSockets.open(at, 16);
            tcp = sockets.tcp();
            udp = sockets.udp();
            start(() -> serveUdp(overUdp));
            start(() -> serveTcp(overTcp));
        }

        private interface Loop {
            void run() throws IOException;
        }

        private static void start(Loop loop) {
            Thread thread = new Thread(() -> {
                try {
                    loop.run();
                } catch (IOException e) {
                    return; // closed
                }
            });
            thread.setDaemon(true);
            thread.start();
        }

        DnsServer address() {
            return new DnsServer(IpAddress.of(tcp.getInetAddress()), tcp.getLocalPort(), 0);
        }

        private void serveUdp(UnaryOperator<DnsMessage> answers) throws IOException {
            DatagramPacket packet = new DatagramPacket(new byte[2000], 2000);
            while (true) {
                packet.setLength(2000);
                udp.receive(packet);
                ports.add(packet.getPort());
                byte[] octets = java.util.Arrays.copyOf(packet.getData(), packet.getLength());
                byte[] answer = answers.apply(Objects.requireNonNull(DnsMessage.parse(octets)))
                        .toBytes(DnsMessage.MAX_LENGTH);
                udp.send(new DatagramPacket(answer, answer.length, packet.getSocketAddress()));
            }
        }

        private void serveTcp(UnaryOperator<DnsMessage> answers) throws IOException {
            while (true) {
                Socket accepted = tcp.accept();
                try (Socket socket = accepted) {
                    DataInputStream in = new DataInputStream(socket.getInputStream());
                    DnsMessage query = DnsMessage.parse(in.readNBytes(in.readUnsignedShort()));
                    byte[] answer = answers.apply(Objects.requireNonNull(query)).toBytes(DnsMessage.MAX_LENGTH);
                    socket.getOutputStream().write(DnsFrames.frame(answer));
                } catch (IOException e) {
                    // A client whose patience is over hangs up, and tries again.
                }
            }
        }

        @Override
        public void close() throws IOException {
            udp.close();
            tcp.close();
        }
    }

    private static DnsMessage answer(DnsMessage query) {
        DnsName name = query.questions().get(0).name();
        return DnsMessage.response(query, 0, List.of(DnsRecord.address(name, 60, RIGHT)), List.of());
    }

    private static DnsMessage cut(DnsMessage query) {
        DnsMessage empty = DnsMessage.failure(query, 0);
        return new DnsMessage(
                empty.id(),
                empty.flags() | DnsMessage.TC,
                empty.questions(),
                List.of(),
                List.of(),
                List.of(),
                empty.edns());
    }

    private List<IpAddress> resolve(String name) throws IOException {
        return new DnsResolver(client).resolve(name, Set.of(IpFamily.IPV4), LIMIT);
    }

    @ParameterizedTest
    @ValueSource(strings = {"127.0.0.1", "::1"})
    void shouldAskFromAPortOfItsOwnEachTime(String address) throws IOException {
        try (Server server = new Server(address, HostDnsTransportTest::answer, HostDnsTransportTest::answer)) {
            client.setServers(List.of(server.address()));

            for (int i = 0; i < 40; i++) {
                assertEquals(List.of(RIGHT), resolve("n" + i + ".example"));
            }

            assertTrue(server.ports.size() >= 38, "ports " + server.ports.size());
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"127.0.0.1", "::1"})
    void shouldAskOverTcpForWhatIsCut(String address) throws IOException {
        try (Server server = new Server(address, HostDnsTransportTest::cut, query -> {
            DnsName name = query.questions().get(0).name();
            List<DnsRecord> texts = new java.util.ArrayList<>();
            for (int i = 0; i < 200; i++) {
                byte[] data = new byte[201];
                data[0] = (byte) 200;
                texts.add(new DnsRecord(name, DnsType.TXT, 1, 60, data));
            }
            return DnsMessage.response(query, 0, texts, List.of());
        })) {
            client.setServers(List.of(server.address()));

            assertEquals(
                    200,
                    new DnsResolver(client)
                            .lookup(DnsName.parse("big.example"), DnsType.TXT, LIMIT)
                            .size());
        }
    }

    @Test
    void shouldSeeAtOnceThatAPortIsClosed() throws IOException {
        Server gone = new Server("127.0.0.1", HostDnsTransportTest::answer, HostDnsTransportTest::answer);
        gone.close();
        client.setServers(List.of(gone.address()));

        // The kernel limits how many errors it sends, for all of the machine together, so one of them may be missing.
        long before = -1;
        for (int i = 0; i < 10 && client.counters().timeouts() != before; i++) {
            before = client.counters().timeouts();
            String name = "a" + i + ".example";
            DnsLookupException e = assertThrows(DnsLookupException.class, () -> resolve(name));
            assertEquals(DnsLookupException.Reason.SERVER_FAILED, e.reason());
        }

        assertEquals(before, client.counters().timeouts(), "none of ten questions ended at once");
    }

    @Test
    void shouldOutliveThreadsThatAreInterrupted() throws IOException {
        try (DatagramSocket silent = new DatagramSocket(0, InetAddress.getLoopbackAddress());
                Server server = new Server("127.0.0.1", HostDnsTransportTest::answer, HostDnsTransportTest::answer)) {
            client.setServers(List.of(new DnsServer(IpAddress.parse("127.0.0.1"), silent.getLocalPort(), 0)));
            Thread.currentThread().interrupt();
            assertThrows(InterruptedIOException.class, () -> resolve("a.example"));
            assertTrue(Thread.interrupted());

            client.setServers(List.of(server.address()));
            assertEquals(List.of(RIGHT), resolve("b.example"));
        }
    }

    @Test
    void shouldServeManyAtOnce() throws Exception {
        try (Server server = new Server("127.0.0.1", HostDnsTransportTest::answer, HostDnsTransportTest::answer)) {
            client.setServers(List.of(server.address()));
            Set<Thread> threads = new HashSet<>();
            Set<String> failed = ConcurrentHashMap.newKeySet();
            for (int i = 0; i < 100; i++) {
                String name = "n" + i + ".example";
                threads.add(new Thread(() -> {
                    try {
                        resolve(name);
                    } catch (IOException e) {
                        failed.add(e.toString());
                    }
                }));
            }
            threads.forEach(Thread::start);
            for (Thread thread : threads) {
                thread.join();
            }
            assertEquals(Set.of(), failed);
        }
    }

    @Test
    void shouldTellThatAServerRefuses() throws IOException {
        UnaryOperator<DnsMessage> refusing = query -> DnsMessage.failure(query, DnsResponseCode.REFUSED);
        try (Server server = new Server("127.0.0.1", refusing, refusing)) {
            client.setServers(List.of(server.address()));

            assertThrows(DnsLookupException.class, () -> resolve("a.example"));
        }
    }
}
