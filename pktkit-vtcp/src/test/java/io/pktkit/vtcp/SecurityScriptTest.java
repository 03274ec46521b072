// SPDX-License-Identifier: MIT
package io.pktkit.vtcp;

import static io.pktkit.vtcp.Script.config;
import static org.junit.jupiter.api.Assertions.assertEquals;

import org.junit.jupiter.api.Test;

/** RFC 5961, PAWS, and the limit on answers to what is not acceptable. */
class SecurityScriptTest {
    private static Script open() {
        return Script.established(config().build(), "mss 1000");
    }

    @Test
    void shouldBelieveAResetAtExactlyTheNextSequenceNumber() {
        open().inject("R 1:1(0)").end().state(TcpState.CLOSED).failure(TcpFailure.RESET);
    }

    @Test
    void shouldChallengeAResetElsewhereInTheWindow() {
        open().inject("R 2:2(0)").expect(". 1:1(0) ack 1").end().state(TcpState.ESTABLISHED);
    }

    @Test
    void shouldIgnoreAResetOutsideTheAnnouncedWindow() {
        open().inject("R 32769:32769(0)").inject("R 0:0(0)").end().state(TcpState.ESTABLISHED);
    }

    @Test
    void shouldChallengeASyn() {
        open().inject("S 1:1(0) win 100").expect(". 1:1(0) ack 1").end().state(TcpState.ESTABLISHED);
    }

    @Test
    void shouldLimitChallengesOfWindowProbesToo() {
        Script s = Script.established(config().receiveBuffer(2048).build(), "mss 1000");
        s.inject(". 1:1001(1000) ack 1").injectMore(". 1001:2049(1048) ack 1").drop();

        s.inject(". 2049:2050(1) ack 500").expect(". 1:1(0) ack 2049 win 0").end();
        s.inject(". 2049:2050(1) ack 500").end(); // and none is left to go out later
        s.inject(". 2049:2050(1) ack 1").expect(". 1:1(0) ack 2049 win 0").end();
    }

    @Test
    void shouldLimitChallengesToOneIn500Milliseconds() {
        Script s = open().inject("S 1:1(0)").expect(". 1:1(0) ack 1");

        s.inject("R 2:2(0)")
                .inject(". 60000:60000(0) ack 1")
                .inject(". 1:1(0) ack 77")
                .end();
        s.pause(499).inject("S 1:1(0)").end();
        s.pause(1).inject("S 1:1(0)").expect(". 1:1(0) ack 1").end();
    }

    @Test
    void shouldChallengeAnAcknowledgmentOfWhatWasNotSent() {
        open().inject(". 1:101(100) ack 2").expect(". 1:1(0) ack 1").end();
    }

    @Test
    void shouldChallengeAnAcknowledgmentTooFarBack() {
        Script s = Script.established(config().build(), "mss 1000", 3000);

        s.inject(". 1:101(100) ack -3000").expect(". 1:1(0) ack 1").end();
        assertEquals(0, s.connection().readable());
        s.inject(". 1:101(100) ack -2999").expect(". 1:1(0) ack 101").read(100);
    }

    @Test
    void shouldDropASegmentWithoutAck() {
        open().inject("P 1:101(100)").end().readAnswers(0);
    }

    @Test
    void shouldDropOldTimestamps() {
        Script s = Script.established(config().build(), "mss 1000,TS 100 -7001");

        s.inject(". 1:101(100) ack 1 <TS 99 -7001>").expect(". 1:1(0) ack 1").readAnswers(0);
        s.inject(". 1:101(100) ack 1 <TS 100 -7001>")
                .expect(". 1:1(0) ack 101 <TS -6901 100>")
                .read(100);
    }

    @Test
    void shouldDropOldTimestampsWhileClosingToo() {
        Script s = Script.established(config().build(), "mss 1000,TS 100 -7001")
                .shutdown()
                .drop();

        s.inject(". 1:1(0) ack 2 <TS 99 -7001>").expect(". 2:2(0) ack 1").state(TcpState.FIN_WAIT_1);
    }

    @Test
    void shouldBelieveAResetWithAnOldTimestamp() {
        Script.established(config().build(), "mss 1000,TS 100 -7001")
                .inject("R. 1:1(0) ack 1 <TS 9 0>")
                .state(TcpState.CLOSED);
    }

