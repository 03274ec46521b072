// SPDX-License-Identifier: MIT
package io.pktkit.vtcp;

import static io.pktkit.vtcp.Script.config;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.Test;

/** More than one timeout, and timeouts in the middle of other things. Ten segments go out at 100 ms. */
class TimeoutScriptTest {
    private static final String SACK = "mss 1000,sackOK";
    private static final String PLAIN = "mss 1000";

    private static Script tenSegments(String options) {
        return Script.established(config().build(), options).write(10_000).drop();
    }

    private static void assertThreshold(int expected, Script s) {
        assertEquals(expected, s.info().congestion().slowStartThreshold());
    }

    @Test
    void shouldKeepTheThresholdUntilAllOfTheFirstTimeoutIsAcknowledged() {
        Script s = tenSegments(PLAIN).expectAt(400, ". 1:1001(1000)");
        assertThreshold(5000, s);
        s.at(500).inject(". 1:1(0) ack 1001").drop();

        s.at(2000).drop(); // nothing new was sent since

        assertTrue(s.info().counters().timeouts() > 1);
        assertThreshold(5000, s);
    }

    @Test
    void shouldLowerTheThresholdAgainWhenNewDataIsLostToo() {
        Script s = Script.established(config().build(), PLAIN).write(12_000).drop();
        s.expectAt(400, ". 1:1001(1000)");
        s.at(500).inject(". 1:1(0) ack 1001").expect(". 10001:11001(1000)").expect("P. 11001:12001(1000)");

        // the originals are lost, and so are the repeats
        s.at(550).inject(". 1:1(0) ack 1001").drop().at(3000).drop();

        assertTrue(s.info().counters().timeouts() > 1);
        assertThreshold(5500, s); // half of eleven
    }

    @Test
    void shouldSkipWhatIsSackedWhileATimeoutIsRepaired() {
        Script s = tenSegments(SACK).expectAt(302, "P. 9001:10001(1000)").expectAt(602, ". 1:1001(1000)");

        s.at(700).inject(". 1:1(0) ack 1 <sack 2001:4001>").end();
        s.inject(". 1:1(0) ack 2001 <sack 2001:4001>");

        s.expect(". 4001:5001(1000)").expect(". 5001:6001(1000)").end(); // the one repeat that arrived, and one
    }

    @Test
    void shouldGrowByWhatEndsTheRepairOfATimeout() {
        Script s = Script.established(config().build(), PLAIN).write(1000).drop();
        s.expectAt(400, "P. 1:1001(1000)");

        s.at(500).inject(". 1:1(0) ack 1001").end();

        assertEquals(2000, s.info().congestion().window());
        s.write(3000).expect(". 1001:2001(1000)").expect(". 2001:3001(1000)").end();
    }

    @Test
    void shouldGrowAfterATimeoutByAllThatOneAcknowledgmentFindsInFlight() {
        Script s = Script.established(config().build(), PLAIN).write(20_000).drop();
        s.at(200).inject(". 1:1(0) ack 10001").drop(); // 10 more are on their way, and lost
        s.expectAt(500, ". 10001:11001(1000)");
        s.at(600).inject(". 1:1(0) ack 11001").drop();
        s.at(700).inject(". 1:1(0) ack 13001").drop(); // both of the next

        assertEquals(4000, s.info().congestion().window());
        s.at(800).inject(". 1:1(0) ack 17001").drop(); // four more, acknowledged at once

        assertEquals(5000, s.info().congestion().slowStartThreshold());
        assertTrue(
                s.info().congestion().window() >= 5000,
                "the threshold: " + s.info().congestion());
    }

    @Test
    void shouldNotUndoWhatWasForAPeerThatForgot() {
        Script s = tenSegments(SACK).at(200);
        s.inject(". 1:1(0) ack 1 <sack 1001:3001>").drop();
        s.at(210).inject(". 1:1(0) ack 1001").drop();
        s.expectAt(260, ". 1001:2001(1000)");
        assertEquals(1, s.info().counters().reneges());

        s.at(300).inject(". 1:1(0) ack 2001 <sack 1001:2001>").drop();

        assertEquals(0, s.info().counters().undos());
    }

    @Test
    void shouldGiveAPeerThatSeemsToHaveForgottenTenMilliseconds() {
        Script s = Script.connect(config().build()).drop();
        s.at(1).inject("S. 0:0(0) ack 1 win 60000 <" + SACK + ">").drop();
        s.write(10_000).drop();
        s.at(2).inject(". 1:1(0) ack 1 <sack 1001:3001>").drop();

        s.at(3).drop().inject(". 1:1(0) ack 1001").drop();

        s.at(12).end();
        s.expectAt(13, ". 1001:2001(1000)");
        assertEquals(1, s.info().counters().reneges());
    }

    @Test
    void shouldHaveNoOtherTimerLeftAfterATimeout() {
        Script s = tenSegments(SACK).expectAt(302, "P. 9001:10001(1000)");
        s.at(590).inject(". 1:1(0) ack 1 <sack 1001:2001>").end(); // the first may be late until 615 ms

        s.expectAt(602, ". 1:1001(1000)").end();

        assertTrue(s.connection().nextDeadlineNanos() > Script.nanos(700), "all is lost already");
    }

    @Test
    void shouldForgetALossProbeOnceATimeoutHasRepeatedAll() {
        Script s = Script.established(config().build(), "mss 1012,sackOK,TS 5 -7001")
                .write(10_000)
                .drop();
        int first = s.ts();
        s.expectAt(302, "P. 9001:10001(1000)").expectAt(602, ". 1:1001(1000)");
        s.at(650).inject(". 1:1(0) ack 2001 <TS 6 " + first + ">").end(); // for nothing

        s.at(660).inject(". 1:1(0) ack 10001 <TS 6 " + first + ">").write(1000).drop();
        s.at(760).inject(". 1:1(0) ack 11001 <TS 6 " + s.ts() + ">");

        assertEquals(0, s.info().counters().fastRecoveries());
    }
}
