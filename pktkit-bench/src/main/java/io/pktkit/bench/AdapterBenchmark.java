// SPDX-License-Identifier: MIT
package io.pktkit.bench;

import io.pktkit.l2adapter.L2Adapter;
import io.pktkit.time.ManualTime;
import io.pktkit.wire.ArpPacket;
import io.pktkit.wire.EtherType;
import io.pktkit.wire.Frame;
import io.pktkit.wire.FrameBuilder;
import io.pktkit.wire.IpAddress;
import io.pktkit.wire.IpPrefix;
import io.pktkit.wire.IpProtocol;
import io.pktkit.wire.MacAddress;
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

/** A packet through an adapter to a neighbour that it knows, and one from there. Outwards it is copied behind its header. */
@State(Scope.Thread)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
@Fork(1)
@Warmup(iterations = 3, time = 1)
@Measurement(iterations = 5, time = 1)
public class AdapterBenchmark {

    private static final MacAddress OWN = MacAddress.of(0x02_00_00_00_00_01L);
    private static final MacAddress NEIGHBOR = MacAddress.of(0x02_00_00_00_00_02L);
    private static final IpPrefix ADDRESS = IpPrefix.parse("10.0.1.1/24");
    private static final IpAddress OTHER = IpAddress.parse("10.0.1.2");

    /** The whole packet in bytes. */
    @Param({"64", "1500"})
    public int length;

    private final L3Port host = new L3Port(ADDRESS, this::taken);
    private final L2Adapter adapter =
            L2Adapter.builder(host).macAddress(OWN).timers(new ManualTime()).build();
    private final Packet outward = new Packet();
    private final Frame inward = new Frame();

    /** Written by what the packet ends in, so that the way there cannot be taken for dead code. */
    private long taken;

    /** Makes the neighbour known. */
    @Setup
    public void meet() {
        adapter.attach(frame -> taken += frame.length());
        ByteBuffer arp = ByteBuffer.allocate(ArpPacket.LENGTH);
        ArpPacket.write(
                arp,
                0,
                ArpPacket.REQUEST,
                NEIGHBOR.toLong(),
                OTHER.toIpv4Bits(),
                0,
                ADDRESS.address().toIpv4Bits());
        adapter.send(new Frame().wrap(FrameBuilder.frame(OWN, NEIGHBOR, EtherType.ARP, arp)));

        outward.wrap(packet(ADDRESS.address(), OTHER));
        inward.wrap(FrameBuilder.frame(OWN, NEIGHBOR, EtherType.IPV4, packet(OTHER, ADDRESS.address())));
        taken = 0;
    }

    /** Tells whether what was meant was measured: a packet that went astray costs less. */
    @TearDown
    public void check() {
        if (taken == 0 || adapter.stats().snapshot().receiveDropped() > 0) {
            throw new IllegalStateException(
                    "packets went astray: " + adapter.stats().snapshot());
        }
    }

    /**
     * One packet from the host to the neighbour.
     *
     * @return what arrived so far
     */
    @Benchmark
    public long out() {
        host.receive(outward);
        return taken;
    }

    /**
     * One frame from the neighbour to the host.
     *
     * @return what arrived so far
     */
    @Benchmark
    public long in() {
        adapter.send(inward);
        return taken;
    }

    private void taken(Packet packet) {
        taken += packet.length();
    }

    private ByteBuffer packet(IpAddress source, IpAddress destination) {
        ByteBuffer payload = ByteBuffer.allocate(length - Packet.IPV4_HEADER_LENGTH);
        return PacketBuilder.ip(source, destination, IpProtocol.TCP, 64, payload);
    }
}
