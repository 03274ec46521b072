// SPDX-License-Identifier: MIT
package io.pktkit.vtcp;

import static io.pktkit.vtcp.Script.config;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.pktkit.vtcp.TcpInfo.EcnFeedback;
import io.pktkit.vtcp.TcpInfo.RecoveryPhase;
import java.time.Duration;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;

/** RFC 3168, and RFC 8511 for how much the window shrinks. The round trip is 100 ms. */
class EcnScriptTest {
    private static final String SACK = "mss 1000,sackOK";

    private static Script dial(TcpConfigBuilder config) {
        Script s = Script.connect(config.ecn(EcnMode.CLASSIC).build()).expect("[noecn] SEW 0:0(0)");
        return s.at(100).inject("SE. 0:0(0) ack 1 <" + SACK + ">").expect("[noecn] . 1:1(0) ack 1");
    }

    private static Script dial() {
        return dial(config());
    }

    private static Script answer(EcnMode mode, String flags) {
        return Script.accept(config().ecn(mode).build(), flags + " 0:0(0) <" + SACK + ">");
    }

    private static Script answered() {
        Script s = answer(EcnMode.PASSIVE, "SEW").expect("[noecn] SE. 0:0(0) ack 1");
        return s.at(100).inject(". 1:1(0) ack 1");
    }

    private static EcnFeedback feedback(Script s) {
        return s.info().ecn().feedback();
    }

    // -- the handshake
    // ----------------------------------------------------------------------------------------------------------------

    @Test
    void shouldAskAndAgree() {
        assertEquals(
                new TcpInfo.Ecn(EcnFeedback.CLASSIC, true, 0, 0, 0, TcpInfo.EcnOption.UNUSED),
                dial().info().ecn());
    }

    @ParameterizedTest
    @EnumSource(
            value = EcnMode.class,
            names = {"OFF", "PASSIVE"})
    void shouldNotAskUnlessTold(EcnMode mode) {
        Script s = Script.connect(config().ecn(mode).build()).expect("S 0:0(0)");
        s.at(100).inject("SE. 0:0(0) ack 1 <mss 1000>").drop().write(1000).expect("[noecn] P. 1:1001(1000) ack 1");
        assertEquals(EcnFeedback.NONE, feedback(s));
    }

    @Test
    void shouldNotAskTwice() {
        Script s = Script.connect(config().ecn(EcnMode.CLASSIC).build()).expect("SEW 0:0(0)");
        s.expectAt(1000, "S 0:0(0)");

        // the answer may be to either; without ECT the peer has nothing to mark (RFC 3168 section 6.1.1)
        s.inject("SE. 0:0(0) ack 1 <mss 1000>").expect(". 1:1(0) ack 1");
        s.write(1000).expect("[noecn] P. 1:1001(1000) ack 1");
    }

    @Test
    void shouldNotBelieveAServerThatMirrorsTheFlags() {
        Script s = Script.connect(config().ecn(EcnMode.CLASSIC).build()).drop();
        s.at(100).inject("SEW. 0:0(0) ack 1 <mss 1000>").drop().write(1000).expect("[noecn] P. 1:1001(1000) ack 1");
        assertEquals(EcnFeedback.NONE, feedback(s));
    }

    @Test
    void shouldDoWithoutWhereTheServerDeclines() {
        Script s = Script.connect(config().ecn(EcnMode.CLASSIC).build()).drop();
        s.at(100).inject("S. 0:0(0) ack 1 <mss 1000>").drop().write(1000).expect("[noecn] P. 1:1001(1000) ack 1");
        s.at(200).inject("[ce] P. 1:1001(1000) ack 1001").expect(". 1001:1001(0) ack 1001");
        assertEquals(
                new TcpInfo.Ecn(EcnFeedback.NONE, false, 0, 0, 0, TcpInfo.EcnOption.UNUSED),
                s.info().ecn());
    }

    @ParameterizedTest
    @CsvSource({
        "PASSIVE, SEW, SE., CLASSIC",
        "CLASSIC, SEW, SE., CLASSIC",
        "ACCURATE, SEW, SE., CLASSIC",
        "OFF, SEW, S., NONE",
        "PASSIVE, S, S., NONE",
        "PASSIVE, SE, S., NONE",
        "PASSIVE, SW, S., NONE",
        "PASSIVE, SAEW, SE., CLASSIC"
    })
    void shouldAnswer(EcnMode mode, String asked, String answered, EcnFeedback expected) {
        Script s = answer(mode, asked).expect("[noecn] " + answered + " 0:0(0) ack 1");
        assertEquals(expected, feedback(s));
    }

