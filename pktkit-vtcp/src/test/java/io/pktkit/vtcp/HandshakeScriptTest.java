// SPDX-License-Identifier: MIT
package io.pktkit.vtcp;

import static io.pktkit.vtcp.Script.config;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.time.Duration;
import org.junit.jupiter.api.Test;

/** Opening, active, passive and simultaneous, and what is negotiated there. */
class HandshakeScriptTest {
    @Test
    void shouldOfferAllOptionsAndNotScaleTheWindowOfASyn() {
        Script.connect(config().receiveBuffer(1 << 20).build())
                .expect("S 0:0(0) win 65535 <mss 1460,sackOK,TS,wscale 5>")
                .end()
                .state(TcpState.SYN_SENT);
    }

    @Test
    void shouldLeaveOutWhatIsSwitchedOff() {
        Script.connect(config().windowScaling(false)
                        .sack(false)
                        .timestamps(false)
                        .build())
                .expect("S 0:0(0) win 32768 <mss 1460>");
    }

    @Test
    void shouldAnnounceTheConfiguredMss() {
        Script.connect(config().mss(900).timestamps(false).build()).expect("S 0:0(0) <mss 900,sackOK,wscale 0>");
    }

    @Test
    void shouldEstablishOnSynAck() {
        Script s = Script.connect(config().build()).drop();

        s.at(30)
                .inject("S. 0:0(0) ack 1 win 1000 <mss 1000>")
                .expect(". 1:1(0) ack 1 win 32768 <>")
                .end();

        s.state(TcpState.ESTABLISHED);
        assertEquals(1000, s.info().negotiated().sendMss());
        assertEquals(30_000_000L, s.info().timing().smoothedRttNanos());
    }

    @Test
    void shouldAnswerOnlyTheOptionsThatTheSynCarried() {
        Script.accept(config().build(), "S 0:0(0) win 5000 <mss 1000>").expect("S. 0:0(0) ack 1 win 32768 <mss 1460>");
        Script.accept(config().build(), "S 0:0(0) win 5000 <mss 1000,sackOK>")
                .expect("S. 0:0(0) ack 1 <mss 1460,sackOK>");
        Script.accept(config().build(), "S 0:0(0) win 5000 <mss 1000,wscale 7>")
                .expect("S. 0:0(0) ack 1 <mss 1460,wscale 0>");
        Script.accept(config().build(), "S 0:0(0) win 5000 <mss 1000,TS 77 0>")
                .expect("S. 0:0(0) ack 1 <mss 1460,TS -7001 77>");
    }

    @Test
    void shouldNotScaleTheWindowOfASynAck() {
        Script s = Script.accept(config().receiveBuffer(1 << 20).build(), "S 0:0(0) win 5000 <mss 1000,wscale 7>");

        s.expect("S. 0:0(0) ack 1 win 65535 <mss 1460,wscale 5>");
        s.inject(". 1:1(0) ack 1 win 100").state(TcpState.ESTABLISHED);

        assertEquals(100 << 7, s.info().queues().sendWindow());
    }

    @Test
    void shouldNotScaleTheWindowOfThePeersSynAck() {
        Script s = Script.connect(config().build()).drop();

        s.inject("S. 0:0(0) ack 1 win 1000 <mss 1000,wscale 7>").expect(". 1:1(0) ack 1");

        assertEquals(1000, s.info().queues().sendWindow());
    }

    @Test
    void shouldAssumeTheDefaultMssWithoutTheOption() {
        Script s = Script.established(config().build(), "");

        s.write(600).expect(". 1:537(536) ack 1");
    }

    @Test
    void shouldMakeRoomForTimestampsInsideTheMss() {
        Script s = Script.connect(config().build()).drop();
        s.inject("S. 0:0(0) ack 1 win 60000 <mss 1000,TS 5 -7001>").expect(". 1:1(0) ack 1 <TS -7001 5>");

        s.write(1500).expect(". 1:989(988) ack 1 <TS -7001 5>");
    }

    @Test
    void shouldNotBelieveATinyMss() {
        Script s = Script.established(config().build(), "mss 1");

        assertEquals(TcpConfig.MIN_MSS, s.info().negotiated().sendMss());
    }

    @Test
    void shouldReportRefusalWhenTheSynIsReset() {
        Script.connect(config().build())
                .drop()
                .inject("R. 0:0(0) ack 1")
                .end()
                .state(TcpState.CLOSED)
                .failure(TcpFailure.REFUSED);
    }

    @Test
    void shouldIgnoreAResetWithoutAcknowledgmentInSynSent() {
        Script.connect(config().build()).drop().inject("R 0:0(0)").end().state(TcpState.SYN_SENT);
    }

    @Test
    void shouldResetAnAcknowledgmentOfWhatWasNotSentInSynSent() {
        Script.connect(config().build())
                .drop()
                .inject("S. 0:0(0) ack 5 win 100")
                .expect("R 5:5(0)")
                .end()
                .state(TcpState.SYN_SENT);
    }

