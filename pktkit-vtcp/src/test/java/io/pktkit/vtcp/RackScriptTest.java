// SPDX-License-Identifier: MIT
package io.pktkit.vtcp;

import static io.pktkit.vtcp.Script.config;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.Test;

/** RFC 8985: loss found by time, the reordering window, and the tail loss probe. The round trip is 100 ms. */
class RackScriptTest {
    private static final String SACK = "mss 1000,sackOK";

    private static Script segments(int count) {
        Script s = Script.established(config().build(), SACK).write(count * 1000);
        assertEquals(count, s.pending());
        return s.drop();
    }

    @Test
    void shouldGiveReorderingAQuarterOfARoundTrip() {
        Script s = segments(4);

        s.at(200).inject(". 1:1(0) ack 1 <sack 1001:2001>").end();

        s.at(224).end().expectAt(225, ". 1:1001(1000)").end();
        assertEquals(TcpInfo.RecoveryPhase.RECOVERY, s.info().congestion().phase());
    }

    @Test
    void shouldNotWaitOnceThreeSegmentsWereOvertaken() {
        Script s = segments(4);

        s.at(200).inject(". 1:1(0) ack 1 <sack 1001:3001>").end();
        s.inject(". 1:1(0) ack 1 <sack 1001:4001>").expect(". 1:1001(1000)").end();
    }

    @Test
    void shouldNotTakeForLostWhatWasSentAfterTheNewestThatArrived() {
        Script s = segments(8);

        s.at(200).inject(". 1:1(0) ack 1 <sack 1001:4001>").expect(". 1:1001(1000)");

        assertEquals(1000, s.info().congestion().lost());
    }

    @Test
    void shouldWaitOnceReorderingWasSeen() {
        Script s = segments(10);
        s.at(200).inject(". 1:1(0) ack 1 <sack 1001:2001>");
        s.at(205).inject(". 1:1(0) ack 2001").end(); // late, not lost

        s.at(210).inject(". 1:1(0) ack 2001 <sack 3001:7001>").end();

        // counted from the sending: the 110 ms that the newest took, and 25 ms
        s.at(234).end().expectAt(235, ". 2001:3001(1000)");
    }

    @Test
    void shouldFindALostRepeat() {
        Script s = segments(5).write(5000).drop();
        s.at(200).inject(". 1:1(0) ack 1 <sack 1001:5001>").expect(". 1:1001(1000)");
        s.at(290).drop();

        // what was sent after the repeat arrives, and the repeat does not
        s.at(301).inject(". 1:1(0) ack 1 <sack 1001:10001>").write(1000).drop();
        s.at(402).injectMore(". 1:1(0) ack 1 <sack 1001:11001>").expect(". 1:1001(1000)");

        assertEquals(1, s.info().counters().fastRecoveries());
        assertEquals(0, s.info().counters().timeouts());
    }

    @Test
    void shouldNotLearnFromAnAcknowledgmentThatCannotBeOfTheRepeat() {
        Script s = segments(6);
        s.at(200).inject(". 1:1(0) ack 1 <sack 1001:4001>").expect(". 1:1001(1000)");

        // the original was late: 4001:6001 were sent before the repeat, and still nothing says they are lost
        s.at(203).inject(". 1:1(0) ack 4001").end();
        s.at(230).end();

        assertEquals(0, s.info().congestion().lost());
    }

    @Test
    void shouldWidenTheWindowByEachRoundThatADuplicateReports() {
        Script s = segments(10);
        s.at(200).inject(". 1:1(0) ack 1 <sack 1001:4001>").expect(". 1:1001(1000)");
        s.at(210).inject(". 1:1(0) ack 4001"); // late, not lost: reordering
        s.at(220).inject(". 1:1(0) ack 10001 <sack 1:1001>").write(4000).drop();

        s.at(320).inject(". 1:1(0) ack 10001 <sack 11001:12001>").end();
        s.at(360).end();

        // twice a quarter of the smallest round trip, which is 100 ms
        s.expectAt(370, ". 10001:11001(1000)");
    }

    @Test
    void shouldProbeTheTailWithNewDataFirst() {
        Script s = Script.established(config().build(), SACK).write(12_000).drop();

        s.expectAt(302, ". 10001:11001(1000)").end();

        assertEquals(0, s.info().counters().timeouts());
    }

    @Test
    void shouldProbeTheTailByRepeatingTheLastSegment() {
        Script s = segments(3);

        s.expectAt(302, "P. 2001:3001(1000)").end();
        s.at(403).inject(". 1:1(0) ack 1 <sack 2001:3001>");

        s.expect(". 1:1001(1000)");
        assertEquals(0, s.info().counters().timeouts());
    }

    @Test
    void shouldLeaveALoneSegmentTimeForADelayedAcknowledgment() {
        Script s = segments(1);

        // 2 * 100 + 200 ms, but no later than the timeout, which the probe stands in for
        s.at(399).end().expectAt(400, "P. 1:1001(1000)");
        assertEquals(0, s.info().counters().timeouts());

        s.expectAt(700, "P. 1:1001(1000)");
        assertEquals(1, s.info().counters().timeouts());
    }

