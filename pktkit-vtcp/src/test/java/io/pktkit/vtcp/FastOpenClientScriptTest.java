// SPDX-License-Identifier: MIT
package io.pktkit.vtcp;

import static io.pktkit.vtcp.Script.config;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertNull;

import io.pktkit.vtcp.TcpInfo.FastOpenState;
import java.util.HexFormat;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The client of Fast Open (RFC 7413 section 4.2.1). */
class FastOpenClientScriptTest {
    private static final String COOKIE = "0123456789abcdef";
    private static final TcpConfig PLAIN = config().timestamps(false).build();

    private static FastOpenCookie cookie(String hex, int mss) {
        return FastOpenCookie.of(HexFormat.of().parseHex(hex), mss);
    }

    private static Script open(int length) {
        return Script.connect(PLAIN, cookie(COOKIE, 1000), length);
    }

    private static void assertOutcome(Script s, FastOpenState state, int sent, int acked) {
        assertEquals(new TcpInfo.FastOpen(state, sent, acked, 0), s.info().fastOpen());
    }

    @Test
    void shouldAskForACookieWithoutSendingData() {
        Script s = Script.connect(PLAIN, FastOpenCookie.NONE, 100).expect("S 0:0(0) <mss 1460,sackOK,wscale 0,FO>");
        assertOutcome(s, FastOpenState.ASKED, 0, 0);

        s.inject("S. 0:0(0) ack 1 win 5000 <mss 1000,FO " + COOKIE + ">")
                .expect("P. 1:101(100) ack 1")
                .end();

        FastOpenCookie granted = s.connection().grantedCookie();
        assertNotNull(granted);
        assertArrayEquals(HexFormat.of().parseHex(COOKIE), granted.toBytes());
        assertEquals(1000, granted.mss());
        assertOutcome(s, FastOpenState.ASKED, 0, 0);
    }

    @Test
    void shouldRememberTheMssThatAServerAnnouncesWithoutACookie() {
        Script s = open(100).drop().inject("S. 0:0(0) ack 101 win 5000 <mss 1400>");

        FastOpenCookie next = s.connection().grantedCookie();
        assertNotNull(next);
        assertArrayEquals(HexFormat.of().parseHex(COOKIE), next.toBytes());
        assertEquals(1400, next.mss());
        assertNull(open(100)
                .drop()
                .inject("S. 0:0(0) ack 101 <mss 1000>")
                .connection()
                .grantedCookie());
    }

    @Test
    void shouldDoWithoutACookieThatIsNotGiven() {
        Script s = Script.connect(PLAIN, FastOpenCookie.NONE, 100).drop();

        s.inject("S. 0:0(0) ack 1 win 5000 <mss 1000>").expect("P. 1:101(100) ack 1");

        assertNull(s.connection().grantedCookie());
    }

    @ParameterizedTest
    @ValueSource(strings = {"01", "0102", "010203", "0102030405", "0102030405060708090a0b0c0d0e0f101112"})
    void shouldNotTakeACookieOfAWrongLength(String hex) {
        Script s = Script.connect(PLAIN, FastOpenCookie.NONE, 100).drop();

        s.inject("S. 0:0(0) ack 1 win 5000 <mss 1000,FO " + hex + ">").expect("P. 1:101(100) ack 1");

        assertNull(s.connection().grantedCookie());
    }

    @ParameterizedTest
    @ValueSource(strings = {"01020304", "010203040506", "0102030405060708090a0b0c0d0e0f10"})
    void shouldTakeAndShowCookiesOfAllLengths(String hex) {
        Script s = Script.connect(PLAIN, FastOpenCookie.NONE, 0).drop();
        s.inject("S. 0:0(0) ack 1 win 5000 <mss 1000,FO " + hex + ">").drop();
        FastOpenCookie granted = s.connection().grantedCookie();
        assertNotNull(granted);

        Script.connect(config().build(), granted, 10).expect("S 0:10(10) <mss 1460,sackOK,TS,wscale 0,FO " + hex + ">");
    }