    @Test
    void shouldSendNothingCapableOnceTheSynWasRepeatedWithout() {
        Script s = answer(EcnMode.PASSIVE, "SEW").expect("SE. 0:0(0) ack 1");
        s.at(50).inject("S 0:0(0) <" + SACK + ">").drop();
        s.at(100).inject(". 1:1(0) ack 1").write(1000).expect("[noecn] P. 1:1001(1000) ack 1");
    }

    @Test
    void shouldAgreeWhenBothOpen() {
        Script s = Script.connect(config().ecn(EcnMode.CLASSIC).build()).drop();
        s.at(50).inject("SEW 0:0(0) <" + SACK + ">").expect("SE. 0:0(0) ack 1");
        s.at(100).inject("SE. 0:0(0) ack 1 <mss 1000>").expect(". 1:1(0) ack 1");
        s.write(1000).expect("[ect0] P. 1:1001(1000) ack 1");
    }

    @Test
    void shouldNotAgreeToWhatItsOwnSynDidNotAskFor() {
        Script s = Script.connect(config().build()).expect("S 0:0(0)");
        s.at(50).inject("SEW 0:0(0) <" + SACK + ">").expect("S. 0:0(0) ack 1");
        assertEquals(EcnFeedback.NONE, feedback(s));
    }

    // -- what is sent
    // -----------------------------------------------------------------------------------------------------------------

    @Test
    void shouldSendNewDataCapable() {
        dial().write(1500).expect("[ect0] . 1:1001(1000) ack 1").expect("[ect0] P. 1001:1501(500) ack 1");
        Script s = answered().write(1000).expect("[ect0] P. 1:1001(1000) ack 1");
        s.shutdown().expect("[noecn] F. 1001:1001(0) ack 1");
    }

    @Test
    void shouldNotSendAcknowledgmentsCapable() {
        Script s = dial();
        s.at(200).inject("P. 1:1001(1000) ack 1").expect("[noecn] . 1:1(0) ack 1001");
    }

    @Test
    void shouldNotSendRepeatsCapable() {
        Script s = dial().write(4000).drop();
        s.at(200).inject(". 1:1(0) ack 1 <sack 1001:4001>").expect("[noecn] . 1:1001(1000)");
        s.at(300).inject(". 1:1(0) ack 4001").write(1000).drop();
        s.expectAt(600, "[noecn] P. 4001:5001(1000)"); // a tail loss probe
        s.expectAt(900, "[noecn] P. 4001:5001(1000)"); // the timeout
    }

    @Test
    void shouldSendATailLossProbeOfNewDataCapable() {
        Script s = dial().write(12_000).drop();
        s.expectAt(302, "[ect0] . 10001:11001(1000)");
    }

    @Test
    void shouldNotSendWindowProbesCapable() {
        Script s = dial();
        s.at(200).inject("P. 1:1(0) ack 1 win 0").write(2001);
        s.expectAt(500, "[noecn] . 1:2(1)");
        s.at(600).inject(". 1:1(0) ack 1 win 65535").expect("[noecn] . 1:2(1)").expect("[ect0] . 2:1002(1000)");
    }

    @Test
    void shouldNotSendKeepAlivesCapable() {
        Script s = dial(config().keepAlive(Duration.ofSeconds(10), Duration.ofSeconds(5), 1));
        s.expectAt(10_100, "[noecn] . 0:0(0) ack 1");
    }

    @Test
    void shouldNotSendCapableWhatTheSynHadCarried() {
        FastOpenCookie cookie = FastOpenCookie.of(new byte[8], 1000);
        Script s = Script.connect(config().ecn(EcnMode.CLASSIC).build(), cookie, 100);
        s.expect("[noecn] SEW 0:100(100)");

        s.at(100).inject("SE. 0:0(0) ack 1 <" + SACK + ">").expect("[noecn] P. 1:101(100) ack 1");
        s.at(200).inject(". 1:1(0) ack 101").write(100).expect("[ect0] P. 101:201(100) ack 1");
    }

    // -- the sender
    // -------------------------------------------------------------------------------------------------------------------

