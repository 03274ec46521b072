// SPDX-License-Identifier: MIT
package io.pktkit.vtcp.internal.congestion;

import static org.junit.jupiter.api.Assertions.assertEquals;

import io.pktkit.vtcp.CongestionAlgorithm;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** A window that was cut without a loss: what was acknowledged under the old one is no part of a step of the new one. */
class RestartTest {
    private static final long MS = 1_000_000L;
    private static final int MSS = 1000;

    /** Almost a step further, where a window of a thousand segments takes steps of one. */
    private static CongestionControl almostGrown(CongestionAlgorithm algorithm) {
        CongestionControl control = CongestionControl.of(algorithm, 1);
        control.start(MSS, 10 * MSS);
        control.onLoss(10 * MSS, 0);
        control.onRecovered();
        control.setWindow(1000 * MSS);
        for (int i = 0; i < 100; i++) {
            control.onAck(MSS, 100 * MS, 0);
        }
        return control;
    }

    @ParameterizedTest
    @EnumSource(names = {"NEW_RENO", "CUBIC", "HIGH_SPEED"})
    void shouldCountAnewAfterAPause(CongestionAlgorithm algorithm) {
        CongestionControl control = almostGrown(algorithm);

        control.onIdle(1000 * MS, 10 * MSS);
        control.onAck(MSS, 100 * MS, 1000 * MS);

        assertEquals(10 * MSS, control.window(), MSS);
    }

    @ParameterizedTest
    @EnumSource(names = {"NEW_RENO", "CUBIC", "HIGH_SPEED"})
    void shouldCountAnewAfterAWindowWasNotUsed(CongestionAlgorithm algorithm) {
        CongestionControl control = almostGrown(algorithm);

        control.revalidate(10 * MSS, 10 * MSS);
        control.onAck(MSS, 100 * MS, 1000 * MS);

        assertEquals(10 * MSS, control.window(), MSS);
    }
}
