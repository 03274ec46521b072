// SPDX-License-Identifier: MIT
package io.pktkit.vtcp;

import static io.pktkit.vtcp.Script.config;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.time.Duration;
import org.junit.jupiter.api.Test;

/** In which steps our window opens, which blocks there is room for, and how many answers are given. */
class ReceiveWindowScriptTest {
    private static final String SACK = "mss 1000,sackOK";

    private static Script of(int buffer) {
        return Script.established(config().receiveBuffer(buffer).build(), SACK);
    }

    @Test
    void shouldMoveTheEdgeByASegmentAtLeast() {
        Script s = of(8000); // our MSS is 1460
        s.inject(". 1:1001(1000) ack 1").expect(". 1:1(0) ack 1001 win 7000").read(1000);

        s.inject(". 1001:1101(100) ack 1").expect(". 1:1(0) ack 1101 win 6900"); // 1000 more would be no segment
        s.read(100).inject(". 1101:1461(360) ack 1").expect(". 1:1(0) ack 1461 win 6540");
        s.read(360).inject(". 1461:1462(1) ack 1").expect(". 1:1(0) ack 1462 win 7999");
    }

    @Test
    void shouldMoveTheEdgeByHalfOfABufferThatIsSmallerThanTwoSegments() {
        Script s = of(2048);
        s.inject(". 1:1025(1024) ack 1").expect(". 1:1(0) ack 1025 win 1024");

        s.read(1023).end();
        s.read(1).expect(". 1:1(0) ack 1025 win 2048").end();
    }

    @Test
    void shouldTellOfAnOpenedWindowOnceItIsTwiceWhatIsLeft() {
        Script s = of(10_000);
        s.inject(". 1:6001(6000) ack 1").expect(". 1:1(0) ack 6001 win 4000");

        s.read(3999).end();
        s.read(1).expect(". 1:1(0) ack 6001 win 8000").end();
    }

    @Test
    void shouldTellOfNoWindowAfterThePeersFin() {
        Script s = of(2048);
        s.inject("F. 1:2049(2048) ack 1").expect(". 1:1(0) ack 2050 win 0");

        s.read(2048).end().readAnswers(-1);
    }

    @Test
    void shouldNotBelieveAFinBeyondTheWindow() {
        Script s = of(4000);

        s.inject("F. 1:5001(5000) ack 1").expect(". 1:1(0) ack 4001 win 0").read(4000);
        s.drop().inject("F. 4001:5001(1000) ack 1").expect(". 1:1(0) ack 5002").read(1000);
        s.readAnswers(-1);
    }

    @Test
    void shouldNotBelieveAFinBeforeWhatHasArrived() {
        Script s = of(8000);
        s.inject(". 2001:3001(1000) ack 1").drop();

        s.inject("F. 1001:2001(1000) ack 1").drop();
        s.inject(". 1:1001(1000) ack 1").expect(". 1:1(0) ack 3001").state(TcpState.ESTABLISHED);
        s.read(3000).readAnswers(0);
    }

    @Test
    void shouldTellOfOlderIntervalsWhereThereIsRoom() {
        Script s = of(32_768);
        s.inject(". 2001:3001(1000) ack 1").drop();
        s.inject(". 4001:5001(1000) ack 1").drop();
        for (int at = 6001; at < 11_001; at += 1000) {
            s.drop().inject(". " + at + ":" + (at + 1000) + "(1000) ack 1");
        }

        s.expect(". 1:1(0) ack 1 <sack 6001:11001,sack 2001:3001,sack 4001:5001>");
    }

    @Test
    void shouldTellOfEachIntervalOnce() {
        Script s = of(32_768);
        s.inject(". 2001:3001(1000) ack 1").drop();
        s.inject(". 6001:7001(1000) ack 1").drop();
        s.inject(". 3001:4001(1000) ack 1").drop();

        s.inject(". 7001:8001(1000) ack 1").expect(". 1:1(0) ack 1 <sack 6001:8001,sack 2001:4001>");
    }

    @Test
    void shouldForgetBlocksThatAreAcknowledged() {
        Script s = of(32_768);
        s.inject(". 1001:2001(1000) ack 1")
                .drop()
                .inject(". 4001:5001(1000) ack 1")
                .drop();

        s.inject(". 1:1001(1000) ack 1").expect(". 1:1(0) ack 2001 <sack 4001:5001>");
    }

    @Test
    void shouldMakeRoomForADuplicateAmongFourBlocks() {
        Script s = of(32_768);
        s.inject(". 1:1001(1000) ack 1").drop();
        for (int at = 2001; at <= 8001; at += 2000) {
            s.inject(". " + at + ":" + (at + 1000) + "(1000) ack 1").drop();
        }

        s.inject(". 1:1001(1000) ack 1");

        s.expect(". 1:1(0) ack 1001 <sack 1:1001,sack 8001:9001,sack 6001:7001,sack 4001:5001>");
    }