    @Test
    void shouldSendDataWithTheCookie() {
        Script s = open(100)
                .expect("S 0:100(100) <mss 1460,sackOK,wscale 0,FO " + COOKIE + ">")
                .end();
        assertOutcome(s, FastOpenState.SENT, 100, 0);

        s.inject("S. 0:0(0) ack 101 win 5000 <mss 1000>")
                .expect(". 101:101(0) ack 1")
                .end();

        assertOutcome(s, FastOpenState.ACCEPTED, 100, 100);
        assertEquals(100, s.info().counters().bytesAcked());
        assertEquals(0, s.info().counters().retransmissions());
        assertEquals(0, s.info().queues().sendQueued());
        s.write(10).expect("P. 101:111(10) ack 1").inject(". 1:1(0) ack 111").end();
    }

    @Test
    void shouldResendAtOnceWhatIsNotAcknowledgedAndTakeItForNoCongestion() {
        Script s = open(100).drop();
        s.at(50)
                .inject("S. 0:0(0) ack 1 win 5000 <mss 1000>")
                .expect("P. 1:101(100) ack 1")
                .end();

        assertOutcome(s, FastOpenState.REFUSED, 100, 0);
        assertEquals(1, s.info().counters().retransmissions());
        assertEquals(10_000, s.info().congestion().window());
        assertEquals(Integer.MAX_VALUE, s.info().congestion().slowStartThreshold());
        assertEquals(TcpInfo.RecoveryPhase.OPEN, s.info().congestion().phase());
        assertEquals(50_000_000L, s.info().timing().smoothedRttNanos());
        s.at(100).inject(". 1:1(0) ack 101 win 5000").end();
        assertEquals(50_000_000L, s.info().timing().smoothedRttNanos()); // Karn: nothing measured on the repeat
        s.at(5000).end();
    }

    @Test
    void shouldResendThePartThatIsNotAcknowledged() {
        Script s = open(100).drop();

        s.inject("S. 0:0(0) ack 41 win 5000 <mss 1000>")
                .expect("P. 41:101(60) ack 1")
                .end();

        assertOutcome(s, FastOpenState.ACCEPTED, 100, 40);
        s.inject(". 1:1(0) ack 101 win 5000").end();
        assertEquals(100, s.info().counters().bytesAcked());
    }

    @Test
    void shouldRepeatTheResentDataByTimer() {
        Script s = open(100).drop();
        s.at(100).inject("S. 0:0(0) ack 1 win 5000 <mss 1000>").expect("P. 1:101(100) ack 1");

        s.expectAt(400, "P. 1:101(100) ack 1");
        s.inject(". 1:1(0) ack 101 win 5000").end();
    }

    @Test
    void shouldSendTheRestAfterTheHandshake() {
        Script s = open(3000).expect("S 0:960(960)"); // an MSS of 1000, less 40 for options

        s.inject("S. 0:0(0) ack 961 win 60000 <mss 1000>")
                .expect(". 961:1961(1000) ack 1")
                .expect(". 1961:2961(1000)")
                .expect("P. 2961:3001(40)");
    }

    @Test
    void shouldSendTheRestAfterDataThatWasNotTaken() {
        Script s = open(3000).drop();

        s.inject("S. 0:0(0) ack 1 win 60000 <mss 1000>")
                .expect(". 1:961(960) ack 1")
                .expect(". 961:1961(1000)")
                .expect(". 1961:2961(1000)")
                .expect("P. 2961:3001(40)");
    }

    @Test
    void shouldCutTheDataWhenTheMssTurnsOutSmaller() {
        Script s = open(960).expect("S 0:960(960)");

        s.inject("S. 0:0(0) ack 1 win 60000 <mss 500>")
                .expect(". 1:501(500) ack 1")
                .expect("P. 501:961(460)");
    }

    @Test
    void shouldLimitTheDataToThePathsMtu() {
        TcpConfig small = config().timestamps(false).mtu(576).build();

        Script.connect(small, cookie(COOKIE, 1460), 2000).expect("S 0:496(496)");
    }

