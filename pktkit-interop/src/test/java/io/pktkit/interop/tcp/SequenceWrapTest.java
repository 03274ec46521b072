// SPDX-License-Identifier: MIT
package io.pktkit.interop.tcp;

import static org.junit.jupiter.api.Assertions.assertEquals;

import io.pktkit.interop.NeedsPeer;
import io.pktkit.vtcp.IsnSource;
import io.pktkit.vtcp.TcpConfig;
import io.pktkit.wire.IpFamily;
import java.io.IOException;
import java.time.Duration;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;

/** Sequence numbers that pass zero at once, in mid-transfer, and just past the sign bit. */
@NeedsPeer({"ip", "python3"})
@Timeout(300)
class SequenceWrapTest {
    private static final int LENGTH = 8 << 20;
    private static final long HUGE = (1L << 32) + (64 << 20);
    private static final Duration LONG = Duration.ofMinutes(5);

    @ParameterizedTest(name = "{0}, we dial {1}")
    @CsvSource({
        "-1, true",
        "-2, true",
        "-700, true",
        "-4194304, true",
        "2147483647, true",
        "2143289343, true",
        "-1, false",
        "-4194304, false",
        "2143289343, false"
    })
    void shouldPassTheWrap(int isn, boolean weDial) throws IOException {
        EngineHost host = new EngineHost(TcpConfig.builder().build(), (tuple, now) -> isn);
        try (TunNetwork network = new TunNetwork(1500, host)) {
            new BulkExchange(IpFamily.IPV4, weDial, true, LENGTH, "").run(host, network);
        }
    }

    /** More than the sequence space, on one connection, each way: no count may be one of 32 bits. */
    @ParameterizedTest
    @EnumSource(IpFamily.class)
    @Tag("long")
    @Timeout(600)
    void shouldPassTheWholeSequenceSpaceBothWays(IpFamily family) throws IOException {
        EngineHost host = new EngineHost(TcpConfig.builder().mtu(9000).build(), IsnSource.random());
        try (TunNetwork network = new TunNetwork(9000, host)) {
            network.setPeerLimit(LONG);
            try (LinuxPeer linux =
                    network.listening(family, "", "eof", "send:" + HUGE + ":" + Streams.SEED, "shut", "over", "info")) {
                EngineTransfer transfer = new EngineTransfer(HUGE, Streams.SEED).within(LONG);

                host.connect(TunNetwork.linux(family), linux.port(), transfer);

                assertEquals(HUGE + " " + transfer.sent(), linux.expect("received"), "seed " + Streams.SEED);
                assertEquals(HUGE + " " + linux.expect("sent"), transfer.received(), "seed " + Streams.SEED);
                LinuxInfo info = LinuxInfo.parse(linux.expect("info"));
                transfer.awaitOver();
                info.assertSettled(host.info(transfer), HUGE, HUGE, false);
            }
        }
    }
}
