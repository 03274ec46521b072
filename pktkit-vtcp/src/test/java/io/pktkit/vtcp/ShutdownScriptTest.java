// SPDX-License-Identifier: MIT
package io.pktkit.vtcp;

import static io.pktkit.vtcp.Script.config;
import static org.junit.jupiter.api.Assertions.assertEquals;

import java.nio.ByteBuffer;
import java.time.Duration;
import org.junit.jupiter.api.Test;

/** One direction that ends before the other, in every order. */
class ShutdownScriptTest {
    private static Script open() {
        return Script.established(config().build(), "mss 1000");
    }

    @Test
    void shouldSendOneFinHoweverOftenOutputIsShutDown() {
        open().shutdown().expect("F. 1:1(0) ack 1").shutdown().end().shutdown().end();
    }

    @Test
    void shouldPutTheFinOnTheLastSegment() {
        Script s = Script.established(config().build(), "mss 1000", 1000).write(1800);
        s.expect(". 1:1001(1000)").end();

        s.shutdown().end();
        s.at(200).inject(". 1:1(0) ack 1001").expect("FP. 1001:1801(800) ack 1").end();
    }

    @Test
    void shouldHoldNothingBackByNagleOnceTheStreamEnds() {
        Script s = open().write(10).expect("P. 1:11(10)").write(10).end();

        s.shutdown().expect("FP. 11:21(10) ack 1").end();
    }

    @Test
    void shouldTakeNoMoreBytesAfterShutdown() {
        Script s = open().shutdown().drop();

        assertEquals(-1, s.connection().write(ByteBuffer.allocate(1), 0));
        assertEquals(0, s.connection().writable());
        s.end();
    }

    @Test
    void shouldAcknowledgeDataAndFinOfThePeerAfterShutdown() {
        Script s = open().shutdown().drop().inject(". 1:1(0) ack 2").state(TcpState.FIN_WAIT_2);

        s.inject(". 1:1001(1000) ack 2").expect(". 2:2(0) ack 1001");
        s.inject("F. 1001:1501(500) ack 2").expect(". 2:2(0) ack 1502").state(TcpState.TIME_WAIT);
        s.read(1500).readAnswers(-1);
    }

    @Test
    void shouldSendAllThatIsWrittenAfterThePeersFin() {
        Script s = open().inject("F. 1:1(0) ack 1").expect(". 1:1(0) ack 2").state(TcpState.CLOSE_WAIT);

        s.write(2000).expect(". 1:1001(1000) ack 2").expect("P. 1001:2001(1000) ack 2");
        s.inject(". 2:2(0) ack 2001").shutdown().expect("F. 2001:2001(0) ack 2").state(TcpState.LAST_ACK);
        s.inject(". 2:2(0) ack 2002").end().state(TcpState.CLOSED).failure(null);
    }

    @Test
    void shouldShutDownAfterThePeerWithOneReply() {
        Script s = open().inject("F. 1:101(100) ack 1")
                .expect(". 1:1(0) ack 102")
                .read(100)
                .readAnswers(-1);

        s.shutdown().expect("F. 1:1(0) ack 102").end();
    }

    @Test
    void shouldResetWhenShutDownWithDataUnread() {
        Script s = open().inject(". 1:101(100) ack 1").drop().shutdown().expect("F. 1:1(0) ack 101");

        s.release().expect("R. 2:2(0) ack 101").state(TcpState.CLOSED).failure(TcpFailure.ABORTED);
    }

    @Test
    void shouldRepeatDataAndFinTogether() {
        Script s = open().write(500).shutdown().expect("P. 1:501(500)").expect("F. 501:501(0)");

        s.expectAt(400, "P. 1:501(500)").expect("F. 501:501(0)").end(); // the loss window takes both
        s.inject(". 1:1(0) ack 501").end().state(TcpState.FIN_WAIT_1);
        s.inject(". 1:1(0) ack 502").end().state(TcpState.FIN_WAIT_2);
    }

    @Test
    void shouldWaitInFinWait2ForAsLongAsSomebodyReads() {
        Script s = open().shutdown().drop().inject(". 1:1(0) ack 2");

        s.at(3_600_000).end().state(TcpState.FIN_WAIT_2);
        s.inject("P. 1:101(100) ack 2").expect(". 2:2(0) ack 101").read(100);
    }

    @Test
    void shouldProbeASilentPeerInFinWait2FromTheLastSegment() {
        Script s = Script.established(
                        config().keepAlive(Duration.ofSeconds(10), Duration.ofSeconds(2), 2)
                                .build(),
                        "mss 1000")
                .shutdown()
                .drop();
        s.at(200).inject(". 1:1(0) ack 2").state(TcpState.FIN_WAIT_2);

        s.expectAt(10_200, ". 1:1(0) ack 1").expectAt(12_200, ". 1:1(0) ack 1").expectAt(14_200, "R. 2:2(0)");
    }

    /** The application has ended its stream, and the peer will never have it whole. */
    @Test
    void shouldTellOfAResetThatComesBeforeTheFinIsOut() {
        Script s = Script.established(config().build(), "mss 1000", 1000)
                .inject("F. 1:1(0) ack 1 win 1000")
                .drop();
        s.write(1800).expect(". 1:1001(1000)").shutdown().state(TcpState.LAST_ACK);

        s.inject("R 2:2(0)").end().state(TcpState.CLOSED).failure(TcpFailure.RESET);
    }

    @Test
    void shouldTellOfAResetWhileBothCloseAndTheFinIsNotOut() {
        Script s = Script.established(config().build(), "mss 1000", 1000).write(1800);
        s.expect(". 1:1001(1000)").shutdown().state(TcpState.FIN_WAIT_1);
        s.inject("F. 1:1(0) ack 1 win 1000").drop().state(TcpState.CLOSING);

        s.inject("R 2:2(0)").end().state(TcpState.CLOSED).failure(TcpFailure.RESET);
    }

    @Test
    void shouldTakeAResetForAnOrderlyEndOnceTheFinIsOut() {
        Script s = open().inject("F. 1:1(0) ack 1").drop().shutdown().drop().state(TcpState.LAST_ACK);

        s.inject("R 2:2(0)").end().state(TcpState.CLOSED).failure(null);
    }
}