    @Test
    void shouldNotSendDataThatHasNoRoom() {
        Script s = Script.connect(PLAIN, cookie(COOKIE, TcpConfig.MIN_MSS), 100).expect("S 0:8(8)");

        s.inject("S. 0:0(0) ack 9 win 5000 <mss 1000>").expect("P. 9:101(92) ack 1");
    }

    @Test
    void shouldShowTheCookieWithoutData() {
        Script s = open(0).expect("S 0:0(0) <mss 1460,sackOK,wscale 0,FO " + COOKIE + ">");
        s.write(10).end();

        s.inject("S. 0:0(0) ack 1 win 5000 <mss 1000>").expect("P. 1:11(10) ack 1");

        assertOutcome(s, FastOpenState.ACCEPTED, 0, 0);
    }

    @Test
    void shouldNotSendWhatIsWrittenAfterTheSynBeforeTheHandshakeIsComplete() {
        Script s = open(100).drop().write(50).end();

        s.inject("S. 0:0(0) ack 101 win 5000 <mss 1000>").expect("P. 101:151(50) ack 1");
    }

    @Test
    void shouldRepeatTheSynWithoutOptionAndData() {
        Script s = open(100).drop();

        s.expectAt(1000, "S 0:0(0) <mss 1460,sackOK,wscale 0>").expectAt(3000, "S 0:0(0) <mss 1460,sackOK,wscale 0>");
        s.inject("S. 0:0(0) ack 1 win 5000 <mss 1000>").expect("P. 1:101(100) ack 1");

        assertOutcome(s, FastOpenState.LOST, 100, 0);
        assertEquals(1000, s.info().congestion().window()); // a SYN was lost
    }

    @Test
    void shouldTakeTheLateAnswerToTheFirstSyn() {
        Script s = open(100).drop();
        s.expectAt(1000, "S 0:0(0)");

        s.inject("S. 0:0(0) ack 101 win 5000 <mss 1000>")
                .expect(". 101:101(0) ack 1")
                .end();

        assertOutcome(s, FastOpenState.LOST, 100, 100);
    }

    @Test
    void shouldTakeARepeatedSynAckOfAServerThatTookTheData() {
        Script s = open(100).drop();
        s.inject("S. 0:0(0) ack 101 win 5000 <mss 1000>").expect(". 101:101(0) ack 1");

        s.inject("S. 0:0(0) ack 101 win 5000 <mss 1000>")
                .expect(". 101:101(0) ack 1")
                .state(TcpState.ESTABLISHED);
    }

    @Test
    void shouldRefuseAnAcknowledgmentBeyondTheData() {
        open(100)
                .drop()
                .inject("S. 0:0(0) ack 102 win 5000 <mss 1000>")
                .expect("R 102:102(0)")
                .end()
                .state(TcpState.SYN_SENT);
    }

    @Test
    void shouldRefuseAnAcknowledgmentOfDataThatOnlyWaits() {
        Script.connect(PLAIN, null, 100)
                .expect("S 0:0(0) <mss 1460,sackOK,wscale 0>")
                .inject("S. 0:0(0) ack 101 win 5000 <mss 1000>")
                .expect("R 101:101(0)")
                .state(TcpState.SYN_SENT);
    }

    @Test
    void shouldBeRefusedByAResetOfSynAndData() {
        open(100)
                .drop()
                .inject("R. 0:0(0) ack 101")
                .end()
                .state(TcpState.CLOSED)
                .failure(TcpFailure.REFUSED);
        open(100).drop().inject("R. 0:0(0) ack 1").end().state(TcpState.CLOSED).failure(TcpFailure.REFUSED);
        open(100).drop().inject("R. 0:0(0) ack 102").end().state(TcpState.SYN_SENT);
    }

    @Test
    void shouldTakeDataWithTheSynAck() {
        Script s = open(100).drop();

        s.inject("S. 0:50(50) ack 101 win 5000 <mss 1000>")
                .expect(". 101:101(0) ack 51")
                .read(50);
    }

