// SPDX-License-Identifier: MIT
package io.pktkit.vtcp;

import static io.pktkit.vtcp.Script.config;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.Test;

/** Loss and its repair: timeouts, fast retransmit with and without SACK, partial acknowledgments, reneging. */
class RecoveryScriptTest {
    private static final String SACK = "mss 1000,sackOK";
    private static final String PLAIN = "mss 1000";

    private static Script tenSegments(String options) {
        Script s = Script.established(config().build(), options).write(10_000);
        assertEquals(10, s.pending());
        return s.drop();
    }

    @Test
    void shouldRepeatTheFirstSegmentAfterTheTimeoutAndBackOff() {
        Script s = Script.established(config().build(), PLAIN).write(2000).drop();

        // SRTT 100 ms: 100 + 200 ms
        s.expectAt(400, ". 1:1001(1000)")
                .expectAt(1000, ". 1:1001(1000)")
                .expectAt(2200, ". 1:1001(1000)")
                .end();

        assertEquals(1000, s.info().congestion().window());
        assertEquals(2000, s.info().congestion().slowStartThreshold());
        assertEquals(TcpInfo.RecoveryPhase.LOSS, s.info().congestion().phase());
    }

    @Test
    void shouldResendEverythingLostAsTheWindowGrowsAfterATimeout() {
        Script s = tenSegments(PLAIN).expectAt(400, ". 1:1001(1000)");

        s.at(500)
                .inject(". 1:1(0) ack 1001")
                .expect(". 1001:2001(1000)")
                .expect(". 2001:3001(1000)")
                .end();
        s.at(600).inject(". 1:1(0) ack 3001");
        s.expect(". 3001:4001(1000)").expect(". 4001:5001(1000)").expect(". 5001:6001(1000)");
    }

    @Test
    void shouldSkipWhatIsSackedAfterATimeout() {
        Script s = tenSegments(SACK);
        s.at(150).inject(". 1:1(0) ack 1 <sack 1001:3001>").end();
        s.expectAt(162, ". 1:1001(1000)"); // reordering is given 12.5 ms, a quarter of the smallest round trip
        s.drop().at(350).drop().expectAt(462, ". 1:1001(1000)");

        s.at(560).inject(". 1:1(0) ack 3001").expect(". 3001:4001(1000)").expect(". 4001:5001(1000)");
    }

    @Test
    void shouldGiveUpWithAnErrorWhenRetriesRunOut() {
        Script s =
                Script.established(config().retries(2).build(), PLAIN).write(10).drop();

        s.expectAt(400, "P. 1:11(10)").expectAt(1000, "P. 1:11(10)").expectAt(2200, "R. 11:11(0)");
        s.failure(TcpFailure.TIMED_OUT).readAnswers(0);
    }

    @Test
    void shouldKeepTheThresholdWhenTheSameDataTimesOutAgain() {
        Script s = tenSegments(PLAIN).at(3000).drop();

        assertEquals(5000, s.info().congestion().slowStartThreshold());
        assertEquals(3, s.info().counters().timeouts());
    }

    @Test
    void shouldFastRetransmitOnTheThirdDuplicate() {
        Script s = tenSegments(PLAIN);

        s.at(200).inject(". 1:1(0) ack 1").inject(". 1:1(0) ack 1").end();
        s.inject(". 1:1(0) ack 1").expect(". 1:1001(1000)").end();

        assertEquals(5000, s.info().congestion().slowStartThreshold());
        assertEquals(1, s.info().counters().fastRecoveries());
    }

    @Test
    void shouldSendNewDataOnTheFirstTwoDuplicates() {
        Script s = tenSegments(PLAIN).write(5000).end();

        s.at(200).inject(". 1:1(0) ack 1").expect(". 10001:11001(1000)");
        s.inject(". 1:1(0) ack 1").expect(". 11001:12001(1000)");
    }

    @Test
    void shouldRepeatTheNextHoleOnAPartialAcknowledgment() {
        Script s = tenSegments(PLAIN).at(200);
        s.inject(". 1:1(0) ack 1")
                .inject(". 1:1(0) ack 1")
                .inject(". 1:1(0) ack 1")
                .expect(". 1:1001(1000)");

        s.at(300).inject(". 1:1(0) ack 4001").expect(". 4001:5001(1000)").end();
        s.at(400).inject(". 1:1(0) ack 10001").end();

        assertEquals(TcpInfo.RecoveryPhase.OPEN, s.info().congestion().phase());
        assertEquals(5000, s.info().congestion().window());
    }

