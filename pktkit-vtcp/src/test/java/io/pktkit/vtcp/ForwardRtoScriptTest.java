// SPDX-License-Identifier: MIT
package io.pktkit.vtcp;

import static io.pktkit.vtcp.Script.config;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.Test;

/** RFC 5682, without timestamps: whether a timeout was spurious. Ten segments go out at 100 ms, and ten more wait. */
class ForwardRtoScriptTest {
    private static final String PLAIN = "mss 1000";
    private static final String SACK = "mss 1000,sackOK";

    private static Script timedOut(String options) {
        Script s = Script.established(config().build(), options).write(20_000).drop();
        if (options.equals(SACK)) {
            return s.expectAt(302, ". 10001:11001(1000)").expectAt(602, ". 1:1001(1000)");
        }
        return s.expectAt(400, ". 1:1001(1000)");
    }

    @Test
    void shouldSendNewDataAfterTheFirstAcknowledgmentAndUndoAfterTheSecond() {
        Script s = timedOut(PLAIN);

        s.at(450).inject(". 1:1(0) ack 1001");
        s.expect(". 10001:11001(1000)").expect(". 11001:12001(1000)").end();
        s.at(460).inject(". 1:1(0) ack 2001");

        assertEquals(1, s.info().counters().undos());
        assertEquals(0, s.info().congestion().lost());
        assertEquals(1, s.info().counters().retransmissions());
        assertTrue(s.info().congestion().window() >= 10_000);
        assertEquals(TcpInfo.RecoveryPhase.OPEN, s.info().congestion().phase());
    }

    @Test
    void shouldRepeatTheRestWhenTheSecondIsADuplicate() {
        Script s = timedOut(PLAIN);
        s.at(450).inject(". 1:1(0) ack 1001").drop();

        s.at(550).inject(". 1:1(0) ack 1001");

        s.expect(". 1001:2001(1000)");
        assertEquals(0, s.info().counters().undos());
        assertEquals(TcpInfo.RecoveryPhase.LOSS, s.info().congestion().phase());
    }

    @Test
    void shouldRepeatTheRestAlsoWhenAMiddleboxTakesTheBlocksAway() {
        Script s = timedOut("mss 1000,sackOK");
        s.at(450).inject(". 1:1(0) ack 1001").drop();

        s.at(550).inject(". 1:1(0) ack 1001").expect(". 1001:2001(1000)").end();

        assertEquals(3000, s.info().congestion().window());
    }

    /** The threshold is as low as it can be, so that the window does not outgrow the two new segments. */
    @Test
    void shouldGoOnRepeatingWithoutSackThoughNothingTellsOfTheNewSegments() {
        Script s = Script.established(config().build(), PLAIN).write(4000).drop();
        s.expectAt(400, ". 1:1001(1000)").write(10_000).end();
        s.at(450).inject(". 1:1(0) ack 1001");
        s.expect(". 4001:5001(1000)").expect(". 5001:6001(1000)").end();

        s.at(460).inject(". 1:1(0) ack 1001").expect(". 1001:2001(1000)").expect(". 2001:3001(1000)");
        s.at(470).inject(". 1:1(0) ack 2001").end();
        s.at(480).inject(". 1:1(0) ack 3001").expect(". 3001:4001(1000)").end();
    }

    /** The window of BBR never falls below four segments, and more new ones would leave no room for repeats. */
    @Test
    void shouldSendNoMoreThanTwoNewSegments() {
        Script s = Script.established(
                        config().congestion(CongestionAlgorithm.BBR).build(), SACK)
                .write(20_000)
                .drop()
                .expectAt(302, ". 10001:11001(1000)")
                .expectAt(602, ". 1:1001(1000)");

        s.at(700).inject(". 1:1(0) ack 1001").expect(". 11001:12001(1000)").expect(". 12001:13001(1000)");

        s.at(800).inject(". 1:1(0) ack 1001").expect(". 1001:2001(1000)");
    }

    @Test
    void shouldRepeatTheRestWhenTheFirstIsADuplicate() {
        Script s = timedOut(PLAIN);

        s.at(450).inject(". 1:1(0) ack 1").end();
        s.at(460).inject(". 1:1(0) ack 1001").expect(". 1001:2001(1000)").expect(". 2001:3001(1000)");
        s.at(470).inject(". 1:1(0) ack 2001").drop();

        assertEquals(0, s.info().counters().undos());
    }

    @Test
    void shouldRepeatTheRestWhenThereIsNothingNewToSend() {
        Script s =
                Script.established(config().build(), PLAIN).write(10_000).drop().expectAt(400, ". 1:1001(1000)");

        s.at(450).inject(". 1:1(0) ack 1001").expect(". 1001:2001(1000)");
    }

    @Test
    void shouldTakeASelectiveAcknowledgmentOfAnOriginalForProof() {
        Script s = timedOut(SACK);
        s.at(650).inject(". 1:1(0) ack 1001").drop();

        s.at(660).inject(". 1:1(0) ack 1001 <sack 3001:4001>");

        assertEquals(1, s.info().counters().undos());
    }

    @Test
    void shouldNotTakeASelectiveAcknowledgmentOfNewDataForProof() {
        Script s = timedOut(SACK);
        s.at(700).inject(". 1:1(0) ack 1001").expect(". 11001:12001(1000)").expect(". 12001:13001(1000)");

        s.at(800).inject(". 1:1(0) ack 1001 <sack 11001:12001>").expect(". 1001:2001(1000)");

        assertEquals(0, s.info().counters().undos());
    }

    @Test
    void shouldNotJudgeARepeatedTimeout() {
        Script s = timedOut(PLAIN).expectAt(1000, ". 1:1001(1000)");

        s.at(1050).inject(". 1:1(0) ack 1001").expect(". 1001:2001(1000)");
    }

    @Test
    void shouldNotTakeWhatTheFirstAcknowledgedForProof() {
        Script s = timedOut(PLAIN);
        s.at(450).inject(". 1:1(0) ack 3001").expect(". 10001:11001(1000)").drop(); // two had come before the repeat

        s.at(550).inject(". 1:1(0) ack 3001").expect(". 3001:4001(1000)");

        assertEquals(0, s.info().counters().undos());
    }

    @Test
    void shouldRepeatTheRestWhenTheFirstCoversTheRepeatInPart() {
        Script s = timedOut(PLAIN);

        s.at(450).inject(". 1:1(0) ack 501").expect(". 1001:2001(1000)").end();
    }

    @Test
    void shouldRepeatTheRestWhenTheFirstCoversAllThatWasInFlight() {
        Script s = timedOut(PLAIN);

        s.at(450).inject(". 1:1(0) ack 10001").drop();
        s.at(550).inject(". 1:1(0) ack 11001");

        assertEquals(0, s.info().counters().undos());
        assertEquals(5000, s.info().congestion().slowStartThreshold());
    }

    @Test
    void shouldSendTheVeryLastSegmentToFindOut() {
        Script s = Script.established(config().build(), PLAIN, 11_000)
                .write(11_000)
                .drop()
                .expectAt(400, ". 1:1001(1000)");

        s.at(450)
                .inject(". 1:1(0) ack 1001 win 10000")
                .expect("P. 10001:11001(1000)")
                .end();
    }

    @Test
    void shouldRepeatTheRestWhenThePeersWindowTakesNothingNew() {
        Script s = Script.established(config().build(), PLAIN, 10_000)
                .write(20_000)
                .drop()
                .expectAt(400, ". 1:1001(1000)");

        s.at(450).inject(". 1:1(0) ack 1001 win 9000").expect(". 1001:2001(1000)");
    }
}
