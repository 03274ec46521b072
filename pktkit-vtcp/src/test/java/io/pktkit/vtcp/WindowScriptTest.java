// SPDX-License-Identifier: MIT
package io.pktkit.vtcp;

import static io.pktkit.vtcp.Script.config;
import static org.junit.jupiter.api.Assertions.assertEquals;

import java.time.Duration;
import org.junit.jupiter.api.Test;

/** The windows of both ends: what their fields mean, what closes and opens them, and what shrinking does. */
class WindowScriptTest {
    @Test
    void shouldTakeTheWindowFieldForUnsigned() {
        Script s = Script.established(config().build(), "mss 1000", 0x8000);
        assertEquals(0x8000, s.info().queues().sendWindow());

        s.inject(". 1:1(0) ack 1 win 65535");

        assertEquals(65_535, s.info().queues().sendWindow());
    }

    @Test
    void shouldScaleTheWindowOfAllButTheHandshake() {
        Script s = Script.established(config().build(), "mss 1000,wscale 7", 500);
        assertEquals(500, s.info().queues().sendWindow());

        s.inject(". 1:1(0) ack 1 win 500");

        assertEquals(64_000, s.info().queues().sendWindow());
    }

    @Test
    void shouldTakeAShiftAbove14For14() {
        Script s = Script.established(config().build(), "mss 1000,wscale 20", 500);

        s.inject(". 1:1(0) ack 1 win 2"); // RFC 7323 section 2.3

        assertEquals(2 << 14, s.info().queues().sendWindow());
    }

    @Test
    void shouldAnnounceASmallBufferThatMayGrowVeryLarge() {
        TcpConfig config =
                config().receiveBuffer(2048).receiveBufferMax(1 << 29).build();
        Script s = Script.connect(config).expect("S 0:0(0) win 2048 <mss 1460,sackOK,TS,wscale 8>");

        s.at(100).inject("S. 0:0(0) ack 1 win 65535 <mss 1000,wscale 7>").expect(". 1:1(0) ack 1 win 8");
    }

    @Test
    void shouldFillASmallWindowAndLetTheDataCarryTheAcknowledgment() {
        Script s = Script.established(config().build(), "mss 1000", 10).write(50);
        s.expect(". 1:11(10) ack 1").end();

        s.inject(". 1:101(100) ack 11 win 20").expect(". 11:31(20) ack 101").end();
        s.inject(". 101:201(100) ack 31 win 1000")
                .expect("P. 31:51(20) ack 201")
                .end();
    }

    @Test
    void shouldSendNothingNewIntoAWindowThatShrank() {
        Script s = Script.established(config().build(), "mss 1000", 10_000)
                .write(20_000)
                .drop();

        s.at(200).inject(". 1:1(0) ack 1001 win 2000").end(); // the edge moved from 10,001 back to 3001

        assertEquals(9000, s.info().queues().unacknowledged());
        s.expectAt(500, ". 1001:2001(1000)"); // what is at the edge's left is repeated all the same
        s.inject(". 1:1(0) ack 10001 win 1000").expect(". 10001:11001(1000)").end(); // it had come in after all
    }

    @Test
    void shouldTakeTheWindowOfARepeatThatAcknowledgesSomethingNew() {
        Script s = Script.established(config().build(), "mss 1000", 4096)
                .write(20_000)
                .drop();
        s.at(150).inject(". 2001:2001(0) ack 1 win 4096"); // what lies before it was lost

        s.at(200).inject(". 1:2001(2000) ack 1001 win 3096");
        s.expect(". 4001:4001(0) ack 2001").end(); // the edge is where it was

        s.inject(". 2001:2001(0) ack 1001 win 4096")
                .expect(". 4001:5001(1000) ack 2001")
                .end();
    }

    @Test
    void shouldNotTakeAShrunkWindowForLoss() {
        Script s = Script.established(config().build(), "mss 1000", 10_000)
                .write(10_000)
                .drop();

        for (int i = 9; i >= 5; i--) {
            s.at(210 - i).inject(". 1:1(0) ack 1 win " + 1000 * i).end();
        }

        assertEquals(10_000, s.info().congestion().window());
    }

    @Test
    void shouldRefuseDataIntoOurClosedWindowAndTakeItOnceRead() {
        Script s = Script.established(config().receiveBuffer(2048).build(), "mss 1000");
        s.inject(". 1:2049(2048) ack 1").expect(". 1:1(0) ack 2049 win 0");

        s.inject(". 2049:3049(1000) ack 1").expect(". 1:1(0) ack 2049 win 0").end();
        s.read(2048).expect(". 1:1(0) ack 2049 win 2048").end();
        s.inject(". 2049:3049(1000) ack 1").expect(". 1:1(0) ack 3049 win 1048").read(1000);
    }

