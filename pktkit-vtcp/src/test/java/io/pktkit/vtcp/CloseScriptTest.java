// SPDX-License-Identifier: MIT
package io.pktkit.vtcp;

import static io.pktkit.vtcp.Script.config;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.ByteBuffer;
import java.time.Duration;
import org.junit.jupiter.api.Test;

/** Orderly and abortive ends. */
class CloseScriptTest {
    private static Script open() {
        return Script.established(config().build(), "mss 1000");
    }

    @Test
    void shouldCloseActively() {
        Script s = open().shutdown().expect("F. 1:1(0) ack 1").state(TcpState.FIN_WAIT_1);

        s.inject(". 1:1(0) ack 2").end().state(TcpState.FIN_WAIT_2);
        s.inject("F. 1:1(0) ack 2").expect(". 2:2(0) ack 2").state(TcpState.TIME_WAIT);
        s.at(60_099)
                .state(TcpState.TIME_WAIT)
                .at(60_100)
                .state(TcpState.CLOSED)
                .failure(null)
                .end();
    }

    @Test
    void shouldClosePassively() {
        Script s = open().inject("F. 1:1(0) ack 1").expect(". 1:1(0) ack 2").state(TcpState.CLOSE_WAIT);
        s.readAnswers(-1).write(10).expect("P. 1:11(10) ack 2");

        s.shutdown().expect("F. 11:11(0) ack 2").state(TcpState.LAST_ACK);
        s.inject(". 2:2(0) ack 11").end().state(TcpState.LAST_ACK);
        s.inject(". 2:2(0) ack 12").end().state(TcpState.CLOSED).failure(null);
    }

    @Test
    void shouldCloseSimultaneously() {
        Script s = open().shutdown().expect("F. 1:1(0) ack 1");

        s.inject("F. 1:1(0) ack 1").expect(". 2:2(0) ack 2").state(TcpState.CLOSING);
        s.inject(". 2:2(0) ack 2").end().state(TcpState.TIME_WAIT);
    }

    @Test
    void shouldGoFromFinWait1ToTimeWaitWhenTheFinIsAcknowledgedByAFin() {
        open().shutdown()
                .drop()
                .inject("F. 1:1(0) ack 2")
                .expect(". 2:2(0) ack 2")
                .state(TcpState.TIME_WAIT);
    }

    @Test
    void shouldReadOnAfterShutdown() {
        Script s = open().shutdown().drop().inject(". 1:1(0) ack 2");

        s.inject("P. 1:501(500) ack 2").expect(". 2:2(0) ack 501").read(500);
        assertEquals(-1, s.connection().write(ByteBuffer.allocate(1), 0));
    }

    @Test
    void shouldRestartTimeWaitOnlyOnARepeatedFin() {
        Script s = open().shutdown().drop().inject("F. 1:1(0) ack 2").drop();

        s.at(30_000).inject(". 2:2(0) ack 2").end();
        s.at(40_000).inject("F. 1:1(0) ack 2").expect(". 2:2(0) ack 2");

        s.at(99_999).state(TcpState.TIME_WAIT).at(100_000).state(TcpState.CLOSED);
    }

    @Test
    void shouldEndFinWait2OnlyWhenReleased() {
        Script s = open().shutdown().drop().inject(". 1:1(0) ack 2");
        s.at(500_000).state(TcpState.FIN_WAIT_2).release();

        s.at(559_999)
                .state(TcpState.FIN_WAIT_2)
                .at(560_000)
                .state(TcpState.CLOSED)
                .failure(null);
    }

    @Test
    void shouldCountFinWait2FromTheLastSegment() {
        Script s = open().release().drop().inject(". 1:1(0) ack 2").at(50_000).inject(". 1:1(0) ack 2");

        s.at(109_999).state(TcpState.FIN_WAIT_2).at(110_000).state(TcpState.CLOSED);
    }

