// SPDX-License-Identifier: MIT
package io.pktkit.bench;

import io.pktkit.wire.EtherType;
import io.pktkit.wire.Frame;
import io.pktkit.wire.FrameBuilder;
import io.pktkit.wire.IpAddress;
import io.pktkit.wire.MacAddress;
import io.pktkit.wire.Packet;
import io.pktkit.wire.PacketBuilder;
import io.pktkit.wire.TcpSegment;
import java.nio.ByteBuffer;
import java.util.concurrent.TimeUnit;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Fork;
import org.openjdk.jmh.annotations.Measurement;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.Warmup;

/** What it costs to look at a frame: wrap a view that lives on, and read what a switch, a router and a NAT read. */
@State(Scope.Thread)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
@Fork(1)
@Warmup(iterations = 3, time = 1)
@Measurement(iterations = 5, time = 1)
public class ViewBenchmark {
    private final Frame frame = new Frame();
    private final Packet packet = new Packet();
    private final ByteBuffer frameBytes;
    private final ByteBuffer packetBytes;

    public ViewBenchmark() {
        packetBytes = PacketBuilder.tcp(
                IpAddress.parse("10.0.1.1"),
                12345,
                IpAddress.parse("10.0.2.1"),
                443,
                1,
                2,
                TcpSegment.ACK,
                65535,
                ByteBuffer.allocate(1460));
        frameBytes = FrameBuilder.frame(
                MacAddress.parse("02:00:00:00:00:02"),
                MacAddress.parse("02:00:00:00:00:01"),
                EtherType.IPV4,
                packetBytes);
    }

    @Benchmark
    public long frameAccessors() {
        Frame f = frame.wrap(frameBytes);
        return f.destinationMac()
                + f.sourceMac()
                + f.etherType()
                + f.payloadLength()
                + f.headerLength()
                + (f.isBroadcast() || f.isMulticast() || !f.isValid() ? 1 : 0);
    }

    @Benchmark
    public long packetAccessors() {
        Packet p = packet.wrap(packetBytes);
        return p.version()
                + p.sourceLow()
                + p.destinationLow()
                + p.protocol()
                + p.transportOffset()
                + p.headerLength()
                + p.totalLength()
                + (p.isBroadcast() || p.isMulticast() || !p.isValid() ? 1 : 0);
    }

    /** Ethernet to TCP ports, as a NAT looks up a flow. */
    @Benchmark
    public long frameToTcp() {
        Packet p = frame.wrap(frameBytes).packet();
        TcpSegment tcp = p.tcp();
        return tcp == null
                ? 0
                : p.sourceLow() + p.destinationLow() + tcp.sourcePort() + tcp.destinationPort() + tcp.flags();
    }
}