    @Test
    void shouldNotCountWindowUpdatesDataOrOldSegmentsAsDuplicates() {
        Script s = tenSegments(PLAIN).at(200);

        s.inject(". 1:1(0) ack 1 win 65000").inject(". 1:1(0) ack 1 win 64000").inject(". 1:1(0) ack 1 win 63000");
        s.inject("P. 1:11(10) ack 1 win 63000").expect(". 10001:10001(0) ack 11");
        s.inject("P. 11:21(10) ack 1 win 63000").expect(". 10001:10001(0) ack 21");
        s.inject("P. 21:31(10) ack 1 win 63000")
                .expect(". 10001:10001(0) ack 31")
                .end();

        assertEquals(0, s.info().counters().fastRecoveries());
    }

    @Test
    void shouldNotCountZeroWindowAcknowledgmentsAsDuplicates() {
        Script s = tenSegments(PLAIN).at(200);

        for (int i = 0; i < 5; i++) {
            s.inject(". 1:1(0) ack 1 win 0");
        }

        assertEquals(0, s.end().info().counters().fastRecoveries());
    }

    @Test
    void shouldRecoverFromSackEvidenceAlone() {
        Script s = tenSegments(SACK).at(200);

        s.inject(". 1:1(0) ack 1 <sack 1001:4001>").expect(". 1:1001(1000)");

        assertEquals(3000, s.info().congestion().sacked());
        assertEquals(1, s.info().counters().fastRecoveries());
    }

    @Test
    void shouldCountSeparateRangesForTheThreshold() {
        Script s = Script.established(config().noDelay(true).build(), SACK);
        for (int i = 0; i < 8; i++) {
            s.write(10);
        }
        s.drop().at(200);

        s.inject(". 1:1(0) ack 1 <sack 11:21>")
                .inject(". 1:1(0) ack 1 <sack 31:41>")
                .end();
        s.inject(". 1:1(0) ack 1 <sack 51:61>").expect(". 1:11(10)");
    }

    @Test
    void shouldRepeatAllHolesOfOneRoundTrip() {
        Script s = tenSegments(SACK).at(200);

        s.inject(". 1:1(0) ack 1 <sack 1001:2001,sack 3001:4001,sack 5001:10001>");

        // all three holes are known to be lost; the reduction admits them one after the other
        s.expect(". 1:1001(1000)")
                .expect(". 2001:3001(1000)")
                .expect(". 4001:5001(1000)")
                .end();
    }

    @Test
    void shouldNotRepeatAHoleTwiceOnAPartialAcknowledgment() {
        Script s = tenSegments(SACK).at(200);
        s.inject(". 1:1(0) ack 1 <sack 1001:2001,sack 3001:10001>")
                .expect(". 1:1001(1000)")
                .expect(". 2001:3001(1000)");

        s.at(300).inject(". 1:1(0) ack 2001 <sack 3001:10001>").end();
        s.at(301).inject(". 1:1(0) ack 10001").end();

        assertEquals(2, s.info().counters().retransmissions());
    }

    @Test
    void shouldIgnoreBlocksBeyondWhatWasSentAndBelowTheAcknowledgment() {
        Script s = tenSegments(SACK).at(200);

        s.inject(". 1:1(0) ack 1 <sack 20001:30001>")
                .inject(". 1:1(0) ack 1001 <sack 1:1001>")
                .end();

        assertEquals(0, s.info().congestion().sacked());
    }

    @Test
    void shouldNotCutRecordsWhereABlockSays() {
        Script s = tenSegments(SACK).at(200);

        s.inject(". 1:1(0) ack 1 <sack 1500:3500>").end();

        assertEquals(1000, s.info().congestion().sacked());
    }

    @Test
    void shouldNoticeRenegingAndResend() {
        Script s = tenSegments(SACK).at(200);
        s.inject(". 1:1(0) ack 1 <sack 1001:3001>").drop();

        // acknowledges up to data that it had selectively acknowledged, and not beyond
        s.at(210).inject(". 1:1(0) ack 1001").drop();

        s.expectAt(260, ". 1001:2001(1000)");
        assertEquals(1, s.info().counters().reneges());
    }

    @Test
    void shouldNoticeRenegingBehindAClosedWindow() {
        Script s = Script.established(config().build(), SACK).write(3000).drop();

        // a peer short of memory forgets what it had and closes the window as well
        s.at(150).inject(". 1:1(0) ack 1 win 0 <sack 1:1001>");
        s.expectAt(400, ". 1:1001(1000)");
        assertEquals(1, s.info().counters().reneges());
        assertEquals(0, s.info().congestion().sacked());

        s.at(450).inject(". 1:1(0) ack 1001 win 65535");
        s.expect(". 1001:2001(1000)").expect("P. 2001:3001(1000)").end();
    }

