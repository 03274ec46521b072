// SPDX-License-Identifier: MIT
package io.pktkit.bench;

import io.pktkit.vtcp.IsnSource;
import io.pktkit.vtcp.TcpConfig;
import io.pktkit.vtcp.TcpConnection;
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
 * What one acknowledgment with three SACK blocks costs a sender that has many holes outstanding (RFC 8985, RFC 6675). Its
 * peer holds every second segment of a long run, and each acknowledgment reports one segment more above the run, and two
 * old blocks again. Each makes the sender emit about one segment: a hole once more or, when all were, new data.
 *
 * <p>The holes stay, and with them all that was sent since, so a trial has only so many acknowledgments to give: an
 * iteration is a fixed number of them.
 */
@State(Scope.Thread)
@BenchmarkMode(Mode.SingleShotTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
@Fork(1)
@Warmup(iterations = 15)
@Measurement(iterations = 15)
public class HolesBenchmark {
    static final int ACKNOWLEDGMENTS = 1000;

    /** For the warm-up and the measurement, and some to spare. */
    private static final int SEGMENTS_ABOVE = 31 * ACKNOWLEDGMENTS;

    /** The least that the engine sends in one segment, so that many fit into memory. */
    private static final int MSS = 64;

    private static final long ROUND_TRIP_NANOS = 1_000_000;
    private static final long SPACING_NANOS = 1_000;

    /**
     * Segments that the peer lacks, each between two that it holds. The engine has at most 131,072 segments under way, so
     * there cannot be many more than the most here.
     */
    @Param({"10", "1000", "50000"})
    public int holes;

    private final TcpTuple tuple = new TcpTuple(IpAddress.parse("10.0.0.1"), 40000, IpAddress.parse("10.0.0.2"), 80);
    private SackingPeer peer = new SackingPeer(tuple);
    private TcpConnection sender;
    private ByteBuffer queue = ByteBuffer.allocate(0);
    private long now;
    private int lowest;
    private int run;
    private int top;
    private int turn;

    /** Opens the window by a transfer without loss, until all segments are under way at once; then makes the holes. */
    @Setup
    public void makeHoles() {
        int segments = 2 * holes + SEGMENTS_ABOVE;
        // Enough for new data too when every hole has been resent.
        queue = ByteBuffer.allocate(3 * segments * MSS);
        TcpConfig config =
                TcpConfig.builder().sendBuffer(queue.capacity()).pacing(false).build();
        peer = new SackingPeer(tuple);
        sender = TcpConnection.connect(config, tuple, IsnSource.random(), peer, now);
        now += ROUND_TRIP_NANOS;
        sender.onSegment(peer.synAck(MSS), 0, now);
        lowest = peer.end();
        while (peer.end() - lowest < segments * MSS) {
            sender.write(queue.clear(), now);
            now += ROUND_TRIP_NANOS;
            for (int end = peer.end(); end - lowest >= 2 * MSS; ) {
                lowest += 2 * MSS;
                sender.onSegment(peer.ack(lowest), 0, now);
            }
        }
        for (int i = 0; i < holes; i++) {
            now += SPACING_NANOS;
            run = held(i);
            top = run + MSS;
            sender.onSegment(peer.ack(lowest, run, top, older(i, 1), older(i, 2), MSS), 0, now);
        }
    }

    /** Tells whether what was meant was measured: that no hole was taken for filled. */
    @TearDown
    public void check() {
        long sacked = sender.info().congestion().sacked();
        long expected = (holes - 1L) * MSS + top - run;
        if (sacked != expected) {
            throw new IllegalStateException("sacked=" + sacked + " expected=" + expected + ", " + sender.info());
        }
    }

    /** Acknowledgments, each for one segment more. */
    @Benchmark
    @OperationsPerInvocation(ACKNOWLEDGMENTS)
    public void acknowledgment() {
        for (int i = 0; i < ACKNOWLEDGMENTS; i++) {
            now += SPACING_NANOS;
            top += MSS;
            if (top - peer.end() > 0) {
                throw new IllegalStateException("nothing is left to acknowledge: holes=" + holes);
            }
            turn = (turn + 7919) % holes;
            sender.onSegment(peer.ack(lowest, run, top, older(turn, 1), older(turn, 2), MSS), 0, now);
        }
    }

    private int held(int hole) {
        return lowest + (2 * hole + 1) * MSS;
    }

    private int older(int hole, int by) {
        return held(Math.max(0, hole - by));
    }
}
