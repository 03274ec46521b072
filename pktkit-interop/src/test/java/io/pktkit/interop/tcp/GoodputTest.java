// SPDX-License-Identifier: MIT
package io.pktkit.interop.tcp;

import static org.junit.jupiter.api.Assertions.assertEquals;

import io.pktkit.interop.NeedsPeer;
import io.pktkit.interop.NetworkNamespace;
import io.pktkit.vtcp.IsnSource;
import io.pktkit.vtcp.TcpConfig;
import io.pktkit.wire.IpFamily;
import java.io.IOException;
import java.util.Arrays;
import java.util.Locale;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.TestReporter;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * A measurement: how fast we send to Linux and Linux to us, over the same router with the same loss as two Linux hosts. All
 * Linux ends use CUBIC. The figures are reported; only that the bytes arrive is asserted.
 */
@NeedsPeer({"ip", "python3", "nft"})
@Tag("long")
@Timeout(600)
class GoodputTest {
    private static final int LENGTH = 8 << 20;
    private static final int RUNS = 5;
    private static final String CUBIC = "congestion=cubic";
    private static final IpFamily FAMILY = IpFamily.IPV4;

    private EngineHost ours;
    private RoutedNetwork network;
    private NetworkNamespace second;

    @BeforeEach
    void bringUp() throws IOException {
        ours = new EngineHost(TcpConfig.builder().build(), IsnSource.random());
        network = new RoutedNetwork(ours);
        second = new NetworkNamespace();
        RoutedNetwork.attach(network.router(), second, "left", 97);
    }

    @AfterEach
    void tearDown() {
        network.close();
        second.close();
    }

    @ParameterizedTest(name = "one in {0} lost")
    @ValueSource(ints = {0, 1000, 100, 20})
    void shouldReportGoodput(int oneIn, TestReporter reporter) throws IOException {
        if (oneIn > 0) {
            network.lose(oneIn);
        }
        double[] up = new double[RUNS];
        double[] down = new double[RUNS];
        double[] linux = new double[RUNS];
        for (int i = 0; i < RUNS; i++) {
            up[i] = weSend();
            down[i] = linuxSends();
            linux[i] = linuxToLinux();
        }
        Arrays.sort(up);
        Arrays.sort(down);
        Arrays.sort(linux);
        reporter.publishEntry(
                "goodput, one in " + oneIn + " lost, Mbit/s",
                String.format(
                        Locale.ROOT,
                        "we send %s, Linux sends to us %s, Linux to Linux %s; ratios %.2f and %.2f",
                        Arrays.toString(up),
                        Arrays.toString(down),
                        Arrays.toString(linux),
                        up[RUNS / 2] / linux[RUNS / 2],
                        down[RUNS / 2] / linux[RUNS / 2]));
    }

    private double weSend() throws IOException {
        try (LinuxPeer linux = network.listening(FAMILY, CUBIC, "eof")) {
            int port = linux.port();
            EngineTransfer transfer = new EngineTransfer(LENGTH, Streams.SEED);
            long start = System.nanoTime();
            ours.connect(RoutedNetwork.linux(FAMILY), port, transfer);
            assertEquals(LENGTH + " " + transfer.sent(), linux.expect("received"), "seed " + Streams.SEED);
            return megabitsSince(start);
        }
    }

    private double linuxSends() throws IOException {
        try (LinuxPeer linux = network.listening(FAMILY, CUBIC, "send:" + LENGTH + ":" + Streams.SEED, "shut", "eof")) {
            int port = linux.port();
            EngineTransfer transfer = new EngineTransfer(0, Streams.SEED);
            long start = System.nanoTime();
            ours.connect(RoutedNetwork.linux(FAMILY), port, transfer);
            String received = transfer.received();
            double rate = megabitsSince(start);
            assertEquals(LENGTH + " " + linux.expect("sent"), received, "seed " + Streams.SEED);
            return rate;
        }
    }

    private double linuxToLinux() throws IOException {
        try (LinuxPeer to = network.listening(FAMILY, CUBIC, "eof")) {
            String[] words = LinuxPeer.words(
                    CUBIC,
                    "tcp-connect",
                    RoutedNetwork.linux(FAMILY),
                    to.port(),
                    "go",
                    "send:" + LENGTH + ":" + Streams.SEED);
            try (LinuxPeer from = new LinuxPeer(second.name(), words)) {
                from.expect("connected");
                from.go();
                long start = System.nanoTime();
                String received = to.expect("received");
                double rate = megabitsSince(start);
                assertEquals(LENGTH + " " + from.expect("sent"), received, "seed " + Streams.SEED);
                return rate;
            }
        }
    }

    private static double megabitsSince(long start) {
        return Math.round(LENGTH * 8e3 / (System.nanoTime() - start));
    }
}