    @Test
    void shouldReduceOnceForARoundTripAndSaySo() {
        Script s = dial().write(20_000).drop(); // ten segments are out
        s.at(200).inject("E. 1:1(0) ack 1001");

        TcpInfo.Congestion congestion = s.info().congestion();
        assertEquals(RecoveryPhase.CWR, congestion.phase());
        assertEquals(8000, congestion.slowStartThreshold()); // RFC 8511: NewReno, 0.8
        s.inject("E. 1:1(0) ack 2001").inject("E. 1:1(0) ack 3001");
        assertEquals(1, s.info().ecn().reductions());
        assertEquals(8000, s.info().congestion().slowStartThreshold());
    }

    @Test
    void shouldSetCwrOnTheFirstNewDataOnly() {
        Script s = dial().write(20_000).drop();
        s.at(200)
                .injectMore("E. 1:1(0) ack 5001")
                .expect("[ect0] W. 10001:11001(1000)")
                .expect(". 11001:12001(1000)");
    }

    @Test
    void shouldSpreadTheReductionOverARoundTrip() {
        Script s = dial().write(30_000).drop();
        int sent = 0;
        for (int i = 1; i <= 10; i++) {
            s.at(200 + i).injectMore("E. 1:1(0) ack " + (1000 * i + 1));
            assertTrue(s.pending() <= 2, "a burst of " + s.pending());
            sent += s.pending();
            s.drop();
        }
        assertEquals(8, sent); // for ten that arrived
        assertEquals(8000, s.info().congestion().window());
        assertEquals(RecoveryPhase.OPEN, s.info().congestion().phase());
    }

    @Test
    void shouldReduceAgainForWhatWasSentAfterTheReduction() {
        Script s = dial().write(40_000).drop();
        s.at(200).injectMore("E. 1:1(0) ack 9001").drop(); // the CWR is in 10001:11001
        s.at(210).injectMore("E. 1:1(0) ack 10001").drop();
        assertEquals(1, s.info().ecn().reductions());

        s.at(300).injectMore("E. 1:1(0) ack 11001");

        assertEquals(2, s.info().ecn().reductions());
    }

    @Test
    void shouldNotGrowWhileThePeerEchoes() {
        Script s = dial().write(40_000).drop();
        s.at(200).injectMore("E. 1:1(0) ack 2001").drop();
        s.at(210).injectMore(". 1:1(0) ack 4001").drop();
        assertTrue(
                s.info().congestion().window() <= 10_000, s.info().congestion().toString());
    }

    @Test
    void shouldNotReduceForALossOfTheSameWindow() {
        Script s = dial().write(10_000).drop();
        s.at(200).inject("E. 1:1(0) ack 1001");
        s.at(205).injectMore("E. 1:1(0) ack 1001 <sack 2001:5001>").expect("[noecn] . 1001:2001(1000)");

        assertEquals(RecoveryPhase.RECOVERY, s.info().congestion().phase());
        assertEquals(8000, s.info().congestion().slowStartThreshold());
        s.at(300).injectMore(". 1:1(0) ack 10001").drop();
        assertEquals(8000, s.info().congestion().window());
    }

    @Test
    void shouldNotReduceForAMarkOfTheWindowThatALossHasCut() {
        Script s = dial().write(12_000).drop();
        s.at(200)
                .injectMore("E. 1:1(0) ack 1 <sack 1001:4001>")
                .expect(". 1:1001(1000)")
                .drop();
        s.at(300).injectMore("E. 1:1(0) ack 10001").drop();
        assertEquals(0, s.info().ecn().reductions());
        assertEquals(5000, s.info().congestion().slowStartThreshold());
    }

    @Test
    void shouldSayCwrAfterALossToo() {
        Script s = dial().write(20_000).drop();
        s.at(200).injectMore(". 1:1(0) ack 1 <sack 1001:4001>").drop();
        s.at(300)
                .injectMore(". 1:1(0) ack 10001")
                .expect("[ect0] W. 10001:11001(1000)")
                .drop();
    }