    @Test
    void shouldNotJudgeByATimestampOlderThan24Days() {
        Script s = Script.established(config().build(), "mss 1000,TS 100 -7001").at(25L * 24 * 3600 * 1000);

        s.inject(". 1:101(100) ack 1 <TS 99 -7001>").expect(". 1:1(0) ack 101 <TS " + s.ts() + " 99>");
        s.read(100);
    }

    @Test
    void shouldNotTakeTheTimestampOfASegmentBeyondAGap() {
        Script s = Script.established(config().build(), "mss 1000,TS 100 -7001");

        s.inject(". 101:201(100) ack 1 <TS 150 -7001>").expect(". 1:1(0) ack 1 <TS -6901 100>");
        s.inject(". 1:101(100) ack 1 <TS 140 -7001>").expect(". 1:1(0) ack 201 <TS -6901 140>");
    }

    @Test
    void shouldAnswerAWindowProbeEachTime() {
        Script s = Script.established(config().receiveBuffer(2048).build(), "mss 1000");
        s.inject(". 1:2049(2048) ack 1").expect(". 1:1(0) ack 2049 win 0");

        for (int i = 0; i < 5; i++) {
            s.pause(10)
                    .inject(". 2049:2050(1) ack 1")
                    .expect(". 1:1(0) ack 2049 win 0")
                    .end();
        }
    }

    @Test
    void shouldAnswerAKeepAliveProbe() {
        open().inject(". 0:0(0) ack 1").expect(". 1:1(0) ack 1").end();
        open().inject(". 0:1(1) ack 1").expect(". 1:1(0) ack 1").end();
    }

    @Test
    void shouldGoQuietOnEndlessDuplicates() {
        Script s = open().inject(". 1:101(100) ack 1").drop();
        for (int i = 0; i < 1000; i++) {
            s.injectMore(". 1:101(100) ack 1");
        }

        assertEquals(true, s.pending() <= 17, "answers: " + s.pending());
    }

    @Test
    void shouldNotCountRefusedSegmentsAsSignsOfLife() {
        Script s = Script.established(
                config().keepAlive(java.time.Duration.ofSeconds(10), java.time.Duration.ofSeconds(2), 1)
                        .build(),
                "mss 1000");

        s.at(5000).inject(". 60000:60000(0) ack 1").drop();

        s.expectAt(10_100, ". 0:0(0) ack 1");
    }

    @Test
    void shouldShareTheLimitAmongAllThatIsRefused() {
        String[] refused = {
            ". 1:101(100) ack 1 <TS 99 -7001>", // PAWS
            ". 60000:60000(0) ack 1 <TS 100 -7001>",
            ". 60000:60100(100) ack 1 <TS 100 -7001>",
            "S 1:1(0) win 100 <TS 100 -7001>",
            "R 2:2(0)",
            ". 1:1(0) ack 77 <TS 100 -7001>"
        };
        for (String first : refused) {
            Script s = Script.established(config().build(), "mss 1000,TS 100 -7001");
            s.inject(first).expect(". 1:1(0) ack 1").end();
            for (String other : refused) {
                s.pause(50).inject(other).end();
            }
            s.pause(200).inject(first).expect(". 1:1(0) ack 1").end();
        }
    }

    @Test
    void shouldNotCountRefusedSegmentsAsAnswersToWindowProbes() {
        Script s = Script.established(config().retries(3).build(), "mss 1000", 1000)
                .write(3000)
                .drop();
        s.at(200).inject(". 1:1(0) ack 1001 win 0");

        for (int i = 0; i < 100; i++) {
            s.pause(200).drop().injectMore(". 60000:60000(0) ack 1001 win 0").injectMore(". 1:1(0) ack 77000 win 0");
        }

        s.state(TcpState.CLOSED).failure(TcpFailure.TIMED_OUT);
    }

    @Test
    void shouldNotCountRefusedSegmentsAsSignsOfLifeInFinWait2() {
        Script s = open().release().drop().inject(". 1:1(0) ack 2").state(TcpState.FIN_WAIT_2);

        s.at(50_000)
                .inject(". 60000:60000(0) ack 2")
                .injectMore(". 1:1(0) ack 77")
                .drop();

        s.at(60_099).state(TcpState.FIN_WAIT_2).at(60_100).state(TcpState.CLOSED);
    }

