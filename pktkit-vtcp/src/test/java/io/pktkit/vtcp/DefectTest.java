// SPDX-License-Identifier: MIT
package io.pktkit.vtcp;

import static io.pktkit.vtcp.Script.config;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.time.Duration;
import org.junit.jupiter.api.Test;

/** Mistakes that another engine of this family made, one test each, so that none comes back. */
class DefectTest {
    private static Script open() {
        return Script.established(config().build(), "mss 1000");
    }

    @Test
    void shouldNotReportARefusedOrUnansweredSynAsEstablished() {
        Script refused = Script.connect(config().build()).drop().inject("R. 0:0(0) ack 1");
        assertFalse(refused.connection().isEstablished());
        refused.failure(TcpFailure.REFUSED);

        Script silent = Script.connect(config().build()).at(600_000);
        assertFalse(silent.connection().isEstablished());
        silent.failure(TcpFailure.TIMED_OUT);
    }

    @Test
    void shouldNotReportAResetOrATimeoutAsEndOfStream() {
        open().inject("R 1:1(0)").readAnswers(0).failure(TcpFailure.RESET);
        open().write(10).drop().at(600_000).readAnswers(0).failure(TcpFailure.TIMED_OUT);

        Script afterFin = open().inject("F. 1:1(0) ack 1").drop().inject("R 2:2(0)");
        afterFin.readAnswers(-1);
    }

    @Test
    void shouldTransmitWhileAWriterWaitsForRoom() {
        Script s = Script.established(config().sendBuffer(4000).build(), "mss 1000");

        s.write(4000);

        assertEquals(4, s.pending());
    }

    @Test
    void shouldSendTheFinAfterTheLastQueuedByte() {
        Script s = Script.established(config().build(), "mss 1000", 2000)
                .write(3000)
                .shutdown();

        s.expect(". 1:1001(1000)").expect(". 1001:2001(1000)").end();
        s.at(200)
                .inject(". 1:1(0) ack 2001 win 2000")
                .expect("FP. 2001:3001(1000)")
                .end();
    }

    @Test
    void shouldRepeatDataAndTheSameFinWhileClosing() {
        Script s = open().write(500).shutdown().expect("P. 1:501(500)").expect("F. 501:501(0)");
        s.expectAt(400, "P. 1:501(500)")
                .expect("F. 501:501(0)")
                .inject("F. 1:1(0) ack 1")
                .expect(". 502:502(0) ack 2");
        s.state(TcpState.CLOSING).expectAt(1000, "P. 1:501(500)").expect("F. 501:501(0)");
        s.at(1100).inject(". 2:2(0) ack 501").inject(". 2:2(0) ack 502");
        s.state(TcpState.TIME_WAIT);
    }

    @Test
    void shouldProcessPartialAcknowledgmentsInLastAckAndClosing() {
        Script s =
                open().inject("F. 1:1(0) ack 1").drop().write(2000).shutdown().drop();
        s.inject(". 2:2(0) ack 1001").state(TcpState.LAST_ACK);
        assertEquals(1000, s.info().queues().sendQueued());

        Script t = open().write(2000)
                .shutdown()
                .drop()
                .inject("F. 1:1(0) ack 1001")
                .drop();
        assertEquals(1000, t.state(TcpState.CLOSING).info().queues().sendQueued());
    }

    @Test
    void shouldCountOnlyTrueDuplicates() {
        Script s = open().write(10_000).drop().at(200);
        for (int i = 0; i < 6; i++) {
            s.injectMore("P. " + (1 + i) + ":" + (2 + i) + "(1) ack 1"); // data
            s.injectMore(". " + (2 + i) + ":" + (2 + i) + "(0) ack 1 win " + (60_000 + i)); // window updates
        }
        assertEquals(0, s.info().counters().retransmissions());
    }

    @Test
    void shouldSendWhenAWindowUpdateArrives() {
        Script s = Script.established(config().build(), "mss 1000", 1000)
                .write(3000)
                .drop();
        s.inject(". 1:1(0) ack 1001 win 0").end().inject(". 1:1(0) ack 1001 win 2000");

        s.expect(". 1001:2001(1000)").expect("P. 2001:3001(1000)");
    }

    @Test
    void shouldAnnounceTheWindowThatAReadReopened() {
        Script s = Script.established(config().receiveBuffer(3000).build(), "mss 1000");
        s.inject(". 1:3001(3000) ack 1").expect(". 1:1(0) ack 3001 win 0").read(3000);

        s.expect(". 1:1(0) ack 3001 win 3000").end();
    }

    @Test
    void shouldRepeatTheProbeOctetInsteadOfSendingTheNext() {
        Script s = Script.established(config().build(), "mss 1000", 1000)
                .write(3000)
                .drop();
        s.at(200).inject(". 1:1(0) ack 1001 win 0");

        s.expectAt(500, ". 1001:1002(1)").expectAt(1100, ". 1001:1002(1)").expectAt(2300, ". 1001:1002(1)");
    }

