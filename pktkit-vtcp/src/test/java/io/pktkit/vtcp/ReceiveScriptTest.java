// SPDX-License-Identifier: MIT
package io.pktkit.vtcp;

import static io.pktkit.vtcp.Script.config;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.time.Duration;
import org.junit.jupiter.api.Test;

/** What is accepted, when it is acknowledged, and which window is announced. */
class ReceiveScriptTest {
    private static final String SACK = "mss 1000,sackOK";

    /** A connection that is past its first sixteen acknowledgments, so that it holds them back. */
    private static Script delaying() {
        Script s = Script.established(config().delayedAck(Duration.ofMillis(40)).build(), SACK);
        for (int i = 0; i < 16; i++) {
            s.inject(". " + (1 + 1000 * i) + ":" + (1001 + 1000 * i) + "(1000) ack 1")
                    .drop()
                    .read(1000)
                    .drop();
        }
        return s;
    }

    /** Linux does so, and its own recovery takes a last segment for lost whose FIN is left out. */
    @Test
    void shouldTellOfAFinBeyondAGap() {
        Script s = Script.established(config().build(), SACK);

        s.inject("F. 1001:1501(500) ack 1").expect(". 1:1(0) ack 1 <sack 1001:1502>");
        s.inject(". 1:1001(1000) ack 1").expect(". 1:1(0) ack 1502").end().state(TcpState.CLOSE_WAIT);
        s.read(1500);
        assertTrue(s.connection().endOfStream());

        Script alone = Script.established(config().build(), SACK);
        alone.inject("F. 1001:1001(0) ack 1").expect(". 1:1(0) ack 1 <sack 1001:1002>");
        alone.inject("F. 501:1001(500) ack 1").expect(". 1:1(0) ack 1 <sack 501:1002>");
        alone.inject(". 1:501(500) ack 1").expect(". 1:1(0) ack 1002").end().state(TcpState.CLOSE_WAIT);
    }

    @Test
    void shouldAcknowledgeTheFirstSegmentsAtOnce() {
        Script s = Script.established(config().delayedAck(Duration.ofMillis(40)).build(), SACK);

        s.inject(". 1:1001(1000) ack 1").expect(". 1:1(0) ack 1001");
    }

    @Test
    void shouldHoldAnAcknowledgmentBackFor40Milliseconds() {
        Script s = delaying();

        s.inject("P. 16001:16101(100) ack 1").end();

        s.expectAt(140, ". 1:1(0) ack 16101").end();
    }

    @Test
    void shouldAcknowledgeEverySecondFullSegment() {
        Script s = delaying();

        s.inject(". 16001:17001(1000) ack 1").end();
        s.inject(". 17001:18001(1000) ack 1").expect(". 1:1(0) ack 18001").end();
    }

    @Test
    void shouldAcknowledgeEverySecondSegmentAlsoWhenTheyHaveBecomeSmaller() {
        Script s = delaying();

        s.inject(". 16001:19001(3000) ack 1").end();
        s.inject(". 19001:19601(600) ack 1").expect(". 1:1(0) ack 19601").end();
        s.inject(". 19601:20201(600) ack 1").end();
        s.inject(". 20201:20801(600) ack 1").expect(". 1:1(0) ack 20801").end();
    }

    @Test
    void shouldLetAReplyCarryTheAcknowledgment() {
        Script s = delaying();

        s.inject("P. 16001:16101(100) ack 1")
                .write(50)
                .expect("P. 1:51(50) ack 16101")
                .at(500)
                .drop();
    }

    @Test
    void shouldAcknowledgeAGapAtOnceAndTellTheBlock() {
        Script s = delaying();

        s.inject(". 17001:18001(1000) ack 1").expect(". 1:1(0) ack 16001 <sack 17001:18001>");
        s.inject(". 16001:17001(1000) ack 1")
                .expect(". 1:1(0) ack 18001 <>")
                .read(2000)
                .end();
    }

    @Test
    void shouldTellTheNewestBlockFirst() {
        Script s = Script.established(config().build(), SACK);

        s.inject(". 2001:3001(1000) ack 1").expect(". 1:1(0) ack 1 <sack 2001:3001>");
        s.inject(". 6001:7001(1000) ack 1").expect(". 1:1(0) ack 1 <sack 6001:7001,sack 2001:3001>");
        s.inject(". 4001:5001(1000) ack 1").expect(". 1:1(0) ack 1 <sack 4001:5001,sack 6001:7001,sack 2001:3001>");
        s.inject(". 3001:4001(1000) ack 1").expect(". 1:1(0) ack 1 <sack 2001:5001,sack 6001:7001>");
    }

