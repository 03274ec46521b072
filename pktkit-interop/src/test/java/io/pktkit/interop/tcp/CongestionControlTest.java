// SPDX-License-Identifier: MIT
package io.pktkit.interop.tcp;

import static org.junit.jupiter.api.Assertions.assertAll;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.pktkit.impair.Direction;
import io.pktkit.impair.ImpairedLink;
import io.pktkit.impair.Impairment;
import io.pktkit.interop.NeedsPeer;
import io.pktkit.vtcp.CongestionAlgorithm;
import io.pktkit.vtcp.IsnSource;
import io.pktkit.vtcp.TcpConfig;
import io.pktkit.wire.IpFamily;
import io.pktkit.wire.Packet;
import java.io.IOException;
import java.time.Duration;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Each congestion control of either end as the sender, through a bottleneck whose queue they overrun or keep short. */
@NeedsPeer({"ip", "python3"})
@Timeout(300)
class CongestionControlTest {
    private static final int LENGTH = 6 << 20;
    private static final Duration ONE_WAY = Duration.ofMillis(5);
    /** 10 ms at 100 Mbit/s are 83 full packets on the way, and twice as many may wait. */
    private static final Impairment BOTTLENECK =
            Impairment.none().delay(ONE_WAY).rate(100_000_000).queue(83 + 166, 16 << 20);

    @ParameterizedTest(name = "{0} of Linux, we dial {1}")
    @CsvSource({"cubic, true", "cubic, false", "reno, true", "reno, false", "bbr, true", "bbr, false"})
    void shouldTakeWhatLinuxSends(String control, boolean weDial) throws IOException {
        exchange(weDial, false, CongestionAlgorithm.CUBIC, control);
    }

    @ParameterizedTest(name = "our {0}, we dial {1}, {2} of Linux")
    @CsvSource({
        "CUBIC, true, cubic",
        "CUBIC, false, bbr",
        "NEW_RENO, true, reno",
        "HIGH_SPEED, false, cubic",
        "BBR, true, bbr",
        "BBR, false, reno"
    })
    void shouldSendToLinux(CongestionAlgorithm ours, boolean weDial, String control) throws IOException {
        exchange(weDial, true, ours, control);
    }

    private static void exchange(boolean weDial, boolean weSend, CongestionAlgorithm ours, String control)
            throws IOException {
        EngineHost host = new EngineHost(TcpConfig.builder().congestion(ours).build(), IsnSource.random());
        try (TunNetwork network = new TunNetwork(1500, host)) {
            ImpairedLink<Packet> link = network.impair(BOTTLENECK.seed(Streams.SEED));
            BulkExchange bulk = new BulkExchange(IpFamily.IPV4, weDial, weSend, LENGTH, "congestion=" + control);

            BulkExchange.Books books = bulk.run(host, network);

            long lost = link.stats(Direction.SEND).overflowed()
                    + link.stats(Direction.RECEIVE).overflowed();
            String told = books + ", dropped " + lost + ", seed " + Streams.SEED;
            long repeats =
                    books.ours().counters().retransmissions() + books.linux().get("total_retrans");
            assertAll(
                    // No sample can be shorter than the way there and back.
                    () -> assertTrue(books.ours().timing().minimumRttNanos() >= 2 * ONE_WAY.toNanos(), told),
                    () -> assertTrue(books.linux().get("min_rtt") >= 2 * ONE_WAY.toNanos() / 1000, told),
                    () -> assertTrue(repeats >= lost, told),
                    () -> assertEquals(0, books.ours().counters().reneges(), told));
        }
    }
}
