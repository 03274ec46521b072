// SPDX-License-Identifier: MIT
package io.pktkit.vtcp;

import static io.pktkit.vtcp.Script.config;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.Test;

/**
 * Congestion window validation, RFC 7661. The round trip is 100 ms, so that pipeACK looks back over a second and the
 * timeout is 300 ms. Segments are of 1000 bytes, and the initial window is 10,000.
 */
class ValidationScriptTest {
    private static final String SACK = "mss 1000,sackOK";
    private static final int NVP = 300_000;

    private Script s = Script.established(config().build(), SACK);
    private int una = 1;

    private void open(TcpConfigBuilder config) {
        s = Script.established(config.build(), SACK);
    }

    /** Sends this much at once, and has it acknowledged segment by segment a round trip later. */
    private void round(int bytes) {
        s.write(bytes).drop().pause(100);
        acknowledge(bytes);
    }

    private void acknowledge(int bytes) {
        for (int rest = bytes; rest > 0; rest -= 1000) {
            una += Math.min(1000, rest);
            s.injectMore(". 1:1(0) ack " + una).drop();
        }
    }

    /** Little is sent, but more often than once a timeout. */
    private void trickle(int millis) {
        for (int i = 0; i < millis; i += 250) {
            s.pause(150);
            round(100);
        }
    }

    /** A window of 21,000, of which 10,000 were used in the last round trip but one. */
    private void used() {
        round(10_000);
        assertWindow(20_000);
        round(1000);
        assertWindow(21_000);
    }

    /** Sends five segments, of which the first is lost, and repairs that. */
    private void loseOneOfFive() {
        s.write(5000).drop().pause(100);
        loseFirstOf(5000);
    }

    private void loseFirstOf(int bytes) {
        s.inject(". 1:1(0) ack " + una + " <sack " + (una + 1000) + ":" + (una + bytes) + ">")
                .expect(". " + una + ":" + (una + 1000) + "(1000)")
                .drop();
        s.pause(100);
        una += bytes;
        s.injectMore(". 1:1(0) ack " + una).drop();
    }

    private int window() {
        return s.info().congestion().window();
    }

    private int threshold() {
        return s.info().congestion().slowStartThreshold();
    }

    private void assertWindow(int expected) {
        assertEquals(expected, window());
    }

    // -- growth
    // ----------------------------------------------------------------------------------------------------------------

    @Test
    void shouldGrowWhileTheWindowIsFull() {
        round(10_000);
        assertWindow(20_000);
        round(20_000);
        assertWindow(40_000);
    }

    @Test
    void shouldGrowUntilTwiceWhatIsUsed() {
        for (int i = 0; i < 20; i++) {
            round(6000);
        }

        assertWindow(13_000); // at 12,000 half of it was used
    }

    @Test
    void shouldGrowSoAboveTheThresholdToo() {
        s.write(10_000).drop().pause(100);
        loseFirstOf(10_000);
        assertWindow(5000);

        for (int i = 0; i < 20; i++) {
            round(3000);
        }

        assertWindow(7000);
    }

    @Test
    void shouldNotGrowWhatIsNotUsed() {
        used();
        for (int i = 0; i < 30; i++) {
            round(9000);
        }

        assertWindow(21_000);
    }

    @Test
    void shouldGrowAgainAtOnceWhenTheWindowIsFilled() {
        used();
        trickle(3000);

        s.write(100_000).drop().pause(100);
        acknowledge(1000);

        assertWindow(22_000); // although the round trip with the full window is yet to be measured
    }

    @Test
    void shouldTakeAWindowThatIsPacedForFull() {
        open(config().pacing(true).slowStartAfterIdle(false));
        round(10_000);
        s.pause(10_000);
        assertWindow(20_000);

        s.write(100_000).drop().pause(10);
        assertTrue(
                s.info().congestion().inFlight() < 10_000,
                "not held: " + s.info().congestion());
        acknowledge(1000);

        assertWindow(21_000);
    }

    @Test
    void shouldTakeASenderWithAFullBufferForLimitedByTheApplication() {
        open(config().sendBuffer(16_000));
        for (int i = 0; i < 20; i++) {
            round(16_000);
        }

        assertWindow(33_000);
    }

    // -- pipeACK
    // ----------------------------------------------------------------------------------------------------------------

    @Test
    void shouldCutFromWhatWasInFlightBeforeARoundTripWasMeasured() {
        s.write(4000).drop().pause(100);
        loseFirstOf(4000);

        assertWindow(2000); // and not half of what is left when the repeat is taken off
    }

    @Test
    void shouldNotJudgeAFlightByItsFirstAcknowledgment() {
        round(8000);

        assertWindow(17_000); // from 10,000 on half was in flight, and the last of eight found less
    }