    @Test
    void shouldKeepTheProbeTimerWhenKeepAliveIsRearmed() {
        Script s = Script.established(
                config().keepAlive(Duration.ofMillis(50), Duration.ofMillis(50), 100)
                        .build(),
                "mss 1000",
                1000);
        s.write(3000).drop().at(120).inject(". 1:1(0) ack 1001 win 0");
        int probes = 0;
        for (int i = 0; i < 100; i++) {
            s.pause(50);
            while (s.pending() > 0) {
                try {
                    s.expect(". 1001:1002(1)");
                    probes++;
                } catch (AssertionError keepAlive) {
                    assertNull(s.connection().failure());
                }
            }
            s.inject(". 1:1(0) ack 1001 win 0");
        }
        assertTrue(probes >= 3, "probes: " + probes);
    }

    @Test
    void shouldLeaveNoTimerAndSendAResetWhenKeepAliveGivesUp() {
        Script s = Script.established(
                config().keepAlive(Duration.ofSeconds(1), Duration.ofSeconds(1), 1)
                        .build(),
                "mss 1000");

        s.expectAt(1100, ". 0:0(0)").expectAt(2100, "R. 1:1(0)").state(TcpState.CLOSED);

        assertEquals(Long.MAX_VALUE, s.connection().nextDeadlineNanos());
    }

    @Test
    void shouldRepeatTheRightBytesAroundSackedOnes() {
        Script s = Script.established(config().build(), "mss 1000,sackOK")
                .write(6000)
                .drop();
        s.at(200).injectMore(". 1:1(0) ack 1 <sack 1001:2001,sack 3001:6001>");

        // the script compares each payload with its offset
        s.expect(". 1:1001(1000)").expect(". 2001:3001(1000)").end();
    }

    @Test
    void shouldRepairAllHolesInOneRecovery() {
        Script s = Script.established(config().build(), "mss 1000,sackOK")
                .write(10_000)
                .drop();
        s.at(200).injectMore(". 1:1(0) ack 1 <sack 3001:6001,sack 7001:10001>");

        s.expect(". 1:1001(1000)")
                .expect(". 1001:2001(1000)")
                .expect(". 2001:3001(1000)")
                .expect(". 6001:7001(1000)");
        s.at(300).inject(". 1:1(0) ack 10001");
        assertEquals(1, s.info().counters().fastRecoveries());
        assertEquals(5000, s.info().congestion().window());
    }

    @Test
    void shouldAnswerASynWithWhatItCarriedAndEchoItsTimestamp() {
        Script.accept(config().receiveBuffer(1 << 20).build(), "S 0:0(0) win 500 <mss 1000,TS 42 0>")
                .expect("S. 0:0(0) ack 1 win 65535 <mss 1460,TS -7001 42>");
    }

    @Test
    void shouldTreatATimestampOfZeroAsATimestamp() {
        Script s = Script.established(config().build(), "mss 1000,TS 0 -7001");

        s.inject(". 1:101(100) ack 1 <TS -1 -7001>").drop().readAnswers(0);
    }

    @Test
    void shouldSizeTheWindowForTheNegotiatedMss() {
        Script s = Script.accept(config().build(), "S 0:0(0) win 60000 <mss 200>")
                .drop()
                .inject(". 1:1(0) ack 1");

        assertEquals(2000, s.info().congestion().window());
    }

    @Test
    void shouldLimitAnswersInTimeWait() {
        Script s = open().shutdown().drop().inject("F. 1:1(0) ack 2").drop();
        for (int i = 0; i < 100; i++) {
            s.injectMore(". 70000:70000(0) ack 2");
        }

        assertEquals(1, s.pending());
    }

    @Test
    void shouldNotBufferMoreThanTheReceiveBuffer() {
        Script s = Script.established(config().receiveBuffer(4096).build(), "mss 1000");
        s.inject(". 1:3001(3000) ack 1").drop();
        s.injectMore(". 3001:6001(3000) ack 1").injectMore(". 4001:7001(3000) ack 1");

        assertEquals(4096, s.connection().readable());
        assertEquals(4096, s.info().queues().receiveAllocated());
    }

    @Test
    void shouldLeaveNoTimerAfterAnAbortInTimeWait() {
        Script s = open().shutdown().drop().inject("F. 1:1(0) ack 2").drop().abort();

        assertEquals(Long.MAX_VALUE, s.end().connection().nextDeadlineNanos());
    }

    @Test
    void shouldNotPushEverySegment() {
        open().write(2000).expect(". 1:1001(1000)").expect("P. 1001:2001(1000)");
    }

    @Test
    void shouldNotRestartTimeWaitForJustAnySegment() {
        Script s = open().shutdown().drop().inject("F. 1:1(0) ack 2").drop();

        s.at(50_000)
                .injectMore(". 2:2(0) ack 2")
                .injectMore(". 9:9(0) ack 2")
                .at(60_100)
                .state(TcpState.CLOSED);
    }
}