    @Test
    void shouldTellAtMostFourBlocksWithoutTimestampsAndThreeWith() {
        Script s = Script.established(config().build(), SACK);
        for (int i = 1; i <= 6; i++) {
            s.injectMore(". " + (2000 * i + 1) + ":" + (2000 * i + 101) + "(100) ack 1");
        }
        for (int i = 1; i < 6; i++) {
            s.expect(". 1:1(0) ack 1");
        }
        s.expect(". 1:1(0) ack 1 <sack 12001:12101,sack 10001:10101,sack 8001:8101,sack 6001:6101>");

        Script t = Script.established(config().build(), "mss 1000,sackOK,TS 1 -7001");
        for (int i = 1; i <= 4; i++) {
            t.injectMore(". " + (2000 * i + 1) + ":" + (2000 * i + 101) + "(100) ack 1 <TS 1 -7001>");
        }
        t.expect(". 1:1(0) ack 1").expect(". 1:1(0) ack 1").expect(". 1:1(0) ack 1");
        t.expect(". 1:1(0) ack 1 <TS,sack 8001:8101,sack 6001:6101,sack 4001:4101>");
    }

    @Test
    void shouldReportADuplicateOnce() {
        Script s = Script.established(config().build(), SACK);
        s.inject(". 1:1001(1000) ack 1").expect(". 1:1(0) ack 1001 <>");

        s.inject(". 1:1001(1000) ack 1").expect(". 1:1(0) ack 1001 <sack 1:1001>");
        s.inject(". 1001:2001(1000) ack 1").expect(". 1:1(0) ack 2001 <>");
    }

    @Test
    void shouldReportADuplicateBeyondAGapWithItsInterval() {
        Script s = Script.established(config().build(), SACK);
        s.inject(". 1001:3001(2000) ack 1").drop();

        s.inject(". 2001:3001(1000) ack 1").expect(". 1:1(0) ack 1 <sack 2001:3001,sack 1001:3001>");
    }

    /** RFC 2883 section 4.2. */
    @Test
    void shouldReportWhatArrivedTwiceAsPartOfWhatFillsTheGap() {
        Script s = Script.established(config().build(), SACK);
        s.inject(". 2001:3001(1000) ack 1").expect(". 1:1(0) ack 1 <sack 2001:3001>");

        s.inject(". 1:4001(4000) ack 1")
                .expect(". 1:1(0) ack 4001 <sack 2001:3001>")
                .end();
        s.read(4000);
    }

    @Test
    void shouldReportWhatArrivedTwiceAsPartOfWhatLiesBeyondTheGap() {
        Script s = Script.established(config().build(), SACK);
        s.inject(". 2001:4001(2000) ack 1").drop();

        s.inject(". 3001:5001(2000) ack 1").expect(". 1:1(0) ack 1 <sack 3001:4001,sack 2001:5001>");
        s.inject(". 5001:5501(500) ack 1").expect(". 1:1(0) ack 1 <sack 2001:5501>"); // it only touches
        s.inject(". 7001:8001(1000) ack 1").drop();

        s.inject(". 5001:7501(2500) ack 1") // of two parts, the first
                .expect(". 1:1(0) ack 1 <sack 5001:5501,sack 2001:8001>")
                .end();
    }

    @Test
    void shouldReportWhatLiesBelowTheAcknowledgmentBeforeWhatLiesBeyondIt() {
        Script s = Script.established(config().build(), SACK);
        s.inject(". 1:1001(1000) ack 1")
                .drop()
                .inject(". 2001:3001(1000) ack 1")
                .drop();

        s.inject(". 501:2501(2000) ack 1").expect(". 1:1(0) ack 3001 <sack 501:1001>");
    }

    @Test
    void shouldTakeTheNewPartOfAnOverlap() {
        Script s = Script.established(config().build(), SACK);
        s.inject(". 1:1001(1000) ack 1").drop();

        s.inject(". 501:1501(1000) ack 1")
                .expect(". 1:1(0) ack 1501 <sack 501:1001>")
                .read(1500);
    }

    @Test
    void shouldNotAnnounceMoreThanTheBufferHoldsWithUnreadData() {
        Script s = Script.established(config().receiveBuffer(4000).build(), SACK);

        s.inject(". 1:1001(1000) ack 1").expect(". 1:1(0) ack 1001 win 3000");
        s.inject(". 1001:4001(3000) ack 1").expect(". 1:1(0) ack 4001 win 0");
        s.inject(". 4001:5001(1000) ack 1").expect(". 1:1(0) ack 4001 win 0");
    }

    @Test
    void shouldOpenTheWindowWhenAReadMakesRoomAndNotForEveryOctet() {
        Script s = Script.established(config().receiveBuffer(4000).build(), SACK);
        s.inject(". 1:4001(4000) ack 1").expect(". 1:1(0) ack 4001 win 0");

        s.read(1000).end();
        s.read(1000).expect(". 1:1(0) ack 4001 win 2000").end();
    }

