// SPDX-License-Identifier: MIT
package io.pktkit.vtcp;

import static io.pktkit.vtcp.Script.config;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.Test;

/** Payload and FIN in a SYN, without Fast Open: queued, acknowledged, and held back (RFC 9293 section 3.10.7.2). */
class SynDataScriptTest {
    private static Script accept(String syn) {
        return Script.accept(config().build(), syn);
    }

    @Test
    void shouldAcknowledgeSynPayloadAndHoldItBack() {
        Script s = accept("S 0:50(50) win 5000 <mss 1000>").expect("S. 0:0(0) ack 51 win 32718");

        assertEquals(0, s.connection().readable());
        s.readAnswers(0).inject(". 51:51(0) ack 1").end().read(50).state(TcpState.ESTABLISHED);
    }

    @Test
    void shouldNotTakeSynPayloadTwice() {
        Script s = accept("S 0:50(50) win 5000 <mss 1000>").drop();

        s.inject("S 0:50(50) win 5000 <mss 1000>").expect("S. 0:0(0) ack 51");
        s.inject("P. 1:101(100) ack 1").expect(". 1:1(0) ack 101").read(100);
    }

    @Test
    void shouldTakeOnlyWhatTheWindowAllows() {
        Script s = Script.accept(config().receiveBuffer(2048).build(), "S 0:3000(3000) win 5000 <mss 1000>")
                .expect("S. 0:0(0) ack 2049 win 0");

        s.inject(". 2049:2049(0) ack 1").read(2048).expect(". 1:1(0) ack 2049 win 2048");
        s.inject("P. 2049:3001(952) ack 1").expect(". 1:1(0) ack 3001").read(952);
    }

    @Test
    void shouldNotBelieveAFinBeyondWhatTheWindowTook() {
        Script s = Script.accept(config().receiveBuffer(2048).build(), "SF 0:3000(3000) win 5000 <mss 1000>")
                .expect("S. 0:0(0) ack 2049 win 0");

        s.inject(". 2049:2049(0) ack 1").state(TcpState.ESTABLISHED);
    }

    @Test
    void shouldTakeAFinWithTheSyn() {
        Script s = accept("SF 0:50(50) win 5000 <mss 1000>").expect("S. 0:0(0) ack 52");

        assertFalse(s.connection().endOfStream());
        s.inject(". 52:52(0) ack 1").end().state(TcpState.CLOSE_WAIT);
        assertFalse(s.connection().endOfStream());
        s.read(50).readAnswers(-1);
        assertTrue(s.connection().endOfStream());
        s.write(10).expect("P. 1:11(10) ack 52").shutdown().expect("F. 11:11(0) ack 52");
        s.inject(". 52:52(0) ack 12").state(TcpState.CLOSED).failure(null);
    }

    @Test
    void shouldCloseWhenBothEndedTheirStreamsDuringTheHandshake() {
        Script s = accept("SF 0:0(0) win 5000 <mss 1000>")
                .expect("S. 0:0(0) ack 2")
                .shutdown()
                .end();

        s.inject(". 2:2(0) ack 1").expect("F. 1:1(0) ack 2").state(TcpState.LAST_ACK);
        s.inject(". 2:2(0) ack 2").state(TcpState.CLOSED).failure(null);
    }

    @Test
    void shouldTakeSynPayloadOfASimultaneousOpen() {
        Script s = Script.connect(config().build()).drop();

        s.inject("S 0:50(50) win 4000 <mss 1000>")
                .expect("S. 0:0(0) ack 51")
                .state(TcpState.SYN_RECEIVED)
                .readAnswers(0);
        s.inject(". 51:51(0) ack 1 win 4000").end().state(TcpState.ESTABLISHED).read(50);
    }

    @Test
    void shouldTakeThePayloadOfTheSynAckOfASimultaneousOpen() {
        Script s = Script.connect(config().build()).drop();
        s.inject("S 0:0(0) win 4000 <mss 1000>").expect("S. 0:0(0) ack 1");

        s.inject("S. 0:50(50) ack 1 win 4000 <mss 1000>")
                .expect(". 1:1(0) ack 51")
                .read(50);
    }

    @Test
    void shouldTakeThePayloadOfASynAck() {
        Script s = Script.connect(config().build()).drop();

        s.inject("S. 0:50(50) ack 1 win 4000 <mss 1000>")
                .expect(". 1:1(0) ack 51")
                .read(50);
    }

    @Test
    void shouldTellThePeerThatUnreadSynPayloadIsLost() {
        accept("S 0:50(50) win 5000 <mss 1000>")
                .drop()
                .release()
                .expect("R. 1:1(0) ack 51")
                .state(TcpState.CLOSED);
    }

    @Test
    void shouldForgetHeldPayloadOnAReset() {
        Script s = accept("S 0:50(50) win 5000 <mss 1000>").drop();

        s.inject("R 51:51(0)").end().state(TcpState.CLOSED).failure(TcpFailure.REFUSED);
        s.readAnswers(0);
    }

    @Test
    void shouldNotBelieveAResetAtTheSynsOwnNumberOncePayloadWasTaken() {
        accept("S 0:50(50) win 5000 <mss 1000>").drop().inject("R 1:1(0)").end().state(TcpState.SYN_RECEIVED);
    }

    @Test
    void shouldNotTakeASynAckOfAnotherConnectionInASimultaneousOpen() {
        Script s = Script.connect(config().build()).drop();
        s.inject("S 0:0(0) win 4000 <mss 1000>").expect("S. 0:0(0) ack 1");

        s.inject("S. 5:5(0) ack 1 win 4000 <mss 1000>").expect("S. 0:0(0) ack 1"); // a challenge, no repeat
        s.state(TcpState.SYN_RECEIVED);
    }

    @Test
    void shouldEchoTheTimestampOfTheSegmentThatCompletesTheHandshake() {
        Script s = accept("S 0:0(0) win 5000 <mss 1000,TS 77 0>").drop();

        s.inject(". 1:1(0) ack 1 <TS 90 -7001>").write(1).expect("P. 1:2(1) ack 1 <TS -7001 90>");
    }

    @Test
    void shouldStartFromOneSegmentAfterALostSynAckAndStillRetransmitFast() {
        Script s = accept("S 0:0(0) win 60000 <mss 1000,sackOK>").drop();
        s.expectAt(1000, "S. 0:0(0) ack 1").inject(". 1:1(0) ack 1 win 60000");
        assertEquals(Integer.MAX_VALUE, s.info().congestion().slowStartThreshold());

        s.write(9000).expect(". 1:1001(1000) ack 1").end();
        s.inject(". 1:1(0) ack 1001 win 60000").expect(". 1001:2001(1000)").expect(". 2001:3001(1000)");
        s.inject(". 1:1(0) ack 3001 win 60000").drop();
        for (int i = 1; i <= 3; i++) {
            s.injectMore(". 1:1(0) ack 3001 win 60000 <sack 4001:" + (4001 + 1000 * i) + ">");
        }

        s.expect(". 3001:4001(1000) ack 1");
    }

    @Test
    void shouldEchoTheTimestampOfTheSegmentThatFollowsSynPayload() {
        Script s = accept("S 0:50(50) win 5000 <mss 1000,TS 77 0>").drop();

        s.inject(". 51:51(0) ack 1 <TS 90 -7001>").write(1).expect("P. 1:2(1) ack 51 <TS -7001 90>");
    }
}
