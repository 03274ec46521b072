// SPDX-License-Identifier: MIT
package io.pktkit.vtcp;

import static io.pktkit.vtcp.Script.config;
import static org.junit.jupiter.api.Assertions.assertEquals;

import org.junit.jupiter.api.Test;

/** How much goes out while a loss is repaired (RFC 9937, RFC 6582), and which window is left afterwards. */
class RecoveryWindowScriptTest {
    private static final String SACK = "mss 1000,sackOK";
    private static final String PLAIN = "mss 1000";

    /** Twenty segments from 10,001 on are in flight at 300 ms, and plenty is queued. */
    private static Script twenty(String options) {
        Script s = Script.established(config().build(), options).write(100_000).drop();
        s.at(200);
        for (int i = 1; i <= 5; i++) {
            s.inject(". 1:1(0) ack " + (1 + 2000 * i)).drop();
        }
        assertEquals(20_000, s.info().congestion().window());
        return s.at(300);
    }

    private static void assertWindow(int expected, Script s) {
        assertEquals(expected, s.info().congestion().window());
    }

    @Test
    void shouldSendOneSegmentForTwoThatArrive() {
        Script s = twenty(SACK);

        // 20 were in flight when it began, and 10 are to be: the first three pay for the repeat and half of a segment
        s.inject(". 1:1(0) ack 10001 <sack 11001:14001>")
                .expect(". 10001:11001(1000)")
                .end();
        s.inject(". 1:1(0) ack 10001 <sack 11001:15001>")
                .expect(". 30001:31001(1000)")
                .end();
        s.inject(". 1:1(0) ack 10001 <sack 11001:16001>").end();
        s.inject(". 1:1(0) ack 10001 <sack 11001:17001>")
                .expect(". 31001:32001(1000)")
                .end();
        s.inject(". 1:1(0) ack 10001 <sack 11001:18001>").end();
        s.inject(". 1:1(0) ack 10001 <sack 11001:19001>")
                .expect(". 32001:33001(1000)")
                .end();
    }

    @Test
    void shouldNotCountAgainWhatHadArrivedBeforeTheRecovery() {
        Script s = twenty(SACK);
        s.inject(". 1:1(0) ack 10001 <sack 12001:13001>").drop();
        s.inject(". 1:1(0) ack 10001 <sack 12001:14001>").drop();
        s.inject(". 1:1(0) ack 10001 <sack 12001:15001>"); // the third: two are lost, 20 in flight and 18 to arrive
        s.expect(". 10001:11001(1000)").end();

        // 10 for 18: the repeat was the first, and the second is due with the fourth
        s.inject(". 1:1(0) ack 10001 <sack 12001:16001>").end();
        s.inject(". 1:1(0) ack 10001 <sack 12001:17001>").end();
        s.inject(". 1:1(0) ack 10001 <sack 12001:18001>")
                .expect(". 11001:12001(1000)")
                .end();
    }

    @Test
    void shouldComeOutWithTheWindowOfTheThreshold() {
        Script s = twenty(SACK);
        s.inject(". 1:1(0) ack 10001 <sack 11001:14001>").drop();

        s.at(400).inject(". 1:1(0) ack 30001").drop();

        assertWindow(10_000, s);
        assertEquals(TcpInfo.RecoveryPhase.OPEN, s.info().congestion().phase());
    }

    @Test
    void shouldNotLeapToTheThresholdOnceATimeoutIsRepaired() {
        Script s = Script.established(config().build(), PLAIN).write(10_000).drop();
        s.expectAt(400, ". 1:1001(1000)");

        s.at(500).inject(". 1:1(0) ack 10001");

        assertEquals(5000, s.info().congestion().slowStartThreshold());
        assertWindow(2000, s); // by the one that was repeated: the peer had the rest
    }

    /** Fourteen are lost of twenty, so that less is in flight than the threshold, and as much was repeated as arrived. */
    private static Script behind(String blocks) {
        Script s = twenty(SACK);
        s.inject(". 1:1(0) ack 10001 <sack 11001:14001>").expect(". 10001:11001(1000)");
        return s.inject(". 1:1(0) ack 10001 <" + blocks + ",sack 11001:14001>");
    }

