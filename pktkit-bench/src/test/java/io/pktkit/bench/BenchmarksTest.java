// SPDX-License-Identifier: MIT
package io.pktkit.bench;

import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.util.Collection;
import org.junit.jupiter.api.Test;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.profile.GCProfiler;
import org.openjdk.jmh.results.RunResult;
import org.openjdk.jmh.runner.Runner;
import org.openjdk.jmh.runner.RunnerException;
import org.openjdk.jmh.runner.options.ChainedOptionsBuilder;
import org.openjdk.jmh.runner.options.Options;
import org.openjdk.jmh.runner.options.OptionsBuilder;
import org.openjdk.jmh.runner.options.VerboseMode;

/** Runs each benchmark for a moment: no time is held against it, but it must work and leave no garbage. */
class BenchmarksTest {

    /** The smallest object of HotSpot. */
    private static final double SMALLEST_OBJECT = 16;

    /**
     * So many of each benchmark, however slow the machine is: the 6 to 50 kB that the harness allocates in an iteration
     * are then at most five bytes for each.
     */
    private static final int INVOCATIONS = 10_000;

    @Test
    void shouldRunWithoutAllocation() throws RunnerException {
        // An ICMP error is not on the forwarding path; it makes one address. A trial of the holes is of limited length.
        ChainedOptionsBuilder all = new OptionsBuilder()
                .exclude("icmpError")
                .exclude(HolesBenchmark.class.getSimpleName())
                .exclude(DatagramBenchmark.class.getSimpleName())
                .exclude(WireGuardBenchmark.class.getSimpleName())
                .exclude(OpenVpnBenchmark.class.getSimpleName());

        run(all, INVOCATIONS, INVOCATIONS, SMALLEST_OBJECT);
    }

    @Test
    void shouldAcknowledgeOverHolesWithoutAllocation() throws RunnerException {
        ChainedOptionsBuilder holes = new OptionsBuilder().include(HolesBenchmark.class.getSimpleName());

        // What is under way grows, and so, perhaps once in all this, do the arrays that hold its records.
        run(holes, 15, 15 * HolesBenchmark.ACKNOWLEDGMENTS, 2 * SMALLEST_OBJECT);
    }

    @Test
    void shouldMoveDatagramsWithoutAllocation() throws RunnerException {
        ChainedOptionsBuilder datagrams = new OptionsBuilder().include(DatagramBenchmark.class.getSimpleName());

        // The harness is shared out over less; what the JDK's channels allocate at a wake-up over a batch.
        run(datagrams, 200, 200 * DatagramBenchmark.DATAGRAMS, 2 * SMALLEST_OBJECT);
    }

    @Test
    void shouldRunWireGuard() throws RunnerException {
        // The cipher that every JDK has. It leaves garbage of its own, and a handshake its keys; the harness is shared
        // out
        // over little.
        ChainedOptionsBuilder wireGuard = new OptionsBuilder()
                .include(WireGuardBenchmark.class.getSimpleName())
                .param("cipher", "jca");

        run(wireGuard, 50, 50, 256 << 10);
    }

    @Test
    void shouldRunOpenVpn() throws RunnerException {
        // The JDK's cipher leaves garbage with each packet.
        ChainedOptionsBuilder openVpn = new OptionsBuilder().include(OpenVpnBenchmark.class.getSimpleName());

        run(openVpn, 50, 50, 64 << 10);
    }

    @Test
    void shouldMeasureDatagramsBetweenThreads() throws IOException {
        DatagramThroughput.main(new String[] {"portable", "1452", "16", "1"});
    }

    private static void run(ChainedOptionsBuilder selected, int invocations, int times, double most)
            throws RunnerException {
        Options options = selected.forks(0)
                .mode(Mode.SingleShotTime)
                .warmupIterations(1)
                .warmupBatchSize(invocations)
                .measurementIterations(1)
                .measurementBatchSize(invocations)
                .shouldFailOnError(true)
                .verbosity(VerboseMode.SILENT)
                .addProfiler(GCProfiler.class)
                .build();

        Collection<RunResult> results = new Runner(options).run();

        assertFalse(results.isEmpty());
        for (RunResult result : results) {
            // A whole batch is one operation here, or several where an invocation counts as several.
            double batch =
                    result.getSecondaryResults().get("gc.alloc.rate.norm").getScore()
                            * result.getParams().getOpsPerInvocation();
            double bytes = batch / times;
            assertTrue(bytes < most, result.getParams().id() + " allocates " + bytes + " B each time");
        }
    }

    @Test
    void shouldTransfer() throws IOException {
        TcpTransfer.main(new String[] {"1", "4", "1500"});
    }

    @Test
    void shouldHoldIdleConnections() throws IOException {
        IdleConnections.main(new String[] {"100", "0", "60"});
    }
}
