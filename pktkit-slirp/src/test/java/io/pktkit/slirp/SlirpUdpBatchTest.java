// SPDX-License-Identifier: MIT
package io.pktkit.slirp;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.pktkit.device.Burst;
import io.pktkit.device.ByteBudget;
import io.pktkit.device.DropReason;
import io.pktkit.device.Offload;
import io.pktkit.time.ManualTime;
import io.pktkit.vtcp.TcpConfig;
import io.pktkit.wire.ChecksumStatus;
import io.pktkit.wire.IcmpMessage;
import io.pktkit.wire.IpAddress;
import io.pktkit.wire.Packet;
import io.pktkit.wire.PacketBuilder;
import io.pktkit.wire.UdpDatagram;
import java.io.IOException;
import java.net.DatagramPacket;
import java.net.DatagramSocket;
import java.net.InetSocketAddress;
import java.net.SocketAddress;
import java.net.SocketTimeoutException;
import java.nio.ByteBuffer;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Deque;
import java.util.EnumSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Many datagrams at once, and as super-segments. */
@Timeout(value = 90, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
class SlirpUdpBatchTest {
    private static final int GUEST_PORT = 5000;
    private static final int DATAGRAMS = 17;
    private static final Set<Offload> ALL = EnumSet.allOf(Offload.class);

    @SuppressWarnings("ArrayRecordComponent") // looked into, never compared
    private record Arrival(int port, byte[] payload) {}

    private final BlockingQueue<Arrival> arrivals = new LinkedBlockingQueue<>();
    private final BlockingQueue<byte[]> errors = new LinkedBlockingQueue<>();
    private final AtomicInteger packets = new AtomicInteger();
    private final GuestDevice device = new GuestDevice(this::onPacket);

    /** What the thread that brings a packet to the guest waits for. */
    private volatile CountDownLatch gate = new CountDownLatch(0);

    private DatagramSocket first;
    private DatagramSocket second;

    @BeforeEach
    void open() throws IOException {
        first = new DatagramSocket(0, Slirps.LOOPBACK);
        second = new DatagramSocket(0, Slirps.LOOPBACK);
    }

    @AfterEach
    void close() {
        first.close();
        second.close();
    }

    private SlirpConfig.Builder config() {
        return Slirps.config()
                .timers(new ManualTime())
                .allowHost(1001, new InetSocketAddress(Slirps.LOOPBACK, first.getLocalPort()))
                .allowHost(1002, new InetSocketAddress(Slirps.LOOPBACK, second.getLocalPort()));
    }

    private void onPacket(Packet packet) {
        CountDownLatch shut = gate; // before the test is told, which may shut it again for what comes next
        packets.incrementAndGet();
        UdpDatagram udp = packet.udp();
        if (udp == null) {
            errors.add(packet.toBytes());
            return;
        }
        assertEquals(device.offloads.contains(Offload.CHECKSUM), packet.checksumPending());
        if (!packet.checksumPending()) {
            assertEquals(ChecksumStatus.VALID, packet.verifyTransportChecksum());
        }
        byte[] all = new byte[udp.payloadLength()];
        udp.buffer().get(udp.payloadOffset(), all);
        int size = packet.segmentSize() == 0 ? Math.max(1, all.length) : packet.segmentSize();
        int at = 0;
        do {
            int next = Math.min(all.length, at + size);
            arrivals.add(new Arrival(udp.sourcePort(), Arrays.copyOfRange(all, at, next)));
            at = next;
        } while (at < all.length);
        try {
            shut.await();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    private static byte[] take(DatagramSocket socket) throws IOException {
        DatagramPacket packet = new DatagramPacket(new byte[65536], 65536);
        socket.receive(packet);
        return Arrays.copyOf(packet.getData(), packet.getLength());
    }

    private static SocketAddress sender(DatagramSocket socket) throws IOException {
        DatagramPacket packet = new DatagramPacket(new byte[2000], 2000);
        socket.receive(packet);
        return packet.getSocketAddress();
    }

    private static void send(DatagramSocket socket, SocketAddress to, byte[] payload) throws IOException {
        socket.send(new DatagramPacket(payload, payload.length, to));
    }

    private static IpAddress self(boolean ipv6) {
        return IpAddress.parse(ipv6 ? Slirps.GUEST6 : Slirps.GUEST);
    }

    private static IpAddress gateway(boolean ipv6) {
        return ipv6 ? Slirps.GATEWAY6 : Slirps.GATEWAY;
    }

    /** Payloads as one super-segment, or one as a datagram of its own. */
    private void fromGuest(boolean ipv6, int sourcePort, int port, byte[] payload, int segmentSize) {
        Packet packet = new Packet()
                .wrap(PacketBuilder.udp(self(ipv6), sourcePort, gateway(ipv6), port, ByteBuffer.wrap(payload)));
        device.fromGuest(packet.segmentSize(segmentSize).checksumPending(segmentSize != 0));
    }

    private static List<byte[]> pieces(byte[] payload, int size) {
        List<byte[]> pieces = new ArrayList<>();
        for (int at = 0; at < payload.length; at += size) {
            pieces.add(Arrays.copyOfRange(payload, at, Math.min(payload.length, at + size)));
        }
        return pieces;
    }

    @ParameterizedTest(name = "IPv6 {0}, burst {1}")
    @CsvSource({"false,false", "true,false", "false,true", "true,true"})
    void shouldKeepOrderAndBytesFromTheGuest(boolean ipv6, boolean inBurst) throws Exception {
        try (Slirp slirp = Slirp.open(config().build());
                SlirpAttachment attachment = slirp.connect(device)) {
            List<byte[]> toFirst = new ArrayList<>();
            List<byte[]> toSecond = new ArrayList<>();
            for (int round = 0; round < 3; round++) {
                Burst burst = inBurst ? Burst.open() : null;
                try {
                    byte[] many = Slirps.bytes(8 * 300 + 77, round);
                    fromGuest(ipv6, GUEST_PORT, 1001, many, 300);
                    toFirst.addAll(pieces(many, 300));
                    for (int length : new int[] {1, 1400, 0, 3, 1472}) {
                        byte[] one = Slirps.bytes(length, 10 * round + length);
                        fromGuest(ipv6, GUEST_PORT, 1001, one, 0);
                        toFirst.add(one);
                        if (round > 0 && length != 3) {
                            fromGuest(ipv6, GUEST_PORT, 1002, one, 0);
                            toSecond.add(one);
                        }
                    }
                    fromGuest(ipv6, GUEST_PORT, 1001, new byte[] {9}, 1000); // a super-segment of one
                    toFirst.add(new byte[] {9});
                } finally {
                    if (burst != null) {
                        burst.close();
                    }
                }
                for (byte[] expected : toFirst) {
                    assertArrayEquals(expected, take(first));
                }
                for (byte[] expected : toSecond) {
                    assertArrayEquals(expected, take(second));
                }
                toFirst.clear();
                toSecond.clear();
            }
            assertEquals(1, attachment.snapshot().udpMappings());
            assertEquals(0, attachment.snapshot().traffic().sendDropped());
        }
    }

    @ParameterizedTest(name = "IPv6 {0}, offloads {1}")
    @CsvSource({"false,ALL", "true,ALL", "false,CHECKSUM", "true,CHECKSUM", "false,NONE", "true,NONE"})
    void shouldKeepOrderAndBytesTowardsTheGuest(boolean ipv6, String offloads) throws Exception {
        device.offloads = switch (offloads) {
            case "ALL" -> ALL;
            case "CHECKSUM" -> Set.of(Offload.CHECKSUM);
            default -> Set.of();
        };
        try (Slirp slirp = Slirp.open(config().build())) {
            slirp.connect(device);
            fromGuest(ipv6, GUEST_PORT, 1002, new byte[] {1}, 0);
            sender(second);
            fromGuest(ipv6, GUEST_PORT, 1001, new byte[] {1}, 0);
            SocketAddress mapped = sender(first);
            boolean joined = device.offloads.equals(ALL);
            // Mostly what is sent is in the socket at once; a busy system may bring some of it later, and then less is
            // joined.
            int brought = passBehindTheGate(ipv6, mapped);
            for (int again = 0; joined && brought > 7 && again < 20; again++) {
                brought = passBehindTheGate(ipv6, mapped);
            }
            assertEquals(joined ? 7 : DATAGRAMS, brought);
            assertEquals(joined ? 5 : 0, device.superSegmentsToGuest.get());
        }
    }

    /** Has the host send while the socket thread waits, looks at what arrives, and tells in how many packets it came. */
    private int passBehindTheGate(boolean ipv6, SocketAddress mapped) throws Exception {
        gate = new CountDownLatch(1);
        send(first, mapped, new byte[] {1});
        arrivals.take(); // the socket thread now waits at the gate, and what is sent meanwhile is received at once
        packets.set(0);
        device.superSegmentsToGuest.set(0);

        Deque<byte[]> ofFirst = new ArrayDeque<>();
        Deque<byte[]> ofSecond = new ArrayDeque<>();
        int most = ipv6 ? 1452 : 1472; // in a packet of 1500
        int[] lengths = {1000, 1000, 1000, 400, 1000, 1000, 1200, 0, 1000, 1000, most, most, most, most, 3};
        for (int i = 0; i < lengths.length; i++) {
            byte[] payload = Slirps.bytes(lengths[i], i);
            send(first, mapped, payload);
            ofFirst.add(payload);
        }
        for (int i = 0; i < 2; i++) {
            byte[] payload = Slirps.bytes(500, 100 + i);
            send(second, mapped, payload);
            ofSecond.add(payload);
        }
        gate.countDown();

        for (int i = 0; i < DATAGRAMS; i++) {
            Arrival got = arrivals.take();
            // Of each socket; two may overtake each other on a busy system.
            assertArrayEquals((got.port == 1001 ? ofFirst : ofSecond).poll(), got.payload);
        }
        assertTrue(ofFirst.isEmpty() && ofSecond.isEmpty(), "some came twice, others did not come");
        return packets.get();
    }

    @ParameterizedTest
    @ValueSource(booleans = {false, true})
    void shouldTellTheGuestOfAPortThatWasClosedUnderWay(boolean ipv6) throws Exception {
        int port = first.getLocalPort();
        try (Slirp slirp = Slirp.open(config().build())) {
            slirp.connect(device);
            for (int i = 0; i < 5; i++) {
                fromGuest(ipv6, GUEST_PORT, 1001, new byte[] {1}, 0);
                take(first);
            }
            first.close();
            fromGuest(ipv6, GUEST_PORT, 1001, new byte[] {2}, 0);
            Packet told = new Packet().wrap(ByteBuffer.wrap(errors.take()));
            IcmpMessage icmp = Slirps.icmp(told);
            assertTrue(icmp.isError());
            assertEquals(ipv6 ? 4 : 3, icmp.code(), "port unreachable");

            first = new DatagramSocket(port, Slirps.LOOPBACK);
            fromGuest(ipv6, GUEST_PORT, 1001, new byte[] {3}, 0);
            assertArrayEquals(new byte[] {3}, take(first));
            assertEquals(1, slirp.snapshot().udpMappings());
        }
    }

    @Test
    void shouldCountWhatWaitsAndWhatHasNoRoom() throws Exception {
        CountDownLatch asked = new CountDownLatch(1);
        CountDownLatch judged = new CountDownLatch(1);
        EgressPolicy slow = (protocol, destination, port) -> {
            asked.countDown();
            try {
                judged.await();
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
            }
            return true;
        };
        ByteBudget budget = new ByteBudget(4 << 20);
        TcpConfig tcp = TcpConfig.builder().mtu(1500).memory(budget).build();
        try (Slirp slirp =
                Slirp.open(config().tcp(tcp).egress(slow.includingHost()).build())) {
            SlirpAttachment attachment = slirp.connect(device);
            IpAddress loopback = IpAddress.of(Slirps.LOOPBACK.getAddress());
            device.fromGuest(new Packet()
                    .wrap(PacketBuilder.udp(
                            self(false), GUEST_PORT, loopback, first.getLocalPort(), ByteBuffer.allocate(1))));
            asked.await(); // the one who sends waits, and what follows stays in the queue
            for (int i = 0; i < 6; i++) {
                ByteBuffer payload = ByteBuffer.wrap(Slirps.bytes(60 * 1000, i));
                Packet packet = new Packet()
                        .wrap(PacketBuilder.udp(self(false), GUEST_PORT, loopback, first.getLocalPort(), payload));
                device.fromGuest(packet.segmentSize(1000).checksumPending(true));
            }
            try {
                long held = (256 << 10) / (1000 + 64);
                assertEquals(360 - held, attachment.snapshot().traffic().dropped(DropReason.QUEUE_FULL));
                assertTrue(budget.used() >= held * 1000 && budget.used() <= 512 << 10, budget.toString());
            } finally {
                judged.countDown();
            }
            assertEquals(1, take(first).length);
        }
        assertEquals(0, budget.used(), "all of it is given back");
    }

    @Test
    void shouldKeepTheOrderOfEachEndpointWithSeveralThreads() throws Exception {
        int threads = 3;
        int rounds = 60;
        int perBurst = 20;
        try (Slirp slirp = Slirp.open(config().build())) {
            SlirpAttachment attachment = slirp.connect(device);
            for (int thread = 0; thread < threads; thread++) {
                fromGuest(false, GUEST_PORT + thread, 1001, new byte[] {1}, 0);
                take(first);
            }
            List<Thread> guests = new ArrayList<>();
            for (int thread = 0; thread < threads; thread++) {
                int port = GUEST_PORT + thread;
                guests.add(new Thread(() -> {
                    for (int round = 0; round < rounds; round++) {
                        Burst burst = Burst.open();
                        for (int i = 0; i < perBurst; i++) {
                            byte[] payload = ByteBuffer.allocate(8)
                                    .putInt(port)
                                    .putInt(round * perBurst + i)
                                    .array();
                            fromGuest(false, port, 1001, payload, 0);
                        }
                        burst.close();
                    }
                }));
            }
            guests.forEach(Thread::start);
            int[] last = new int[threads];
            Arrays.fill(last, -1);
            for (Thread guest : guests) {
                guest.join();
            }
            attachment.close();
            first.setSoTimeout(1); // what is not there by now has been lost to a full buffer
            int arrived = 0;
            try {
                while (true) {
                    ByteBuffer got = ByteBuffer.wrap(take(first));
                    int thread = got.getInt() - GUEST_PORT;
                    int number = got.getInt();
                    assertTrue(number > last[thread], "number=" + number + " after " + last[thread]);
                    last[thread] = number;
                    arrived++;
                }
            } catch (SocketTimeoutException e) {
                assertTrue(arrived > 0, "arrived=" + arrived);
            }
        }
    }
}