    @Test
    void shouldHearOfALossBeyondWhatIsRepaired() {
        Script s = Script.established(config().build(), SACK).write(14_000).drop();
        s.at(200).inject(". 1:1(0) ack 1 <sack 1001:4001>").expect(". 1:1001(1000)");
        for (int end = 5001; end <= 10_001; end += 1000) {
            s.injectMore(". 1:1(0) ack 1 <sack 1001:" + end + ">");
        }
        assertEquals(14_000, s.drop().info().queues().unacknowledged());

        // all further acknowledgments but the last one are lost, so that it ends the recovery and is all that tells
        s.at(300).inject(". 1:1(0) ack 10001 <sack 11001:14001>");

        s.expect(". 10001:11001(1000)").end();
        assertEquals(2, s.info().counters().fastRecoveries());
    }

    @Test
    void shouldNotEnterFastRecoveryWhileRepairingATimeout() {
        Script s = tenSegments(SACK).expectAt(302, "P. 9001:10001(1000)").expectAt(602, ". 1:1001(1000)");

        s.at(700).inject(". 1:1(0) ack 1 <sack 5001:10001>");

        assertEquals(0, s.info().counters().fastRecoveries());
        assertEquals(TcpInfo.RecoveryPhase.LOSS, s.info().congestion().phase());
    }

    @Test
    void shouldNotFastRetransmitForDuplicatesOfWhatATimeoutRepeated() {
        Script s = tenSegments(PLAIN).expectAt(400, ". 1:1001(1000)");
        s.at(500).inject(". 1:1(0) ack 10001").write(3000).drop();

        s.at(510).inject(". 1:1(0) ack 10001").injectMore(". 1:1(0) ack 10001").injectMore(". 1:1(0) ack 10001");

        assertEquals(0, s.info().counters().fastRecoveries());
    }

    @Test
    void shouldNotMeasureTheRoundTripOfARepeat() {
        Script s = Script.established(config().build(), PLAIN).write(100).drop().expectAt(400, "P. 1:101(100)");

        s.at(405).inject(". 1:1(0) ack 101");

        assertEquals(100_000_000L, s.info().timing().smoothedRttNanos());
    }

    @Test
    void shouldMeasureTheRoundTripOfARepeatByItsTimestamp() {
        Script s = Script.established(config().build(), "mss 1000,TS 5 -7001");
        int first = s.ts();
        s.write(100).drop().at(1000).drop();

        s.inject(". 1:1(0) ack 101 <TS 6 " + first + ">");

        long smoothed = s.info().timing().smoothedRttNanos(); // 100 ms, and an eighth of the way to 900 ms
        assertTrue(Math.abs(smoothed - 200 * Script.MS) < 2 * Script.MS, () -> "srtt=" + smoothed);
    }

    @Test
    void shouldRepeatAFullSegmentWithAFinIntoAWindowOfOne() {
        Script s = Script.established(config().build(), "mss 1000", 1000)
                .write(2000)
                .shutdown()
                .expect(". 1:1001(1000)");
        s.at(200).inject(". 1:1(0) ack 1001 win 2000").expect("FP. 1001:2001(1000)");

        s.expectAt(500, "FP. 1001:2001(1000)").end();
    }

    @Test
    void shouldMeasureTheRoundTripOfTheNewestThatWasAcknowledged() {
        Script s = Script.established(config().noDelay(true).build(), PLAIN).write(100);
        s.at(180).write(100).drop();

        s.at(260).inject(". 1:1(0) ack 201");

        assertEquals(97_500_000L, s.info().timing().smoothedRttNanos()); // an eighth of the way from 100 ms to 80
    }

    @Test
    void shouldMeasureTheRoundTripOfWhatIsSelectivelyAcknowledged() {
        Script s = Script.established(config().build(), SACK).write(3000).drop();

        s.at(180).inject(". 1:1(0) ack 1 <sack 2001:3001>");

        assertEquals(98_750_000L, s.info().timing().smoothedRttNanos()); // RFC 7323: two such in a round
        assertEquals(80_000_000L, s.info().timing().minimumRttNanos());
    }

    @Test
    void shouldNotCountDuplicatesWhileNothingIsInFlight() {
        Script s = Script.established(config().build(), PLAIN);
        s.inject(". 1:1(0) ack 1").inject(". 1:1(0) ack 1").write(10_000).drop();

        s.at(200).inject(". 1:1(0) ack 1").inject(". 1:1(0) ack 1").end();
    }

    @Test
    void shouldTakeFourBlocksAtATime() {
        Script s = tenSegments(SACK).at(200);

        s.inject(". 1:1(0) ack 1 <sack 1001:2001,sack 3001:4001,sack 5001:6001,sack 7001:8001>");

        assertEquals(4000, s.info().congestion().sacked());
    }

    @Test
    void shouldNotMeasureTheRoundTripWithoutProgress() {
        Script s = Script.established(config().build(), "mss 1000,TS 5 -7001");
        int first = s.ts();

        s.at(900).inject(". 1:1(0) ack 1 win 60000 <TS 6 " + first + ">");

        assertEquals(100_000_000L, s.info().timing().smoothedRttNanos());
    }
}
