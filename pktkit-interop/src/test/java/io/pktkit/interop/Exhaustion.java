// SPDX-License-Identifier: MIT
package io.pktkit.interop;

import io.pktkit.device.AbstractL3Device;
import io.pktkit.iphost.socket.VirtualServerSocket;
import io.pktkit.iphost.socket.VirtualSocket;
import io.pktkit.slirp.EgressPolicy;
import io.pktkit.slirp.Slirp;
import io.pktkit.slirp.SlirpAttachment;
import io.pktkit.slirp.SlirpConfig;
import io.pktkit.slirp.SlirpLimits;
import io.pktkit.time.ManualTime;
import io.pktkit.vclient.VirtualClient;
import io.pktkit.vclient.VirtualClientConfig;
import io.pktkit.vclient.VirtualDatagramSocket;
import io.pktkit.wire.IpAddress;
import io.pktkit.wire.IpPrefix;
import io.pktkit.wire.Packet;
import io.pktkit.wire.PacketBuilder;
import io.pktkit.wire.TcpSegment;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.lang.management.BufferPoolMXBean;
import java.lang.management.ManagementFactory;
import java.net.DatagramSocket;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.Set;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.Consumer;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/**
 * A program that a small heap must survive: remotes that open connections which nobody accepts, stall them, or reset them, and guests
 * with a source port for each datagram, as often as its argument says, through a host of its own and through a NAT. What it
 * then holds is what it held before. It prints a line for each part.
 */
@SuppressWarnings("try") // to close before the end of a block is a part of it
public final class Exhaustion {
    private static final int SYN_ACK = TcpSegment.SYN | TcpSegment.ACK;
    private static final IpAddress HOST = IpAddress.parse("10.0.0.1");
    private static final int HELD = 500;
    private static final int WARM_UP = 300;
    private static final byte[] PAYLOAD = new byte[1000];

    private Exhaustion() {}

    /**
     * Runs it.
     *
     * @param arguments how often
     * @throws Exception if something is held
     */
    public static void main(String[] arguments) throws Exception {
        everything(WARM_UP); // what is loaded and started once
        Held before = Held.now();
        everything(Integer.parseInt(arguments[0]));
        Held after = Held.nowOrSoon(before);
        System.out.println("before " + before);
        System.out.println("after  " + after);
        System.out.println("as before");
    }

    private static void everything(int count) throws Exception {
        unaccepted(count);
        stalled(count);
        reset(count);
        datagrams(count);
        throughNat(count);
    }

    /** What this process holds of the system. */
    private record Held(long descriptors, Set<String> threads, long directBytes, long heapBytes) {
        private static final long SLACK = 4 << 20; // of heaps and caches, which are never exactly as before

        static Held now() {
            System.gc();
            long direct = ManagementFactory.getPlatformMXBeans(BufferPoolMXBean.class).stream()
                    .filter(pool -> pool.getName().equals("direct"))
                    .mapToLong(BufferPoolMXBean::getMemoryUsed)
                    .sum();
            long heap = ManagementFactory.getMemoryMXBean().getHeapMemoryUsage().getUsed();
            try (Stream<Path> open = Files.list(Path.of("/proc/self/fd"))) {
                return new Held(open.count(), threadNames(), direct, heap);
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            }
        }

        /** What threads that are ending, and what the collector finds a moment later, hold for that long is held by nobody. */
        static Held nowOrSoon(Held before) {
            AtomicReference<Held> after = new AtomicReference<>(now());
            Await.until(() -> "before " + before + "\nafter  " + after, () -> {
                after.set(now());
                return after.get().isNoMoreThan(before);
            });
            return after.get();
        }

        private static Set<String> threadNames() {
            return Thread.getAllStackTraces().keySet().stream()
                    .map(Thread::getName)
                    .collect(Collectors.toSet());
        }

        boolean isNoMoreThan(Held before) {
            return descriptors <= before.descriptors
                    && before.threads.containsAll(threads)
                    && directBytes <= before.directBytes + SLACK
                    && heapBytes <= before.heapBytes + SLACK;
        }
    }

    /** Somebody who makes TCP segments by hand. */
    private static final class Remote {
        private final IpAddress to;
        private final int port;
        private final Consumer<Packet> network;
        private final Packet view = new Packet();
        int flags;
        int sequence;

