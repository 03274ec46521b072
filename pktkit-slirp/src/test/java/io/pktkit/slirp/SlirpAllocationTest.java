// SPDX-License-Identifier: MIT
package io.pktkit.slirp;

import static org.junit.jupiter.api.Assertions.assertTrue;

import com.sun.management.ThreadMXBean;
import io.pktkit.wire.IpAddress;
import io.pktkit.wire.Packet;
import io.pktkit.wire.PacketBuilder;
import io.pktkit.wire.TcpSegment;
import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.net.InetSocketAddress;
import java.net.SocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.DatagramChannel;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.BooleanSupplier;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What goes out or comes back allocates nothing, on the guest's thread and on that of the sockets. */
@Timeout(value = 120, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
class SlirpAllocationTest {
    private static final int TOGETHER = 16;
    private static final int LENGTH = 100;
    private static final int ROUNDS = 1_000;
    private static final int MOST_TRIES = 30;

    /** Less than the smallest object for each datagram. */
    private static final double SMALLEST_OBJECT = 16;

    private final ThreadMXBean threads = (ThreadMXBean) ManagementFactory.getThreadMXBean();
    private final AtomicInteger answers = new AtomicInteger();
    private final GuestDevice device = new GuestDevice(this::onPacket);
    private final ByteBuffer payload = ByteBuffer.allocateDirect(2000);
    private long sending;

    /** The sequence number that the guest sends next, and the one that it expects. */
    private int ours = 1000;

    private volatile int theirs;

    private void onPacket(Packet packet) {
        TcpSegment segment = packet.tcp();
        if (segment == null) {
            answers.incrementAndGet();
        } else {
            int length = segment.payloadLength() + (segment.has(TcpSegment.SYN) ? 1 : 0);
            theirs = length == 0 ? theirs : segment.sequenceNumber() + length;
        }
    }

    private static void await(BooleanSupplier condition) {
        while (!condition.getAsBoolean() && !Thread.currentThread().isInterrupted()) {
            Thread.onSpinWait();
        }
    }

    @ParameterizedTest
    @ValueSource(booleans = {false, true})
    void shouldNotAllocateForDatagrams(boolean ipv6) throws IOException {
        IpAddress guest = IpAddress.parse(ipv6 ? Slirps.GUEST6 : Slirps.GUEST);
        IpAddress gateway = ipv6 ? Slirps.GATEWAY6 : Slirps.GATEWAY;
        try (DatagramChannel host = DatagramChannel.open().bind(new InetSocketAddress(Slirps.LOOPBACK, 0));
                Slirp slirp = Slirp.open(Slirps.config()
                        .allowHost(53, (InetSocketAddress) host.getLocalAddress())
                        .build())) {
            slirp.connect(device);
            long loop = threadNamed("pktkit-slirp");
            Packet packet = new Packet().wrap(PacketBuilder.udp(guest, 4000, gateway, 53, ByteBuffer.allocate(1200)));
            assertNothingAllocated(loop, ROUNDS * TOGETHER, () -> exchange(host, packet, ROUNDS));
        }
    }

    private interface Traffic {
        void run() throws IOException;
    }

    /** Once everything is compiled, which takes as long as the compiler has no processor. */
    private void assertNothingAllocated(long loop, int messages, Traffic traffic) throws IOException {
        double out = Double.MAX_VALUE;
        double in = Double.MAX_VALUE;
        for (int i = 0; i < MOST_TRIES && (out >= SMALLEST_OBJECT || in >= SMALLEST_OBJECT); i++) {
            sending = 0;
            long before = threads.getThreadAllocatedBytes(loop);
            traffic.run();
            out = (double) sending / messages;
            in = (double) (threads.getThreadAllocatedBytes(loop) - before) / messages;
        }
        assertTrue(out < SMALLEST_OBJECT && in < SMALLEST_OBJECT, "bytes for one out: " + out + ", for one in: " + in);
    }

    private void exchange(DatagramChannel host, Packet packet, int rounds) throws IOException {
        long own = Thread.currentThread().getId();
        for (int round = 0; round < rounds; round++) {
            int seen = answers.get();
            long before = threads.getThreadAllocatedBytes(own);
            for (int i = 0; i < TOGETHER; i++) {
                device.fromGuest(packet);
            }
            sending += threads.getThreadAllocatedBytes(own) - before;
            for (int i = 0; i < TOGETHER; i++) {
                SocketAddress from = host.receive(payload.clear());
                host.send(payload.flip(), from);
            }
            await(() -> answers.get() == seen + TOGETHER);
        }
    }

    /** Small requests and answers on one connection, as those of a browser that keeps it. */
    @ParameterizedTest
    @ValueSource(booleans = {false, true})
    void shouldNotAllocateForStreams(boolean ipv6) throws IOException {
        IpAddress gateway = ipv6 ? Slirps.GATEWAY6 : Slirps.GATEWAY;
        IpAddress guest = IpAddress.parse(ipv6 ? Slirps.GUEST6 : Slirps.GUEST);
        try (ServerSocketChannel server = ServerSocketChannel.open().bind(new InetSocketAddress(Slirps.LOOPBACK, 0));
                Slirp slirp = Slirp.open(Slirps.config()
                        .allowHost(80, (InetSocketAddress) server.getLocalAddress())
                        .build())) {
            slirp.connect(device);
            device.fromGuest(segment(guest, gateway, TcpSegment.SYN, 0));
            await(() -> theirs != 0);
            ours++;
            device.fromGuest(segment(guest, gateway, TcpSegment.ACK, 0));
            try (SocketChannel host = server.accept()) {
                long loop = threadNamed("pktkit-slirp");
                assertNothingAllocated(loop, ROUNDS, () -> talk(host, guest, gateway, ROUNDS));
            }
        }
    }

    private Packet segment(IpAddress guest, IpAddress gateway, int flags, int length) {
        return new Packet()
                .wrap(PacketBuilder.tcp(
                        guest, 4000, gateway, 80, ours, theirs, flags, 65535, ByteBuffer.allocate(length)));
    }

    private void talk(SocketChannel host, IpAddress guest, IpAddress gateway, int rounds) throws IOException {
        long own = Thread.currentThread().getId();
        for (int round = 0; round < rounds; round++) {
            Packet request = segment(guest, gateway, TcpSegment.ACK | TcpSegment.PSH, LENGTH);
            ours += LENGTH;
            long before = threads.getThreadAllocatedBytes(own);
            device.fromGuest(request);
            sending += threads.getThreadAllocatedBytes(own) - before;
            payload.clear().limit(LENGTH);
            while (payload.hasRemaining()) {
                host.read(payload);
            }
            int answered = theirs + LENGTH;
            host.write(payload.flip());
            await(() -> theirs == answered);
        }
    }

    private static long threadNamed(String name) {
        return Thread.getAllStackTraces().keySet().stream()
                .filter(thread -> thread.getName().equals(name))
                .mapToLong(Thread::getId)
                .findAny()
                .orElseThrow();
    }
}
