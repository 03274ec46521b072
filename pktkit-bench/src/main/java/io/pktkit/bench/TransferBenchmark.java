// SPDX-License-Identifier: MIT
package io.pktkit.bench;

import io.pktkit.vtcp.IsnSource;
import io.pktkit.vtcp.SegmentSink;
import io.pktkit.vtcp.TcpConfig;
import io.pktkit.vtcp.TcpConnection;
import io.pktkit.vtcp.TcpInfo;
import io.pktkit.vtcp.TcpTuple;
import io.pktkit.wire.IpAddress;
import java.nio.ByteBuffer;
import java.util.concurrent.TimeUnit;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Fork;
import org.openjdk.jmh.annotations.Measurement;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OperationsPerInvocation;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.TearDown;
import org.openjdk.jmh.annotations.Warmup;

/**
 * One TCP engine sends to another over a pipe without loss, in virtual time, on one thread. The figure is for one full
 * segment of payload on its whole way: written by the application, sent with its checksum, verified, received, read, and
 * its share of the acknowledgment back. With super-segments up to 44 of them pass as one, of which nobody makes a checksum, as
 * between two ends on one host.
 */
@State(Scope.Thread)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
@Fork(1)
@Warmup(iterations = 3, time = 1)
@Measurement(iterations = 5, time = 1)
public class TransferBenchmark {

    private static final int SEGMENTS = 44;
    private static final int IPV4_AND_TCP = 40;
    private static final long STEP_NANOS = 10_000;

    /** What the two ends announce: Ethernet's, and what the largest IPv4 packet holds. */
    @Param({"1460", "65495"})
    public int mss;

    /** Whether the way between them takes super-segments. */
    @Param({"false", "true"})
    public boolean superSegments;

    private final TcpTuple tuple = new TcpTuple(IpAddress.parse("10.0.0.1"), 40000, IpAddress.parse("10.0.0.2"), 80);
    private TransferEnd up = new TransferEnd(tuple, 0, false);
    private TransferEnd down = up;
    private TcpConnection client;
    private TcpConnection server;
    private ByteBuffer written = ByteBuffer.allocate(0);
    private ByteBuffer read = written;
    private long now;
    private long invocations;
    private long sentBefore;

    /** Connects the two engines. */
    @Setup
    public void connect() {
        TcpConfig config = TcpConfig.builder().mtu(mss + IPV4_AND_TCP).build();
        up = new TransferEnd(tuple, mss + IPV4_AND_TCP, superSegments);
        down = new TransferEnd(tuple.reversed(), mss + IPV4_AND_TCP, superSegments);
        IsnSource isn = IsnSource.random();
        client = TcpConnection.connect(config, tuple, isn, up, now);
        server = TcpConnection.accept(config, tuple.reversed(), isn, up.take(), down, now);
        deliver();
        if (!client.isEstablished() || !server.isEstablished()) {
            throw new IllegalStateException("must be established: client=" + client + " server=" + server);
        }
        int payload = client.info().negotiated().sendMss();
        written = ByteBuffer.allocate(SEGMENTS * payload);
        read = ByteBuffer.allocate(SEGMENTS * payload);
        sentBefore = client.info().counters().segmentsSent();
    }

    /** Tells whether what was meant was measured: full segments, but for some while the window opens, each sent once. */
    @TearDown
    public void check() {
        TcpInfo info = client.info();
        long segments = info.counters().segmentsSent() - sentBefore;
        long whole = invocations * SEGMENTS;
        if (segments < whole || segments > whole + SEGMENTS || info.counters().retransmissions() > 0) {
            throw new IllegalStateException("segments for " + invocations + " invocations: " + segments + ", " + info);
        }
        boolean several = superSegments && mss < SegmentSink.MAX_SUPER_SEGMENT / 2;
        if (several != up.superSegments() >= invocations) {
            throw new IllegalStateException("super-segments: " + up.superSegments() + " for " + invocations);
        }
    }

    /**
     * Forty-four segments from write to read.
     *
     * @return what the receiver still has to read, which is nothing
     */
    @Benchmark
    @OperationsPerInvocation(SEGMENTS)
    public int segment() {
        invocations++;
        written.clear();
        read.clear();
        while (read.hasRemaining()) {
            if (written.hasRemaining()) {
                client.write(written, now);
            }
            deliver();
            tick(client);
            tick(server);
        }
        return server.readable();
    }

    /** Delivers until nothing is under way. */
    private void deliver() {
        do {
            now += STEP_NANOS;
            while (!up.isEmpty()) {
                server.onSegment(up.take(), up.segmentSize(), 0, now);
            }
            server.read(read, now);
            while (!down.isEmpty()) {
                client.onSegment(down.take(), 0, now);
            }
        } while (!up.isEmpty());
    }

    private void tick(TcpConnection connection) {
        if (connection.nextDeadlineNanos() <= now) {
            connection.onTick(now);
        }
    }
}