        Remote(IpAddress to, int port, Consumer<Packet> network) {
            this.to = to;
            this.port = port;
            this.network = network;
        }

        void heard(Packet packet) {
            TcpSegment segment = packet.tcp();
            if (segment != null) {
                flags = segment.flags();
                sequence = segment.sequenceNumber();
            }
        }

        static IpAddress address(int number) {
            return IpAddress.ofIpv4(0x0A00_0100 + number / 60_000);
        }

        static int sourcePort(int number) {
            return 1024 + number % 60_000;
        }

        void segment(int number, int sent, int acknowledged, int bits, byte[] payload) {
            ByteBuffer packet = PacketBuilder.tcp(
                    address(number),
                    sourcePort(number),
                    to,
                    port,
                    sent,
                    acknowledged,
                    bits,
                    60_000,
                    ByteBuffer.wrap(payload));
            network.accept(view.wrap(packet));
        }

        /** Whether the SYN was answered; then the handshake is completed, with some bytes. */
        boolean open(int number) {
            flags = 0;
            segment(number, 1, 0, TcpSegment.SYN, new byte[0]);
            if (flags != SYN_ACK) {
                return false;
            }
            segment(number, 2, sequence + 1, TcpSegment.ACK, PAYLOAD);
            return true;
        }

        void reset(int number, int sent) {
            segment(number, sent, 0, TcpSegment.RST, new byte[0]);
        }
    }

    private static VirtualClient host(ManualTime time) {
        VirtualClient host = new VirtualClient(VirtualClientConfig.DEFAULT.withTimers(time));
        host.setPrefix(IpPrefix.of(HOST, 8));
        return host;
    }

    private static void tell(String what, int count, long figure) {
        if (count > WARM_UP) {
            System.out.println(what + " of " + count + ": " + figure);
        }
    }

    private static void unaccepted(int count) throws IOException {
        ManualTime time = new ManualTime();
        try (VirtualClient host = host(time);
                VirtualServerSocket listener = host.listen(80)) {
            Remote remote = new Remote(HOST, 80, host::send);
            host.attach(remote::heard);
            int answered = 0;
            for (int i = 0; i < count; i++) {
                answered += remote.open(i) ? 1 : 0;
                if (i % 1000 == 0) {
                    time.advance(Duration.ofMillis(100));
                }
            }
            tell("unaccepted, answered", count, answered);
            require(listener.isBound() && host.usage().connections() > 0, "none was taken");
            listener.close();
            require(host.usage().connections() == 0, "the listener has left some: " + host.usage());
        }
    }

    private static void stalled(int count) throws IOException {
        ManualTime time = new ManualTime();
        Deque<VirtualSocket> held = new ArrayDeque<>();
        try (VirtualClient host = host(time);
                VirtualServerSocket listener = host.listen(80)) {
            Remote remote = new Remote(HOST, 80, host::send);
            host.attach(remote::heard);
            for (int i = 0; i < count; i++) {
                require(remote.open(i), "one was refused: " + i + " " + host.usage());
                VirtualSocket accepted = listener.accept();
                accepted.getOutputStream().write(PAYLOAD); // never acknowledged, as what came is never read
                held.add(accepted);
                if (held.size() > HELD) {
                    VirtualSocket oldest = held.remove();
                    oldest.setSoLinger(true, 0);
                    oldest.close();
                }
            }
            tell("stalled, held at last", count, host.usage().connections());
            require(host.usage().connections() == held.size(), "not those that are held: " + host.usage());
        }
    }

    private static void reset(int count) throws IOException {
        ManualTime time = new ManualTime();
        try (VirtualClient host = host(time);
                VirtualServerSocket listener = host.listen(80)) {
            Remote remote = new Remote(HOST, 80, host::send);
            host.attach(remote::heard);
            for (int i = 0; i < count; i++) {
                require(remote.open(i), "one was refused: " + i + " " + host.usage());
                VirtualSocket accepted = listener.accept();
                remote.reset(i, 2 + PAYLOAD.length);
                accepted.close();
            }
            tell("reset, left", count, host.usage().connections());
            require(host.usage().connections() == 0, "some are left: " + host.usage());
        }
    }

