// SPDX-License-Identifier: MIT
package io.pktkit.vtcp;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.Test;

/** Path MTU probes: when one goes out, and what its arrival and its loss change (RFC 4821 section 7). */
class MtuProbeScriptTest {
    private static final String SACK = "mss 1460,sackOK";

    private static TcpConfigBuilder config(MtuProbing probing) {
        return Script.config().mtuProbing(probing);
    }

    /** The base size has been acknowledged, the window is 10240 bytes and there is nothing in flight. */
    private static Script confirmed(String options) {
        Script s = Script.established(config(MtuProbing.ALWAYS).build(), options);
        s.write(1024).expect("P. 1:1025(1024)");
        return s.at(200).inject(". 1:1(0) ack 1025");
    }

    /** The first probe is out, with eight segments behind it. */
    private static Script probing(String options) {
        Script s = confirmed(options).write(9434).expect(". 1025:2267(1242)");
        for (int i = 0; i < 8; i++) {
            int start = 2267 + 1024 * i;
            s.expect((i < 7 ? ". " : "P. ") + start + ":" + (start + 1024) + "(1024)");
        }
        return s.end();
    }

    @Test
    void shouldBeginWithTheBaseAndOnlyThenProbe() {
        Script s = Script.established(config(MtuProbing.ALWAYS).build(), SACK).write(30_000);

        for (int i = 0; i < 10; i++) {
            s.expect(". " + (1 + 1024 * i) + ":" + (1025 + 1024 * i) + "(1024)");
        }
        s.end();
        assertEquals(1064, s.info().negotiated().pathMtu());
        assertTrue(s.info().mtuSearch().searching());
        assertEquals(0, s.info().mtuSearch().probesSent());
    }

    @Test
    void shouldTakeTimestampsOffTheBase() {
        Script.established(config(MtuProbing.ALWAYS).build(), SACK + ",TS 5 -7001")
                .write(3000)
                .expect(". 1:1013(1012)");
    }

    @Test
    void shouldRaiseTheSegmentSizeWhenTheProbeArrives() {
        Script s = probing(SACK);
        int window = s.info().congestion().window();
        assertEquals(1282, s.info().mtuSearch().probe());

        s.at(300).inject(". 1:1(0) ack 2267").end();

        assertEquals(1282, s.info().negotiated().pathMtu());
        assertEquals(1242, s.info().negotiated().sendMss());
        assertTrue(s.info().congestion().window() >= window);
        s.write(1242).expect("P. 10459:11701(1242)"); // too little in the queue for the next probe
    }

    @Test
    void shouldBelieveASelectiveAcknowledgmentOfTheProbe() {
        Script s = probing(SACK);

        s.at(300).inject(". 1:1(0) ack 1025 <sack 1025:2267>");

        assertEquals(1282, s.info().negotiated().pathMtu());
    }

    @Test
    void shouldRepeatALostProbeInPiecesAndKeepTheWindow() {
        Script s = probing(SACK);
        int window = s.info().congestion().window();

        s.at(300).inject(". 1:1(0) ack 1025 <sack 2267:3291>").end();
        s.inject(". 1:1(0) ack 1025 <sack 2267:4315>").end();
        s.inject(". 1:1(0) ack 1025 <sack 2267:5339>");

        s.expect(". 1025:2049(1024)").expect(". 2049:2267(218)").end();
        assertEquals(window, s.info().congestion().window());
        assertEquals(TcpInfo.RecoveryPhase.OPEN, s.info().congestion().phase());
        assertEquals(0, s.info().counters().fastRecoveries());
        assertEquals(1, s.info().mtuSearch().probesLost());
        assertEquals(1064, s.info().negotiated().pathMtu());
    }

    @Test
    void shouldRepeatALostProbeInPiecesWithoutSack() {
        Script s = probing("mss 1460");
        int window = s.info().congestion().window();

        s.at(300).inject(". 1:1(0) ack 1025").inject(". 1:1(0) ack 1025").end();
        s.inject(". 1:1(0) ack 1025");

        s.expect(". 1025:2049(1024)").expect(". 2049:2267(218)").end();
        assertEquals(window, s.info().congestion().window());
        assertEquals(0, s.info().counters().fastRecoveries());
        assertEquals(1, s.info().mtuSearch().probesLost());
    }

    @Test
    void shouldTakeAnotherLossBesidesForCongestion() {
        Script s = probing(SACK);
        int window = s.info().congestion().window();

        s.at(300).inject(". 1:1(0) ack 1025 <sack 3291:7387>");

        s.expect(". 1025:2049(1024)");
        assertEquals(TcpInfo.RecoveryPhase.RECOVERY, s.info().congestion().phase());
        assertTrue(s.info().congestion().slowStartThreshold() < window);
        assertEquals(0, s.info().mtuSearch().probesLost(), "it proves nothing of the size");
        assertEquals(0, s.info().mtuSearch().probe());
    }

    @Test
    void shouldNotTakeALostRepeatOfAProbeForTheProbe() {
        Script s = probing(SACK);
        s.at(300).inject(". 1:1(0) ack 1025 <sack 2267:5339>").drop();
        // All but the first piece arrive, and what is sent after it, so that its repeat is lost
        s.write(1024).expect("P. 10459:11483(1024)");
        s.at(400).inject(". 1:1(0) ack 1025 <sack 2049:11483>");

        s.at(450).expect(". 1025:2049(1024)").end();
        assertEquals(1, s.info().counters().fastRecoveries());
        assertEquals(1, s.info().mtuSearch().probesLost());
    }

