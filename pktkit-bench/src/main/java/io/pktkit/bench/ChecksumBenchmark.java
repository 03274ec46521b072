// SPDX-License-Identifier: MIT
package io.pktkit.bench;

import io.pktkit.wire.Checksum;
import java.nio.ByteBuffer;
import java.util.Random;
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

/** The Internet checksum over a header, a full frame and a super-segment, in heap and direct memory. */
@State(Scope.Thread)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
@Fork(1)
@Warmup(iterations = 3, time = 1)
@Measurement(iterations = 5, time = 1)
public class ChecksumBenchmark {
    @Param({"20", "1500", "65000"})
    public int length;

    @Param({"false", "true"})
    public boolean direct;

    private ByteBuffer bytes = ByteBuffer.allocate(0);

    @Setup
    public void fill() {
        byte[] random = new byte[length];
        new Random(1).nextBytes(random);
        bytes = direct ? ByteBuffer.allocateDirect(length) : ByteBuffer.allocate(length);
        bytes.put(random);
    }

    @Benchmark
    public int checksum() {
        return Checksum.internet(bytes, 0, length);
    }
}