    private static void datagrams(int count) throws IOException {
        ManualTime time = new ManualTime();
        try (VirtualClient host = host(time);
                VirtualDatagramSocket socket = host.openDatagram(53)) {
            Packet view = new Packet();
            for (int i = 0; i < count; i++) {
                host.send(view.wrap(PacketBuilder.udp(
                        Remote.address(i), Remote.sourcePort(i), HOST, 53, ByteBuffer.wrap(PAYLOAD))));
            }
            tell("datagrams, waiting", count, socket.queued());
            require(socket.queued() + socket.dropped() == count, "some are not accounted for");
            require(socket.queued() * 1000L <= 256 << 10, "more than a queue may hold");
        }
    }

    /** A guest's device. */
    private static final class Guest extends AbstractL3Device {
        private final Consumer<Packet> taker;

        Guest(Consumer<Packet> taker) {
            this.taker = taker;
        }

        @Override
        public boolean send(Packet packet) {
            taker.accept(packet);
            return true;
        }

        void emit(Packet packet) {
            deliver(packet);
        }
    }

    /** A SYN that was answered, and the number of the answer. */
    private record Answer(int port, int sequence) {}

    /** Real sockets: connections that are stalled and then reset, and a source port for each datagram. */
    private static void throughNat(int count) throws Exception {
        IpAddress gateway = IpAddress.parse("10.255.255.254");
        InetAddress loopback = InetAddress.getByAddress(new byte[] {127, 0, 0, 1});
        LinkedBlockingQueue<Answer> answers = new LinkedBlockingQueue<>();
        try (ServerSocket server = new ServerSocket(0, 128, loopback);
                DatagramSocket silent = new DatagramSocket(0, loopback);
                Slirp slirp = Slirp.open(SlirpConfig.builder()
                        .address(IpPrefix.of(gateway, 8))
                        .egress(EgressPolicy.denyAll())
                        .limits(new SlirpLimits(4, 64, 16, 128, 4))
                        .allowHost(80, new InetSocketAddress(loopback, server.getLocalPort()))
                        .allowHost(53, new InetSocketAddress(loopback, silent.getLocalPort()))
                        .build());
                Guest guest = new Guest(packet -> {
                    TcpSegment segment = packet.tcp();
                    if (segment != null && segment.flags() == SYN_ACK) {
                        answers.add(new Answer(segment.destinationPort(), segment.sequenceNumber()));
                    }
                })) {
            Thread accepting = new Thread(() -> serve(server));
            accepting.start();
            SlirpAttachment place = slirp.connect(guest);
            Remote remote = new Remote(gateway, 80, guest::emit);
            for (int i = 0; i < count; i++) {
                remote.segment(i, 1, 0, TcpSegment.SYN, new byte[0]);
                Answer answer = answers.poll(60, TimeUnit.SECONDS);
                while (answer != null && answer.port != Remote.sourcePort(i)) {
                    answer = answers.poll(60, TimeUnit.SECONDS); // that was one before, said again
                }
                require(answer != null, "connection " + i + " was not answered: " + slirp.snapshot());
                remote.segment(i, 2, answer.sequence + 1, TcpSegment.ACK, PAYLOAD);
                remote.reset(i, 2 + PAYLOAD.length);
            }
            tell("through the NAT, connections at last", count, slirp.snapshot().tcpConnections());
            Packet view = new Packet();
            for (int i = 0; i < count; i++) {
                guest.emit(view.wrap(PacketBuilder.udp(
                        Remote.address(i), Remote.sourcePort(i), gateway, 53, ByteBuffer.wrap(PAYLOAD))));
            }
            tell(
                    "through the NAT, UDP mappings at last",
                    count,
                    slirp.snapshot().udpMappings());
            require(slirp.snapshot().udpMappings() <= 128, "too many: " + slirp.snapshot());
            place.close();
            require(slirp.snapshot().udpMappings() == 0, "left behind: " + slirp.snapshot());
            server.close();
            accepting.join();
        }
    }

    /** Says something to each, and hears that it is gone. */
    private static void serve(ServerSocket server) {
        while (!server.isClosed()) {
            try (Socket socket = server.accept()) {
                socket.setSoLinger(true, 0); // no TIME-WAIT, of which there would be more than ports
                socket.getOutputStream().write(PAYLOAD);
                while (socket.getInputStream().read() >= 0) {
                    // until it ends or is reset
                }
            } catch (IOException over) {
                // on to the next one
            }
        }
    }

    private static void require(boolean holds, String otherwise) {
        if (!holds) {
            throw new AssertionError(otherwise);
        }
    }
}
