// SPDX-License-Identifier: MIT
package io.pktkit.interop.tcp;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.pktkit.device.ByteBudget;
import io.pktkit.impair.Impairment;
import io.pktkit.interop.NeedsPeer;
import io.pktkit.vtcp.IsnSource;
import io.pktkit.vtcp.TcpConfig;
import io.pktkit.vtcp.TcpInfo;
import io.pktkit.wire.IpFamily;
import java.io.IOException;
import java.time.Duration;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Transfers with Linux over 50 ms, which is more than the initial buffers fill. */
@NeedsPeer({"ip", "python3"})
@Timeout(300)
class BufferGrowthTest {
    private static final int LENGTH = 32 << 20;
    private static final int INITIAL = 256 << 10;

    private final ByteBudget memory = new ByteBudget(64 << 20);
    private EngineHost ours;
    private TunNetwork network;

    @BeforeEach
    void bringUp() throws IOException {
        TcpConfig config = TcpConfig.builder()
                .sendBuffer(INITIAL)
                .sendBufferMax(8 << 20)
                .receiveBuffer(INITIAL)
                .receiveBufferMax(8 << 20)
                .timeWait(Duration.ZERO)
                .memory(memory)
                .build();
        ours = new EngineHost(config, IsnSource.random());
        Impairment far = Impairment.none().delay(Duration.ofMillis(25)).queue(20_000, 64 << 20);
        network = new TunNetwork(1500, ours);
        network.impair(far);
    }

    @AfterEach
    void tearDown() {
        network.close();
    }

    @ParameterizedTest
    @EnumSource(IpFamily.class)
    void shouldOpenTheWindowForLinux(IpFamily family) throws IOException {
        try (LinuxPeer linux = network.listening(family, "", "send:" + LENGTH + ":" + Streams.SEED, "shut", "eof")) {
            EngineTransfer transfer = new EngineTransfer(0, Streams.SEED);
            ours.connect(TunNetwork.linux(family), linux.port(), transfer);

            String received = transfer.received();

            assertEquals(LENGTH + " " + linux.expect("sent"), received, "seed " + Streams.SEED);
            TcpInfo info = ours.info(transfer);
            assertTrue(info.queues().receiveWindow() >= 2 * INITIAL, info.toString());
            assertGrownAndGivenBack(info);
        }
    }

    @ParameterizedTest
    @EnumSource(IpFamily.class)
    void shouldQueueMoreForLinux(IpFamily family) throws IOException {
        try (LinuxPeer linux = network.listening(family, "", "eof")) {
            EngineTransfer transfer = new EngineTransfer(LENGTH, Streams.SEED);
            ours.connect(TunNetwork.linux(family), linux.port(), transfer);

            assertEquals(LENGTH + " " + transfer.sent(), linux.expect("received"), "seed " + Streams.SEED);
            transfer.received();
            assertGrownAndGivenBack(ours.info(transfer));
        }
    }

    private void assertGrownAndGivenBack(TcpInfo info) {
        assertTrue(memory.peak() >= INITIAL, memory + " " + info);
        assertEquals(0, info.buffers().grown(), info.toString());
        assertEquals(0, memory.used());
    }
}
