// SPDX-License-Identifier: MIT
package io.pktkit.interop.tcp;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.pktkit.interop.NeedsPeer;
import io.pktkit.vtcp.IsnSource;
import io.pktkit.vtcp.MtuProbing;
import io.pktkit.vtcp.TcpConfig;
import io.pktkit.vtcp.TcpInfo;
import io.pktkit.wire.IpFamily;
import java.io.IOException;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;

/** Transfers over a router of the kernel's that loses packets, or takes only smaller ones. */
@NeedsPeer({"ip", "python3", "nft", "sysctl"})
@Timeout(300)
class PathTest {
    private static final int LENGTH = 8 << 20;
    /** A probe is tried once in a window of data, and the search is to end before the stream does. */
    private static final TcpConfig SMALL_WINDOWS =
            TcpConfig.builder().sendBuffer(1 << 17).build();

    private static final TcpConfig ALWAYS_PROBING =
            SMALL_WINDOWS.toBuilder().mtuProbing(MtuProbing.ALWAYS).build();

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

    /** Both senders start with segments that vanish; Linux gives way after its third timeout. */
    @ParameterizedTest(name = "{0}, {1} bytes")
    @CsvSource({"IPV4, 1400", "IPV6, 1400", "IPV6, 1280"})
    void shouldFindTheSizeOfABlackHoleBothWays(IpFamily family, int limit) throws IOException {
        network.runOnHost("sysctl -w net.ipv4.tcp_mtu_probing=1");
        network.swallow(limit);

        TcpInfo info = exchange(family);

        assertFound(limit, info);
        assertEquals(1, info.mtuSearch().blackHoles(), info.toString());
        assertTrue(network.lost() > 10, "the router has dropped " + network.lost());
    }

    /** Below the base there are so many sizes to try that this transfer does not reach the end of the search. */
    @Test
    void shouldPassBelowTheBase() throws IOException {
        network.runOnHost("sysctl -w net.ipv4.tcp_mtu_probing=1");
        network.swallow(600);

        TcpInfo info = exchange(IpFamily.IPV4);

        assertTrue(info.negotiated().pathMtu() >= 552 && info.negotiated().pathMtu() <= 600, info.toString());
        assertEquals(2, info.mtuSearch().blackHoles(), info.toString());
    }

    @ParameterizedTest(name = "{0}, {1} bytes")
    @CsvSource({"IPV4, 1400", "IPV6, 1350", "IPV4, 1500"})
    void shouldFindTheSizeFromBelow(IpFamily family, int limit) throws IOException {
        network.runOnHost("sysctl -w net.ipv4.tcp_mtu_probing=2");
        network.swallow(limit);

        TcpInfo info = exchange(family, ALWAYS_PROBING);

        assertFound(limit, info);
        assertEquals(0, info.mtuSearch().blackHoles(), info.toString());
        assertNoTimeoutForALoss(info);
    }

    @ParameterizedTest
    @EnumSource(IpFamily.class)
    void shouldTakeARoutersWordForTheSizeOfAProbe(IpFamily family) throws IOException {
        network.narrow(family, 98, "fork");

        TcpInfo info = exchange(family, ALWAYS_PROBING);

        assertEquals(1400, info.negotiated().pathMtu(), info.toString());
        assertNoTimeoutForALoss(info);
    }

    /** One that a busy machine lets fire before it looks at what has come is taken back. */
    private static void assertNoTimeoutForALoss(TcpInfo info) {
        assertTrue(info.counters().timeouts() <= info.counters().undos(), info.toString());
    }

    private static void assertFound(int limit, TcpInfo info) {
        int found = info.negotiated().pathMtu();
        assertTrue(found <= limit && found > limit - 8, "of " + limit + " found " + found + ": " + info);
    }

    /** Our stream up to its end, and then that of Linux. */
    private TcpInfo exchange(IpFamily family) throws IOException {
        return exchange(family, SMALL_WINDOWS);
    }

    private TcpInfo exchange(IpFamily family, TcpConfig settings) throws IOException {
        try (LinuxPeer linux = network.listening(family, "", "eof", "send:" + LENGTH + ":" + Streams.SEED)) {
            EngineTransfer transfer = new EngineTransfer(LENGTH, Streams.SEED);
            ours.connect(settings, RoutedNetwork.linux(family), linux.port(), transfer);

            assertEquals(LENGTH + " " + transfer.sent(), linux.expect("received"), "seed " + Streams.SEED);
            assertEquals(LENGTH + " " + linux.expect("sent"), transfer.received(), "seed " + Streams.SEED);
            return ours.info(transfer);
        }
    }
}
