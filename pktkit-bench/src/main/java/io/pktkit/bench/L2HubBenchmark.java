// SPDX-License-Identifier: MIT
package io.pktkit.bench;

import io.pktkit.hub.L2Hub;
import io.pktkit.link.PipeL2;
import io.pktkit.wire.EtherType;
import io.pktkit.wire.Frame;
import io.pktkit.wire.FrameBuilder;
import io.pktkit.wire.MacAddress;
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
 * A 1514-byte frame through a switch of four ports whose stations are known, from a port's handler to the return of the
 * other device's {@code send}.
 */
@State(Scope.Thread)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
@Fork(1)
@Warmup(iterations = 3, time = 1)
@Measurement(iterations = 5, time = 1)
public class L2HubBenchmark {

    private static final int PORTS = 4;

    /** What the frame ends in: a device that does nothing, or a pipe with its counters and its close contract. */
    @Param({"bare", "pipe"})
    public String sink;

    private final L2Hub hub = new L2Hub();
    private final L2Port source = new L2Port(station(0), this::take);
    private final Frame known = new Frame().wrap(frame(station(1), station(0)));
    private final Frame broadcast = new Frame().wrap(frame(MacAddress.BROADCAST, station(0)));

    /** Written by what the frame ends in, so that the way there cannot be taken for dead code. */
    private long taken;

    /** Attaches the four devices and lets the switch learn their stations. */
    @Setup
    public void attach() {
        hub.connect(source);
        for (int i = 1; i < PORTS; i++) {
            attachSink(station(i));
        }
        source.receive(broadcast);
        if (hub.macTableSize() != PORTS) {
            throw new IllegalStateException("stations must be known: macTableSize=" + hub.macTableSize());
        }
    }

    private void attachSink(MacAddress station) {
        Frame hello = new Frame().wrap(frame(MacAddress.BROADCAST, station));
        if (sink.equals("pipe")) {
            PipeL2 pipe = new PipeL2(station, this::take);
            hub.connect(pipe);
            pipe.inject(hello);
        } else {
            L2Port port = new L2Port(station, this::take);
            hub.connect(port);
            port.receive(hello);
        }
    }

    private void take(Frame frame) {
        taken += frame.length();
    }

    /** Tells whether what was meant was measured: a frame that went astray costs less. */
    @TearDown
    public void check() {
        boolean astray = hub.stats().dropped() > 0
                || hub.stats().unknownUnicasts() > 0
                || hub.stats().refused() > 0;
        if (astray || taken == 0) {
            throw new IllegalStateException("frames went astray: " + hub.stats());
        }
    }

    /**
     * One frame to one known station.
     *
     * @return what arrived so far
     */
    @Benchmark
    public long knownUnicast() {
        source.receive(known);
        return taken;
    }

    /**
     * One frame to the three other ports.
     *
     * @return what arrived so far
     */
    @Benchmark
    public long flood() {
        source.receive(broadcast);
        return taken;
    }

    private static MacAddress station(int i) {
        return MacAddress.of(0x02_00_00_00_00_01L + i);
    }

    private static ByteBuffer frame(MacAddress destination, MacAddress source) {
        return FrameBuilder.frame(destination, source, EtherType.IPV4, ByteBuffer.allocate(1500));
    }
}
