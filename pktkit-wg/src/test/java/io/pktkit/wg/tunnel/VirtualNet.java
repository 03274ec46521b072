// SPDX-License-Identifier: MIT
package io.pktkit.wg.tunnel;

import io.pktkit.datagram.DatagramConfig;
import io.pktkit.datagram.DatagramEndpoint;
import io.pktkit.datagram.MemoryDatagramNetwork;
import io.pktkit.device.L3Device;
import io.pktkit.time.ManualTime;
import io.pktkit.time.Timers;
import io.pktkit.wg.WgEndpoint;
import io.pktkit.wg.WgPeerOptions;
import io.pktkit.wg.WgPrivateKey;
import io.pktkit.wire.IpAddress;
import io.pktkit.wire.IpPrefix;
import io.pktkit.wire.Packet;
import io.pktkit.wire.PacketBuilder;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.security.SecureRandom;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.SplittableRandom;
import java.util.stream.Stream;

/** Ports without threads on a network without sockets, in virtual time: every run is the same. */
final class VirtualNet implements AutoCloseable {

    static final Instant BEGINNING = Instant.parse("2026-01-01T00:00:00Z");
    static final int PORT = 51_820;

    final ManualTime time = new ManualTime();
    final MemoryDatagramNetwork network = new MemoryDatagramNetwork(time);
    final List<WgPort> ports = new ArrayList<>();
    private final SeededRandom random = new SeededRandom(1);

    /** A source that repeats, for keys and handshakes. */
    static final class SeededRandom extends SecureRandom {
        private static final long serialVersionUID = 1L;
        private final transient Random source;

        SeededRandom(long seed) {
            this.source = new Random(seed);
        }

        @Override
        public synchronized void nextBytes(byte[] bytes) {
            source.nextBytes(bytes);
        }
    }

    WgPortConfig.Builder config() {
        return WgPortConfig.builder()
                .timers(time)
                .wallClock(() -> BEGINNING.plusNanos(time.nowNanos()))
                .random(random)
                .engine(settings -> settings.jitter(new SplittableRandom(2)))
                .withoutThreads();
    }

    WgPort port(String... addresses) {
        return port(config().build(), addresses);
    }

    WgPort port(WgPortConfig config, String... addresses) {
        WgPort port = WgPort.over(endpoint(addresses), config);
        ports.add(port);
        return port;
    }

    DatagramEndpoint endpoint(String... addresses) {
        try {
            return network.open(
                    DatagramConfig.builder().port(PORT).build(),
                    Stream.of(addresses).map(IpAddress::parse).toArray(IpAddress[]::new));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    WgPrivateKey key() {
        return WgPrivateKey.generate(random);
    }

    static WgEndpoint at(String address) {
        return new WgEndpoint(IpAddress.parse(address), PORT);
    }

    static WgPeerOptions options(String... allowed) {
        WgPeerOptions options = WgPeerOptions.create();
        for (String prefix : allowed) {
            options.allowedIp(IpPrefix.parse(prefix));
        }
        return options;
    }

    /** Lets everything happen that happens now. */
    void settle() {
        boolean busy = true;
        while (busy) {
            busy = false;
            time.runCallbacks();
            for (WgPort port : List.copyOf(ports)) {
                busy |= poll(port) > 0;
            }
        }
    }

    void run(Duration duration) {
        runUntil(time.nowNanos() + duration.toNanos());
    }

    void runUntil(long end) {
        settle();
        while (true) {
            long next = time.nextDeadlineNanos();
            if (next == Timers.NEVER || next - end > 0) {
                time.advanceNanos(Math.max(0, end - time.nowNanos()));
                settle();
                return;
            }
            time.advanceNanos(Math.max(0, next - time.nowNanos()));
            settle();
        }
    }

    private static int poll(WgPort port) {
        try {
            return port.poll();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** A UDP packet in the middle of junk. */
    static Packet packet(String source, String destination, int payload) {
        byte[] content = new byte[payload];
        new Random(payload).nextBytes(content);
        return inJunk(PacketBuilder.udp(
                IpAddress.parse(source), 1000, IpAddress.parse(destination), 2000, ByteBuffer.wrap(content)));
    }

    static Packet inJunk(ByteBuffer packet) {
        int length = packet.remaining();
        byte[] junk = new byte[length + 40];
        new Random(length).nextBytes(junk);
        ByteBuffer buffer = ByteBuffer.wrap(junk);
        buffer.put(11, packet, packet.position(), length);
        return new Packet().wrap(buffer, 11, length);
    }

    /** What comes out of a device, copied. */
    static List<Packet> record(L3Device device) {
        List<Packet> received = new ArrayList<>();
        device.attach(packet -> received.add(copy(packet)));
        return received;
    }

    static Packet copy(Packet packet) {
        return new Packet().wrap(ByteBuffer.wrap(packet.toBytes()));
    }

    @Override
    public void close() {
        ports.forEach(WgPort::close);
        time.advance(Duration.ofSeconds(1)); // what is on its way arrives nowhere
        if (time.pending() != 0) {
            throw new AssertionError("alarms are left: " + time.pending());
        }
    }
}