    @Test
    void shouldTakeDataThatFollowsTheSynAck() {
        Script s = open(100).drop();
        s.inject("P. 1:51(50) ack 101 win 5000").end().state(TcpState.SYN_SENT); // overtook it

        s.inject("S. 0:0(0) ack 101 win 5000 <mss 1000>").expect(". 101:101(0) ack 1");
        s.inject("P. 1:51(50) ack 101 win 5000").expect(". 101:101(0) ack 51").read(50);
    }

    @Test
    void shouldEndTheStreamAfterTheData() {
        Script s = open(100).drop().shutdown().end();

        s.inject("S. 0:0(0) ack 101 win 5000 <mss 1000>")
                .expect("F. 101:101(0) ack 1")
                .state(TcpState.FIN_WAIT_1);
        s.inject(". 1:1(0) ack 102").state(TcpState.FIN_WAIT_2);
    }

    @Test
    void shouldEndTheStreamAfterDataThatWasNotTaken() {
        Script s = open(100).drop().shutdown().end();

        s.inject("S. 0:0(0) ack 1 win 5000 <mss 1000>")
                .expect("P. 1:101(100) ack 1")
                .expect("F. 101:101(0)");
        s.inject(". 1:1(0) ack 102").state(TcpState.FIN_WAIT_2);
    }

    @Test
    void shouldOpenSimultaneouslyWithData() {
        Script s = open(100).drop();
        s.inject("S 0:0(0) win 4000 <mss 1000>")
                .expect("S. 0:0(0) ack 1 <mss 1460>")
                .state(TcpState.SYN_RECEIVED);

        s.inject("S. 0:0(0) ack 101 win 4000 <mss 1000>")
                .expect(". 101:101(0) ack 1")
                .end();

        s.state(TcpState.ESTABLISHED);
        assertOutcome(s, FastOpenState.ACCEPTED, 100, 100);
    }

    @Test
    void shouldResendTheDataOfASimultaneousOpenThatThePeerDidNotTake() {
        Script s = open(100).drop();
        s.inject("S 0:50(50) win 4000 <mss 1000>").expect("S. 0:0(0) ack 51");

        s.inject(". 51:51(0) ack 1 win 4000").expect("P. 1:101(100) ack 51").read(50);
    }

    @Test
    void shouldRepeatASmallerSynWithoutDataWhenItWasTooBig() {
        Script s = Script.connect(PLAIN, cookie(COOKIE, 1460), 2000).expect("S 0:1420(1420)");

        s.packetTooBig(1000, 0).expect("S 0:0(0) <mss 1460,sackOK,wscale 0>");
        s.inject("S. 0:0(0) ack 1 win 5000 <mss 1460>")
                .expect(". 1:961(960) ack 1")
                .expect(". 961:1421(460)");

        assertEquals(FastOpenState.REFUSED, s.info().fastOpen().state());
    }

    @Test
    void shouldGiveUpLikeAnyOther() {
        Script s = Script.connect(config().synRetries(1).build(), cookie(COOKIE, 1000), 100)
                .drop();

        s.at(60_000).state(TcpState.CLOSED).failure(TcpFailure.TIMED_OUT);
    }

    @Test
    void shouldForgetTheDataWhenReleasedBeforeTheAnswer() {
        open(100).drop().release().end().state(TcpState.CLOSED);
    }

    @Test
    void shouldProbeWithTheDataWhenThePeersWindowIsClosed() {
        Script s = open(100).drop();

        s.at(100)
                .inject("S. 0:0(0) ack 1 win 0 <mss 1000>")
                .expect("P. 1:101(100) ack 1")
                .end();
        s.at(200).inject(". 1:1(0) ack 1 win 0").end();
        s.expectAt(400, "P. 1:101(100) ack 1").expectAt(1000, "P. 1:101(100) ack 1");
        s.inject(". 1:1(0) ack 101 win 5000").end();
    }
}
