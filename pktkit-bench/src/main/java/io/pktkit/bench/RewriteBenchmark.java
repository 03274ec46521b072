// SPDX-License-Identifier: MIT
package io.pktkit.bench;

import io.pktkit.wire.Checksum;
import io.pktkit.wire.IcmpError;
import io.pktkit.wire.IcmpErrors;
import io.pktkit.wire.IpAddress;
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

/** What a router and a NAT do instead of summing a packet again, and what an ICMP error costs. */
@State(Scope.Thread)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
@Fork(1)
@Warmup(iterations = 3, time = 1)
@Measurement(iterations = 5, time = 1)
public class RewriteBenchmark {

    private final IpAddress inside = IpAddress.parse("10.0.1.1");
    private final IpAddress outside = IpAddress.parse("192.0.2.1");
    private final Packet packet = new Packet();
    private final ByteBuffer error = ByteBuffer.allocate(IcmpErrors.MAX_LENGTH);
    private int checksum = 0x1234;
    private int word;

    /** Builds the packet that the benchmarks change. */
    public RewriteBenchmark() {
        ByteBuffer payload = ByteBuffer.allocate(1460);
        packet.wrap(PacketBuilder.tcp(inside, 12345, outside, 443, 1, 2, TcpSegment.ACK, 65535, payload));
    }

    /**
     * A checksum after one 16-bit word changed, RFC 1624.
     *
     * @return the checksum
     */
    @Benchmark
    public int checksumUpdate() {
        int next = word + 1;
        checksum = Checksum.update(checksum, word & 0xFFFF, next & 0xFFFF);
        word = next;
        return checksum;
    }

    /**
     * A checksum after the source address changed.
     *
     * @return the checksum
     */
    @Benchmark
    public int checksumUpdateAddress() {
        int before = Checksum.sumOfAddress(packet.sourceHigh(), packet.sourceLow());
        int after = Checksum.sumOfAddress(outside.high(), outside.low());
        checksum = Checksum.update(checksum, before, after);
        return checksum;
    }

    /**
     * The hop limit set, and the IPv4 header checksum updated with it.
     *
     * @return the hop limit
     */
    @Benchmark
    public int hopLimit() {
        word++;
        packet.hopLimit(word & 0x7F | 1);
        return packet.hopLimit();
    }

    /**
     * An ICMP Time Exceeded about a packet of 1500 bytes, with 548 bytes of it quoted and summed.
     *
     * @return its length
     */
    @Benchmark
    public int icmpError() {
        return IcmpErrors.write(packet, outside, IcmpError.timeExceeded(), error, 0);
    }
}
