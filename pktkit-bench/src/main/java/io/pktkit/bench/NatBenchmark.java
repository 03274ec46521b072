// SPDX-License-Identifier: MIT
package io.pktkit.bench;

import io.pktkit.nat.engine.NatEngine;
import io.pktkit.nat.engine.NatLink;
import io.pktkit.nat.engine.NatOutput;
import io.pktkit.nat.policy.NatConfig;
import io.pktkit.nat.policy.NatLimits;
import io.pktkit.wire.IpAddress;
import io.pktkit.wire.IpPrefix;
import io.pktkit.wire.Packet;
import io.pktkit.wire.PacketBuilder;
import io.pktkit.wire.TcpSegment;
import java.nio.ByteBuffer;
import java.util.List;
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
import org.openjdk.jmh.annotations.Warmup;

/** What a packet of a known session costs in the NAT engine, its one copy and all its checks included. */
@State(Scope.Thread)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
@Fork(1)
@Warmup(iterations = 3, time = 1)
@Measurement(iterations = 5, time = 1)
public class NatBenchmark {

    private static final IpAddress PUBLIC = IpAddress.parse("203.0.113.1");
    private static final IpAddress SERVER = IpAddress.parse("198.51.100.7");

    /** The length of the packets in bytes. */
    @Param({"64", "1440"})
    public int length;

    /** How many mappings there are. Beyond one, each packet is of the next. */
    @Param({"1", "50000"})
    public int mappings;

    private NatEngine engine = new NatEngine(NatConfig.builder(PUBLIC).build());
    private NatLink link = engine.addLink(engine.addInside());
    private final NatOutput output = new NatOutput();
    private Packet[] tcpOut = {};
    private Packet[] tcpIn = {};
    private Packet[] udpOut = {};
    private Packet[] udpIn = {};
    private int next;
    private long now;

    /** Makes an engine that {@link #open} replaces. */
    public NatBenchmark() {}

    /** Opens the sessions. */
    @Setup
    public void open() {
        NatLimits limits =
                NatLimits.DEFAULT.withMappings(1 << 20, 1 << 20, 1 << 20).withMappingRate(1_000_000);
        engine = new NatEngine(NatConfig.builder(PUBLIC).limits(limits).build());
        link = engine.addLink(engine.addInside()
                .prefix(IpPrefix.parse("10.0.0.1/24"))
                .routes(List.of(IpPrefix.parse("10.1.0.0/16"))));
        tcpOut = new Packet[mappings];
        tcpIn = new Packet[mappings];
        udpOut = new Packet[mappings];
        udpIn = new Packet[mappings];
        for (int i = 0; i < mappings; i++) {
            IpAddress host = IpAddress.ofIpv4(0x0A01_0001 + i % 60_000);
            tcpOut[i] = tcp(host, 5000, SERVER, 443, TcpSegment.ACK);
            int port = outside(tcp(host, 5000, SERVER, 443, TcpSegment.SYN));
            tcpIn[i] = tcp(SERVER, 443, PUBLIC, port, TcpSegment.ACK);
            send(false, tcp(SERVER, 443, PUBLIC, port, TcpSegment.SYN | TcpSegment.ACK));
            udpOut[i] = udp(host, 5000, SERVER, 53);
            udpIn[i] = udp(SERVER, 53, PUBLIC, outside(udpOut[i]));
        }
    }

    private int outside(Packet packet) {
        send(true, packet);
        return output.packet(0).buffer().getShort(20) & 0xFFFF;
    }

    private void send(boolean out, Packet packet) {
        output.clear();
        if (out) {
            engine.fromInside(link, packet, now, output);
        } else {
            engine.fromOutside(packet, now, output);
        }
        if (output.size() != 1) {
            throw new IllegalStateException("not translated: packet=" + packet);
        }
    }

    private Packet tcp(IpAddress from, int fromPort, IpAddress to, int toPort, int flags) {
        ByteBuffer payload = ByteBuffer.allocate(length - 40);
        return new Packet().wrap(PacketBuilder.tcp(from, fromPort, to, toPort, 1, 2, flags, 65_535, payload));
    }

    private Packet udp(IpAddress from, int fromPort, IpAddress to, int toPort) {
        return new Packet().wrap(PacketBuilder.udp(from, fromPort, to, toPort, ByteBuffer.allocate(length - 28)));
    }

    private Packet pick(Packet[] packets) {
        int at = next + 1;
        next = at >= packets.length ? 0 : at;
        return packets[next];
    }

    /**
     * A TCP segment from inside.
     *
     * @return the translated packet
     */
    @Benchmark
    public Packet outboundTcp() {
        output.clear();
        engine.fromInside(link, pick(tcpOut), ++now, output);
        return output.packet(0);
    }

    /**
     * A TCP segment from outside.
     *
     * @return the translated packet
     */
    @Benchmark
    public Packet inboundTcp() {
        output.clear();
        engine.fromOutside(pick(tcpIn), ++now, output);
        return output.packet(0);
    }

    /**
     * A datagram from inside.
     *
     * @return the translated packet
     */
    @Benchmark
    public Packet outboundUdp() {
        output.clear();
        engine.fromInside(link, pick(udpOut), ++now, output);
        return output.packet(0);
    }

    /**
     * A datagram from outside.
     *
     * @return the translated packet
     */
    @Benchmark
    public Packet inboundUdp() {
        output.clear();
        engine.fromOutside(pick(udpIn), ++now, output);
        return output.packet(0);
    }
}