    @Test
    void shouldResetWhenReleasedWithUnreadData() {
        Script s = open().inject(". 1:101(100) ack 1")
                .drop()
                .inject(". 201:301(100) ack 1")
                .drop();

        s.release().expect("R. 1:1(0) ack 101").end().state(TcpState.CLOSED).failure(TcpFailure.ABORTED);

        assertEquals(0, s.connection().readable());
        assertEquals(0, s.info().queues().outOfOrder());
        assertEquals(0, s.info().queues().receiveAllocated());
    }

    @Test
    void shouldResetWhenDataArrivesAfterRelease() {
        open().release()
                .expect("F. 1:1(0) ack 1")
                .inject(". 1:101(100) ack 2")
                .expect("R 2:2(0)")
                .state(TcpState.CLOSED);
    }

    /** At another place the peer would ask first whether the reset is meant (RFC 5961 section 3.2). */
    @Test
    void shouldResetWhereAPeerExpectsItThatHasNotSeenTheFin() {
        open().release()
                .expect("F. 1:1(0) ack 1")
                .inject(". 1:2(1) ack 1")
                .expect("R 1:1(0)")
                .end()
                .state(TcpState.CLOSED);
    }

    @Test
    void shouldResetWhereAPeerExpectsItThoughItsSegmentWasOvertaken() {
        Script s = open().write(1000).drop().release().drop().inject(". 101:101(0) ack 501");

        s.inject(". 1:101(100) ack 1").expect("R 501:501(0)").end().state(TcpState.CLOSED);
    }

    @Test
    void shouldForgetAConnectionReleasedInSynSent() {
        Script.connect(config().build())
                .drop()
                .release()
                .end()
                .state(TcpState.CLOSED)
                .failure(TcpFailure.ABORTED);
    }

    @Test
    void shouldResetOnAbort() {
        open().write(10).drop().abort().expect("R. 11:11(0) ack 1").end().state(TcpState.CLOSED);
        Script.accept(config().build(), "S 0:0(0) <mss 1000>").drop().abort().expect("R. 1:1(0) ack 1");
        Script.connect(config().build()).drop().abort().end().state(TcpState.CLOSED);
    }

    @Test
    void shouldNotResetFromTheLastStates() {
        Script s = open().shutdown().drop().inject("F. 1:1(0) ack 2").drop();
        s.abort().end().state(TcpState.CLOSED);
        Script t = open().inject("F. 1:1(0) ack 1").drop().shutdown().drop();
        t.abort().end().state(TcpState.CLOSED);
        Script u = open().shutdown().drop().inject("F. 1:1(0) ack 1").drop();
        u.abort().end().state(TcpState.CLOSED);
    }

    @Test
    void shouldRepeatALostFin() {
        Script s = open().shutdown().expect("F. 1:1(0) ack 1");

        s.expectAt(400, "F. 1:1(0) ack 1").expectAt(1000, "F. 1:1(0) ack 1");
    }

    @Test
    void shouldProbeWithTheFinWhenTheWindowIsClosed() {
        Script s = Script.established(config().build(), "mss 1000", 1000)
                .write(1000)
                .drop();
        s.at(200).inject(". 1:1(0) ack 1001 win 0").shutdown().end();

        s.expectAt(500, "F. 1001:1001(0) ack 1")
                .inject(". 1:1(0) ack 1002 win 0")
                .state(TcpState.FIN_WAIT_2);
    }

    @Test
    void shouldReadWhatArrivedBeforeAReset() {
        Script s = open().inject(". 1:101(100) ack 1").drop().inject("R 101:101(0)");

        s.state(TcpState.CLOSED).failure(TcpFailure.RESET).read(100).readAnswers(0);
    }

    @Test
    void shouldSkipTimeWaitWhenItIsZero() {
        Script s = Script.established(config().timeWait(Duration.ZERO).build(), "mss 1000")
                .shutdown()
                .drop();

        s.inject("F. 1:1(0) ack 2")
                .expect(". 2:2(0) ack 2")
                .state(TcpState.CLOSED)
                .failure(null);
    }

