// SPDX-License-Identifier: MIT
package io.pktkit.vtcp.internal.recovery;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.pktkit.device.ByteBudget;
import io.pktkit.vtcp.TcpConfig;
import io.pktkit.vtcp.TcpInfo.RecoveryPhase;
import io.pktkit.vtcp.internal.congestion.FixedControl;
import io.pktkit.vtcp.internal.congestion.RateSample;
import io.pktkit.vtcp.internal.connection.Counters;
import io.pktkit.vtcp.internal.stream.BufferLimit;
import io.pktkit.vtcp.internal.stream.SendSide;
import io.pktkit.vtcp.internal.timing.RttEstimator;
import org.junit.jupiter.api.Test;

/** What a congestion control is told that steers by delivery rate and keeps the window to itself. */
class LossRecoveryHooksTest {
    private static final long MS = 1_000_000L;

    private static final SizeProbe NO_PROBE = new SizeProbe() {
        @Override
        public boolean takeLost(boolean undisturbed) {
            return false;
        }

        @Override
        public boolean abandon() {
            return false;
        }
    };

    private final SendSide send = new SendSide(new BufferLimit(1 << 20, 1 << 20, ByteBudget.shared(), false));
    private final RttEstimator rtt = new RttEstimator(TcpConfig.defaults());
    private final AckFacts facts = new AckFacts();

    private LossRecovery recovery(FixedControl control, int segments) {
        LossRecovery recovery = new LossRecovery(send, control, rtt, new Counters(), NO_PROBE);
        recovery.useSack(true);
        send.mss = 1000;
        send.una = 1;
        send.end = 1 + 1000L * segments;
        send.nxt = send.end;
        rtt.sample(100 * MS, 1, 0);
        for (int i = 0; i < segments; i++) {
            recovery.board().add(1 + 1000L * i, 1000, 0);
        }
        return recovery;
    }

    private void acknowledge(LossRecovery recovery, long at, long ack, long sackStart, long sackEnd) {
        facts.now = at;
        facts.ack = ack;
        facts.acked = ack - send.una;
        recovery.beginAck(facts);
        facts.delivered =
                recovery.board().sack(sackStart, sackEnd) + recovery.board().acknowledge(ack);
        send.acknowledge(ack);
        recovery.onAck(facts);
    }

    @Test
    void shouldTellOnceForEachAcknowledgmentInEveryPhase() {
        FixedControl control = new FixedControl(true);
        LossRecovery recovery = recovery(control, 10);

        acknowledge(recovery, 100 * MS, 1001, 0, 0);
        acknowledge(recovery, 101 * MS, 1001, 2001, 6001);
        assertEquals(RecoveryPhase.RECOVERY, recovery.phase());
        assertEquals(1000, control.newlyLost);
        assertEquals(4000, control.inFlight); // the loss is taken off already
        acknowledge(recovery, 102 * MS, 1001, 2001, 6001);
        assertEquals(2, control.samples, "nothing new");
        recovery.onTimeout(false, 500 * MS);
        acknowledge(recovery, 510 * MS, 6001, 0, 0);
        assertEquals(RecoveryPhase.LOSS, recovery.phase());
        assertEquals(5000, control.newlyLost);
        acknowledge(recovery, 520 * MS, 10_001, 0, 0);

        assertEquals(RecoveryPhase.OPEN, recovery.phase());
        assertEquals(4, control.samples);
        assertEquals(10_000, control.newlyAcked);
    }

    @Test
    void shouldLeaveTheWindowToAControlThatOwnsIt() {
        FixedControl owner = new FixedControl(true);
        acknowledge(recovery(owner, 10), 100 * MS, 1, 1001, 6001);
        FixedControl other = new FixedControl(false);
        acknowledge(recovery(other, 10), 100 * MS, 1, 1001, 6001);

        assertEquals(0, owner.windowsSet);
        assertTrue(other.windowsSet > 0);
    }

    @Test
    void shouldUndoNothingOfBeforeAMarkWhenTheLossAfterItTimesOut() {
        FixedControl control = new FixedControl(false);
        LossRecovery recovery = recovery(control, 10);

        facts.congested = true;
        acknowledge(recovery, 100 * MS, 1001, 0, 0);
        facts.congested = false;
        acknowledge(recovery, 110 * MS, 1001, 2001, 6001); // of the same data, so that the cut for the mark is enough
        assertEquals(RecoveryPhase.RECOVERY, recovery.phase());
        assertEquals(0, control.remembered);
        recovery.onTimeout(false, 500 * MS);

        assertEquals(0, control.undos, "there was nothing to go back to");
        assertEquals(1, control.remembered);
    }