    @Test
    void shouldActOnlyOnSegmentsThatPassTheAckTest() {
        Script s = dial().write(4000).drop();
        s.at(200).injectMore("E. 1:1(0) ack 90001").drop(); // beyond SND.NXT
        s.at(800).injectMore("E. 1:1(0) ack -90001").drop(); // RFC 5961 section 5.2
        s.injectMore("E. 40001:40001(0) ack 1001").drop(); // outside the window
        s.injectMore("[ce] P. 1:101(100) ack 90001").drop();
        assertEquals(0, s.info().ecn().reductions());
        assertEquals(0, s.info().ecn().ceReceived());
    }

    @Test
    void shouldIgnoreAnEchoOfNothing() {
        Script s = dial();
        s.at(200).inject("E. 1:1(0) ack 1");
        assertEquals(0, s.info().ecn().reductions());
    }

    @Test
    void shouldNotTakeTheReductionBackWithALossThatWasNone() {
        Script s = dial().write(20_000).drop();
        s.at(200)
                .injectMore(". 1:1(0) ack 1 <sack 1001:4001>")
                .expect(". 1:1001(1000)")
                .drop();
        s.at(300).injectMore(". 1:1(0) ack 10001").drop(); // recovered
        s.at(400).injectMore("E. 1:1(0) ack 15001").drop(); // marked
        int threshold = s.info().congestion().slowStartThreshold();

        s.at(410).injectMore(". 1:1(0) ack 15001 <sack 1:1001>").drop(); // the repeat was not needed

        assertEquals(threshold, s.info().congestion().slowStartThreshold());
    }

    @Test
    void shouldShrinkCubicLessForAMarkThanForALoss() {
        Script s = dial(config().congestion(CongestionAlgorithm.CUBIC))
                .write(20_000)
                .drop();
        s.at(200).injectMore("E. 1:1(0) ack 1001").drop();
        assertEquals(8500, s.info().congestion().slowStartThreshold());
    }

    @Test
    void shouldCountWhatArrivedWhileThePeerEchoed() {
        Script s = dial().write(10_000).drop();
        s.at(200).inject(". 1:1(0) ack 2001").inject("E. 1:1(0) ack 5001");
        assertEquals(3, s.info().ecn().deliveredCe());
    }

    // -- the receiver
    // -----------------------------------------------------------------------------------------------------------------

    @Test
    void shouldEchoUntilThePeerHasReduced() {
        Script s = answered();
        s.at(200).inject("[ce] . 1:1001(1000) ack 1").expect("[noecn] E. 1:1(0) ack 1001");
        s.inject("[ect0] . 1001:2001(1000) ack 1").expect("E. 1:1(0) ack 2001");
        s.inject("[ect0] W. 2001:3001(1000) ack 1").expect(". 1:1(0) ack 3001");
        s.inject("[ect0] . 3001:4001(1000) ack 1").expect(". 1:1(0) ack 4001");
        assertEquals(1, s.info().ecn().ceReceived());
    }

    @Test
    void shouldGoOnEchoingIfTheReductionItselfWasMarked() {
        Script s = answered();
        s.at(200).inject("[ce] . 1:1001(1000) ack 1").expect("E. 1:1(0) ack 1001");
        s.inject("[ce] W. 1001:2001(1000) ack 1").expect("E. 1:1(0) ack 2001");
        assertEquals(2, s.info().ecn().ceReceived());
    }

    @Test
    void shouldEchoOnDataAndAtOnce() {
        Script s = Script.accept(config().delayedAck(Duration.ofMillis(40)).build(), "SEW 0:0(0) <" + SACK + ">");
        s.drop().at(100).inject(". 1:1(0) ack 1").write(100).drop();
        for (int i = 0; i < 16; i++) {
            s.inject("[ect0] . " + (1 + 100 * i) + ":" + (101 + 100 * i) + "(100) ack 101")
                    .drop(); // the quick ones
        }
        s.inject("[ect0] . 1601:1701(100) ack 101").end();
        s.at(150).drop();
        s.inject("[ce] . 1701:1801(100) ack 101").expect("E. 101:101(0) ack 1801");
        s.write(1000).expect("[ect0] PE. 101:1101(1000) ack 1801");
    }

    @Test
    void shouldNotEchoAMarkOnADuplicate() {
        Script s = answered();
        s.at(200).inject(". 1:1001(1000) ack 1").expect(". 1:1(0) ack 1001");
        s.inject("[ce] . 1:1001(1000) ack 1").expect(". 1:1(0) ack 1001");
        assertFalse(s.info().ecn().ceReceived() > 0);
    }
}