    @Test
    void shouldNotAnswerAWrongResetInSynSent() {
        Script.connect(config().build()).drop().inject("R. 0:0(0) ack 5").end().state(TcpState.SYN_SENT);
    }

    @Test
    void shouldRepeatTheSynWithBackoffAndTimeOut() {
        Script s = Script.connect(config().synRetries(2).build()).expect("S 0:0(0)");

        s.expectAt(1000, "S 0:0(0)").expectAt(3000, "S 0:0(0)");
        s.at(20_000).end().state(TcpState.CLOSED).failure(TcpFailure.TIMED_OUT);
    }

    @Test
    void shouldStartFromOneSegmentAfterALostSyn() {
        Script s = Script.connect(config().build()).drop();
        s.at(1100).drop().inject("S. 0:0(0) ack 1 win 60000 <mss 1000>").expect(". 1:1(0) ack 1");

        s.write(5000).expect(". 1:1001(1000) ack 1").end();

        assertEquals(Integer.MAX_VALUE, s.info().congestion().slowStartThreshold());
    }

    @Test
    void shouldRepeatTheSynAck() {
        Script s = Script.accept(config().synRetries(1).build(), "S 0:0(0) win 5000 <mss 1000>")
                .drop();

        s.expectAt(1000, "S. 0:0(0) ack 1");
        s.at(60_000).end().state(TcpState.CLOSED).failure(TcpFailure.TIMED_OUT);
    }

    @Test
    void shouldAnswerARepeatedSynAgain() {
        Script.accept(config().build(), "S 0:0(0) win 5000 <mss 1000>")
                .drop()
                .inject("S 0:0(0) win 5000 <mss 1000>")
                .expect("S. 0:0(0) ack 1")
                .end()
                .state(TcpState.SYN_RECEIVED);
    }

    @Test
    void shouldNotTakeAnotherSynForARepeatedOne() {
        Script s =
                Script.accept(config().build(), "S 0:0(0) win 5000 <mss 1000>").drop();

        s.inject("S 7:7(0) win 5000").expect("S. 0:0(0) ack 1"); // a challenge
        s.inject("S 8:8(0) win 5000").end(); // within 500 ms

        s.state(TcpState.SYN_RECEIVED);
    }

    @Test
    void shouldRefuseAWrongAcknowledgmentInSynReceived() {
        Script.accept(config().build(), "S 0:0(0) win 5000 <mss 1000>")
                .drop()
                .inject(". 1:1(0) ack 9")
                .expect("R 9:9(0)")
                .state(TcpState.SYN_RECEIVED);
    }

    @Test
    void shouldCloseOnAResetInSynReceived() {
        Script.accept(config().build(), "S 0:0(0) win 5000 <mss 1000>")
                .drop()
                .inject("R 1:1(0)")
                .state(TcpState.CLOSED)
                .failure(TcpFailure.REFUSED);
    }

    @Test
    void shouldOpenSimultaneously() {
        Script s = Script.connect(config().build()).expect("S 0:0(0)");

        s.inject("S 0:0(0) win 4000 <mss 1000>")
                .expect("S. 0:0(0) ack 1 <mss 1460>")
                .state(TcpState.SYN_RECEIVED);
        s.inject("S. 0:0(0) ack 1 win 4000 <mss 1000>").expect(". 1:1(0) ack 1").state(TcpState.ESTABLISHED);
        s.write(10).expect("P. 1:11(10) ack 1");
    }

    @Test
    void shouldRefuseASimultaneousSynAckThatAcknowledgesSomethingElse() {
        Script s = Script.connect(config().build()).expect("S 0:0(0)");
        s.inject("S 0:0(0) win 4000 <mss 1000>").expect("S. 0:0(0) ack 1");

        s.inject("S. 0:0(0) ack 2 win 4000").expect("R 2:2(0)").state(TcpState.SYN_RECEIVED);
    }

    @Test
    void shouldSendWhatWasQueuedBeforeTheHandshake() {
        Script s = Script.connect(config().build()).drop().write(500).shutdown().end();

        s.inject("S. 0:0(0) ack 1 win 60000 <mss 1000>")
                .expect("FP. 1:501(500) ack 1")
                .end();

        s.state(TcpState.FIN_WAIT_1);
    }

    @Test
    void shouldTakeDataThatComesWithTheHandshakesLastSegment() {
        Script s =
                Script.accept(config().build(), "S 0:0(0) win 5000 <mss 1000>").drop();
        assertEquals(0, s.connection().readable());

        s.inject("P. 1:101(100) ack 1 win 5000").expect(". 1:1(0) ack 101").read(100);
    }

    @Test
    void shouldHoldSynPayloadBackUntilEstablished() {
        Script s = Script.accept(config().build(), "S 0:50(50) win 5000 <mss 1000>")
                .expect("S. 0:0(0) ack 51");

        assertEquals(0, s.connection().readable());
        s.readAnswers(0);
        s.inject(". 51:51(0) ack 1").end().read(50);
    }