    @Test
    void shouldNotLeaveTheFirstRepeatToThePacer() {
        LossRecovery recovery = recovery(new FixedControl(false), 10);
        assertFalse(recovery.isUrgent());

        acknowledge(recovery, 100 * MS, 1, 1001, 6001);
        assertTrue(recovery.isUrgent());
        recovery.onSent(1000);
        assertFalse(recovery.isUrgent());

        recovery.onTimeout(false, 500 * MS);
        assertTrue(recovery.isUrgent());
        recovery.onSent(1000);
        assertFalse(recovery.isUrgent());
    }

    @Test
    void shouldMeasureTheRateFromWhenEachSegmentWasSent() {
        FixedControl control = new FixedControl(true);
        LossRecovery recovery = recovery(control, 2);
        acknowledge(recovery, 100 * MS, 1001, 0, 0);
        recovery.board().add(2001, 1000, 100 * MS);
        send.nxt = 3001;

        acknowledge(recovery, 250 * MS, 3001, 0, 0);

        assertEquals(150 * MS, control.interval);
        assertEquals(13_333, control.rate); // two segments in 150 ms
    }

    @Test
    void shouldTellOfALossWithoutASegmentThatArrived() {
        FixedControl control = new FixedControl(true);
        LossRecovery recovery = recovery(control, 10);
        acknowledge(recovery, 100 * MS, 1001, 2001, 3001);
        assertTrue(control.rate > 0);

        acknowledge(recovery, 130 * MS, 1001, 2001, 3001);

        assertEquals(1000, control.newlyLost);
        assertEquals(RateSample.NO_SEGMENT, control.priorDelivered);
        assertEquals(0, control.rate);
    }

    @Test
    void shouldCutOnceFromTheOldWindowWhenATimeoutFollowsARecoveryThatRepairedNothing() {
        FixedControl idle = new FixedControl(false);
        LossRecovery recovery = recovery(idle, 10);
        acknowledge(recovery, 100 * MS, 1, 1001, 6001);
        recovery.onTimeout(false, 400 * MS);
        assertEquals(1, idle.undos);

        FixedControl advancing = new FixedControl(false);
        recovery = recovery(advancing, 10);
        acknowledge(recovery, 100 * MS, 1, 2001, 6001);
        acknowledge(recovery, 200 * MS, 1001, 0, 0);
        recovery.onTimeout(false, 400 * MS);
        assertEquals(0, advancing.undos);
    }

    @Test
    void shouldTellOfSilenceOnlyWhenNothingIsInFlightOrUnrepaired() {
        FixedControl control = new FixedControl(false);
        LossRecovery recovery = recovery(control, 3);
        assertTrue(control.sack);
        recovery.trim(true);
        assertEquals(0, control.silences);

        acknowledge(recovery, 100 * MS, 3001, 0, 0);
        recovery.trim(true);

        assertEquals(1, control.silences);
    }

    @Test
    void shouldNotTakeBackWhatAnOwnerOfTheWindowLearntFromALossThatATimeoutConfirms() {
        FixedControl owner = new FixedControl(true);
        LossRecovery recovery = recovery(owner, 10);
        acknowledge(recovery, 100 * MS, 1, 1001, 6001);
        assertEquals(1, owner.remembered);

        recovery.onTimeout(false, 400 * MS);

        assertEquals(0, owner.undos);
        assertEquals(1, owner.remembered);
    }

    @Test
    void shouldNotTellOfTheLossesOfATimeoutThatProvesSpurious() {
        FixedControl control = new FixedControl(true);
        LossRecovery recovery = recovery(control, 10);
        recovery.onTimeout(false, 500 * MS);
        recovery.onRepeat(0, 500 * MS);
        recovery.board().resent(0, 500 * MS);

        facts.hasEcho = true; // of the first transmission
        facts.echoedAt = 0;
        acknowledge(recovery, 510 * MS, 2001, 0, 0);

        assertEquals(1, control.undos);
        assertEquals(2000, control.newlyAcked);
        assertEquals(0, control.newlyLost);
    }
}