    @Test
    void shouldHoldNoBuffersInTimeWaitBeyondWhatIsUnread() {
        Script s = open().write(1000).shutdown().drop();

        s.inject("F. 1:501(500) ack 1002").drop().state(TcpState.TIME_WAIT);

        assertEquals(0, s.info().queues().sendAllocated());
        s.read(500);
        assertEquals(0, s.info().queues().receiveAllocated());
    }

    @Test
    void shouldHoldNoBuffersOnceAClosedConnectionIsRead() {
        Script s = open().inject(". 1:501(500) ack 1")
                .drop()
                .inject("R 501:501(0)")
                .state(TcpState.CLOSED);

        s.read(500);

        assertEquals(0, s.info().queues().receiveAllocated());
    }

    @Test
    void shouldWaitForNothingInFinWait2() {
        Script s = Script.established(config().build(), "mss 1000,sackOK")
                .write(1000)
                .shutdown()
                .drop();

        s.at(150).inject(". 1:1(0) ack 1002").end().state(TcpState.FIN_WAIT_2);

        // But for the one that gives idle memory back.
        s.at(5000).end();
        assertEquals(Long.MAX_VALUE, s.connection().nextDeadlineNanos());
    }

    @Test
    void shouldTakeAFinThatRepeatsDataOfBeforeTheRelease() {
        Script s =
                open().inject(". 1:101(100) ack 1").drop().read(100).release().drop();
        s.inject(". 101:101(0) ack 2").state(TcpState.FIN_WAIT_2);

        s.inject("F. 1:101(100) ack 2").expect(". 2:2(0) ack 102").end().state(TcpState.TIME_WAIT);
    }

    @Test
    void shouldWaitForNothingButTheEndOfTimeWait() {
        Script s = Script.established(
                config().keepAlive(Duration.ofSeconds(10), Duration.ofSeconds(2), 2)
                        .delayedAck(Duration.ofMillis(40))
                        .build(),
                "mss 1000");
        s.shutdown().drop().inject("F. 1:1(0) ack 2").drop().state(TcpState.TIME_WAIT);

        assertEquals(Script.nanos(60_100), s.connection().nextDeadlineNanos());
        s.at(60_100).end().state(TcpState.CLOSED);
    }

    @Test
    void shouldStayInFinWait2ForeverIfToldTo() {
        Script s = Script.established(config().finWait2(Duration.ZERO).build(), "mss 1000")
                .release()
                .drop();
        s.inject(". 1:1(0) ack 2").state(TcpState.FIN_WAIT_2);

        s.at(1_000_000).state(TcpState.FIN_WAIT_2);
        assertEquals(Long.MAX_VALUE, s.connection().nextDeadlineNanos());
    }

    @Test
    void shouldNotWaitForASegmentThatMayBeLateOnceAllIsAcknowledged() {
        Script s = Script.established(config().build(), "mss 1000,sackOK")
                .write(2000)
                .shutdown()
                .drop();
        s.at(150).inject(". 1:1(0) ack 1 <sack 1001:2001>").end(); // the first may come until 175 ms

        s.at(160).inject(". 1:1(0) ack 2002").end().state(TcpState.FIN_WAIT_2);

        assertTrue(s.connection().nextDeadlineNanos() > Script.nanos(1000)); // when idle memory is given back
    }

    @Test
    void shouldForgetWhatIsUnreadWhenReleasedInTimeWait() {
        Script s = open().shutdown().drop().inject("F. 1:501(500) ack 2").drop().state(TcpState.TIME_WAIT);
        assertEquals(500, s.connection().readable());

        s.release().end().state(TcpState.TIME_WAIT);

        assertEquals(0, s.connection().readable());
        assertEquals(0, s.info().queues().receiveAllocated());
    }
}