    @Test
    void shouldEndOnAHardErrorDuringTheHandshakeOnly() {
        Script.connect(config().build())
                .drop()
                .unreachable(true, 0)
                .state(TcpState.CLOSED)
                .failure(TcpFailure.UNREACHABLE);
        Script.connect(config().build()).drop().unreachable(true, 5).state(TcpState.SYN_SENT); // not in flight
        Script s = Script.established(config().build(), "mss 1000").write(100).drop();
        s.unreachable(true, 1).state(TcpState.ESTABLISHED);
    }

    @Test
    void shouldReportASoftErrorWhenRetriesRunOut() {
        Script s = Script.connect(config().synRetries(1).build()).drop().unreachable(false, 0);

        s.state(TcpState.SYN_SENT).at(60_000).failure(TcpFailure.UNREACHABLE);
    }

    /** A router's word is of a time: what is acknowledged later has passed it. */
    @Test
    void shouldNotBlameAnOldErrorForALaterTimeout() {
        Script s = Script.established(config().retries(1).build(), "mss 1000")
                .write(1000)
                .drop();
        s.unreachable(false, 1).inject(". 1:1(0) ack 1001").write(1000).drop();

        s.at(60_000).drop().failure(TcpFailure.TIMED_OUT);
    }

    @Test
    void shouldBlameAnErrorSinceTheLastAcknowledgmentForATimeout() {
        Script s = Script.established(config().retries(1).build(), "mss 1000")
                .write(1000)
                .drop();
        s.inject(". 1:1(0) ack 1001").write(1000).drop().unreachable(false, 1001);

        s.at(60_000).drop().failure(TcpFailure.UNREACHABLE);
    }

    @Test
    void shouldGiveUpTheHandshakeAfterTheUserTimeout() {
        Script s = Script.connect(config().userTimeout(Duration.ofSeconds(2)).build());

        s.at(1999).state(TcpState.SYN_SENT).at(2000).failure(TcpFailure.TIMED_OUT);
    }

    @Test
    void shouldTakeANewSynInTimeWaitIfItIsNewer() {
        Script s = Script.established(config().build(), "mss 1000,TS 100 -7001")
                .shutdown()
                .drop();
        s.inject("F. 1:1(0) ack 2 <TS 110 -6901>").drop().state(TcpState.TIME_WAIT);

        assertTrue(s.acceptsNewSyn("S 0:0(0) <TS 111 0>"));
        assertFalse(s.acceptsNewSyn("S 900:900(0) <TS 109 0>"));
        assertTrue(s.acceptsNewSyn("S 900:900(0)"));
        assertFalse(s.acceptsNewSyn("S 1:1(0)"));
        assertTrue(s.acceptsNewSyn("S 2:2(0)"));
        assertFalse(s.acceptsNewSyn("R 900:900(0)"));
    }

    @Test
    void shouldBeginDataWithThreeSecondsAfterALostSyn() {
        Script s = Script.connect(config().build()).drop();
        s.at(1100)
                .drop()
                .inject("S. 0:0(0) ack 1 win 60000 <mss 1000>")
                .drop()
                .write(100)
                .drop();

        s.expectAt(4100, "P. 1:101(100)"); // RFC 6298 section 5.7
    }

    @Test
    void shouldMeasureAndRepeatFromTheSynAckOfASimultaneousOpen() {
        Script s = Script.connect(config().build()).drop();
        s.at(500).inject("S 0:0(0) win 4000 <mss 1000>").expect("S. 0:0(0) ack 1");
        s.at(1499).end().expectAt(1500, "S. 0:0(0) ack 1");

        Script measured = Script.connect(config().build()).drop();
        measured.at(500).inject("S 0:0(0) win 4000 <mss 1000>").drop();
        measured.at(620).inject(". 1:1(0) ack 1 win 4000").state(TcpState.ESTABLISHED);
        assertEquals(120_000_000L, measured.info().timing().smoothedRttNanos());
    }

    @Test
    void shouldCountTheSegmentsOfTheHandshake() {
        Script s = Script.connect(config().build()).at(1100).drop();
        s.inject("S. 0:0(0) ack 5 win 100").expect("R 5:5(0)");
        s.inject("S. 0:0(0) ack 1 win 60000 <mss 1000>").drop();

        assertEquals(4, s.info().counters().segmentsSent()); // SYN, SYN, RST, ACK
        assertEquals(1, s.info().counters().retransmissions());
        assertEquals(1, s.info().counters().timeouts());
    }

    @Test
    void shouldShiftNoMoreThanTheBufferNeeds() {
        Script.connect(config().timestamps(false).receiveBuffer(65_535).build())
                .expect("S 0:0(0) win 65535 <mss 1460,sackOK,wscale 0>");
        Script.connect(config().timestamps(false).receiveBuffer(65_536).build())
                .expect("S 0:0(0) win 65535 <mss 1460,sackOK,wscale 1>");
        Script.connect(config().timestamps(false).receiveBuffer(1 << 29).build())
                .expect("S 0:0(0) win 65535 <mss 1460,sackOK,wscale 14>");
    }
}
