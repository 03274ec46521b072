// SPDX-License-Identifier: MIT
package io.pktkit.vtcp;

import static io.pktkit.vtcp.Script.config;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.pktkit.vtcp.TcpInfo.FastOpenState;
import org.junit.jupiter.api.Test;

/** The server of Fast Open once it has judged the cookie (RFC 7413 section 4.2.2). */
class FastOpenServerScriptTest {
    private static final TcpConfig PLAIN = config().timestamps(false).build();
    private static final String SYN = "S 0:50(50) win 5000 <mss 1000>";

    private static Script early() {
        return Script.accept(PLAIN, SYN, SynAnswer.DELIVER).expect("S. 0:0(0) ack 51 win 32718 <mss 1460>");
    }

    @Test
    void shouldGiveACookie() {
        Script s = Script.accept(PLAIN, "S 0:0(0) win 5000 <mss 1000,FO>", SynAnswer.HOLD.granting(0x0123456789abcdefL))
                .expect("S. 0:0(0) ack 1 <mss 1460,FO 0123456789abcdef>");

        assertEquals(FastOpenState.ASKED, s.info().fastOpen().state());
        s.expectAt(1000, "S. 0:0(0) ack 1 <mss 1460,FO 0123456789abcdef>");
        s.inject(". 1:1(0) ack 1").state(TcpState.ESTABLISHED);
        s.write(10).expect("P. 1:11(10) ack 1 <>");
    }

    @Test
    void shouldGiveACookieBesideAllOtherOptions() {
        Script.accept(
                        config().build(),
                        "S 0:0(0) win 5000 <mss 1000,sackOK,TS 5 0,wscale 7,FO>",
                        SynAnswer.HOLD.granting(1))
                .expect("S. 0:0(0) ack 1 <mss 1460,sackOK,TS -7001 5,wscale 0,FO 0000000000000001>");
    }

    @Test
    void shouldNotTakeThePayloadOfASynWithAWrongCookie() {
        Script s = Script.accept(PLAIN, SYN, SynAnswer.IGNORE.granting(1)).expect("S. 0:0(0) ack 1 win 32768");

        s.inject("P. 1:51(50) ack 1").expect(". 1:1(0) ack 51").read(50);
        assertEquals(0, s.info().fastOpen().received());
    }

    @Test
    void shouldGiveTheApplicationTheDataBeforeTheHandshakeIsComplete() {
        Script s = early().state(TcpState.SYN_RECEIVED);

        assertTrue(s.connection().mayTransfer());
        assertFalse(s.connection().isEstablished());
        s.read(50).readAnswers(0).end();
        assertEquals(
                new TcpInfo.FastOpen(FastOpenState.ACCEPTED, 0, 0, 50), s.info().fastOpen());
    }

    @Test
    void shouldAnswerBeforeTheHandshakeIsComplete() {
        Script s = early().read(50).write(1500).expect(". 1:1001(1000) ack 51").expect("P. 1001:1501(500) ack 51");

        s.state(TcpState.SYN_RECEIVED).at(100);
        s.inject(". 51:51(0) ack 1501 win 5000").end().state(TcpState.ESTABLISHED);
        assertEquals(0, s.info().queues().unacknowledged());
        assertEquals(1500, s.info().counters().bytesAcked());
    }

    @Test
    void shouldKeepToTheWindowOfTheSynAndTheInitialWindow() {
        Script narrow = Script.accept(PLAIN, "S 0:10(10) win 1000 <mss 1000>", SynAnswer.DELIVER)
                .drop();
        narrow.write(5000).expect(". 1:1001(1000)").end();
        narrow.inject(". 11:11(0) ack 1001 win 9000")
                .expect(". 1001:2001(1000)")
                .drop();

        Script wide = Script.accept(PLAIN, "S 0:10(10) win 60000 <mss 1000>", SynAnswer.DELIVER)
                .drop();
        wide.write(50_000);
        assertEquals(10, wide.pending());
    }

    @Test
    void shouldNotScaleTheWindowOfTheSyn() {
        Script.accept(PLAIN, "S 0:10(10) win 1000 <mss 1000,wscale 7>", SynAnswer.DELIVER)
                .drop()
                .write(5000)
                .expect(". 1:1001(1000)")
                .end();
    }

    @Test
    void shouldTakeAnAcknowledgmentOfTheSynAckAlone() {
        Script s = early().write(100).expect("P. 1:101(100) ack 51").at(100);

        s.inject(". 51:51(0) ack 1 win 5000").end().state(TcpState.ESTABLISHED);
        s.expectAt(400, "P. 1:101(100) ack 51").inject(". 51:51(0) ack 101").end();
    }

    @Test
    void shouldRefuseAnAcknowledgmentOfWhatWasNotSent() {
        early().write(100)
                .drop()
                .inject(". 51:51(0) ack 102")
                .expect("R 102:102(0)")
                .state(TcpState.SYN_RECEIVED);
    }

    @Test
    void shouldRepeatTheSynAckRatherThanTheData() {
        Script s = early().write(100).drop();

        s.expectAt(1000, "S. 0:0(0) ack 51").expectAt(3000, "S. 0:0(0) ack 51");
        s.inject(". 51:51(0) ack 1 win 5000").end();
        assertEquals(1000, s.info().congestion().window()); // a SYN-ACK was lost
        s.at(20_000).expect("P. 1:101(100) ack 51");
    }

    @Test
    void shouldRepeatTheSynAckAlsoWhenThereIsNoAnswerYet() {
        early().expectAt(1000, "S. 0:0(0) ack 51").expectAt(3000, "S. 0:0(0) ack 51");
    }

