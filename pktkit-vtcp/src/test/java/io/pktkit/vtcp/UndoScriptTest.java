// SPDX-License-Identifier: MIT
package io.pktkit.vtcp;

import static io.pktkit.vtcp.Script.config;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.Test;

/** Cuts of the window that prove to be for nothing: D-SACK (RFC 3708) and timestamps (RFC 3522, RFC 4015). */
class UndoScriptTest {
    private static final String SACK = "mss 1000,sackOK";

    private static Script tenSegments() {
        return Script.established(config().build(), SACK).write(10_000).drop();
    }

    private static void assertUndone(Script s, int undos) {
        assertEquals(undos, s.info().counters().undos());
    }

    @Test
    void shouldUndoWhenTheOnlyRepeatIsReportedAsADuplicate() {
        Script s = tenSegments().at(200);
        s.inject(". 1:1(0) ack 1 <sack 1001:4001>").expect(". 1:1001(1000)");
        s.at(205).inject(". 1:1(0) ack 4001").drop();
        assertEquals(5000, s.info().congestion().slowStartThreshold());

        s.at(300).inject(". 1:1(0) ack 10001 <sack 1:1001>");

        assertUndone(s, 1);
        assertEquals(Integer.MAX_VALUE, s.info().congestion().slowStartThreshold());
        assertTrue(s.info().congestion().window() >= 10_000);
        assertEquals(TcpInfo.RecoveryPhase.OPEN, s.info().congestion().phase());
    }

    @Test
    void shouldNotUndoBeforeAllRepeatsAreReported() {
        Script s = tenSegments().at(200);
        s.inject(". 1:1(0) ack 1 <sack 2001:7001>").expect(". 1:1001(1000)").expect(". 1001:2001(1000)");
        s.at(205).inject(". 1:1(0) ack 7001").drop();

        s.at(300).inject(". 1:1(0) ack 7001 <sack 1:1001>");
        assertUndone(s, 0);
        s.at(301).inject(". 1:1(0) ack 7001 <sack 1:1001>"); // the same report again
        assertUndone(s, 0);

        s.at(302).inject(". 1:1(0) ack 7001 <sack 1001:2001>");
        assertUndone(s, 1);
    }

    @Test
    void shouldUndoAfterTheEpisodeHasEnded() {
        Script s = tenSegments().at(200);
        s.inject(". 1:1(0) ack 1 <sack 1001:10001>").expect(". 1:1001(1000)");
        s.at(205).inject(". 1:1(0) ack 10001");
        assertEquals(5000, s.info().congestion().window());

        s.at(300).inject(". 1:1(0) ack 10001 <sack 1:1001>");

        assertUndone(s, 1);
        assertEquals(10_000, s.info().congestion().window());
    }

    @Test
    void shouldNotCountADuplicateThatWasNotRepeated() {
        Script s = tenSegments().at(200);
        s.inject(". 1:1(0) ack 1 <sack 1001:10001>").expect(". 1:1001(1000)");

        s.at(210).inject(". 1:1(0) ack 1 <sack 2001:3001,sack 1001:10001>");
        s.at(300).inject(". 1:1(0) ack 10001");

        assertUndone(s, 0);
    }

    @Test
    void shouldNotUndoWhenOneReportStandsForTwoRepeats() {
        Script s = tenSegments().at(402).drop();
        s.expectAt(602, ". 1:1001(1000)").expectAt(1202, ". 1:1001(1000)");

        s.at(1300).inject(". 1:1(0) ack 10001 <sack 1:1001>");

        assertUndone(s, 0);
    }

    private static Script withTimestamps() {
        return Script.established(config().build(), "mss 1012,sackOK,TS 5 -7001")
                .write(10_000)
                .drop();
    }

    @Test
    void shouldUndoWhenTheEchoIsOlderThanTheRepeat() {
        Script s = withTimestamps();
        int first = s.ts();
        s.at(200).inject(". 1:1(0) ack 1 <TS 6 " + first + ",sack 1001:4001>").expect(". 1:1001(1000)");

        s.at(210).inject(". 1:1(0) ack 4001 <TS 6 " + first + ">");

        assertUndone(s, 1);
        assertEquals(TcpInfo.RecoveryPhase.OPEN, s.info().congestion().phase());
        assertTrue(s.info().congestion().window() >= 10_000);
    }

    @Test
    void shouldNotUndoWhenTheEchoIsOfTheRepeat() {
        Script s = withTimestamps();
        int first = s.ts();
        s.at(200).inject(". 1:1(0) ack 1 <TS 6 " + first + ",sack 1001:4001>").expect(". 1:1001(1000)");
        int repeat = s.ts();

        s.at(300).inject(". 1:1(0) ack 4001 <TS 6 " + repeat + ">");

        assertUndone(s, 0);
    }