    @Test
    void shouldNotProbeTwiceWithoutAnAnswer() {
        Script s = segments(3).expectAt(302, "P. 2001:3001(1000)");

        s.expectAt(602, ". 1:1001(1000)");

        assertEquals(1, s.info().counters().timeouts());
    }

    @Test
    void shouldNotProbeWhileAnythingIsSelectivelyAcknowledged() {
        Script s = segments(3);
        s.at(200).inject(". 1:1(0) ack 1 <sack 2001:3001>");
        s.expectAt(225, ". 1:1001(1000)");
        s.drop();

        s.at(520).end();

        assertEquals(0, s.info().counters().timeouts());
        s.expectAt(525, ". 1:1001(1000)"); // counted from the repeat
        assertEquals(1, s.info().counters().timeouts());
    }

    @Test
    void shouldReduceOnceForALossThatTheProbeMended() {
        Script s = segments(3).expectAt(302, "P. 2001:3001(1000)");

        s.at(400).inject(". 1:1(0) ack 3001").write(1000).drop();
        s.at(500).inject(". 1:1(0) ack 4001");

        assertEquals(1, s.info().counters().fastRecoveries());
        assertTrue(s.info().congestion().slowStartThreshold() < 5000);
    }

    @Test
    void shouldNotReduceForAProbeThatWasNotNeeded() {
        Script s = segments(3).expectAt(302, "P. 2001:3001(1000)");

        s.at(310).inject(". 1:1(0) ack 3001");
        s.at(400).inject(". 1:1(0) ack 3001 <sack 2001:3001>").write(1000).drop();
        s.at(500).inject(". 1:1(0) ack 4001");

        assertEquals(0, s.info().counters().fastRecoveries());
    }

    @Test
    void shouldNotProbeAClosedWindow() {
        Script s = segments(3);
        s.at(150).inject(". 1:1(0) ack 1 win 0");

        s.at(390).end();
    }

    @Test
    void shouldCountTheWaitForAProbeFromTheLastProgress() {
        Script s = segments(10);

        s.at(200).inject(". 1:1(0) ack 1001");

        s.at(401).end().expectAt(402, "P. 9001:10001(1000)").end();
    }

    @Test
    void shouldNotCountTheWaitForAProbeFromADuplicate() {
        Script s = segments(10);

        s.at(200).inject(". 1:1(0) ack 1");

        s.expectAt(302, "P. 9001:10001(1000)").end();
    }

    @Test
    void shouldTakeABareDuplicateForTheAnswerToAProbeThatWasNotNeeded() {
        Script s = segments(3).expectAt(302, "P. 2001:3001(1000)");
        s.at(310).inject(". 1:1(0) ack 3001").write(1000).drop();

        s.at(400).inject(". 1:1(0) ack 3001"); // RFC 8985 section 7.4.2: from a peer that knows no D-SACK
        s.at(410).inject(". 1:1(0) ack 4001");

        assertEquals(0, s.info().counters().fastRecoveries());
    }

    @Test
    void shouldNotTakeADuplicateWithBlocksForTheAnswerToAProbe() {
        Script s = segments(3).expectAt(302, "P. 2001:3001(1000)");
        s.at(400).inject(". 1:1(0) ack 3001").write(2000).drop();

        s.at(500).inject(". 1:1(0) ack 3001 <sack 4001:5001>");
        s.at(501).inject(". 1:1(0) ack 5001");

        assertEquals(1, s.info().counters().fastRecoveries());
    }

    @Test
    void shouldCutTheWindowByWhatWasInFlightForALossThatTheProbeMended() {
        Script s = segments(3).expectAt(302, "P. 2001:3001(1000)");
        s.at(400).inject(". 1:1(0) ack 3001").write(10_000).drop();

        s.at(500).inject(". 1:1(0) ack 5001").drop();

        assertEquals(5000, s.info().congestion().slowStartThreshold());
        assertEquals(5000, s.info().congestion().window());
    }

    @Test
    void shouldNotTakeTheDuplicateOfAProbeForReordering() {
        Script s = segments(3).expectAt(302, "P. 2001:3001(1000)");
        s.at(310).inject(". 1:1(0) ack 3001");
        s.at(400).inject(". 1:1(0) ack 3001 <sack 2001:3001>").write(4000).drop();

        s.at(500).inject(". 1:1(0) ack 3001 <sack 4001:5001>").end();

        s.expectAt(525, ". 3001:4001(1000)"); // the window is as small as before
    }

