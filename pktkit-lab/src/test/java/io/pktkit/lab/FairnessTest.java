// SPDX-License-Identifier: MIT
package io.pktkit.lab;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.pktkit.device.AbstractL3Device;
import io.pktkit.dns.DnsMessage;
import io.pktkit.dns.DnsName;
import io.pktkit.dns.DnsType;
import io.pktkit.dns.stub.DnsLookupException;
import io.pktkit.l2adapter.L2Adapter;
import io.pktkit.wire.IpAddress;
import io.pktkit.wire.IpFamily;
import io.pktkit.wire.IpPrefix;
import io.pktkit.wire.Packet;
import io.pktkit.wire.PacketBuilder;
import io.pktkit.wire.TcpSegment;
import java.io.IOException;
import java.io.InputStream;
import java.net.DatagramSocket;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.ByteBuffer;
import java.nio.channels.SocketChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * Two guests of one LAN: one sits at every cap of UDP, of dials, of connections and of the name server; the other gets what it asks
 * for. Counted, not timed: of what it does, at least nine tenths must come to a good end.
 */
@Timeout(value = 300, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
class FairnessTest {
    private static final Duration LIMIT = Duration.ofSeconds(30);
    private static final int ROUNDS = 40;
    private static final int TOGETHER = 5;
    private static final int MEGABYTE = 1 << 20;

    @TempDir
    Path folder;

    /** A guest that makes its packets by hand, and hears nothing. */
    private static final class Greedy extends AbstractL3Device {
        private final CountDownLatch bound = new CountDownLatch(1);

        @Override
        public boolean send(Packet packet) {
            return true;
        }

        @Override
        public void setPrefix(IpPrefix prefix) {
            super.setPrefix(prefix);
            if (prefix.isSet() && prefix.family() == IpFamily.IPV4) {
                bound.countDown();
            }
        }

        IpAddress address() {
            return prefix(IpFamily.IPV4).address();
        }

        void emit(ByteBuffer packet) {
            deliver(new Packet().wrap(packet));
        }
    }

    /** The services of the host: one that sends a megabyte, one that never accepts, a UDP port that never answers. */
    private static final class Services implements AutoCloseable {
        final InetAddress loopback = IpAddress.parse("127.0.0.1").toInetAddress();
        final ServerSocket pages = new ServerSocket(0, 128, loopback);
        final ServerSocket silent = new ServerSocket(0, 1, loopback);
        final ServerSocket idle = new ServerSocket(0, 4096, loopback); // established by the system, and never accepted
        final DatagramSocket deaf = new DatagramSocket(0, loopback);
        private final List<SocketChannel> fillers = new ArrayList<>();
        private final ExecutorService threads = Executors.newCachedThreadPool();

        Services() throws IOException {
            for (int i = 0; i < 8; i++) {
                SocketChannel filler = SocketChannel.open();
                filler.configureBlocking(false);
                filler.connect(silent.getLocalSocketAddress());
                fillers.add(filler);
            }
            threads.execute(this::serve);
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

        @Override
        public void close() throws IOException {
            pages.close();
            silent.close();
            idle.close();
            deaf.close();
            for (SocketChannel filler : fillers) {
                filler.close();
            }
            threads.shutdownNow();
        }
    }

    @ParameterizedTest
    @ValueSource(booleans = {false, true})
    void shouldServeOneGuestBesideAnotherAtEveryCap(boolean greedyFirst) throws Exception {
        Path resolvConf = Files.writeString(folder.resolve("resolv.conf"), "nameserver 192.0.2.53\n"); // nobody
        try (Services services = new Services();
                Lan lan = Lan.open(LanConfig.builder()
                        .resolvConf(resolvConf)
                        .allowHost(80, new InetSocketAddress(services.loopback, services.pages.getLocalPort()))
                        .allowHost(81, new InetSocketAddress(services.loopback, services.silent.getLocalPort()))
                        .allowHost(83, new InetSocketAddress(services.loopback, services.idle.getLocalPort()))
                        .allowHost(82, new InetSocketAddress(services.loopback, services.deaf.getLocalPort()))
                        .build());
                Greedy greedy = new Greedy();
                L2Adapter adapter = L2Adapter.builder(greedy).build()) {
            lan.connect(adapter);
            adapter.startDhcp();
            greedy.bound.await();
            if (greedyFirst) {
                takeAll(lan, greedy);
            }
            try (LanHost other = lan.addHost("other")) {
                other.awaitLease(LIMIT);
                if (!greedyFirst) {
                    assertEquals(3, work(lan, other, 1000, 1), "alone");
                }
                int done = 0;
                for (int i = 0; i < ROUNDS; i += TOGETHER) {
                    takeAll(lan, greedy); // what was taken from it meanwhile
                    done += work(lan, other, i, TOGETHER);
                }
                assertTrue(done >= 3 * ROUNDS * 9 / 10, "done " + done + " of " + 3 * ROUNDS);
            }
        }
    }

    /** What comes to a good end of so many lookups, connections and megabytes. */
    private static int work(Lan lan, LanHost guest, int from, int rounds) {
        int done = 0;
        for (int i = from; i < from + rounds; i++) {
            try {
                done += isAnswered(guest, "nobody-" + i + ".pktkit") ? 1 : 0;
                try (Socket socket = guest.client().dial(lan.gatewayAddress().toString(), 80, LIMIT)) {
                    done++;
                    done += length(socket.getInputStream()) == MEGABYTE ? 1 : 0;
                }
            } catch (IOException notDone) {
                // and so not counted
            }
        }
        return done;
    }

    /** Whether the name server says that there is no such host; nothing of it is kept from before. */
    private static boolean isAnswered(LanHost guest, String name) throws IOException {
        try {
            return guest.client().resolve(name).isEmpty();
        } catch (DnsLookupException e) {
            return e.reason() == DnsLookupException.Reason.NO_SUCH_NAME;
        }
    }

    private static long length(InputStream in) throws IOException {
        byte[] buffer = new byte[1 << 16];
        long length = 0;
        for (int read = in.read(buffer); read >= 0; read = in.read(buffer)) {
            length += read;
        }
        return length;
    }

    private static void takeAll(Lan lan, Greedy greedy) {
        IpAddress own = greedy.address();
        IpAddress gateway = lan.gatewayAddress();
        for (int i = 0; i < 10_000; i++) {
            greedy.emit(PacketBuilder.udp(own, 10_000 + i, gateway, 82, ByteBuffer.allocate(1)));
        }
        for (int i = 0; i < 3_000; i++) {
            greedy.emit(PacketBuilder.tcp(
                    own, 30_000 + i, gateway, 81, 1, 0, TcpSegment.SYN, 1000, ByteBuffer.allocate(0)));
            greedy.emit(PacketBuilder.tcp(
                    own, 40_000 + i % 1000, gateway, 83, 1, 0, TcpSegment.SYN, 1000, ByteBuffer.allocate(0)));
            DnsName name = DnsName.parse("nobody" + i + ".example");
            byte[] query = DnsMessage.query(i, name, DnsType.A).toBytes(512);
            greedy.emit(PacketBuilder.udp(own, 50_000 + i, gateway, 53, ByteBuffer.wrap(query)));
        }
    }
}
