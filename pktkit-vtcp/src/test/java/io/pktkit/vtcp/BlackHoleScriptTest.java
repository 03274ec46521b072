// SPDX-License-Identifier: MIT
package io.pktkit.vtcp;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.Test;

/** Packets that vanish for their size, and how long what routers tell is believed. */
class BlackHoleScriptTest {
    private static final long TEN_MINUTES = 600_000;

    private static Script established(MtuProbing probing, String options) {
        return Script.established(Script.config().mtuProbing(probing).build(), options);
    }

    /** Five segments of 1460 bytes time out twice. */
    private static Script suspecting(MtuProbing probing) {
        Script s = established(probing, "mss 1460").write(7300).drop();
        s.expectAt(400, ". 1:1461(1460)").end();
        return s.at(999).end().at(1000);
    }

    @Test
    void shouldTrySmallerSegmentsAfterTwoTimeouts() {
        Script s = suspecting(MtuProbing.ON_BLACK_HOLE)
                .expect(". 1:1025(1024)")
                .expect(". 1025:1461(436)") // the loss window is what a segment was
                .end();

        assertEquals(1064, s.info().negotiated().pathMtu());
        assertEquals(1, s.info().mtuSearch().blackHoles());
    }

    /** A path that takes 800 bytes: what would be tried instead of a full segment, 1064, is more than what vanishes. */
    @Test
    void shouldCutWhatIsNotFullAfterFourTimeouts() {
        Script s = established(MtuProbing.ON_BLACK_HOLE, "mss 1460").write(900);
        s.expect("P. 1:901(900)");
        for (long at : new long[] {400, 1000, 2200}) {
            s.expectAt(at, "P. 1:901(900)").end();
        }

        s.expectAt(4600, ". 1:513(512)").expect("P. 513:901(388)").end();

        assertEquals(552, s.info().negotiated().pathMtu());
        assertEquals(1, s.info().mtuSearch().blackHoles());
    }

    /** No path takes less than 552 bytes. */
    @Test
    void shouldNotCutWhatEveryPathTakes() {
        Script s = established(MtuProbing.ON_BLACK_HOLE, "mss 1460").write(512);
        s.expect("P. 1:513(512)");
        for (long at : new long[] {400, 1000, 2200, 4600, 9400}) {
            s.expectAt(at, "P. 1:513(512)").end();
        }

        assertEquals(1500, s.info().negotiated().pathMtu());
    }

    @Test
    void shouldNotTrySmallerSegmentsWhenTold() {
        suspecting(MtuProbing.OFF).expect(". 1:1461(1460)").end();
    }

    @Test
    void shouldRestoreTheWindowWhenTheSmallerSegmentArrives() {
        Script s = suspecting(MtuProbing.ON_BLACK_HOLE).drop();
        assertTrue(s.info().congestion().window() <= 1460);

        s.at(1100).inject(". 1:1(0) ack 1461");

        s.expect(". 1461:2485(1024)").expect(". 2485:2921(436)").expect(". 2921:3945(1024)");
        assertTrue(s.info().congestion().window() >= 14_600, s.info().toString());
        assertEquals(Integer.MAX_VALUE, s.info().congestion().slowStartThreshold());
    }

    @Test
    void shouldNotRestoreTheWindowWhenTheSmallerSegmentIsLostToo() {
        Script s = suspecting(MtuProbing.ON_BLACK_HOLE).drop();
        s.expectAt(2200, ". 1:1025(1024)");

        s.at(2300).inject(". 1:1(0) ack 1025");

        assertTrue(s.info().congestion().window() < 5000, "an outage is no matter of size");
    }

    @Test
    void shouldRestoreTheWindowThatFastRecoveryHadCut() {
        Script s = established(MtuProbing.ON_BLACK_HOLE, "mss 1460,sackOK")
                .write(7400)
                .drop();
        // What is small gets through, and tells of the loss of the rest.
        s.at(200).inject(". 1:1(0) ack 1 <sack 7301:7401>").at(300).drop();
        assertEquals(TcpInfo.RecoveryPhase.RECOVERY, s.info().congestion().phase());

        while (s.info().mtuSearch().blackHoles() == 0) {
            s.pause(1).drop();
        }
        s.pause(100).inject(". 1:1(0) ack 1025 <sack 7301:7401>");

        assertTrue(s.info().congestion().window() >= 14_600, s.info().toString());
        assertEquals(Integer.MAX_VALUE, s.info().congestion().slowStartThreshold());
    }

    @Test
    void shouldHalveTheBaseAndStopAtTheFloor() {
        Script s = suspecting(MtuProbing.ON_BLACK_HOLE).drop();
        s.expectAt(2200, ". 1:1025(1024)").expectAt(4600, ". 1:513(512)").drop();
        assertEquals(552, s.info().negotiated().pathMtu());

        s.expectAt(9400, ". 1:513(512)")
                .expectAt(19_000, ". 1:513(512)")
                .expectAt(38_200, ". 1:513(512)")
                .end();

        assertEquals(2, s.info().mtuSearch().blackHoles());
    }

