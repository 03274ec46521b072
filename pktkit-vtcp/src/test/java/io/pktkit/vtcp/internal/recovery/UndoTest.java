// SPDX-License-Identifier: MIT
package io.pktkit.vtcp.internal.recovery;

import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.Test;

/** What proves that a cut of the window was for nothing (RFC 3708, RFC 3522). */
class UndoTest {
    private static final long MS = 1_000_000L;

    private final Undo undo = new Undo();

    private boolean reports(long start, long end) {
        AckFacts facts = new AckFacts();
        facts.hasDuplicateBlock = true;
        facts.duplicateStart = start;
        facts.duplicateEnd = end;
        return undo.isProvedBy(facts);
    }

    private boolean acknowledges(long ack, long acked, long echoedAt) {
        AckFacts facts = new AckFacts();
        facts.ack = ack;
        facts.acked = acked;
        facts.hasEcho = true;
        facts.echoedAt = echoedAt;
        return undo.isProvedBy(facts);
    }

    private void repeatThree() {
        undo.begin();
        undo.onRepeat(1, 1001, 50 * MS);
        undo.onRepeat(1001, 2001, 51 * MS);
        undo.onRepeat(3001, 4001, 52 * MS);
    }

    @Test
    void shouldBeProvedWhenAllIsReportedInWhateverOrder() {
        repeatThree();
        assertFalse(reports(3001, 4001));
        assertFalse(reports(1, 1001));
        assertFalse(reports(5001, 6001));

        assertTrue(reports(1001, 2001));
    }

    @Test
    void shouldTakeOneReportForAllThatItCovers() {
        repeatThree();
        assertFalse(reports(1, 2001));

        assertTrue(reports(2501, 4501));
    }

    @Test
    void shouldNotTakeAReportThatCoversARepeatInPart() {
        undo.begin();
        undo.onRepeat(1, 1001, 50 * MS);

        assertFalse(reports(2, 1001));
        assertFalse(reports(1, 1000));
    }

    @Test
    void shouldKnowNothingOfMoreRepeatsThanItRemembers() {
        undo.begin();
        for (int i = 0; i <= Undo.MAX_RANGES; i++) {
            undo.onRepeat(1 + 1000L * i, 1001 + 1000L * i, 0);
        }
        assertFalse(reports(1, 1001 + 1000L * Undo.MAX_RANGES));

        undo.begin();
        for (int i = 0; i < Undo.MAX_RANGES; i++) {
            undo.onRepeat(1 + 1000L * i, 1001 + 1000L * i, 0);
        }
        assertTrue(reports(1, 1 + 1000L * Undo.MAX_RANGES));
    }

    @Test
    void shouldForgetTheRepeatsOfTheCutBefore() {
        repeatThree();
        undo.begin();
        assertFalse(reports(1, 4001));

        undo.onRepeat(1, 1001, 60 * MS);

        assertTrue(reports(1, 1001));
    }

    @Test
    void shouldLearnNothingOnceItIsOver() {
        repeatThree();
        undo.end();

        undo.onRepeat(5001, 6001, 53 * MS);

        assertFalse(reports(1, 6001));
        assertFalse(acknowledges(1001, 1000, 0));
    }

    @Test
    void shouldBeProvedByAnEchoFromBeforeTheFirstRepeat() {
        repeatThree();

        assertTrue(acknowledges(1001, 1000, 49 * MS)); // to the millisecond, as timestamps go
    }

    @Test
    void shouldNotBeProvedByAnEchoOfTheMillisecondOfTheRepeat() {
        repeatThree();

        assertFalse(acknowledges(1001, 1000, 49 * MS + 1));
    }

    @Test
    void shouldWaitForTheAcknowledgmentOfTheFirstRepeat() {
        repeatThree();
        assertFalse(acknowledges(1000, 999, 10 * MS));

        assertTrue(acknowledges(1001, 1, 10 * MS));
    }

    @Test
    void shouldJudgeByTheFirstAcknowledgmentOfTheRepeatOnly() {
        repeatThree();
        assertFalse(acknowledges(1001, 1000, 55 * MS));

        assertFalse(acknowledges(2001, 1000, 10 * MS));
    }

    @Test
    void shouldNotJudgeByAnEchoWithoutProgress() {
        repeatThree();

        assertFalse(acknowledges(1001, 0, 10 * MS));
    }
}