    @Test
    void shouldTakeTheAcknowledgmentOfDataThatComesIntoAClosedWindow() {
        Script s = Script.established(config().receiveBuffer(4000).build(), SACK);
        s.inject(". 1:4001(4000) ack 1").drop().write(100).drop();

        s.inject(". 4001:4101(100) ack 101").expect(". 101:101(0) ack 4001 win 0");

        assertEquals(0, s.info().queues().sendQueued());
    }

    @Test
    void shouldTakeTheAcknowledgmentOfAPeerThatHasFilledTheWindowAndLostSomeOfIt() {
        Script s = Script.established(config().receiveBuffer(4000).build(), SACK);
        s.inject(". 1001:4001(3000) ack 1").drop().write(100).drop();

        s.inject(". 4001:4001(0) ack 101").end(); // where the window ends

        assertEquals(0, s.info().queues().sendQueued());
        s.inject(". 4002:4002(0) ack 101").expect(". 101:101(0) ack 1").end();
    }

    @Test
    void shouldCutWhatReachesBeyondTheWindow() {
        Script s = Script.established(config().receiveBuffer(4000).build(), SACK);

        s.inject(". 1:5001(5000) ack 1").expect(". 1:1(0) ack 4001 win 0").read(4000);
    }

    @Test
    void shouldNotMoveTheRightEdgeBack() {
        Script s = Script.established(config().receiveBuffer(4000).build(), SACK);

        s.inject(". 1001:4001(3000) ack 1").expect(". 1:1(0) ack 1 win 4000");
        s.inject(". 1:101(100) ack 1").expect(". 1:1(0) ack 101 win 3900");
    }

    @Test
    void shouldTakeAFinOnlyAfterAllBeforeIt() {
        Script s = Script.established(config().build(), SACK);

        s.inject("F. 1001:1001(0) ack 1").expect(". 1:1(0) ack 1").state(TcpState.ESTABLISHED);
        s.inject(". 1:1001(1000) ack 1").expect(". 1:1(0) ack 1002").state(TcpState.CLOSE_WAIT);
        s.read(1000).readAnswers(-1);
    }

    @Test
    void shouldNotBelieveASecondFinElsewhere() {
        Script s = Script.established(config().build(), SACK);
        s.inject("F. 2001:2001(0) ack 1").drop().inject("F. 1001:1001(0) ack 1").drop();

        s.inject(". 1:2001(2000) ack 1").expect(". 1:1(0) ack 2002").read(2000).readAnswers(-1);
    }

    @Test
    void shouldIgnoreDataAfterTheFin() {
        Script s = Script.established(config().build(), SACK);
        s.inject("F. 1:101(100) ack 1").expect(". 1:1(0) ack 102");

        s.inject(". 102:202(100) ack 1").read(100).readAnswers(-1).drop();
        assertEquals(102 - 2, s.info().counters().bytesReceived());
    }

    @Test
    void shouldGiveMemoryBackWhenIdle() {
        Script s = Script.established(config().build(), SACK).write(5000).drop();
        s.inject(". 1:5001(5000) ack 5001").drop().read(5000);
        assertTrue(s.info().queues().receiveAllocated() > 0);
        assertTrue(s.info().queues().sendAllocated() > 0);

        s.pause(5000).end();

        assertEquals(0, s.info().queues().receiveAllocated());
        assertEquals(0, s.info().queues().sendAllocated());
        assertEquals(Long.MAX_VALUE, s.connection().nextDeadlineNanos());
        s.inject(". 5001:5101(100) ack 5001").expect(". 5001:5001(0) ack 5101").read(100);
    }

    @Test
    void shouldGiveMemoryBackAlsoToAnOwnerThatTicksTooOften() {
        Script s = Script.established(config().build(), SACK).write(5000).drop();
        s.inject(". 1:1(0) ack 5001").end();

        for (int i = 0; i < 50; i++) {
            s.pause(100).tick();
        }

        assertEquals(0, s.end().info().queues().sendAllocated());
    }

    @Test
    void shouldHoldNoBuffersBeforeTheyAreUsed() {
        TcpInfo info = Script.established(TcpConfig.defaults(), SACK).info();

        assertEquals(0, info.queues().sendAllocated() + info.queues().receiveAllocated());
    }

    @Test
    void shouldAcknowledgeADuplicateAtOnce() {
        Script s = delaying();

        s.inject(". 15001:16001(1000) ack 1")
                .expect(". 1:1(0) ack 16001 <sack 15001:16001>")
                .end();
        s.inject(". 15501:16501(1000) ack 1")
                .expect(". 1:1(0) ack 16501 <sack 15501:16001>")
                .end();
    }

