// SPDX-License-Identifier: MIT
package io.pktkit.bench;

import io.pktkit.hub.L3Hub;
import io.pktkit.link.PipeL3;
import io.pktkit.wire.IpAddress;
import io.pktkit.wire.IpPrefix;
import io.pktkit.wire.IpProtocol;
import io.pktkit.wire.Packet;
import io.pktkit.wire.PacketBuilder;
import java.nio.ByteBuffer;
import java.util.concurrent.TimeUnit;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Fork;
import org.openjdk.jmh.annotations.Measurement;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.TearDown;
import org.openjdk.jmh.annotations.Warmup;

/**
 * A packet through a router of four ports with a /24 each, from a port's handler to the return of the other device's
 * {@code send}. The router copies a packet to decrement the hop limit; the smallest packet shows what the rest costs.
 */
@State(Scope.Thread)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
@Fork(1)
@Warmup(iterations = 3, time = 1)
@Measurement(iterations = 5, time = 1)
public class L3HubBenchmark {

    private static final int PORTS = 4;

    /** What the packet ends in: a device that does nothing, or a pipe with its counters and its close contract. */
    @Param({"bare", "pipe"})
    public String sink;

    /** The whole packet in bytes. */
    @Param({"20", "1500"})
    public int length;

    private final L3Hub hub = new L3Hub();
    private final L3Port source = new L3Port(prefix(1), this::take);
    private final Packet unicast = new Packet();
    private final Packet broadcast = new Packet();

    /** Written by what the packet ends in, so that the way there cannot be taken for dead code. */
    private long taken;

    /** Attaches the four devices. */
    @Setup
    public void attach() {
        hub.connect(source);
        for (int i = 2; i <= PORTS; i++) {
            if (sink.equals("pipe")) {
                hub.connect(new PipeL3(this::take, prefix(i)));
            } else {
                hub.connect(new L3Port(prefix(i), this::take));
            }
        }
        unicast.wrap(packet(IpAddress.parse("10.0.2.1")));
        broadcast.wrap(packet(IpAddress.parse("255.255.255.255")));
    }

    /** Tells whether what was meant was measured: a packet that went astray costs less. */
    @TearDown
    public void check() {
        if (hub.stats().dropped() > 0 || hub.stats().refused() > 0 || taken == 0) {
            throw new IllegalStateException("packets went astray: " + hub.stats());
        }
    }

    /**
     * One packet to the network of another port, to a station that is not the device itself.
     *
     * @return what arrived so far
     */
    @Benchmark
    public long route() {
        source.receive(unicast);
        return taken;
    }

    /**
     * One packet to the three other ports, which nobody copies.
     *
     * @return what arrived so far
     */
    @Benchmark
    public long broadcast() {
        source.receive(broadcast);
        return taken;
    }

    private void take(Packet packet) {
        taken += packet.length();
    }

    private ByteBuffer packet(IpAddress destination) {
        ByteBuffer payload = ByteBuffer.allocate(length - Packet.IPV4_HEADER_LENGTH);
        return PacketBuilder.ip(IpAddress.parse("10.0.1.1"), destination, IpProtocol.TCP, 64, payload);
    }

    /** The device itself is station 254, so that the packet is routed by the network and not by the device's address. */
    private static IpPrefix prefix(int network) {
        return IpPrefix.parse("10.0." + network + ".254/24");
    }
}