    @Test
    void shouldCutFromPipeAckIfItIsMore() {
        used();

        loseOneOfFive();

        // half of the 10,000 of before, the 1000 that were repeated taken off
        assertWindow(4500);
        assertEquals(4500, threshold());
    }

    @Test
    void shouldCutFromWhatIsInFlightIfItIsMore() {
        used();
        trickle(1250);

        loseOneOfFive();

        assertWindow(2000);
    }

    @Test
    void shouldRememberASampleForASecond() {
        used();
        trickle(500);

        loseOneOfFive();

        assertWindow(4500);
    }

    @Test
    void shouldRememberASampleForThreeRoundTripsIfThatIsMore() {
        s = Script.connect(config().build()).drop().at(900);
        s.inject("S. 0:0(0) ack 1 win 65535 <" + SACK + ">").drop();
        for (int bytes : new int[] {10_000, 1000}) {
            s.write(bytes).drop().pause(900);
            acknowledge(bytes);
        }
        assertWindow(21_000);

        s.write(5000).drop().pause(900);
        s.inject(". 1:1(0) ack " + una + " <sack " + (una + 1000) + ":" + (una + 5000) + ">");

        assertEquals(5000, threshold());
    }

    @Test
    void shouldMeasureAnewAfterRecovery() {
        used();
        trickle(1250);
        s.write(16_000).drop().pause(100);
        loseFirstOf(16_000);
        assertWindow(7500);

        s.write(4000).drop().pause(100);
        loseFirstOf(4000);

        assertWindow(2000); // half of what was in flight: that little was used before tells nothing of the new window
    }

    @Test
    void shouldCutAValidatedWindowFromWhatIsInFlight() {
        round(10_000);
        assertWindow(20_000);

        loseOneOfFive();

        assertWindow(2500); // of 5000, with nothing taken off
    }

    @Test
    void shouldTakeSlowStartOfAFullWindowForValidated() {
        open(config().pacing(true));
        s.write(100_000).drop().pause(100);
        acknowledge(10_000);
        s.pause(100).drop();
        acknowledge(6000);
        assertWindow(26_000); // of which 10,000 were acknowledged in the round trip before
        int flight = (int) s.info().congestion().inFlight();

        loseFirstOf(flight);

        assertWindow(flight / 2); // the one that was repeated is not taken off
    }

    // -- congestion in the non-validated phase
    // ----------------------------------------------------------------------------------------------------------------

    @Test
    void shouldTakeOffAllThatWasRepeatedButOnlyOnce() {
        used();
        s.write(8000).drop().pause(100);
        s.inject(". 1:1(0) ack " + una + " <sack " + (una + 3000) + ":" + (una + 8000) + ">");
        assertEquals(5000, threshold());
        s.drop().pause(100);
        // the first of the three repeats is lost, and repeated once more
        s.injectMore(". 1:1(0) ack " + una + " <sack " + (una + 1000) + ":" + (una + 8000) + ">");
        s.pause(30).drop().pause(70);
        una += 8000;
        s.injectMore(". 1:1(0) ack " + una).drop();

        assertEquals(4, s.info().counters().retransmissions());
        assertWindow(3500);
    }

    @Test
    void shouldKeepOneSegmentWhenAllWasRepeated() {
        used();
        trickle(1250);
        s.write(4000).drop().pause(100);
        s.inject(". 1:1(0) ack " + una + " <sack " + (una + 3000) + ":" + (una + 4000) + ">");
        s.pause(130).drop(); // a quarter of a round trip is left to reordering
        acknowledge(1000);
        s.pause(100);
        acknowledge(3000);

        assertEquals(3, s.info().counters().retransmissions());
        assertWindow(1000); // a quarter of the threshold of 2000 would be less
    }

    @Test
    void shouldAnswerAMarkFromPipeAckToo() {
        s = Script.connect(config().ecn(EcnMode.CLASSIC).build()).drop();
        s.at(100).inject("SE. 0:0(0) ack 1 win 65535 <" + SACK + ">").drop();
        used();

        s.write(5000).drop().pause(100);
        una += 1000;
        s.injectMore("E. 1:1(0) ack " + una);
        acknowledge(4000);

        assertWindow(8000); // 0.8 of 10,000 (RFC 8511), and nothing was lost
    }

    @Test
    void shouldAnswerATimeoutAsEver() {
        used();
        s.write(5000).drop().pause(600);

        assertEquals(1, s.info().counters().timeouts());
        assertWindow(1000);
        assertEquals(2500, threshold());
    }