    @Test
    void shouldWaitWithTheNextProbeUntilAllInFlightIsAcknowledged() {
        Script s = probing(SACK);
        s.at(300).inject(". 1:1(0) ack 1025 <sack 2267:5339>").drop();
        s.write(9000).drop();
        assertEquals(1, s.info().mtuSearch().probesSent());

        s.at(400).inject(". 1:1(0) ack 10459").drop();
        s.write(20_000).drop();

        assertEquals(2, s.info().mtuSearch().probesSent());
        assertEquals(1282, s.info().mtuSearch().probe());
    }

    @Test
    void shouldNotProbeWithTooLittleInTheQueue() {
        Script s = confirmed(SACK).write(5337).expect(". 1025:2049(1024)").drop();
        assertEquals(0, s.info().mtuSearch().probesSent());

        confirmed(SACK).write(5338).expect(". 1025:2267(1242)");
    }

    @Test
    void shouldNotProbeIntoASmallWindow() {
        Script s = Script.established(config(MtuProbing.ALWAYS).build(), SACK, 5337);
        s.write(1024).drop().at(200).inject(". 1:1(0) ack 1025 win 5337");

        s.write(20_000).expect(". 1025:2049(1024)").drop();

        assertEquals(0, s.info().mtuSearch().probesSent());
    }

    @Test
    void shouldHoldBackUntilTheWindowTakesTheProbe() {
        Script s = confirmed(SACK);
        s.write(4096).write(5120).drop(); // too little each time for a probe; 1024 of the window's 10240 bytes are left

        s.write(20_000).end();

        s.at(300).inject(". 1:1(0) ack 2049").expect(". 10241:11483(1242)");
    }

    @Test
    void shouldNotProbeWhileALossIsRepaired() {
        Script s = confirmed(SACK).write(5120).drop();
        s.at(300).inject(". 1:1(0) ack 1025 <sack 2049:6145>").expect(". 1025:2049(1024)");

        s.write(30_000).drop();

        assertEquals(TcpInfo.RecoveryPhase.RECOVERY, s.info().congestion().phase());
        assertEquals(0, s.info().mtuSearch().probesSent());
    }

    @Test
    void shouldNotProbeWhileASegmentMayBeLost() {
        Script s = confirmed(SACK).write(5120).drop();
        s.at(300).inject(". 1:1(0) ack 1025 <sack 2049:3073>").end();

        s.write(20_000).expect(". 6145:7169(1024)").drop();

        assertEquals(TcpInfo.RecoveryPhase.OPEN, s.info().congestion().phase());
        assertEquals(0, s.info().mtuSearch().probesSent());
    }

    @Test
    void shouldRepeatInPiecesWhenTheTimerFires() {
        Script s = probing("mss 1460");

        s.expectAt(500, ". 1025:2049(1024)").end();

        assertEquals(0, s.info().mtuSearch().probe());
        assertEquals(0, s.info().mtuSearch().probesLost(), "the timeout proves nothing of the size");
        assertEquals(1024, s.info().congestion().window());
    }

    @Test
    void shouldSendThePiecesInPlaceOfATailLossProbe() {
        Script s = probing(SACK);

        s.expectAt(402, ". 1025:2049(1024)").expect(". 2049:2267(218)").end();

        assertEquals(0, s.info().counters().timeouts());
        assertEquals(0, s.info().mtuSearch().probe());
    }

    @Test
    void shouldTryTheSizeThatARouterTellsOfAProbe() {
        Script s = probing(SACK);
        int window = s.info().congestion().window();

        s.packetTooBig(1200, 1025)
                .expect(". 1025:2049(1024)")
                .expect(". 2049:2267(218)")
                .end();

        assertEquals(1064, s.info().negotiated().pathMtu(), "a router's word does not raise it");
        assertEquals(1200, s.info().mtuSearch().upperBound());
        assertEquals(window, s.info().congestion().window());
        s.at(300).inject(". 1:1(0) ack 10459");
        s.write(20_000).expect(". 10459:11619(1160)").drop();
        s.at(400).inject(". 1:1(0) ack 11619");
        assertEquals(1200, s.info().negotiated().pathMtu());
        assertFalse(s.info().mtuSearch().searching());
    }

    @Test
    void shouldLowerTheSizeWhenARouterTellsOfLessThanTheBase() {
        Script s = probing(SACK);

        s.packetTooBig(1000, 1025).expect(". 1025:1985(960)");

        assertEquals(1000, s.info().negotiated().pathMtu());
        assertFalse(s.info().mtuSearch().searching());
    }

    @Test
    void shouldGuessFromTheSizeOfTheProbeWhenTheRouterDoesNotTell() {
        Script s = probing(SACK);

        s.packetTooBig(0, 1025);

        assertEquals(1006, s.info().negotiated().pathMtu(), "the plateau below 1282");
    }

    @Test
    void shouldNotTakeAMessageOfAnotherSegmentForOneOfTheProbe() {
        Script s = probing(SACK).packetTooBig(1200, 2267).end();

        assertEquals(1282, s.info().mtuSearch().probe());
        assertEquals(1500, s.info().mtuSearch().upperBound());
    }
}