    @Test
    void shouldRefuseOneHoleTooManyOfABufferAndTakeItsDataLater() {
        Script s = of(2048); // 64 intervals at most, whatever the buffer
        for (int i = 1; i <= 65; i++) {
            s.injectMore(". " + (1 + 2 * i) + ":" + (2 + 2 * i) + "(1) ack 1");
        }
        assertEquals(64, s.drop().info().queues().outOfOrder());

        for (int i = 0; i <= 65; i++) {
            s.injectMore(". " + (1 + 2 * i) + ":" + (2 + 2 * i) + "(1) ack 1");
            s.injectMore(". " + (2 + 2 * i) + ":" + (3 + 2 * i) + "(1) ack 1");
        }
        s.drop().read(132);
    }

    @Test
    void shouldAnswerSixteenDuplicatesForEachProgress() {
        Script s = of(32_768).inject(". 1:101(100) ack 1").drop();
        for (int i = 0; i < 40; i++) {
            s.injectMore(". 1:101(100) ack 1");
        }
        assertEquals(17, s.pending()); // and one within the limit on all answers

        s.drop().inject(". 101:201(100) ack 1").drop();
        for (int i = 0; i < 40; i++) {
            s.injectMore(". 1:101(100) ack 1");
        }
        assertEquals(16, s.pending());
    }

    @Test
    void shouldCountSmallSegmentsTogetherUntilTheyAreMoreThanAFullOne() {
        Script s = Script.established(config().delayedAck(Duration.ofMillis(40)).build(), SACK);
        for (int i = 0; i < 16; i++) {
            s.inject(". " + (1 + 100 * i) + ":" + (101 + 100 * i) + "(100) ack 1")
                    .drop(); // the quick ones
        }
        for (int i = 16; i < 21; i++) {
            s.inject(". " + (1 + 100 * i) + ":" + (101 + 100 * i) + "(100) ack 1")
                    .end();
        }

        s.inject(". 2101:2201(100) ack 1").expect(". 1:1(0) ack 2201").end(); // 600 of at least 536
    }

    @Test
    void shouldKeepMemoryWhileItIsUsedAndGiveItBackOnceItIsNot() {
        Script s = of(32_768).write(3000).drop();
        s.at(200).inject(". 1:1(0) ack 3001");
        for (int i = 0; i < 30; i++) {
            s.pause(100).write(10).drop().inject(". 1:1(0) ack " + (3011 + 10 * i));
            assertTrue(s.info().queues().sendAllocated() > 0, "after " + i + " tenths of a second");
        }
        s.pause(3000);
        assertEquals(0, s.info().queues().sendAllocated());

        for (int i = 0; i < 30; i++) {
            s.pause(100).inject(". " + (1 + 10 * i) + ":" + (11 + 10 * i) + "(10) ack 3301");
            s.drop().read(10);
            assertTrue(s.info().queues().receiveAllocated() > 0, "after " + i + " tenths of a second");
        }
        s.pause(3000);
        assertEquals(0, s.info().queues().receiveAllocated());
    }

    @Test
    void shouldNotTellOfLessThanASegmentMore() {
        Script s = of(4000);
        s.inject(". 1:3501(3500) ack 1").expect(". 1:1(0) ack 3501 win 500");

        s.read(1459).end();
        s.read(1).expect(". 1:1(0) ack 3501 win 1960").end();
    }

    @Test
    void shouldTellFirstOfTheIntervalThatADuplicateLiesIn() {
        Script s = of(32_768);
        s.inject(". 2001:3001(1000) ack 1")
                .drop()
                .inject(". 6001:7001(1000) ack 1")
                .drop();

        s.inject(". 2001:2501(500) ack 1").expect(". 1:1(0) ack 1 <sack 2001:2501,sack 2001:3001,sack 6001:7001>");
    }

    @Test
    void shouldRefuseWhatBeginsWhereTheWindowEnds() {
        Script s = of(4000);

        s.inject(". 4001:4101(100) ack 1").expect(". 1:1(0) ack 1");
        s.inject(". 4001:4101(100) ack 1").inject(". 4001:4101(100) ack 1").end();
    }

    @Test
    void shouldRefuseWhatOverlapsAClosedWindow() {
        Script s = of(2048).inject(". 1:2049(2048) ack 1").drop();

        s.inject(". 2039:2059(20) ack 1").expect(". 1:1(0) ack 2049 win 0");
        s.inject(". 2039:2059(20) ack 1").inject(". 2039:2059(20) ack 1").end();
    }

    @Test
    void shouldKeepWhatItHoldsThroughSilence() {
        Script s = of(32_768).inject(". 1:1001(1000) ack 1").drop();
        s.inject(". 2001:3001(1000) ack 1").drop().pause(60_000).end();

        s.inject(". 1001:2001(1000) ack 1").expect(". 1:1(0) ack 3001").read(3000);
    }
}