    @Test
    void shouldTakeNothingOffForWhatATimeoutRepeats() {
        used();
        s.write(5000).drop().pause(100);
        s.inject(". 1:1(0) ack " + una + " <sack " + (una + 1000) + ":" + (una + 5000) + ">")
                .drop();
        assertEquals(5000, threshold());
        s.pause(600).drop();
        assertEquals(1, s.info().counters().timeouts());

        acknowledge(5000);

        assertEquals(2500, threshold());
    }

    @Test
    void shouldHaveTheKeptWindowBackWhenItWasNoLoss() {
        used();
        int lost = una;
        loseOneOfFive();
        assertWindow(4500);

        s.injectMore(". 1:1(0) ack " + una + " <sack " + lost + ":" + (lost + 1000) + ">");

        assertEquals(1, s.info().counters().undos());
        assertWindow(21_000);
    }

    // -- time
    // ----------------------------------------------------------------------------------------------------------------

    @Test
    void shouldGiveHalfOfAnUnusedWindowUpAfterFiveMinutes() {
        round(10_000);
        round(20_000);
        trickle(2000);
        int kept = window();
        trickle(NVP - 4000);
        assertWindow(kept);
        trickle(4000);
        assertWindow(kept / 2);

        trickle(NVP - 4000);
        assertWindow(kept / 2);
        trickle(4000);
        assertWindow(kept / 4);
    }

    @Test
    void shouldRememberThreeQuartersOfItInTheThreshold() {
        round(10_000);
        s.write(20_000).drop().pause(100);
        loseFirstOf(20_000);
        assertEquals(10_000, threshold());
        for (int i = 0; i < 7; i++) {
            round(window());
        }
        int before = window();
        assertTrue(before > 14_000, "window=" + before);

        trickle(NVP + 2000);

        assertWindow(10_000);
        assertEquals(before * 3 / 4, threshold());
    }

    @Test
    void shouldCountFromWhenHalfWasUsedLast() {
        used();
        trickle(NVP - 4000);
        round(11_000);
        trickle(NVP - 4000);
        assertTrue(window() > 20_000, "window=" + window());

        trickle(6000);
        assertTrue(window() < 20_000, "window=" + window());
    }

    @Test
    void shouldNotRaiseASmallWindowToTheInitialOne() {
        s.write(10_000).drop().pause(100);
        loseFirstOf(10_000);
        assertWindow(5000);

        trickle(NVP + 2000);

        assertWindow(5000);
    }

    // -- pauses
    // ----------------------------------------------------------------------------------------------------------------

    @Test
    void shouldRestartFromTheInitialWindowAfterAPauseOfATimeout() {
        round(10_000);
        round(20_000);

        s.pause(190).write(60_000);
        assertEquals(40, s.pending()); // the last segment went out 290 ms ago
        s.drop().pause(100);
        acknowledge(60_000);
        s.pause(310).write(60_000);

        assertEquals(10, s.pending());
    }

    @Test
    void shouldMeasureAnewAfterARestart() {
        round(10_000);
        round(20_000);
        trickle(1250);
        s.pause(310);

        s.write(4000).drop().pause(100);
        loseFirstOf(4000);

        assertWindow(2000);
    }

    @Test
    void shouldKeepTheWindowThroughAPauseIfToldTo() {
        open(config().slowStartAfterIdle(false));
        round(10_000);
        round(20_000);

        s.pause(NVP - 1000).write(60_000);

        assertEquals(40, s.pending());
    }

    @Test
    void shouldCutFromWhatIsInFlightAfterAPause() {
        open(config().slowStartAfterIdle(false));
        round(10_000);
        round(20_000);
        round(15_000);
        s.pause(5000);

        loseOneOfFive();

        assertWindow(2000); // in a pause the path has shown nothing, which is not the same as undefined
    }

    @Test
    void shouldGiveHalfOfItUpAfterFiveMinutesOfAPause() {
        open(config().slowStartAfterIdle(false));
        round(10_000);
        round(20_000);

        s.pause(NVP + 1000).write(60_000);

        assertEquals(20, s.pending());
    }

    @Test
    void shouldGiveHalfOfTheRestUpForEachFiveMinutesMore() {
        open(config().slowStartAfterIdle(false));
        round(10_000);
        round(20_000);

        s.pause(5 * NVP + 1000).write(60_000);

        assertEquals(10, s.pending()); // the initial window is always allowed
    }

    @Test
    void shouldKeepTheWindowOfAnIdleConnectionBeyondItsMemory() {
        open(config().slowStartAfterIdle(false));
        round(10_000);
        trickle(NVP - 60_000);
        s.pause(61_000); // whatever was let go in silence, it is the same five minutes

        s.write(60_000);

        assertEquals(10, s.pending());
    }
}
