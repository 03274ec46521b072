// SPDX-License-Identifier: MIT
package io.pktkit.bench;

import io.pktkit.datagram.Datagram;
import io.pktkit.datagram.DatagramBatch;
import io.pktkit.datagram.DatagramConfig;
import io.pktkit.datagram.DatagramEndpoint;
import io.pktkit.datagram.DatagramHandler;
import io.pktkit.datagram.Datagrams;
import io.pktkit.datagram.FixedPath;
import io.pktkit.device.Burst;
import io.pktkit.wire.IpAddress;
import java.io.IOException;
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
 * A datagram over the loopback interface, from the reserved room in a batch to the return of the receiver's handler. One
 * thread does both in turn, 32 datagrams at a time, so the figure is what a datagram costs at both ends together.
 */
@State(Scope.Thread)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
@Fork(1)
@Warmup(iterations = 3, time = 1)
@Measurement(iterations = 5, time = 1)
public class DatagramBenchmark {

    static final int DATAGRAMS = 32;

    /** Where there is no Linux, its rows tell of the portable provider again. */
    @Param({"portable", "linux"})
    public String provider;

    /** The payload in bytes. */
    @Param({"64", "1452", "65507"})
    public int length;

    /** Whether the sender holds a burst open around the datagrams. */
    @Param({"false", "true"})
    public boolean batch;

    private final DatagramHandler taker = this::take;
    private DatagramEndpoint sender;
    private DatagramEndpoint receiver;
    private FixedPath path;
    private long taken;

    /** Opens two endpoints. */
    @Setup
    public void open() throws IOException {
        IpAddress loopback = IpAddress.parse("127.0.0.1");
        DatagramConfig config = DatagramConfig.builder().address(loopback).build();
        sender = open(provider, config);
        receiver = open(provider, config);
        path = FixedPath.to(loopback, receiver.port());
    }

    static DatagramEndpoint open(String name, DatagramConfig config) throws IOException {
        return Datagrams.providers().stream()
                .filter(one -> one.name().equals(name))
                .findFirst()
                .orElse(Datagrams.portable())
                .open(config);
    }

    /** Closes them. */
    @TearDown
    public void close() {
        sender.close();
        receiver.close();
    }

    /**
     * Sends and receives.
     *
     * @return what was received so far
     */
    @Benchmark
    @OperationsPerInvocation(DATAGRAMS)
    public long exchange() throws IOException {
        // Not more than what the smallest socket buffer of a system holds.
        int round = length > 9000 ? 2 : DATAGRAMS;
        for (int sent = 0; sent < DATAGRAMS; sent += round) {
            long expected = taken + round;
            send(round);
            while (taken < expected) {
                receiver.receive(taker);
            }
        }
        return taken;
    }

    private void send(int count) {
        if (!batch) {
            write(count);
            return;
        }
        Burst burst = Burst.open();
        write(count);
        burst.close();
    }

    private void write(int count) {
        for (int i = 0; i < count; i++) {
            DatagramBatch room = sender.batch();
            int at = room.reserve(length, path, 0);
            room.buffer().putLong(at, i);
            room.commit(length);
        }
    }

    private void take(Datagram datagram) {
        taken += datagram.length() == length ? 1 : Integer.MAX_VALUE;
    }
}
