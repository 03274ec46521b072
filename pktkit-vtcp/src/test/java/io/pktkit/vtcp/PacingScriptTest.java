// SPDX-License-Identifier: MIT
package io.pktkit.vtcp;

import static io.pktkit.vtcp.Script.config;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.pktkit.vtcp.internal.Tcb;
import io.pktkit.vtcp.internal.timing.TimerKind;
import org.junit.jupiter.api.Test;

/** When segments leave with pacing. The round trip is 100 ms, so that ten segments in slow start take 50 ms. */
class PacingScriptTest {
    private static final String SACK = "mss 1000,sackOK";

    private static Script paced(String options, int bytes) {
        return Script.established(config().pacing(true).build(), options).write(bytes);
    }

    /** Sends ten segments, and has them acknowledged: the window is 20 segments. */
    private static Script warm(String options) {
        Script s = paced(options, 10_000).drop();
        return s.at(200).inject(". 1:1(0) ack 10001").end();
    }

    @Test
    void shouldSendTheFirstWindowAtOnce() {
        assertEquals(10, paced("mss 1000", 50_000).pending());
    }

    @Test
    void shouldSpreadTheRestOverTheRoundTrip() {
        Script s = paced("mss 1000", 100_000).drop();

        // the window is 12,000 bytes: 240 bytes a millisecond, two segments at a time
        s.at(200)
                .inject(". 1:1(0) ack 2001")
                .expect(". 10001:11001(1000)")
                .expect(". 11001:12001(1000)")
                .end();
        s.at(207).end();
        s.expectAt(208, ". 12001:13001(1000)").expect(". 13001:14001(1000)").end();
        s.at(300).end(); // the window is full
    }

    @Test
    void shouldCountAPacedWindowAsUsed() {
        Script s = warm("mss 1000").write(100_000).drop();
        assertEquals(20_000, s.info().congestion().window());

        s.at(210).drop().inject(". 1:1(0) ack 12001");

        assertEquals(22_000, s.info().congestion().window());
    }

    @Test
    void shouldSendAfterAPauseAtOnce() {
        Script s = warm("mss 1000");

        s.at(250).write(1000).expect("P. 10001:11001(1000)").end();
    }

    @Test
    void shouldNotHoldAcknowledgments() {
        Script s = warm("mss 1000").write(30_000).drop();

        s.at(201)
                .inject("P. 1:101(100) ack 10001")
                .expect(". 12001:13001(1000) ack 101")
                .end();
        s.inject("P. 101:201(100) ack 10001").expect(". 13001:13001(0) ack 201").end();
    }

    @Test
    void shouldSpreadRepeatsToo() {
        Script s = warm(SACK).write(12_000).drop();
        s.at(280).drop();

        // five are lost, and six may be in flight: 72 bytes a millisecond
        s.at(300).inject(". 1:1(0) ack 10001 <sack 15001:22001>").expect(". 10001:11001(1000)");
        s.expect(". 11001:12001(1000)").end();
        s.expectAt(327, ". 12001:13001(1000)").expect(". 13001:14001(1000)").end();
        s.expectAt(355, ". 14001:15001(1000)").end();
    }

    @Test
    void shouldNotHoldATailLossProbe() {
        Script s = warm(SACK).write(12_000).drop();
        s.at(280).drop();

        s.expectAt(427, "P. 21001:22001(1000)"); // the last two left at 225
    }

    @Test
    void shouldNotHoldTheRepeatOfATimeout() {
        Script s = warm("mss 1000").write(12_000).drop();
        s.at(280).drop();

        s.expectAt(500, ". 10001:11001(1000)");
        assertEquals(1, s.info().counters().timeouts());
    }

    @Test
    void shouldSendAsTheWindowAdmitsWithoutPacing() {
        Script s = Script.established(config().pacing(false).build(), "mss 1000")
                .write(100_000)
                .drop();

        s.at(200).inject(". 1:1(0) ack 2001");

        assertEquals(4, s.pending());
    }

    /** It would send a segment that the window takes and the pacer does not. */
    @Test
    void shouldArmNoPersistTimerWhileThePacerHoldsWhatIsUnsent() {
        Tcb tcb = Script.established(config().pacing(true).build(), "mss 1000", 0)
                .write(1000)
                .end()
                .connection()
                .tcb();
        assertTrue(tcb.timers().isArmed(TimerKind.PERSIST), "the window is closed");

        tcb.timers().arm(TimerKind.PACING, Script.MS);
        tcb.afterOutput();
        assertFalse(tcb.timers().isArmed(TimerKind.PERSIST));
        tcb.timers().disarm(TimerKind.PACING);
        tcb.afterOutput();

        assertTrue(tcb.timers().isArmed(TimerKind.PERSIST));
    }
}