    @Test
    void shouldJudgeByTimestampsInEachClosingState() {
        String options = "mss 1000,TS 100 -7001";
        Script closeWait = Script.established(config().build(), options).inject("F. 1:1(0) ack 1 <TS 110 -7001>");
        judgesByTimestamps(closeWait.drop().state(TcpState.CLOSE_WAIT));
        Script lastAck = Script.established(config().build(), options).inject("F. 1:1(0) ack 1 <TS 110 -7001>");
        judgesByTimestamps(lastAck.drop().shutdown().drop().state(TcpState.LAST_ACK));
        Script closing =
                Script.established(config().build(), options).shutdown().drop();
        judgesByTimestamps(
                closing.inject("F. 1:1(0) ack 1 <TS 110 -7001>").drop().state(TcpState.CLOSING));
    }

    private static void judgesByTimestamps(Script s) {
        TcpState state = s.connection().state();
        int next = state == TcpState.CLOSE_WAIT ? 1 : 2; // the others have sent their FIN

        s.inject(". 2:2(0) ack " + next + " <TS 109 -7001>"); // older than the newest
        s.expect(". " + next + ":" + next + "(0) ack 2 <TS " + s.ts() + " 110>").state(state);
        s.inject(". 2:2(0) ack 1 <TS 120 -7001>").end(); // not answered, and remembered
        s.pause(500).drop().inject(". 9:9(0) ack 77 <TS 120 -7001>");
        s.expect(". " + next + ":" + next + "(0) ack 2 <TS " + s.ts() + " 120>").state(state);
    }

    @Test
    void shouldCountThe24DaysFromTheLastTimestamp() {
        long day = 24L * 3600 * 1000;
        Script s = Script.established(config().build(), "mss 1000,TS 100 -7001").at(20 * day);
        s.inject(". 1:101(100) ack 1 <TS 200 -7001>").drop().read(100);

        s.at(44 * day - 1).inject(". 101:201(100) ack 1 <TS 199 -7001>").drop().readAnswers(0);
        s.at(44 * day).inject(". 101:201(100) ack 1 <TS 199 -7001>").drop().read(100);
    }

    @Test
    void shouldLimitAnswersToKeepAliveProbes() {
        Script s = open().inject(". 0:0(0) ack 1").expect(". 1:1(0) ack 1");

        s.inject(". 0:0(0) ack 1").inject(". 0:0(0) ack 1").end();
    }

    @Test
    void shouldLimitAnswersToWhatLiesBeyondAClosedWindow() {
        Script s = Script.established(config().receiveBuffer(2048).build(), "mss 1000");
        s.inject(". 1:2049(2048) ack 1").expect(". 1:1(0) ack 2049 win 0");

        s.inject(". 2050:2150(100) ack 1").expect(". 1:1(0) ack 2049 win 0");
        s.inject(". 2050:2150(100) ack 1").inject(". 2050:2150(100) ack 1").end();
    }

    @Test
    void shouldTestTheAcknowledgmentOfAWindowProbeToo() {
        Script s = Script.established(config().receiveBuffer(2048).build(), "mss 1000");
        s.inject(". 1:2049(2048) ack 1").drop();

        s.inject(". 2049:2050(1) ack 77").expect(". 1:1(0) ack 2049 win 0").end();

        s.write(10).expect("P. 1:11(10) ack 2049");
    }

    @Test
    void shouldChallengeASynBelowTheWindowNoMoreOftenThanOthers() {
        Script s = Script.established(config().build(), "mss 1000,sackOK");
        s.inject(". 1:101(100) ack 1").drop();

        s.inject("S 50:50(0) win 100").expect(". 1:1(0) ack 101 <>");
        s.inject("S 50:50(0) win 100").inject("S. 50:50(0) ack 1").end();
    }

    @Test
    void shouldNotReportAKeepAliveProbeThatHoldsTheSynsNumberAsADuplicate() {
        Script s = Script.established(config().build(), "mss 1000,sackOK");

        s.inject(". 0:1(1) ack 1").expect(". 1:1(0) ack 1 <>").end();
    }

    @Test
    void shouldTakeATimestampThatHasWrappedForNewer() {
        Script s = Script.established(config().build(), "mss 1000,TS " + Integer.MAX_VALUE + " -7001");

        s.inject(". 1:101(100) ack 1 <TS " + Integer.MIN_VALUE + " -7001>");

        s.expect(". 1:1(0) ack 101 <TS " + s.ts() + " " + Integer.MIN_VALUE + ">")
                .read(100);
        s.inject(". 101:201(100) ack 1 <TS " + Integer.MAX_VALUE + " -7001>").drop();
        s.readAnswers(0);
    }
}
