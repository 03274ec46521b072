// SPDX-License-Identifier: MIT
package io.pktkit.vtcp;

import static io.pktkit.vtcp.Script.config;
import static org.junit.jupiter.api.Assertions.assertEquals;

import java.util.function.Supplier;
import org.junit.jupiter.api.Test;

/** Segments that do not fit, in each state: answered by what would fit, and without effect (RFC 9293 3.10.7.4). */
class StrayScriptTest {
    private static Script open() {
        return Script.established(config().build(), "mss 1000");
    }

    private static Script closeWait() {
        return open().inject("F. 1:1(0) ack 1").drop().state(TcpState.CLOSE_WAIT);
    }

    private static Script closing() {
        return open().shutdown().drop().inject("F. 1:1(0) ack 1").drop().state(TcpState.CLOSING);
    }

    private static Script lastAck() {
        return closeWait().shutdown().drop().state(TcpState.LAST_ACK);
    }

    private static Script finWait1() {
        return open().shutdown().drop().state(TcpState.FIN_WAIT_1);
    }

    private static Script finWait2() {
        return finWait1().inject(". 1:1(0) ack 2").state(TcpState.FIN_WAIT_2);
    }

    private static Script timeWait() {
        return finWait2().inject("F. 1:1(0) ack 2").drop().state(TcpState.TIME_WAIT);
    }

    /** The segment is answered by this acknowledgment and changes nothing. */
    private static void assertRefused(Supplier<Script> opening, String stray, String answer) {
        Script s = opening.get();
        TcpState before = s.connection().state();
        s.inject(stray).expect(answer).end().state(before);
        assertEquals(0, s.connection().readable());
    }

    @Test
    void shouldAnswerWhatLiesOutsideTheWindow() {
        for (String stray :
                new String[] {". 40000:40000(0) ack 1", ". 40000:40100(100) ack 1", "F. 40000:40000(0) ack 1"}) {
            assertRefused(StrayScriptTest::open, stray, ". 1:1(0) ack 1");
        }
    }

    @Test
    void shouldAnswerWhatLiesOutsideTheWindowWhileClosing() {
        for (String stray :
                new String[] {". 40000:40000(0) ack 1", ". 40000:40100(100) ack 1", "F. 40000:40000(0) ack 1"}) {
            assertRefused(StrayScriptTest::closing, stray, ". 2:2(0) ack 2");
            assertRefused(StrayScriptTest::finWait2, stray, ". 2:2(0) ack 1");
            assertRefused(StrayScriptTest::timeWait, stray, ". 2:2(0) ack 2");
            assertRefused(StrayScriptTest::lastAck, stray, ". 2:2(0) ack 2");
        }
    }

    @Test
    void shouldAnswerInCloseWait() {
        assertRefused(StrayScriptTest::closeWait, ". 40000:40000(0) ack 1", ". 1:1(0) ack 2");
        assertRefused(StrayScriptTest::closeWait, ". 2:2(0) ack 5000", ". 1:1(0) ack 2");
    }

    @Test
    void shouldAnswerAnAcknowledgmentOfWhatWasNotSentInEachState() {
        assertRefused(StrayScriptTest::open, ". 1:1(0) ack 1000", ". 1:1(0) ack 1");
        assertRefused(StrayScriptTest::finWait1, ". 1:1(0) ack 1000", ". 2:2(0) ack 1");
        assertRefused(StrayScriptTest::finWait2, ". 1:1(0) ack 1000", ". 2:2(0) ack 1");
        assertRefused(StrayScriptTest::closing, ". 2:2(0) ack 1000", ". 2:2(0) ack 2");
        assertRefused(StrayScriptTest::lastAck, ". 2:2(0) ack 1000", ". 2:2(0) ack 2");
        assertRefused(StrayScriptTest::timeWait, ". 2:2(0) ack 1000", ". 2:2(0) ack 2");
    }

    @Test
    void shouldTakeTheAcknowledgmentThatFitsInSynReceived() {
        Script s =
                Script.accept(config().build(), "S 0:0(0) win 5000 <mss 1000>").drop();
        s.inject(". 1:1(0) ack 0").expect("R 0:0(0)").state(TcpState.SYN_RECEIVED);

        s.inject(". 1:1(0) ack 1").end().state(TcpState.ESTABLISHED);
    }

    @Test
    void shouldEndTimeWaitByAResetWithoutAnswer() {
        timeWait().inject("R 2:2(0)").end().state(TcpState.CLOSED).failure(null);
    }

    @Test
    void shouldEndWithoutErrorByAResetWhenBothFinsAreOut() {
        closing().inject("R 2:2(0)").end().state(TcpState.CLOSED).failure(null);
        lastAck().inject("R 2:2(0)").end().state(TcpState.CLOSED).failure(null);
    }

    @Test
    void shouldReportAResetInFinWait2() {
        finWait2().inject("R 1:1(0)").end().state(TcpState.CLOSED).failure(TcpFailure.RESET);
    }

    @Test
    void shouldAnswerARepeatedFinInEachStateAfterIt() {
        closeWait().inject("F. 1:1(0) ack 1").expect(". 1:1(0) ack 2").end();
        closing().inject("F. 1:1(0) ack 1").expect(". 2:2(0) ack 2").end();
        lastAck().inject("F. 1:1(0) ack 1").expect(". 2:2(0) ack 2").end();
        timeWait().inject("F. 1:1(0) ack 2").expect(". 2:2(0) ack 2").end();
    }

    @Test
    void shouldIgnoreUrgentPointerAndFlag() {
        Script s = open(); // RFC 6093: it carries data like any other segment

        s.inject("P. 1:101(100) ack 1").expect(". 1:1(0) ack 101").read(100);
    }

    @Test
    void shouldAnswerARepeatedSynAckByAnAcknowledgmentAlone() {
        Script s = Script.established(config().build(), "mss 1000,sackOK");

        s.inject("S. 0:0(0) ack 1 win 60000 <mss 1000,sackOK>")
                .expect(". 1:1(0) ack 1 <>")
                .end();
    }

    @Test
    void shouldAnswerEachOfAFewDuplicates() {
        Script s = Script.established(config().build(), "mss 1000,sackOK");
        s.inject(". 1:101(100) ack 1").drop();

        for (int i = 0; i < 3; i++) {
            s.inject(". 1:101(100) ack 1")
                    .expect(". 1:1(0) ack 101 <sack 1:101>")
                    .end();
        }
    }

    @Test
    void shouldAnswerDataBeyondTheFinWhenTheWindowIsClosed() {
        Script s = Script.established(config().receiveBuffer(2048).build(), "mss 1000");
        s.inject("F. 1:2049(2048) ack 1").expect(". 1:1(0) ack 2050 win 0");

        s.inject(". 2050:2051(1) ack 1").expect(". 1:1(0) ack 2050 win 0").end();
    }
}
