// SPDX-License-Identifier: MIT
package io.pktkit.lab;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.pktkit.device.AbstractL3Device;
import io.pktkit.device.DeviceStats;
import io.pktkit.device.DropReason;
import io.pktkit.dns.DnsMessage;
import io.pktkit.dns.DnsName;
import io.pktkit.dns.DnsQuestion;
import io.pktkit.dns.DnsRecord;
import io.pktkit.dns.DnsType;
import io.pktkit.dns.upstream.DnsServer;
import io.pktkit.l2adapter.L2Adapter;
import io.pktkit.slirp.SlirpLimits;
import io.pktkit.slirp.SlirpSnapshot;
import io.pktkit.wire.IpAddress;
import io.pktkit.wire.IpFamily;
import io.pktkit.wire.IpPrefix;
import io.pktkit.wire.Packet;
import io.pktkit.wire.PacketBuilder;
import io.pktkit.wire.TcpSegment;
import java.io.IOException;
import java.io.InputStream;
import java.net.DatagramPacket;
import java.net.DatagramSocket;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.ByteBuffer;
import java.nio.channels.SocketChannel;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/**
 * Two guests of one LAN: one sits at every cap of UDP, of dials, of connections and of the name server, as its refusals tell; the other
 * gets what it asks for. Counted, not timed: of what it does, at least nine tenths must come to a good end.
 */
