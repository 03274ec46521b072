// SPDX-License-Identifier: MIT
package io.pktkit.slirp.internal;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.pktkit.vtcp.TcpConfig;
import org.junit.jupiter.api.Test;

class BridgeBuffersTest {
    private static final int FULL = 256 << 10;
    private static final long BUDGET = 32 << 20;

    private final BridgeBuffers buffers = new BridgeBuffers(
            TcpConfig.builder()
                    .sendBuffer(FULL)
                    .receiveBuffer(FULL)
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
        assertEquals(FULL / 4, buffers.of(65).sendBuffer());
        assertEquals(FULL / 16, buffers.of(257).receiveBuffer());
        assertEquals(4096, buffers.of(16384).sendBuffer());
    }

    @Test
    void shouldKeepTheWorstCaseWithinThreeBudgetsAndTheSmallest() {
        long held = 0;
        int connections = 16384;
        for (int i = 1; i <= connections; i++) {
            held += buffers.of(i).sendBuffer() + buffers.of(i).receiveBuffer();
        }

        assertTrue(held <= 3 * BUDGET + connections * 2L * 4096, "held=" + held);
    }

    @Test
    void shouldNotGrowWhatTheUserSetSmall() {
        BridgeBuffers small = new BridgeBuffers(
                TcpConfig.builder().sendBuffer(2048).receiveBuffer(2048).build(), 0);

        assertEquals(2048, small.of(1).sendBuffer());
        assertEquals(2048, small.of(16384).receiveBuffer());
    }
}