    @Test
    void shouldForgetAProbeWhenRecoveryBegins() {
        Script s = segments(10).expectAt(302, "P. 9001:10001(1000)");
        s.at(400).inject(". 1:1(0) ack 1 <sack 1001:4001>").expect(". 1:1001(1000)");
        s.at(405).inject(". 1:1(0) ack 4001").drop();
        s.at(500).inject(". 1:1(0) ack 4001 <sack 1:1001>").drop(); // it was for nothing
        assertEquals(1, s.info().counters().undos());
        s.at(510).inject(". 1:1(0) ack 10001").write(1000).drop();

        s.at(610).inject(". 1:1(0) ack 11001");

        assertEquals(1, s.info().counters().fastRecoveries());
    }

    @Test
    void shouldNotLearnFromAnEchoThatIsOlderThanTheRepeat() {
        Script s = Script.established(config().build(), "mss 1012,sackOK,TS 5 -7001")
                .write(10_000)
                .drop();
        int first = s.ts();
        s.at(200).inject(". 1:1(0) ack 1 <TS 6 " + first + ",sack 1001:4001>").expect(". 1:1001(1000)");

        // The original of the first was late: nothing says that what was sent before the repeat is lost.
        s.at(310).inject(". 1:1(0) ack 4001 <TS 6 " + first + ">").end();

        assertEquals(0, s.info().congestion().lost());
    }

    @Test
    void shouldNarrowTheWindowAgainAfterSixteenRecoveriesWithoutADuplicate() {
        Script s = segments(10);
        s.at(200).inject(". 1:1(0) ack 10001").write(1000).drop();
        s.at(300).inject(". 1:1(0) ack 11001 <sack 10001:11001>"); // one round of repeats in vain
        int from = 11_001;
        long at = 400;
        for (int i = 0; i < 17; i++) {
            // While it is twice a quarter of the round trip, the segment at the front is repeated after 50 ms.
            long expected = i < 16 ? 50 : 25;
            s.at(at).write(2000).drop();
            s.at(at + 100).inject(". 1:1(0) ack " + from + " <sack " + (from + 1000) + ":" + (from + 2000) + ">");
            s.expectAt(at + 100 + expected, ". " + from + ":" + (from + 1000) + "(1000)");
            s.at(at + 260).inject(". 1:1(0) ack " + (from + 2000)).end();
            from += 2000;
            at += 500;
        }
        assertEquals(17, s.info().counters().fastRecoveries());
    }

    @Test
    void shouldProbeAgainOnceARoundTripWasMeasured() {
        Script s = segments(3).expectAt(302, "P. 2001:3001(1000)");
        s.at(310).inject(". 1:1(0) ack 3001").write(2000).drop();
        s.at(410).inject(". 1:1(0) ack 5001").write(2000).drop();

        s.at(500).end().at(640); // twice the round trip, which is somewhat longer by now

        s.expect("P. 6001:7001(1000)").end();
        assertEquals(0, s.info().counters().timeouts());
    }

    @Test
    void shouldRepeatAFinAloneAsTheProbe() {
        Script s = segments(10).shutdown().expect("F. 10001:10001(0)").end(); // whatever the window
        s.at(200).inject(". 1:1(0) ack 10001");

        s.expectAt(500, "F. 10001:10001(0)").end(); // in place of the timeout

        assertEquals(0, s.info().counters().timeouts());
    }

    /** A peer that holds no FIN beyond a gap says nothing about one that comes alone. */
    @Test
    void shouldProbeWithTheLastDataBeforeAFinAlone() {
        Script s = segments(3).shutdown().expect("F. 3001:3001(0)").end();

        s.expectAt(302, "P. 2001:3001(1000)").end();
        s.at(403).inject(". 1:1(0) ack 1 <sack 2001:3001>").expect(". 1:1001(1000)");

        assertEquals(0, s.info().counters().timeouts());
    }

    @Test
    void shouldTakeTheLastDataForArrivedWithoutItsFin() {
        Script s = Script.established(config().build(), SACK)
                .write(11_500)
                .shutdown()
                .drop();
        s.at(200).inject(". 1:1(0) ack 10001");
        s.expect(". 10001:11001(1000)").expect("FP. 11001:11501(500)").end();

        s.at(300).inject(". 1:1(0) ack 10001 <sack 11001:11501>").end();
        s.expectAt(325, ". 10001:11001(1000)").end();

        s.at(425).inject(". 1:1(0) ack 11501").expect("F. 11501:11501(0)").end();
        s.at(525).inject(". 1:1(0) ack 11502").end().state(TcpState.FIN_WAIT_2);
        assertEquals(0, s.info().counters().timeouts());
    }

    @Test
    void shouldNotProbeBeyondAWindowThatShrank() {
        Script s = segments(3);
        s.at(150).inject(". 1:1(0) ack 1 win 1500").end();

        s.at(601).end().expectAt(602, ". 1:1001(1000)");

        assertEquals(1, s.info().counters().timeouts());
    }

    @Test
    void shouldProbeWithALoneSegmentWhateverTheWindow() {
        Script s = segments(1);
        s.at(150).inject(". 1:1(0) ack 1 win 500").end();

        s.expectAt(400, "P. 1:1001(1000)");
        assertEquals(0, s.info().counters().timeouts());
    }
}