    @Test
    void shouldJudgeOnlyTheAcknowledgmentOfTheRepeatItself() {
        Script s = withTimestamps();
        int first = s.ts();
        s.at(200).inject(". 1:1(0) ack 1 <TS 6 " + first + ",sack 1001:4001>").expect(". 1:1001(1000)");
        int repeat = s.ts();
        s.at(300).inject(". 1:1(0) ack 4001 <TS 6 " + repeat + ">").drop();

        s.at(301).inject(". 1:1(0) ack 5001 <TS 6 " + first + ">");

        assertUndone(s, 0);
    }

    @Test
    void shouldTakeWhatATimeoutAloneHeldForLostAsOnItsWayAgain() {
        Script s = withTimestamps();
        int first = s.ts();
        s.expectAt(302, "P. 9001:10001(1000)").expectAt(602, ". 1:1001(1000)");
        assertEquals(10_000, s.info().congestion().lost());

        s.at(650).inject(". 1:1(0) ack 2001 <TS 6 " + first + ">").end();

        assertUndone(s, 1);
        assertEquals(0, s.info().congestion().lost());
        assertTrue(s.info().congestion().window() >= 10_000);
        assertEquals(TcpInfo.RecoveryPhase.OPEN, s.info().congestion().phase());
    }

    @Test
    void shouldUndoATimeoutOnceThoughTheDuplicateIsReportedToo() {
        Script s = Script.established(config().build(), SACK).write(20_000).drop();
        s.expectAt(302, ". 10001:11001(1000)").expectAt(602, ". 1:1001(1000)");
        s.at(650).inject(". 1:1(0) ack 1001").drop();
        s.at(660).inject(". 1:1(0) ack 2001").drop(); // RFC 5682: the originals arrive
        assertUndone(s, 1);

        s.at(700).inject(". 1:1(0) ack 2001 <sack 1:1001>").drop();

        assertUndone(s, 1);
    }

    @Test
    void shouldAllowForReorderingOnceARecoveryWasForNothing() {
        Script s = tenSegments().at(200);
        s.inject(". 1:1(0) ack 1 <sack 1001:10001>").expect(". 1:1001(1000)");
        s.at(205).inject(". 1:1(0) ack 10001");
        s.at(300).inject(". 1:1(0) ack 10001 <sack 1:1001>").write(5000).drop();
        assertUndone(s, 1);

        s.at(400).inject(". 1:1(0) ack 10001 <sack 11001:15001>").end(); // four overtook it, and it may come yet
    }

    @Test
    void shouldBelieveAMarkOfTheWindowOnceTheCutForALossWasTakenBack() {
        Script s = Script.connect(config().ecn(EcnMode.CLASSIC).build()).drop();
        s.at(100).inject("SE. 0:0(0) ack 1 <" + SACK + ">").drop().write(10_000).drop();
        s.at(200).injectMore(". 1:1(0) ack 1 <sack 1001:4001>").drop();
        s.at(210).injectMore(". 1:1(0) ack 4001 <sack 1:1001>").drop();
        assertUndone(s, 1);

        s.at(220).injectMore("E. 1:1(0) ack 5001").drop();

        assertEquals(1, s.info().ecn().reductions());
    }

    @Test
    void shouldCountADuplicateBeyondTheAcknowledgment() {
        Script s = tenSegments().at(200);
        s.inject(". 1:1(0) ack 1 <sack 4001:10001>").drop();
        assertEquals(4, s.info().counters().retransmissions());
        s.at(250).inject(". 1:1(0) ack 1 <sack 2001:3001,sack 4001:10001>");

        s.inject(". 1:1(0) ack 1 <sack 2001:3001,sack 2001:3001,sack 4001:10001>"); // RFC 2883: within the second block

        s.at(300).inject(". 1:1(0) ack 10001 <sack 1:1001>").inject(". 1:1(0) ack 10001 <sack 1001:2001>");
        assertUndone(s, 0);
        s.inject(". 1:1(0) ack 10001 <sack 3001:4001>");
        assertUndone(s, 1);
    }

    @Test
    void shouldNotTakeAnEmptyBlockNorOneThatWasNeverSentForADuplicate() {
        for (String block : new String[] {"sack 501:501", "sack 1:20001", "sack -5:1001"}) {
            Script s = tenSegments().at(200);
            s.inject(". 1:1(0) ack 1 <sack 1001:10001>").expect(". 1:1001(1000)");
            s.at(205).inject(". 1:1(0) ack 10001 <" + block + ">").write(4000).drop();
            assertUndone(s, 0);

            // nor for a sign that reordering takes longer than a quarter of the round trip
            s.at(305).inject(". 1:1(0) ack 10001 <sack 11001:12001>").end();
            s.expectAt(330, ". 10001:11001(1000)");
        }
    }
}