    @Test
    void shouldNotSuspectTheSizeOfASmallSegment() {
        Script s = established(MtuProbing.ON_BLACK_HOLE, "mss 1460").write(1024).drop();

        s.expectAt(400, "P. 1:1025(1024)").expectAt(1000, "P. 1:1025(1024)");

        assertEquals(0, s.info().mtuSearch().blackHoles());
    }

    @Test
    void shouldSuspectASegmentThatIsNotFullButLargerThanTheNextSize() {
        Script s = established(MtuProbing.ON_BLACK_HOLE, "mss 1460").write(1459).drop();

        s.expectAt(400, "P. 1:1460(1459)").end();

        s.expectAt(1000, ". 1:1025(1024)").expect("P. 1025:1460(435)").end();
    }

    @Test
    void shouldNotSuspectAfterProgressBetweenTheTimeouts() {
        Script s = established(MtuProbing.ON_BLACK_HOLE, "mss 1460").write(4380).drop();
        s.expectAt(400, ". 1:1461(1460)");

        s.at(500).inject(". 1:1(0) ack 1461").drop();
        s.expectAt(1100, ". 1461:2921(1460)");

        assertEquals(0, s.info().mtuSearch().blackHoles());
    }

    @Test
    void shouldSearchUpwardsAfterwards() {
        Script s = suspecting(MtuProbing.ON_BLACK_HOLE).drop();
        s.at(1100).inject(". 1:1(0) ack 1025").drop().at(1200).inject(". 1:1(0) ack 7301");

        s.write(20_000).expect(". 7301:8543(1242)");

        assertEquals(1282, s.info().mtuSearch().probe());
    }

    @Test
    void shouldProbeBeyondWhatARouterToldAfterTenMinutes() {
        Script s = established(MtuProbing.ON_BLACK_HOLE, "mss 1460").write(1460).drop();
        s.packetTooBig(1300, 1).drop().at(200).inject(". 1:1(0) ack 1461");

        s.at(TEN_MINUTES).write(12_600).drop();
        assertEquals(0, s.info().mtuSearch().probesSent());
        s.at(TEN_MINUTES + 99).inject(". 1:1(0) ack 14061");
        s.at(TEN_MINUTES + 100).write(12_600).expect(". 14061:15421(1360)");
        assertEquals(1300, s.info().negotiated().pathMtu());

        s.drop().inject(". 1:1(0) ack 15421");
        assertEquals(1400, s.info().negotiated().pathMtu());
    }

    @Test
    void shouldReturnToTheFirstHopAfterTenMinutesWithoutProbing() {
        Script s = established(MtuProbing.OFF, "mss 1460").write(1460).drop();
        s.packetTooBig(1300, 1).drop().at(200).inject(". 1:1(0) ack 1461");
        s.at(TEN_MINUTES + 99).write(1460).expect(". 1461:2721(1260)").expect("P. 2721:2921(200)");
        s.inject(". 1:1(0) ack 2921");

        s.at(TEN_MINUTES + 100).write(1460).expect("P. 2921:4381(1460)");

        assertEquals(1500, s.info().negotiated().pathMtu());
    }

    @Test
    void shouldLetRoutersFragmentWhatIsSmallerThanTheFloor() {
        Script s = established(MtuProbing.OFF, "mss 1460").write(1460);
        assertFalse(s.mayFragment());

        s.drop().packetTooBig(400, 1);

        s.expect(". 1:513(512)");
        assertTrue(s.mayFragment());
    }

    @Test
    void shouldNotBelieveAMessageWhileClosed() {
        Script s = established(MtuProbing.ON_BLACK_HOLE, "mss 1460").write(1460).drop();
        s.abort().drop().packetTooBig(1300, 1).end();
    }

    @Test
    void shouldSuspectSegmentsThatThePeersWindowCutShort() {
        TcpConfig config = Script.config().mtuProbing(MtuProbing.ON_BLACK_HOLE).build();
        Script s = Script.established(config, "mss 1460", 1400).write(5000).expect(". 1:1401(1400)");

        s.expectAt(400, ". 1:1401(1400)").end();

        s.expectAt(1000, ". 1:1025(1024)").expect(". 1025:1401(376)").end();
    }

    @Test
    void shouldProbeAClosedWindowWithLessWhenLargeProbesAreNotAnswered() {
        Script s = established(MtuProbing.ON_BLACK_HOLE, "mss 1460").write(1460).drop();
        s.at(200).inject(". 1:1(0) ack 1 win 0");
        s.expectAt(400, "P. 1:1461(1460)").expectAt(1000, "P. 1:1461(1460)").end();

        s.expectAt(2200, ". 1:1025(1024)").end();

        assertEquals(14_600, s.info().congestion().window());
    }
}
