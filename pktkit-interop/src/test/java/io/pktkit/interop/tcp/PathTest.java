// SPDX-License-Identifier: MIT
package io.pktkit.interop.tcp;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.pktkit.interop.NeedsPeer;
import io.pktkit.vtcp.IsnSource;
import io.pktkit.vtcp.TcpConfig;
import io.pktkit.vtcp.TcpInfo;
import io.pktkit.wire.IpFamily;
import java.io.IOException;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;

/** Transfers over a router of the kernel's that loses packets, or takes only smaller ones. */
@NeedsPeer({"ip", "python3", "nft", "sysctl"})
@Timeout(60)
class PathTest {
    private static final int LENGTH = 8 << 20;

    private EngineHost ours;
    private RoutedNetwork network;

    @BeforeEach
    void bringUp() throws IOException {
        ours = new EngineHost(TcpConfig.builder().build(), IsnSource.random());
        network = new RoutedNetwork(ours);
    }

    @AfterEach
    void tearDown() {
        network.close();
    }

    @ParameterizedTest(name = "{0}, one in {1}")
    @CsvSource({"IPV4, 100", "IPV6, 100", "IPV4, 20"})
    void shouldRepairLossBothWays(IpFamily family, int oneIn) throws IOException {
        network.lose(oneIn);

        TcpInfo info = exchange(family);

        assertTrue(network.lost() > 10, "the router has dropped " + network.lost());
        assertTrue(info.counters().retransmissions() > 0, info.toString());
        assertTrue(info.counters().outOfOrderSegments() > 0, info.toString());
    }

    @ParameterizedTest
    @EnumSource(IpFamily.class)
    void shouldRepairLossWithoutSackAndTimestamps(IpFamily family) throws IOException {
        network.runOnHost("sysctl -w net.ipv4.tcp_sack=0 net.ipv4.tcp_timestamps=0");
        network.lose(100);

        TcpInfo info = exchange(family);

        assertTrue(info.counters().retransmissions() > 0, info.toString());
    }

    @ParameterizedTest
    @EnumSource(IpFamily.class)
    void shouldSendLessAfterPacketTooBig(IpFamily family) throws IOException {
        network.narrow(family, 98, "fork");

        TcpInfo info = exchange(family);

        assertEquals(1400, info.negotiated().pathMtu(), info.toString());
    }

    @ParameterizedTest
    @EnumSource(IpFamily.class)
    void shouldTakeWhatLinuxSendsAfterPacketTooBig(IpFamily family) throws IOException {
        network.narrow(family, 99, "tn");

        TcpInfo info = exchange(family);

        assertEquals(1500, info.negotiated().pathMtu(), info.toString());
    }

    /** Our stream up to its end, and then that of Linux. */
    private TcpInfo exchange(IpFamily family) throws IOException {
        try (LinuxPeer linux = network.listening(family, "", "eof", "send:" + LENGTH + ":" + Streams.SEED)) {
            EngineTransfer transfer = new EngineTransfer(LENGTH, Streams.SEED);
            ours.connect(RoutedNetwork.linux(family), linux.port(), transfer);

            assertEquals(LENGTH + " " + transfer.sent(), linux.expect("received"), "seed " + Streams.SEED);
            assertEquals(LENGTH + " " + linux.expect("sent"), transfer.received(), "seed " + Streams.SEED);
            return ours.info(transfer);
        }
    }
}