@Timeout(value = 300, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
class FairnessTest {
    private static final Duration LIMIT = Duration.ofSeconds(30);
    private static final IpAddress FOUND = IpAddress.parse("198.51.100.7");
    private static final String ANSWERED = "good";
    private static final SlirpLimits LIMITS = SlirpLimits.DEFAULT;
    private static final int ROUNDS = 40;
    private static final int TOGETHER = 5;
    private static final int MEGABYTE = 1 << 20;

    private static final int PAGES = 80;
    private static final int SILENT = 81;
    private static final int DEAF = 82;
    private static final int IDLE = 83;

    /** Of these ports, as Linux lets no more than 4096 wait at one. */
    private static final int IDLES = 3;

    private static final int WAITING = 4096;
    private static final int FIRST = 1024;

    /** A guest that makes its packets by hand, completes each handshake, and counts the refusals. */
    private static final class Greedy extends AbstractL3Device {
        private final Map<IpFamily, CompletableFuture<IpAddress>> addresses =
                Map.of(IpFamily.IPV4, new CompletableFuture<>(), IpFamily.IPV6, new CompletableFuture<>());
        final AtomicInteger opened = new AtomicInteger();
        final AtomicInteger refused = new AtomicInteger();

        @Override
        public boolean send(Packet packet) {
            TcpSegment segment = packet.tcp();
            if (segment != null && segment.sourcePort() >= IDLE) {
                if (segment.has(TcpSegment.RST)) {
                    refused.incrementAndGet();
                } else if (segment.has(TcpSegment.SYN)) {
                    opened.incrementAndGet();
                    IpAddress own = packet.destination();
                    int ownPort = segment.destinationPort();
                    emit(PacketBuilder.tcp(
                            own,
                            ownPort,
                            packet.source(),
                            segment.sourcePort(),
                            segment.acknowledgmentNumber(),
                            segment.sequenceNumber() + 1,
                            TcpSegment.ACK,
                            1000,
                            ByteBuffer.allocate(0)));
                }
            }
            return true;
        }

        @Override
        public void setPrefix(IpPrefix prefix) {
            super.setPrefix(prefix);
            if (prefix.isSet()) {
                Objects.requireNonNull(addresses.get(prefix.family())).complete(prefix.address());
            }
        }

        IpAddress address(IpFamily family) throws Exception {
            return Objects.requireNonNull(addresses.get(family)).get();
        }

        void emit(ByteBuffer packet) {
            deliver(new Packet().wrap(packet));
        }

        void udp(IpAddress from, int fromPort, IpAddress to, int port, byte[] payload) {
            emit(PacketBuilder.udp(from, fromPort, to, port, ByteBuffer.wrap(payload)));
        }

        void tcp(IpAddress from, int fromPort, IpAddress to, int port, int flags, int sequence) {
            emit(PacketBuilder.tcp(from, fromPort, to, port, sequence, 0, flags, 1000, ByteBuffer.allocate(0)));
        }
    }

    /** Of the host: one that sends a megabyte, one that never accepts, UDP ports that never answer, or only some names. */
    private static final class Services implements AutoCloseable {
        final InetAddress loopback = IpAddress.parse("127.0.0.1").toInetAddress();
        final ServerSocket pages = new ServerSocket(0, 128, loopback);
        final ServerSocket silent = new ServerSocket(0, 1, loopback);
        final List<ServerSocket> idle = new ArrayList<>(); // established by the system, and never accepted
        final DatagramSocket deaf = new DatagramSocket(0, loopback);
        final DatagramSocket names = new DatagramSocket(0, loopback);
        private final List<SocketChannel> fillers = new ArrayList<>();
        private final ExecutorService threads = Executors.newCachedThreadPool();

        Services() throws IOException {
            for (int i = 0; i < IDLES; i++) {
                idle.add(new ServerSocket(0, WAITING, loopback));
            }
            for (int i = 0; i < 8; i++) {
                SocketChannel filler = SocketChannel.open();
                filler.configureBlocking(false);
                filler.connect(silent.getLocalSocketAddress());
                fillers.add(filler);
            }
            threads.execute(this::serve);
            threads.execute(this::answer);
        }

        private void serve() {
            while (!pages.isClosed()) {
                try {
                    Socket socket = pages.accept();
                    threads.execute(() -> give(socket));
                } catch (IOException e) {
                    return; // closed
                }
            }
        }

        private static void give(Socket to) {
            try (to) {
                to.getOutputStream().write(new byte[MEGABYTE]);
            } catch (IOException e) {
                return; // who asked will count it as not done
            }
        }

        private void answer() {
            DatagramPacket packet = new DatagramPacket(new byte[2000], 2000);
            while (!names.isClosed()) {
                try {
                    packet.setLength(2000);
                    names.receive(packet);
                    DnsMessage query = DnsMessage.parse(Arrays.copyOf(packet.getData(), packet.getLength()));
                    DnsQuestion question = Objects.requireNonNull(query).question();
                    if (question != null
                            && question.name().toLowerCase().toString().startsWith(ANSWERED)) {
                        List<DnsRecord> found = question.type() == DnsType.A
                                ? List.of(DnsRecord.address(question.name(), 60, FOUND))
                                : List.of();
                        byte[] octets =
                                DnsMessage.response(query, 0, found, List.of()).toBytes(512);
                        names.send(new DatagramPacket(octets, octets.length, packet.getSocketAddress()));
                    }
                } catch (IOException e) {
                    return; // closed
                }
            }
        }

        LanConfig.Builder config() {
            LanConfig.Builder config = LanConfig.builder()
                    .dnsServer(new DnsServer(IpAddress.of(loopback), names.getLocalPort(), 0))
                    .allowHost(PAGES, new InetSocketAddress(loopback, pages.getLocalPort()))
                    .allowHost(SILENT, new InetSocketAddress(loopback, silent.getLocalPort()))
                    .allowHost(DEAF, new InetSocketAddress(loopback, deaf.getLocalPort()));
            for (int i = 0; i < IDLES; i++) {
                config.allowHost(
                        IDLE + i, new InetSocketAddress(loopback, idle.get(i).getLocalPort()));
            }
            return config;
        }

        @Override
        public void close() throws IOException {
            pages.close();
            silent.close();
            for (ServerSocket each : idle) {
                each.close();
            }
            deaf.close();
            names.close();
            for (SocketChannel filler : fillers) {
                filler.close();
            }
            threads.shutdownNow();
        }
    }

    @ParameterizedTest
    @CsvSource({"IPV4, false", "IPV4, true", "IPV6, false", "IPV6, true"})
    void shouldServeOneGuestBesideAnotherAtEveryCap(IpFamily family, boolean greedyFirst) throws Exception {
        try (Services services = new Services();
                Lan lan = Lan.open(services.config().build());
                Greedy greedy = new Greedy();
                L2Adapter adapter = L2Adapter.builder(greedy).build()) {
            IpAddress gateway = family == IpFamily.IPV4
                    ? lan.gatewayAddress()
                    : lan.gatewayIpv6Address().orElseThrow();
            lan.connect(adapter);
            adapter.startDhcp();
            adapter.startRouterDiscovery(state -> {});
            IpAddress own = greedy.address(family);
            if (greedyFirst) {
                takeConnections(lan, greedy, own, gateway);
                takeTheRest(lan, greedy, own, gateway);
            }
            try (LanHost other = lan.addHost("other")) {
                other.awaitLease(LIMIT);
                other.awaitIpv6(LIMIT);
                other.client().setDnsServers(List.of(gateway));
                if (!greedyFirst) {
                    assertEquals(3, work(gateway, other, 1000, 1), "alone");
                    takeConnections(lan, greedy, own, gateway);
                }
                int done = 0;
                for (int i = 0; i < ROUNDS; i += TOGETHER) {
                    takeTheRest(lan, greedy, own, gateway); // what was taken from it meanwhile
                    done += work(gateway, other, i, TOGETHER);
                }
                assertTrue(done >= 3 * ROUNDS * 9 / 10, "done " + done + " of " + 3 * ROUNDS);
            }
        }
    }

    /** What comes to a good end of so many lookups, connections and megabytes. */
    private static int work(IpAddress gateway, LanHost guest, int from, int rounds) {
        int done = 0;
        for (int i = from; i < from + rounds; i++) {
            try {
                done += guest.client().resolve(ANSWERED + i + ".example").equals(List.of(FOUND)) ? 1 : 0;
                try (Socket socket = guest.client().dial(gateway.toString(), PAGES, LIMIT)) {
                    done++;
                    done += length(socket.getInputStream()) == MEGABYTE ? 1 : 0;
                }
            } catch (IOException notDone) {
                // and so not counted
            }
        }
        return done;
    }

    private static long length(InputStream in) throws IOException {
        byte[] buffer = new byte[1 << 16];
        long length = 0;
        for (int read = in.read(buffer); read >= 0; read = in.read(buffer)) {
            length += read;
        }
        return length;
    }

    /**
     * Connections that stand, as many as one source gets: half of all, from where on each SYN is answered with a reset. Those that are
     * dialled are connections, too, so as many as there may be of these are given up again.
     */
    private static void takeConnections(Lan lan, Greedy greedy, IpAddress own, IpAddress gateway) {
        for (int port = FIRST; greedy.refused.get() == 0; port++) {
            assertTrue(port < 60_000, () -> "never refused: opened=" + greedy.opened + " " + lan.nat());
            greedy.tcp(own, port, gateway, IDLE + port % IDLES, TcpSegment.SYN, 1);
            while (lan.nat().dialing() > LIMITS.dialing() / 4
                    && !Thread.currentThread().isInterrupted()) {
                Thread.onSpinWait(); // or it would be dials that there are too many of
            }
        }
        int taken = lan.nat().tcpConnections();
        assertTrue(taken >= LIMITS.tcpConnections() * 4 / 10, () -> "opened=" + greedy.opened + " " + lan.nat());
        for (int port = FIRST; port < FIRST + LIMITS.dialing() / 2; port++) {
            greedy.tcp(own, port, gateway, IDLE + port % IDLES, TcpSegment.RST, 2);
        }
        while (lan.nat().tcpConnections() > taken - LIMITS.dialing() / 2
                && !Thread.currentThread().isInterrupted()) {
            Thread.onSpinWait();
        }
    }

    /** All other places there are for one source, and some that are refused it. */
    private static void takeTheRest(Lan lan, Greedy greedy, IpAddress own, IpAddress gateway) {
        DeviceStats.Snapshot before = lan.nat().traffic();
        long unanswered = lan.dns().dropped();
        for (int i = 0; i < 1_000; i++) {
            greedy.tcp(own, 2_000 + i, gateway, SILENT, TcpSegment.SYN, 1);
        }
        for (int i = 0; i < 10_000; i++) {
            greedy.udp(own, 10_000 + i, gateway, DEAF, new byte[1]);
        }
        for (int i = 0; i < 1_000; i++) {
            DnsName name = DnsName.parse("nobody" + i + ".example");
            greedy.udp(
                    own,
                    50_000 + i,
                    gateway,
                    53,
                    DnsMessage.query(i, name, DnsType.A).toBytes(512));
        }
        SlirpSnapshot nat = lan.nat();
        assertTrue(nat.tcpConnections() >= LIMITS.tcpConnections() * 4 / 10, () -> "connections: " + nat);
        assertTrue(nat.dialing() >= LIMITS.dialing() * 4 / 10, () -> "dials: " + nat);
        assertTrue(nat.udpMappings() >= LIMITS.udpMappings() * 4 / 10, () -> "UDP: " + nat);
        assertTrue(refusals(before, nat, DropReason.QUEUE_FULL) > 100, () -> "dials refused: " + nat);
        assertTrue(refusals(before, nat, DropReason.TABLE_FULL) > 1_000, () -> "UDP refused: " + nat);
        assertTrue(lan.dns().dropped() - unanswered > 100, () -> "names refused: " + lan.dns());
    }

    private static long refusals(DeviceStats.Snapshot before, SlirpSnapshot after, DropReason reason) {
        return after.traffic().dropped(reason) - before.dropped(reason);
    }
}
