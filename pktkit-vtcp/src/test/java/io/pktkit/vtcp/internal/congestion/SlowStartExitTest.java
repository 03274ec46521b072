// SPDX-License-Identifier: MIT
package io.pktkit.vtcp.internal.congestion;

import static org.junit.jupiter.api.Assertions.assertEquals;

import io.pktkit.vtcp.CongestionAlgorithm;
import io.pktkit.vtcp.TcpInfo.SlowStart;
import io.pktkit.vtcp.TcpInfo.SlowStartExit;
import io.pktkit.vtcp.TcpInfo.SlowStartPhase;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** What the controls with a threshold tell of their first slow start. */
class SlowStartExitTest {
    private static final long MS = 1_000_000L;
    private static final int MSS = 1000;
    private static final SlowStart GOING_ON = new SlowStart(SlowStartPhase.STANDARD, SlowStartExit.NONE, 0, 0);

    private static CongestionControl started(CongestionAlgorithm algorithm) {
        CongestionControl control = CongestionControl.of(algorithm, 1);
        control.start(MSS, 20 * MSS);
        assertEquals(GOING_ON, control.slowStart());
        return control;
    }

    private static SlowStart ended(SlowStartExit exit, int window) {
        return new SlowStart(SlowStartPhase.ENDED, exit, window, 0);
    }

    @ParameterizedTest
    @EnumSource(mode = EnumSource.Mode.EXCLUDE, names = "BBR")
    void shouldTellALossAndTheWindowThatItMet(CongestionAlgorithm algorithm) {
        CongestionControl control = started(algorithm);

        control.onLoss(15 * MSS, 0);

        assertEquals(ended(SlowStartExit.LOSS, 20 * MSS), control.slowStart());
    }

    @ParameterizedTest
    @EnumSource(mode = EnumSource.Mode.EXCLUDE, names = "BBR")
    void shouldTellMarksAndTheWindowThatTheyMet(CongestionAlgorithm algorithm) {
        CongestionControl control = started(algorithm);

        control.onCongestionExperienced(15 * MSS, 0);

        assertEquals(ended(SlowStartExit.ECN, 20 * MSS), control.slowStart());
    }

    @ParameterizedTest
    @EnumSource(mode = EnumSource.Mode.EXCLUDE, names = "BBR")
    void shouldTellATimeoutAndTheWindowThatItMet(CongestionAlgorithm algorithm) {
        CongestionControl control = started(algorithm);

        control.onTimeout(15 * MSS, false, 0);

        assertEquals(ended(SlowStartExit.TIMEOUT, 20 * MSS), control.slowStart());
    }

    @ParameterizedTest
    @EnumSource(mode = EnumSource.Mode.EXCLUDE, names = "BBR")
    void shouldTellTheFirstOfTwo(CongestionAlgorithm algorithm) {
        CongestionControl control = started(algorithm);

        control.onCongestionExperienced(15 * MSS, 0);
        control.onRecovered();
        control.onTimeout(10 * MSS, false, 0);

        assertEquals(ended(SlowStartExit.ECN, 20 * MSS), control.slowStart());
    }

    @ParameterizedTest
    @EnumSource(mode = EnumSource.Mode.EXCLUDE, names = "BBR")
    void shouldTellOfTheSecondIfTheFirstWasNone(CongestionAlgorithm algorithm) {
        CongestionControl control = started(algorithm);

        control.remember();
        control.onLoss(15 * MSS, 0);
        control.undo();
        assertEquals(GOING_ON, control.slowStart());
        control.onTimeout(15 * MSS, false, 0);
        control.remember();
        control.onLoss(5 * MSS, 0);
        control.undo(); // which slow start was over before

        assertEquals(ended(SlowStartExit.TIMEOUT, 20 * MSS), control.slowStart());
    }

    @Test
    void shouldTellThePhasesOfHyStart() {
        CongestionControl control = started(CongestionAlgorithm.CUBIC);
        round(control, 80, 0);
        round(control, 100, 1);
        assertEquals(new SlowStart(SlowStartPhase.CONSERVATIVE, SlowStartExit.NONE, 0, 1), control.slowStart());
        round(control, 85, 2);
        assertEquals(new SlowStart(SlowStartPhase.STANDARD, SlowStartExit.NONE, 0, 1), control.slowStart());

        for (int i = 3; i < 20 && control.slowStart().exit() == SlowStartExit.NONE; i++) {
            round(control, 120, i);
        }

        assertEquals(new SlowStart(SlowStartPhase.ENDED, SlowStartExit.DELAY, 20 * MSS, 2), control.slowStart());
    }

    @Test
    void shouldRememberAcrossSilenceHowOftenHyStartSlowedDown() {
        CongestionControl control = started(CongestionAlgorithm.CUBIC);
        round(control, 80, 0);
        round(control, 100, 1);

        control.onSilence();

        assertEquals(new SlowStart(SlowStartPhase.STANDARD, SlowStartExit.NONE, 0, 1), control.slowStart());
    }

    private static void round(CongestionControl control, long rttMillis, int number) {
        long una = 1 + 10_000L * number;
        for (int i = 0; i < HyStart.N_RTT_SAMPLE; i++) {
            control.onRoundTrip(rttMillis * MS, una, una + 10_000);
        }
    }
}