    @Test
    void shouldCatchUpByOneMoreWhenAnAcknowledgmentTellsOfNoLoss() {
        Script s = behind("sack 24001:30001");
        assertEquals(8, s.pending());

        s.drop().at(400).inject(". 1:1(0) ack 14001 <sack 24001:30001>");

        s.expect(". 22001:23001(1000)").expect(". 23001:24001(1000)").end();
    }

    @Test
    void shouldNotCatchUpWhenMoreIsLost() {
        Script s = behind("sack 24001:25001");
        s.expect(". 14001:15001(1000)")
                .expect(". 15001:16001(1000)")
                .expect(". 16001:17001(1000)")
                .end();

        // that the repeat has arrived tells that 25,001 to 30,001 have not
        s.at(400).inject(". 1:1(0) ack 14001 <sack 24001:25001>");

        s.expect(". 17001:18001(1000)").end();
    }

    @Test
    void shouldSendAsMuchAsDuplicatesStandForWithoutSack() {
        Script s = Script.established(config().build(), PLAIN).write(100_000).drop();
        s.at(200).inject(". 1:1(0) ack 1").expect(". 10001:11001(1000)");
        s.inject(". 1:1(0) ack 1").expect(". 11001:12001(1000)");
        s.inject(". 1:1(0) ack 1").expect(". 1:1001(1000)").end();
        assertEquals(6000, s.info().congestion().slowStartThreshold());

        // nine are in flight, and six may be
        s.inject(". 1:1(0) ack 1")
                .inject(". 1:1(0) ack 1")
                .inject(". 1:1(0) ack 1")
                .end();
        for (int i = 0; i < 4; i++) {
            int next = 12_001 + 1000 * i;
            s.inject(". 1:1(0) ack 1")
                    .expect(". " + next + ":" + (next + 1000) + "(1000)")
                    .end();
        }

        // ten duplicates came, four of them for what this acknowledges: four are in flight, and two more may be
        s.at(300).inject(". 1:1(0) ack 5001").expect(". 5001:6001(1000)").expect(". 16001:17001(1000)");
        s.end();
    }

    @Test
    void shouldTakeAPartialAcknowledgmentForWhatNoDuplicateStoodFor() {
        Script s = twenty(PLAIN);
        s.inject(". 1:1(0) ack 10001").drop().inject(". 1:1(0) ack 10001").drop();
        s.inject(". 1:1(0) ack 10001").expect(". 10001:11001(1000)").end();

        s.inject(". 1:1(0) ack 12001").expect(". 12001:13001(1000)").end();

        // Two arrived since it began, and two were sent; 11 for 23 make a third one due with the seventh.
        for (int i = 0; i < 4; i++) {
            s.inject(". 1:1(0) ack 12001").end();
        }
        s.inject(". 1:1(0) ack 12001").expect(". 32001:33001(1000)").end();
    }

    @Test
    void shouldGoOnCountingDuplicatesAcrossASegmentWithData() {
        Script s = Script.established(config().build(), PLAIN).write(10_000).drop();
        s.at(200).inject(". 1:1(0) ack 1").inject(". 1:1(0) ack 1");

        s.inject("P. 1:11(10) ack 1").expect(". 10001:10001(0) ack 11");

        s.inject(". 11:11(0) ack 1").expect(". 1:1001(1000)").end();
    }

    @Test
    void shouldRepeatAtOnceAlthoughAReductionHadUsedItsQuotaUp() {
        Script s = Script.connect(config().ecn(EcnMode.CLASSIC).build()).drop();
        s.at(100).inject("SE. 0:0(0) ack 1 win 65535 <" + SACK + ">").drop().write(100_000);
        s.drop().at(200);
        for (int i = 1; i <= 5; i++) {
            s.inject(". 1:1(0) ack " + (1 + 2000 * i)).drop();
        }

        // Two arrive, and four fifths of what was in flight may be: that makes one segment and six tenths.
        s.at(300).inject("E. 1:1(0) ack 11001").end();
        s.inject(". 1:1(0) ack 11001 <sack 12001:13001>")
                .expect("W. 30001:31001(1000)")
                .end();

        s.expectAt(325, ". 11001:12001(1000)").end();
    }
}