    @Test
    void shouldAnswerARepeatedSynOnce() {
        Script s = early().read(50).write(100).drop();

        s.inject(SYN).expect("S. 0:0(0) ack 51").end();
        s.inject("S 0:0(0) win 5000 <mss 1000>").expect("S. 0:0(0) ack 51").end();
        s.readAnswers(0).state(TcpState.SYN_RECEIVED);
    }

    @Test
    void shouldTakeDataThatFollowsInOrderAndOutOfOrder() {
        Script s = early();

        s.inject("P. 51:101(50) ack 1").expect(". 1:1(0) ack 101").read(100).state(TcpState.ESTABLISHED);
        Script gap = early();
        gap.inject("P. 61:101(40) ack 1").expect(". 1:1(0) ack 51").read(50);
        gap.inject("P. 51:61(10) ack 1").expect(". 1:1(0) ack 101").read(50);
    }

    @Test
    void shouldTakeAFinWithTheData() {
        Script s = Script.accept(PLAIN, "SF 0:50(50) win 5000 <mss 1000>", SynAnswer.DELIVER)
                .expect("S. 0:0(0) ack 52");

        s.read(50).readAnswers(-1).write(10).expect("P. 1:11(10) ack 52");
        s.shutdown().expect("F. 11:11(0) ack 52").state(TcpState.SYN_RECEIVED);
        s.inject(". 52:52(0) ack 12").end().state(TcpState.CLOSED).failure(null);
    }

    @Test
    void shouldStandInCloseWaitAfterAFinWithTheData() {
        Script s = Script.accept(PLAIN, "SF 0:50(50) win 5000 <mss 1000>", SynAnswer.DELIVER)
                .drop();

        s.inject(". 52:52(0) ack 1").end().state(TcpState.CLOSE_WAIT).read(50).readAnswers(-1);
    }

    @Test
    void shouldEndItsStreamBeforeTheHandshakeIsComplete() {
        Script s = early().read(50).write(10).shutdown().expect("P. 1:11(10)").expect("F. 11:11(0) ack 51");

        s.inject(". 51:51(0) ack 12").end().state(TcpState.FIN_WAIT_2);
        Script part = early().read(50).write(10).shutdown().drop();
        part.inject(". 51:51(0) ack 11").end().state(TcpState.FIN_WAIT_1);
    }

    @Test
    void shouldBeUsableWithoutPayload() {
        Script s = Script.accept(PLAIN, "S 0:0(0) win 5000 <mss 1000>", SynAnswer.DELIVER)
                .expect("S. 0:0(0) ack 1");

        s.write(10).expect("P. 1:11(10) ack 1").inject(". 1:1(0) ack 11").state(TcpState.ESTABLISHED);
    }

    @Test
    void shouldBeResetBeforeTheHandshakeIsComplete() {
        Script s = early().write(10).drop();

        s.inject("R 51:51(0)").end().state(TcpState.CLOSED).failure(TcpFailure.RESET);
        s.read(50).readAnswers(0); // what had arrived can still be read
    }

    @Test
    void shouldNotBelieveAResetAtAnotherNumber() {
        early().inject("R 1:1(0)").end().state(TcpState.SYN_RECEIVED);
        early().inject("R 52:52(0)").expect("S. 0:0(0) ack 51").state(TcpState.SYN_RECEIVED);
    }

    @Test
    void shouldResetWhenReleasedWithTheDataUnread() {
        early().release().expect("R. 1:1(0) ack 51").state(TcpState.CLOSED);
    }

    @Test
    void shouldResetBeyondWhatWasSentWhenAborted() {
        early().write(10).drop().abort().expect("R. 11:11(0) ack 51").state(TcpState.CLOSED);
    }

    @Test
    void shouldGiveUpWhenTheHandshakeIsNeverCompleted() {
        Script s = Script.accept(config().synRetries(1).build(), SYN, SynAnswer.DELIVER)
                .read(50)
                .write(10)
                .drop();

        s.at(60_000).state(TcpState.CLOSED).failure(TcpFailure.TIMED_OUT);
    }

    @Test
    void shouldCutWhatNoLongerFitsThePathBeforeTheHandshakeIsComplete() {
        Script s = early().write(900).expect("P. 1:901(900) ack 51");

        s.packetTooBig(600, 1).expect(". 1:561(560) ack 51").expect("P. 561:901(340)");
        s.inject(". 51:51(0) ack 901").end();
    }

    @Test
    void shouldAnnounceWhatWasReadOnceTheHandshakeIsComplete() {
        Script s = Script.accept(
                        config().receiveBuffer(2048).timestamps(false).build(),
                        "S 0:2048(2048) win 5000 <mss 1000>",
                        SynAnswer.DELIVER)
                .expect("S. 0:0(0) ack 2049 win 0");

        s.read(2048).end();
        s.inject(". 2049:2049(0) ack 1").expect(". 1:1(0) ack 2049 win 2048");
    }

    @Test
    void shouldBeginWithTheBaseSizeWhereThePathIsProbed() {
        TcpConfig probing =
                config().timestamps(false).mtuProbing(MtuProbing.ALWAYS).build();
        Script s = Script.accept(probing, "S 0:50(50) win 9000 <mss 1460>", SynAnswer.DELIVER)
                .drop();

        int base = s.info().negotiated().sendMss();
        assertTrue(base < 1460, () -> "sendMss=" + base);
        s.write(base + 10).drop();
        s.inject(". 51:51(0) ack 1 win 9000").state(TcpState.ESTABLISHED);
        assertEquals(base, s.info().negotiated().sendMss());
    }

    @Test
    void shouldMeasureTheRoundTripOnceTheHandshakeIsComplete() {
        Script s = early().write(10).drop().at(80);

        s.inject(". 51:51(0) ack 11");

        assertEquals(80_000_000L, s.info().timing().smoothedRttNanos());
    }
}