    @Test
    void shouldAcknowledgeAtOnceAgainAfterAPause() {
        Script s = delaying();
        s.inject("P. 16001:16101(100) ack 1").end().expectAt(140, ". 1:1(0) ack 16101");

        // the peer starts from a small window again; the timeout is 300 ms
        s.at(401).inject("P. 16101:16201(100) ack 1").expect(". 1:1(0) ack 16201");
        for (int i = 1; i < 16; i++) {
            int next = 16_101 + 100 * i;
            s.inject("P. " + next + ":" + (next + 100) + "(100) ack 1")
                    .expect(". 1:1(0) ack " + (next + 100))
                    .end();
        }
        s.inject("P. 17701:17801(100) ack 1").end();
    }

    @Test
    void shouldNotTakeAShortPauseForAnEnd() {
        Script s = delaying();
        s.inject("P. 16001:16101(100) ack 1").end().expectAt(140, ". 1:1(0) ack 16101");

        s.at(400).inject("P. 16101:16201(100) ack 1").end();
    }

    @Test
    void shouldHoldAcknowledgmentsBackFromTheFirstReplyOn() {
        Script s = Script.established(config().delayedAck(Duration.ofMillis(40)).build(), SACK);
        s.inject("P. 1:101(100) ack 1").expect(". 1:1(0) ack 101");
        s.at(139).write(50).expect("P. 1:51(50) ack 101").at(150).inject(". 101:101(0) ack 51");

        s.at(160).inject("P. 101:201(100) ack 51").end();
        s.at(190).write(50).expect("P. 51:101(50) ack 201").end();

        // the application is slow this time, and so the peer is not kept waiting the next time
        s.at(200).inject("P. 201:301(100) ack 101").end().expectAt(240, ". 101:101(0) ack 301");
        s.at(250)
                .inject("P. 301:401(100) ack 101")
                .expect(". 101:101(0) ack 401")
                .end();
    }

    @Test
    void shouldNotTakeALateWriteForAReply() {
        Script s = Script.established(config().delayedAck(Duration.ofMillis(40)).build(), SACK);
        s.inject("P. 1:101(100) ack 1").expect(". 1:1(0) ack 101");
        s.at(140).write(50).drop();

        s.at(150).inject("P. 101:201(100) ack 51").expect(". 51:51(0) ack 201").end();
    }

    @Test
    void shouldAnswerEachSegmentBeyondAGapInASmallWindow() {
        Script s = Script.established(
                config().receiveBuffer(4000).delayedAck(Duration.ofMillis(40)).build(), SACK);

        s.inject(". 1001:2001(1000) ack 1").expect(". 1:1(0) ack 1 win 4000 <sack 1001:2001>");
        s.inject(". 2001:3001(1000) ack 1").expect(". 1:1(0) ack 1 win 4000 <sack 1001:3001>");
        s.inject(". 3001:4001(1000) ack 1").expect(". 1:1(0) ack 1 win 4000 <sack 1001:4001>");
        s.inject(". 1:1001(1000) ack 1").expect(". 1:1(0) ack 4001 win 0").end();
    }

    @Test
    void shouldTakeWhatWasPromisedThoughTheScaledWindowTellsOfLess() {
        Script s = Script.established(config().receiveBuffer(1 << 20).build(), SACK + ",wscale 7");
        s.inject(". 1:2(1) ack 1").expect(". 1:1(0) ack 2 win 32767"); // of 32 bytes each

        s.inject(". 1047577:1048577(1000) ack 1").expect(". 1:1(0) ack 2 win 32767 <sack 1047577:1048577>");
    }

    @Test
    void shouldHoldSegmentsBeyondAnyNumberOfHolesThatTheBufferHolds() {
        Script s = Script.established(config().receiveBuffer(200_000).build(), SACK + ",wscale 7");
        for (int at = 1001; at <= 198_001; at += 2000) {
            s.injectMore(". " + at + ":" + (at + 1000) + "(1000) ack 1");
        }

        assertEquals(99_000, s.info().queues().outOfOrder());
        for (int at = 1; at <= 198_001; at += 2000) {
            s.injectMore(". " + at + ":" + (at + 1000) + "(1000) ack 1");
        }
        assertEquals(199_000, s.connection().readable());
    }

    @Test
    void shouldAcknowledgeAtOnceWhenAFinThatWasEarlyIsReached() {
        Script s = delaying();
        s.inject("F. 17001:17001(0) ack 1").expect(". 1:1(0) ack 16001");

        s.inject(". 16001:17001(1000) ack 1").expect(". 1:1(0) ack 17002").end();
    }

    @Test
    void shouldGiveMemoryBackThoughNothingWasEverSent() {
        Script s = Script.established(config().build(), SACK);
        s.inject(". 1:5001(5000) ack 1").drop().read(5000);
        assertTrue(s.info().queues().receiveAllocated() > 0);

        s.pause(5000).end();

        assertEquals(0, s.info().queues().receiveAllocated());
    }
}
