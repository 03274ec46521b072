// SPDX-License-Identifier: MIT
package io.pktkit.slirp;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.pktkit.device.ByteBudget;
import io.pktkit.time.SystemTimers;
import io.pktkit.vtcp.TcpConfig;
import io.pktkit.wire.IpAddress;
import io.pktkit.wire.Packet;
import io.pktkit.wire.PacketBuilder;
import io.pktkit.wire.TcpSegment;
import io.pktkit.wire.UdpDatagram;
import java.io.IOException;
import java.net.DatagramPacket;
import java.net.DatagramSocket;
import java.net.InetSocketAddress;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Two guests behind one device: one takes all that it can get, and the other is served. */
@Timeout(value = 180, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
class SlirpFairnessTest {
    private static final byte ASKED = 42;

    private static IpAddress self(boolean ipv6) {
        return IpAddress.parse(ipv6 ? Slirps.GUEST6 : Slirps.GUEST);
    }

    private static IpAddress greedy(boolean ipv6, int number) {
        return ipv6 ? IpAddress.ofIpv6(0xfd00L << 48, 0x10000 + number) : IpAddress.ofIpv4(0x0a000210 + number);
    }

    private static IpAddress gateway(boolean ipv6) {
        return ipv6 ? Slirps.GATEWAY6 : Slirps.GATEWAY;
    }

    private static Guest guest(Slirp slirp, boolean ipv6) throws IOException {
        return new Guest(slirp, self(ipv6).toString(), SystemTimers.shared(), 1500);
    }

    /** Answers the one and drops the rest, until the socket is closed. */
    private static void answerWhatIsAsked(DatagramSocket host) {
        Thread answering = new Thread(() -> {
            try {
                while (true) {
                    DatagramPacket question = new DatagramPacket(new byte[8], 8);
                    host.receive(question);
                    if (question.getData()[0] == ASKED) {
                        host.send(question);
                    }
                }
            } catch (IOException e) {
                // closed
            }
        });
        answering.setDaemon(true);
        answering.start();
    }

    private static boolean isAnswered(Guest guest, int port, @Nullable ByteBuffer packet) {
        if (packet == null) {
            return false;
        }
        Packet answer = new Packet().wrap(packet);
        UdpDatagram datagram = answer.udp();
        return datagram != null
                && datagram.destinationPort() == port
                && answer.destination().equals(guest.address);
    }

    /** As many mappings as there may be, from one source and from invented ones; nothing of it is answered. */
    @ParameterizedTest
    @ValueSource(booleans = {false, true})
    void shouldServeDatagramsBesideAGuestThatOpensAllItCan(boolean ipv6) throws Exception {
        SlirpLimits limits = new SlirpLimits(4, 64, 64, 64, 4);
        try (DatagramSocket host = new DatagramSocket(0, Slirps.LOOPBACK);
                Slirp slirp = Slirp.open(Slirps.config()
                        .limits(limits)
                        .allowHost(53, new InetSocketAddress(Slirps.LOOPBACK, host.getLocalPort()))
                        .build());
                Guest guest = guest(slirp, ipv6)) {
            answerWhatIsAsked(host);
            for (int port = 1000; port < 3048; port++) {
                guest.send(PacketBuilder.udp(
                        greedy(ipv6, 0), port, gateway(ipv6), 9, ByteBuffer.allocate(1))); // nobody listens
                guest.send(PacketBuilder.udp(greedy(ipv6, 0), port, gateway(ipv6), 53, ByteBuffer.allocate(1)));
            }
            assertEquals(32, slirp.snapshot().udpMappings(), "one source has its half");
            for (int i = 1; i < 500; i++) {
                guest.send(
                        PacketBuilder.udp(greedy(ipv6, i % 200), 5000 + i, gateway(ipv6), 53, ByteBuffer.allocate(1)));
            }
            int full = slirp.snapshot().udpMappings();
            assertTrue(full > 32 && full <= 64, "full=" + full);

            // The host's socket may be full of what nobody answers: from the first answer on, that is behind it.
            do {
                guest.sendUdp(3999, gateway(ipv6), 53, new byte[] {ASKED});
            } while (!isAnswered(guest, 3999, guest.inbox.poll(100, TimeUnit.MILLISECONDS)));
            for (int port = 4000; port < 4020; port++) {
                guest.sendUdp(port, gateway(ipv6), 53, new byte[] {ASKED});
                while (!isAnswered(guest, port, guest.inbox.take())) {
                    // something else has come
                }
            }
        }
    }

    /** SYNs to a port that neither accepts nor refuses. */
    @ParameterizedTest
    @ValueSource(booleans = {false, true})
    void shouldDialBesideAGuestThatDialsAllItCan(boolean ipv6) throws Exception {
        SlirpLimits limits = new SlirpLimits(4, 1000, 64, 64, 4);
        try (SilentPort silent = new SilentPort();
                HostServer server =
                        new HostServer(socket -> socket.getOutputStream().write(7));
                Slirp slirp = Slirp.open(Slirps.config()
                        .limits(limits)
                        .allowHost(81, silent.address())
                        .allowHost(80, new InetSocketAddress(Slirps.LOOPBACK, server.port()))
                        .build());
                Guest guest = guest(slirp, ipv6)) {
            for (int port = 1000; port < 1300; port++) {
                guest.send(PacketBuilder.tcp(
                        greedy(ipv6, 0), port, gateway(ipv6), 81, 1, 0, TcpSegment.SYN, 1000, ByteBuffer.allocate(0)));
            }
            assertEquals(32, slirp.snapshot().dialing(), "one source has its half");

            for (int i = 0; i < 20; i++) {
                GuestSocket socket = guest.connect(gateway(ipv6), 80);
                assertEquals(7, socket.read(1)[0]);
                socket.shutdownOutput();
            }
        }
    }

    @ParameterizedTest
    @ValueSource(booleans = {false, true})
    void shouldGiveAGuestsPartBackWhenAnotherIsConnected(boolean ipv6) throws Exception {
        SlirpLimits limits = new SlirpLimits(4, 64, 64, 64, 4);
        try (DatagramSocket host = new DatagramSocket(0, Slirps.LOOPBACK);
                Slirp slirp = Slirp.open(Slirps.config()
                        .limits(limits)
                        .allowHost(53, new InetSocketAddress(Slirps.LOOPBACK, host.getLocalPort()))
                        .build());
                Guest first = guest(slirp, ipv6)) {
            for (int i = 0; i < 64; i++) {
                first.send(PacketBuilder.udp(greedy(ipv6, i), 5000, gateway(ipv6), 53, ByteBuffer.allocate(1)));
            }
            assertEquals(64, slirp.snapshot().udpMappings(), "it is alone");

            try (Guest second = guest(slirp, ipv6)) {
                assertEquals(32, first.attachment.snapshot().udpMappings());
                second.sendUdp(4000, gateway(ipv6), 53, new byte[] {42});
                assertEquals(1, second.attachment.snapshot().udpMappings());
            }
        }
    }

    /** Guests that read nothing of what their hosts send: what waits for them is bounded, whatever the buffers would hold. */
    @ParameterizedTest
    @ValueSource(booleans = {false, true})
    void shouldHoldNoMoreThanTheBudgetForGuestsThatDoNotRead(boolean ipv6) throws Exception {
        ByteBudget budget = new ByteBudget(4 << 20);
        TcpConfig tcp = TcpConfig.builder()
                .mtu(1500)
                .sendBuffer(256 << 10)
                .sendBufferMax(4 << 20)
                .receiveBuffer(256 << 10)
                .memory(budget)
                .build();
        TcpConfig small = TcpConfig.builder()
                .mtu(1500)
                .receiveBuffer(8192)
                .receiveBufferMax(8192)
                .build();
        byte[] much = new byte[1 << 20];
        AtomicLong served = new AtomicLong();
        try (HostServer server = new HostServer(socket -> {
                    socket.getOutputStream().write(much);
                    served.incrementAndGet();
                });
                Slirp slirp = Slirp.open(Slirps.config()
                        .tcp(tcp)
                        .allowHost(80, new InetSocketAddress(Slirps.LOOPBACK, server.port()))
                        .build());
                Guest guest = new Guest(slirp, self(ipv6).toString(), SystemTimers.shared(), small)) {
            List<GuestSocket> stalled = new ArrayList<>();
            for (int i = 0; i < 60; i++) {
                stalled.add(guest.connect(gateway(ipv6), 80));
            }
            Await.until(() -> budget.used() > budget.limit() / 3);

            GuestSocket reader = stalled.remove(30);
            assertEquals(much.length, reader.readToEnd().length, "one that reads goes on");
            assertTrue(budget.peak() <= budget.limit(), budget.toString());
            assertTrue(slirp.snapshot().tcpConnections() >= 59, "none was refused");
        }
        assertEquals(0, budget.used(), "all of it is given back");
    }
}
