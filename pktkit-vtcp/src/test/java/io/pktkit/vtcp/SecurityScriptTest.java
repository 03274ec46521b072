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

        s.inject(". 1:101(100) ack 1 <TS 99 -7001>").expect(". 1:1(0) ack 101").read(100);
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
}
