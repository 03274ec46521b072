// SPDX-License-Identifier: MIT
package io.pktkit.vtcp;

import static io.pktkit.vtcp.Script.config;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.Test;

/** A release with a limit on delivery. The connections of these tests are 100 ms old when they begin. */
class LingerScriptTest {
    private static Script open() {
        return Script.established(config().build(), "mss 1000");
    }

    @Test
    void shouldAbortAtOnceWithoutTimeToLinger() {
        open().write(10)
                .drop()
                .release(0)
                .expect("R. 11:11(0) ack 1")
                .state(TcpState.CLOSED)
                .failure(TcpFailure.ABORTED);
    }

    @Test
    void shouldResetWhatIsNotAcknowledgedInTime() {
        Script s = open().write(10).expect("P. 1:11(10) ack 1").release(350).expect("F. 11:11(0) ack 1");

        s.expectAt(400, "P. 1:11(10) ack 1").expect("F. 11:11(0)").expectAt(450, "R. 12:12(0) ack 1");
        s.end().state(TcpState.CLOSED).failure(TcpFailure.ABORTED);
    }

    @Test
    void shouldResetWhatIsNotEvenSentInTime() {
        Script s = Script.established(config().build(), "mss 1000", 500)
                .write(900)
                .drop()
                .release(150)
                .end();

        s.expectAt(250, "R. 501:501(0) ack 1").state(TcpState.CLOSED).failure(TcpFailure.ABORTED);
    }

    @Test
    void shouldEndInOrderWhenAllIsAcknowledgedInTime() {
        Script s = open().write(10).drop().release(1000).drop();
        assertFalse(s.connection().isOutputDone());

        s.inject(". 1:1(0) ack 12").end().state(TcpState.FIN_WAIT_2);
        assertTrue(s.connection().isOutputDone());
        s.at(5000).end().state(TcpState.FIN_WAIT_2);
        s.inject("F. 1:1(0) ack 12").expect(". 12:12(0) ack 2").state(TcpState.TIME_WAIT);
        s.at(66_000).state(TcpState.CLOSED).failure(null);
    }

    @Test
    void shouldNotCountAnAcknowledgmentOfTheDataAlone() {
        Script s = open().write(10).drop().release(350).drop();

        s.inject(". 1:1(0) ack 11").end();
        assertFalse(s.connection().isOutputDone());

        s.at(449).drop().expectAt(450, "R. 12:12(0) ack 1").state(TcpState.CLOSED);
    }

    @Test
    void shouldLingerInLastAck() {
        Script s = open().inject("F. 1:1(0) ack 1").drop().release(150).expect("F. 1:1(0) ack 2");

        s.expectAt(250, "R. 2:2(0) ack 2").state(TcpState.CLOSED).failure(TcpFailure.ABORTED);
    }

    @Test
    void shouldLingerInSynReceived() {
        Script s = Script.accept(config().build(), "S 0:0(0) win 5000 <mss 1000>")
                .drop()
                .write(10)
                .release(500)
                .end();

        s.expectAt(500, "R. 1:1(0) ack 1").state(TcpState.CLOSED);
    }

    @Test
    void shouldResetForUnreadDataWhateverTheTimeToLinger() {
        open().inject("P. 1:11(10) ack 1")
                .drop()
                .release(1000)
                .expect("R. 1:1(0) ack 11")
                .state(TcpState.CLOSED);
    }

    @Test
    void shouldLetALaterAbortEndIt() {
        open().write(10)
                .drop()
                .release(10_000)
                .drop()
                .abort()
                .expect("R. 12:12(0) ack 1")
                .state(TcpState.CLOSED);
    }

    @Test
    void shouldResetOnAbortWhileTheFinWaitsBehindData() {
        Script s = Script.established(config().build(), "mss 1000", 500)
                .inject("F. 1:1(0) ack 1 win 500")
                .drop()
                .write(900)
                .drop()
                .shutdown()
                .state(TcpState.LAST_ACK);

        s.abort().expect("R. 501:501(0) ack 2").state(TcpState.CLOSED);
    }

    @Test
    void shouldTakeTheLongestTimeForNoLimit() {
        Script s = open().write(10).drop();
        s.connection().release(Long.MAX_VALUE, Script.MS);

        assertTrue(s.connection().nextDeadlineNanos() < Long.MAX_VALUE);
        assertEquals(TcpState.FIN_WAIT_1, s.connection().state());
    }

    @Test
    void shouldRefuseANegativeTime() {
        TcpConnection connection = open().connection();

        assertThrows(IllegalArgumentException.class, () -> connection.release(-1, 0));
    }
}