    @Test
    void shouldTakeTheFinOfAProbeThatFillsTheWindow() {
        Script s = Script.established(config().receiveBuffer(2048).build(), "mss 1000");

        s.inject(". 1:2048(2047) ack 1").expect(". 1:1(0) ack 2048 win 1");
        s.inject("P. 2048:2049(1) ack 1")
                .expect(". 1:1(0) ack 2049 win 0")
                .read(2048)
                .drop();
        s.inject("F. 2049:2049(0) ack 1").expect(". 1:1(0) ack 2050").state(TcpState.CLOSE_WAIT);
    }

    @Test
    void shouldGiveUpAfterTheUserTimeoutThoughProbesAreAnswered() {
        Script s = Script.established(
                        config().userTimeout(Duration.ofSeconds(5)).build(), "mss 1000", 1000)
                .write(3000)
                .drop();
        s.at(200).inject(". 1:1(0) ack 1001 win 0");
        for (int at = 500; at < 5000; at += 500) {
            s.at(at).drop().inject(". 1:1(0) ack 1001 win 0");
        }

        s.at(5199).state(TcpState.ESTABLISHED).drop();
        s.at(5200).state(TcpState.CLOSED).failure(TcpFailure.TIMED_OUT); // RFC 5482: nothing was delivered for so long
    }

    @Test
    void shouldCountProbesFromNewOnceTheWindowWasOpen() {
        Script s = Script.established(config().build(), "mss 1000", 1000)
                .write(3000)
                .drop();
        s.at(200).inject(". 1:1(0) ack 1001 win 0").expectAt(500, ". 1001:1002(1)");
        s.at(600).inject(". 1:1(0) ack 1001 win 1000").drop();

        s.at(700).inject(". 1:1(0) ack 2001 win 0").drop();

        // SRTT is still 100 ms or less, so that the first probe comes a plain timeout after the window closed.
        s.at(850).end().at(1050);
        assertEquals(1, s.pending());
    }

    @Test
    void shouldTakeASegmentThatTheHostHasMerged() {
        Script s = Script.established(config().delayedAck(Duration.ofMillis(40)).build(), "mss 1000");

        s.inject(". 1:5001(5000) ack 1").expect(". 1:1(0) ack 5001").read(5000);
    }

    @Test
    void shouldProbeAClosedWindowOnceAMinuteInTheEnd() {
        Script s = Script.established(config().build(), "mss 1000", 1000)
                .write(3000)
                .drop();
        s.at(200).inject(". 1:1(0) ack 1001 win 0");
        long at = 200;
        for (int probe = 0; probe < 12; probe++) {
            at += Math.min(300L << probe, 60_000);
            s.expectAt(at, ". 1001:1002(1)").inject(". 1:1(0) ack 1001 win 0").end();
        }
    }

    @Test
    void shouldSendAFinWithTheRestOfASmallWindowWhenTheTimerOverrides() {
        Script s = Script.established(config().build(), "mss 1000", 4000)
                .write(4000)
                .drop();
        s.at(200).inject(". 1:1(0) ack 4001 win 300").write(301).shutdown().end();
        s.expectAt(500, ". 4001:4301(300)");

        s.at(600).inject(". 1:1(0) ack 4301 win 300").expect("FP. 4301:4302(1)").end();
    }

    @Test
    void shouldGiveUpWhenAsManyProbesAsRetriesWentUnanswered() {
        Script s = Script.established(config().retries(3).build(), "mss 1000", 1000)
                .write(3000)
                .drop();
        s.at(200).inject(". 1:1(0) ack 1001 win 0");

        s.expectAt(500, ". 1001:1002(1)").expectAt(1100, ". 1001:1002(1)").expectAt(2300, ". 1001:1002(1)");
        s.expectAt(4700, "R. 1001:1001(0) ack 1").failure(TcpFailure.TIMED_OUT);
    }

    @Test
    void shouldResetAtTheEdgeOfAWindowThatShrank() {
        Script s = Script.established(config().build(), "mss 1000", 10_000)
                .write(10_000)
                .drop();
        s.at(200).inject(". 1:1(0) ack 1001 win 2000");

        s.abort().expect("R. 3001:3001(0) ack 1").end(); // the peer believes none beyond it
    }
}
