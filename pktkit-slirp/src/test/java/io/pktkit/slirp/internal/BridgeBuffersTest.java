// SPDX-License-Identifier: MIT
package io.pktkit.slirp.internal;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.pktkit.device.ByteBudget;
import io.pktkit.vtcp.TcpConfig;
import org.junit.jupiter.api.Test;

class BridgeBuffersTest {
    private static final int FULL = 256 << 10;
    private static final int MOST = 4 << 20;
    private static final long BUDGET = 32 << 20;

    private final BridgeBuffers buffers = new BridgeBuffers(
            TcpConfig.builder()
                    .sendBuffer(FULL)
                    .sendBufferMax(MOST)
                    .receiveBuffer(FULL)
                    .receiveBufferMax(MOST)
                    .noDelay(true)
                    .build(),
            BUDGET);

    @Test
    void shouldGiveFewConnectionsAllTheyWant() {
        assertEquals(FULL, buffers.of(1).sendBuffer());
        assertEquals(FULL, buffers.of(64).receiveBuffer());
        assertTrue(buffers.of(1).noDelay(), "the other settings stay");
    }

    @Test
    void shouldGiveLessTheMoreThereAre() {
        assertEquals(FULL / 8, buffers.of(65).sendBuffer());
        assertEquals(FULL / 8, buffers.of(512).receiveBuffer());
        assertEquals(4096, buffers.of(16384).sendBuffer());
    }

    @Test
    void shouldKeepTheWorstCaseWithinThreeBudgetsAndTheSmallest() {
        long held = buffers.of(1).memory().limit();
        int connections = 16384;
        for (int i = 1; i <= connections; i++) {
            held += buffers.of(i).sendBuffer() + buffers.of(i).receiveBuffer();
        }

        assertTrue(held <= 3 * BUDGET + connections * 2L * 4096, "held=" + held);
    }

    @Test
    void shouldLetAllGrowFromOneBudgetWhateverTheyBeginWith() {
        assertSame(buffers.of(1).memory(), buffers.of(16384).memory());
        assertEquals(BUDGET, buffers.of(1).memory().limit());
        assertEquals(MOST, buffers.of(1).sendBufferMax());
        assertEquals(MOST, buffers.of(16384).receiveBufferMax());
    }

    @Test
    void shouldUseTheBudgetThatTheUserGave() {
        ByteBudget given = new ByteBudget(1000);

        assertSame(
                given,
                new BridgeBuffers(TcpConfig.builder().memory(given).build(), 0)
                        .of(1)
                        .memory());
    }

    @Test
    void shouldNotGrowWhatIsNotToGrow() {
        BridgeBuffers fixed =
                new BridgeBuffers(TcpConfig.builder().autoTune(false).build(), 0);

        assertEquals(1 << 14, fixed.of(16384).sendBuffer());
        assertEquals(1 << 14, fixed.of(16384).sendBufferMax());
    }

    @Test
    void shouldNotGrowWhatTheUserSetSmall() {
        BridgeBuffers small = new BridgeBuffers(
                TcpConfig.builder().sendBuffer(2048).receiveBuffer(2048).build(), 0);

        assertEquals(2048, small.of(1).sendBuffer());
        assertEquals(2048, small.of(16384).receiveBuffer());
    }
}
