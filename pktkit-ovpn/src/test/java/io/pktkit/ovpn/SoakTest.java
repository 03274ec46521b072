// SPDX-License-Identifier: MIT
package io.pktkit.ovpn;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.locks.LockSupport;
import java.util.stream.Stream;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestReporter;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Many clients come, renegotiate, exchange packets and go: nothing is left of them, and a renegotiation leaves nothing behind. */
@Timeout(900)
class SoakTest {

    /** What a JVM keeps of its own after a run: compiled code's data, caches of the classes used. */
    private static final long HEAP_SLACK = 4 << 20;

    private static final int MOST_LOOKS = 300;

    /** What a client may cost after the last renegotiation that it did not after the first: less than a key. */
    private static final long SLACK_OF_A_CLIENT = 2 << 10;

    @TempDir
    Path folder;

    /** What a run must give back. */
    private record Use(long heap, long files, int threads) {

        static Use now() throws IOException {
            for (int i = 0; i < 3; i++) {
                System.gc();
            }
            long heap =
                    Runtime.getRuntime().totalMemory() - Runtime.getRuntime().freeMemory();
            int threads = Thread.getAllStackTraces().size();
            try (Stream<Path> open = Files.list(Path.of("/proc/self/fd"))) {
                return new Use(heap, open.count(), threads);
            }
        }

        boolean isNoMoreThan(Use before) {
            return heap < before.heap + HEAP_SLACK && files <= before.files && threads <= before.threads;
        }
    }

    private void run(int count, int rounds, TestReporter reporter) throws IOException {
        try (ManyClients clients = new ManyClients(count)) {
            clients.join(count);
            assertEquals(count, clients.server.clients().size());
            clients.exchange();
            clients.renegotiate();
            Use first = Use.now();
            for (int i = 0; i < rounds; i++) {
                clients.exchange();
                clients.renegotiate();
            }
            Use last = Use.now();
            reporter.publishEntry(count + " clients after the first renegotiation", first.toString());
            reporter.publishEntry("after " + rounds + " more", last.toString());
            long grown = last.heap - first.heap;
            assertTrue(grown < HEAP_SLACK + count * SLACK_OF_A_CLIENT, first + " and then " + last);
            assertEquals(first.files, last.files);
            clients.exchange();
            clients.leave();
            assertEquals(0, clients.server.failures());
        }
    }

    private void soak(int count, int rounds, TestReporter reporter) throws IOException {
        run(8, 0, reporter);
        Use before = Use.now();
        run(count, rounds, reporter);
        // Threads have told that they are done and have but to end; those of callbacks go after ten idle seconds.
        Use after = Use.now();
        for (int i = 0; i < MOST_LOOKS && !after.isNoMoreThan(before); i++) {
            LockSupport.parkNanos(100_000_000);
            after = Use.now();
        }
        reporter.publishEntry("before", before.toString());
        reporter.publishEntry("after", after.toString());
        assertTrue(after.isNoMoreThan(before), before + " and then " + after);
    }

    @Test
    void shouldKeepNothingOfFiftyClients(TestReporter reporter) throws IOException {
        soak(50, 1, reporter);
    }

    @Test
    @Tag("long")
    void shouldKeepNothingOfAThousandClients(TestReporter reporter) throws IOException {
        soak(1000, 7, reporter);
    }

    /** Some stock clients among many of ours, where there is one and root. */
    @Test
    @Tag("long")
    void shouldServeStockClientsAmongThem() throws Exception {
        assumeTrue(Files.isExecutable(Path.of("/usr/sbin/openvpn"))
                && System.getProperty("user.name").equals("root"));
        List<StockOpenVpn> stock = new ArrayList<>();
        try (ManyClients clients = new ManyClients(300)) {
            for (int i = 1; i <= 4; i++) {
                StockOpenVpn client = new StockOpenVpn(folder, "/usr/sbin/openvpn", 200 + i);
                stock.add(client);
                client.start(clients.server.port(), "--reneg-sec 5");
            }
            clients.join(250);
            for (int i = 0; i < 4; i++) {
                clients.exchange();
                clients.renegotiate();
            }
            clients.exchange();
            assertEquals(254, clients.server.clients().size());
            for (StockOpenVpn client : stock) {
                assertEquals(
                        0,
                        client.exec("ping", "-c", "1", "-W", "10", "10.8.0.1").waitFor(),
                        client::log);
                assertTrue(client.log().contains("TLS: soft reset"), client::log);
                client.terminate();
            }
            clients.leave();
            assertEquals(0, clients.server.failures());
        } finally {
            for (StockOpenVpn client : stock) {
                client.close();
            }
        }
    }
}
