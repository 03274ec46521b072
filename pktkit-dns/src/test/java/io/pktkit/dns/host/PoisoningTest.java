// SPDX-License-Identifier: MIT
package io.pktkit.dns.host;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.pktkit.dns.DnsFrames;
import io.pktkit.dns.DnsMessage;
import io.pktkit.dns.DnsName;
import io.pktkit.dns.DnsQuestion;
import io.pktkit.dns.DnsRecord;
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
import java.net.DatagramPacket;
import java.net.DatagramSocket;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.SocketAddress;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.Objects;
import java.util.Random;
import java.util.Set;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/**
 * Somebody who can send in the name's server's name, sees each query go out, and has a thousand tries before the server answers.
 * Half of them go to the port that the query came from, whatever identifier and case they guess; half to any.
 */
class PoisoningTest {
    private static final IpAddress RIGHT = IpAddress.parse("198.51.100.7");
    private static final IpAddress WRONG = IpAddress.parse("203.0.113.66");
    private static final int FORGERIES = 1000;
    private static final int ATTEMPTS = 20;
    private static final Duration LIMIT = Duration.ofSeconds(60);

    private final long seed = new Random().nextLong();
    private final Random random = new Random(seed);
    private final InetAddress loopback = InetAddress.getLoopbackAddress();

    private static DnsMessage answer(DnsMessage query, IpAddress address) {
        DnsName name = query.questions().get(0).name();
        return DnsMessage.response(query, 0, List.of(DnsRecord.address(name, 86_400, address)), List.of());
    }

    @Test
    void shouldTakeNoneOfAHundredThousandForgeries() throws Exception {
        attack(100);
    }

    @Test
    @Tag("long")
    void shouldTakeNoneOfTenMillionForgeries() throws Exception {
        attack(10_000);
    }

    private void attack(int rounds) throws Exception {
        try (TwinSockets sockets = TwinSockets.open(loopback, 64);
                HostDnsTransport transport = new HostDnsTransport();
                DnsClient client = new DnsClient(SystemTimers.shared(), transport, DnsClientConfig.DEFAULT)) {
            DatagramSocket udp = sockets.udp();
            udp.setSendBufferSize(1 << 20);
            start(() -> forge(udp));
            start(() -> serve(sockets.tcp()));
            client.setServers(List.of(new DnsServer(IpAddress.of(loopback), sockets.port(), 0)));
            DnsResolver resolver = new DnsResolver(client);
            for (int i = 0; i < rounds; i++) {
                List<IpAddress> found = resolve(resolver, "bank" + i + ".example");
                assertEquals(List.of(RIGHT), found, "seed=" + seed + " i=" + i);
            }
            assertTrue(client.counters().strays() > rounds, "the forgeries have come: " + client.counters());
            assertTrue(client.counters().attacks() > rounds / 2, "and were noticed: " + client.counters());
        }
    }

    /** On a busy machine the flood may keep the answer away until the query is given up, which is no harm; a wrong one is. */
    private static List<IpAddress> resolve(DnsResolver resolver, String name) throws Exception {
        DnsLookupException last = null;
        for (int attempt = 0; attempt < ATTEMPTS; attempt++) {
            try {
                return resolver.resolve(name, Set.of(IpFamily.IPV4), LIMIT);
            } catch (DnsLookupException e) {
                last = e;
            }
        }
        throw new AssertionError("none of " + ATTEMPTS + " questions for " + name + " was answered", last);
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

    private void forge(DatagramSocket udp) throws IOException {
        DatagramPacket packet = new DatagramPacket(new byte[2000], 2000);
        while (true) {
            packet.setLength(2000);
            udp.receive(packet);
            byte[] octets = Arrays.copyOf(packet.getData(), packet.getLength());
            DnsMessage query = Objects.requireNonNull(DnsMessage.parse(octets));
            if (query.isResponse()) {
                continue; // a forgery that hit our own port
            }
            DnsQuestion asked = query.questions().get(0);
            for (int i = 0; i < FORGERIES; i++) {
                DnsQuestion spelled =
                        new DnsQuestion(asked.name().toLowerCase().withRandomCase(random), DnsType.A, DnsType.CLASS_IN);
                DnsMessage forged = answer(query, WRONG).withQuestion(spelled).withId(random.nextInt(65_536));
                int port = i % 2 == 0 ? packet.getPort() : 20_000 + random.nextInt(45_536);
                send(udp, forged, new InetSocketAddress(loopback, port));
            }
            send(udp, answer(query, RIGHT), packet.getSocketAddress());
        }
    }

    private static void send(DatagramSocket udp, DnsMessage message, SocketAddress to) throws IOException {
        byte[] octets = message.toBytes(512);
        udp.send(new DatagramPacket(octets, octets.length, to));
    }

    /** Over TCP there is nothing to forge. A client that has its answer already hangs up, which ends one connection only. */
    private static void serve(ServerSocket tcp) throws IOException {
        while (true) {
            Socket accepted = tcp.accept();
            try (Socket socket = accepted) {
                DataInputStream in = new DataInputStream(socket.getInputStream());
                DnsMessage query = DnsMessage.parse(in.readNBytes(in.readUnsignedShort()));
                if (query != null) {
                    socket.getOutputStream()
                            .write(DnsFrames.frame(answer(query, RIGHT).toBytes(65_535)));
                }
            } catch (IOException e) {
                // that client is gone, and others may come
            }
        }
    }
}
