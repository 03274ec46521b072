// SPDX-License-Identifier: MIT
package io.pktkit.vtcp;

import static io.pktkit.vtcp.Script.config;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.pktkit.vtcp.TcpInfo.EcnFeedback;
import java.time.Duration;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/**
 * RFC 9768 without its option. The three flags A, W and E are a number on segments without SYN: AE stands for 5, which is
 * where the counters begin. The round trip is 100 ms.
 */
class AccurateEcnScriptTest {
    private static final String SACK = "mss 1000,sackOK";

    private static Script connect() {
        return Script.connect(config().ecn(EcnMode.ACCURATE).build());
    }

    private static Script dial(String synAck) {
        return connect().expect("[noecn] SAEW 0:0(0)").at(100).inject(synAck + " 0:0(0) ack 1 <" + SACK + ">");
    }

    private static Script dial() {
        return dial("SW.").expect("[noecn] W. 1:1(0) ack 1");
    }

    private static Script accept(String syn) {
        return Script.accept(config().ecn(EcnMode.ACCURATE).build(), syn + " 0:0(0) <" + SACK + ">");
    }

    private static Script answered(String ack) {
        return accept("SAEW").expect("[noecn] SW. 0:0(0) ack 1").at(100).inject(ack + " 1:1(0) ack 1");
    }

    private static TcpInfo.Ecn ecn(Script s) {
        return s.info().ecn();
    }

    private static void assertEcn(Script s, EcnFeedback feedback, boolean capable, int reductions, int marks) {
        TcpInfo.Ecn now = ecn(s);
        assertEquals(new TcpInfo.Ecn(feedback, capable, 0, reductions, marks, now.option()), now);
    }

    // -- the handshake
    // ----------------------------------------------------------------------------------------------------------------

    @ParameterizedTest
    @CsvSource({
        "SW., ACCURATE, true", // Not-ECT, as it was sent
        "SEW., ACCURATE, false", // ECT(1): the path changes codepoints
        "SA., ACCURATE, false", // ECT(0)
        "SAW., ACCURATE, false", // CE
        "SAE., ACCURATE, true", // reserved
        "SE., CLASSIC, true",
        "S., NONE, false",
        "SAEW., NONE, false" // mirrored
    })
    void shouldReadTheAnswer(String synAck, EcnFeedback feedback, boolean capable) {
        Script s = dial(synAck);
        assertEcn(s, feedback, capable, 0, 0);
        String flags = feedback == EcnFeedback.ACCURATE ? "PAE." : "P.";
        s.drop().write(1000).expect((capable ? "[ect0] " : "[noecn] ") + flags + " 1:1001(1000) ack 1");
    }

    @ParameterizedTest
    @CsvSource({
        "SAEW, SW., ACCURATE",
        "[ect1] SAEW, SEW., ACCURATE",
        "[ect0] SAEW, SA., ACCURATE",
        "[ce] SAEW, SAW., ACCURATE",
        "SA, SW., ACCURATE", // combinations without a meaning yet
        "SAE, SW., ACCURATE",
        "SAW, SW., ACCURATE",
        "SW, SW., ACCURATE",
        "SE, SW., ACCURATE",
        "[ce] SEW, SE., CLASSIC",
        "S, S., NONE"
    })
    void shouldAnswer(String asked, String answered, EcnFeedback feedback) {
        Script s = accept(asked).expect("[noecn] " + answered + " 0:0(0) ack 1");
        assertEquals(feedback, ecn(s).feedback());
    }

    @ParameterizedTest
    @CsvSource({"noecn, W., AE", "ect1, EW., AE", "ect0, A., AE", "ce, AW., AW"})
    void shouldTellHowTheSynAckArrived(String codepoint, String handshake, String counter) {
        Script s = dial("[" + codepoint + "] SW.").expect("[noecn] " + handshake + " 1:1(0) ack 1");
        s.write(1000).expect("[ect0] P." + counter + " 1:1001(1000) ack 1");
    }

    @Test
    void shouldTellItBeforeTheData() {
        Script s = connect().drop().write(1000);
        s.at(100).inject("SW. 0:0(0) ack 1 <" + SACK + ">");
        s.expect("[noecn] W. 1:1(0) ack 1").expect("[ect0] PAE. 1:1001(1000) ack 1");
    }

    @Test
    void shouldTellItAgainForARepeatedSynAck() {
        Script s = dial();
        s.at(1100).inject("[ce] SW. 0:0(0) ack 1").expect("[noecn] AW. 1:1(0) ack 1");
        s.write(1000).expect("[ect0] PAW. 1:1001(1000) ack 1"); // one more
        s.at(2100).drop().inject("[ce] SW. 0:0(0) ack 1").expect("[noecn] AW. 1001:1001(0) ack 1");
        s.at(2110).inject(". 1:101(100) ack 1001").expect("AW. 1001:1001(0) ack 101"); // but once
    }

    @Test
    void shouldAskTwiceAndThenNoMore() {
        Script s = connect().expect("SAEW 0:0(0)");
        s.expectAt(1000, "SAEW 0:0(0)").expectAt(3000, "S 0:0(0)");
        s.at(3100).inject("SW. 0:0(0) ack 1 <" + SACK + ">").drop();
        s.write(1000).expect("[ect0] PAE. 1:1001(1000) ack 1"); // the client may: the server agreed
    }

    @Test
    void shouldSendNothingCapableOnceTheSynWasRepeatedWithout() {
        Script s = accept("SAEW").expect("SW. 0:0(0) ack 1");
        s.at(50).inject("[ect0] S 0:0(0) <" + SACK + ">").expect("SA. 0:0(0) ack 1"); // of the latest SYN
        s.at(100).inject("W. 1:1(0) ack 1").write(1000).expect("[noecn] PAE. 1:1001(1000) ack 1");
    }

    @Test
    void shouldResetWhereTheSynAsksForAnotherKind() {
        Script s = accept("SAEW").drop();
        s.at(50).inject("SEW 0:0(0) <" + SACK + ">").expect("R. 1:1(0) ack 1").failure(TcpFailure.RESET);
    }

    @Test
    void shouldAgreeWhenBothOpen() {
        Script s = connect().drop();
        s.at(50).inject("[ect0] SAEW 0:0(0) <" + SACK + ">").expect("SA. 0:0(0) ack 1");
        s.at(100).inject("SW. 0:0(0) ack 1").expect("W. 1:1(0) ack 1");
        s.write(1000).expect("[ect0] PAE. 1:1001(1000) ack 1");
    }

    @Test
    void shouldStartFromOneSegmentIfTheSynWasMarked() {
        Script s = dial("SAW.").drop().write(5000);
        s.expect("[noecn] AE. 1:1001(1000) ack 1").end();
    }

    @ParameterizedTest
    @CsvSource({
        "W., true", // Not-ECT
        "E., true", // unused
        "AE., true",
        "AEW., true",
        "EW., false", // ECT(1)
        "A., false", // ECT(0)
        "AW., false", // CE
        "., false" // no feedback at all
    })
    void shouldJudgeThePathByTheLastOfTheHandshake(String ack, boolean capable) {
        assertEquals(capable, ecn(answered(ack)).capable());
        answered(ack).write(1000).expect((capable ? "[ect0]" : "[noecn]") + " PAE. 1:1001(1000) ack 1");
    }

    @Test
    void shouldReadACounterIfDataCompletesTheHandshake() {
        Script s = accept("SAEW").drop();
        s.at(100).inject("PAW. 1:101(100) ack 1").drop(); // 6: the SYN-ACK was marked
        assertEcn(s, EcnFeedback.ACCURATE, true, 1, 1);
    }

    // -- the sender
    // -------------------------------------------------------------------------------------------------------------------

    @Test
    void shouldCountMarksAndReduceOnceForARoundTrip() {
        Script s = dial().write(20_000).drop();
        s.at(200).injectMore("AEW. 1:1(0) ack 3001").drop(); // 7: two marks
        assertEcn(s, EcnFeedback.ACCURATE, true, 1, 2);
        assertEquals(8000, s.info().congestion().slowStartThreshold());

        s.injectMore("E. 1:1(0) ack 5001").drop(); // 9 is 1 again
        assertEcn(s, EcnFeedback.ACCURATE, true, 1, 4);
        s.at(300).injectMore("W. 1:1(0) ack 11001").drop();
        assertEcn(s, EcnFeedback.ACCURATE, true, 2, 5);
    }

    @Test
    void shouldNotSayCwr() {
        Script s = dial().write(20_000).drop();
        s.at(200).injectMore("AW. 1:1(0) ack 5001").expect("[ect0] AE. 10001:11001(1000)");
    }

    @Test
    void shouldNotTakeAnOvertakenAcknowledgmentForSevenMarks() {
        Script s = dial().write(10_000).drop();
        s.at(200).inject("AW. 1:1(0) ack 5001"); // 6
        s.inject("AE. 1:1(0) ack 5001"); // 5 was sent before it
        s.inject("AE. 1:1(0) ack 4001");
        assertEquals(1, ecn(s).deliveredCe());
    }

    @Test
    void shouldReadAThinAcknowledgmentByTheRateOfMarks() {
        Script s = dial().write(100_000).drop();
        s.at(200).injectMore("AE. 1:1(0) ack 5001").drop();
        s.at(201).injectMore("AW. 1:1(0) ack 10001").drop(); // one in ten

        s.at(300).injectMore("AW. 1:1(0) ack 19001").drop(); // 9 packets and 0, or 8
        assertEquals(1, ecn(s).deliveredCe());
        s.at(400).injectMore("AEW. 1:1(0) ack 28001").drop(); // 9 packets and 1, or 9
        assertEquals(2, ecn(s).deliveredCe());
    }

    @Test
    void shouldSeeThatTheCounterWrappedWhereMostIsMarked() {
        Script s = dial().write(200_000).drop();
        s.at(200).injectMore("AE. 1:1(0) ack 1001").drop(); // one is not marked
        s.at(201).injectMore("W. 1:1(0) ack 6001").drop(); // five are
        s.at(202).injectMore("AW. 1:1(0) ack 10001").drop(); // and four
        assertEquals(9, ecn(s).deliveredCe());

        s.at(300).injectMore("AE. 1:1(0) ack 18001").drop(); // eight packets, and seven marks
        assertEquals(16, ecn(s).deliveredCe());
    }

    @Test
    void shouldStopWhereTheFieldIsCleared() {
        Script s = dial().write(2000).expect("[ect0] AE. 1:1001(1000)").drop();
        s.at(200).inject(". 1:1(0) ack 2001");
        assertFalse(ecn(s).capable());
        s.write(1000).expect("[noecn] PAE. 2001:3001(1000)");
        s.at(300).inject("E. 1:1(0) ack 3001");
        assertEquals(0, ecn(s).deliveredCe());
    }

    @Test
    void shouldStopWhereEverythingIsMarked() {
        Script s = dial();
        int ace = 5;
        for (int round = 0; round < 6; round++) {
            s.at(200 + 100 * round).write(1000).drop();
            ace = (ace + 1) & 7;
            String flags = ((ace & 4) != 0 ? "A" : "") + ((ace & 1) != 0 ? "E" : "") + ((ace & 2) != 0 ? "W" : "");
            s.at(290 + 100 * round).injectMore(flags + ". 1:1(0) ack " + (1001 + 1000 * round));
        }
        assertFalse(ecn(s).capable());
    }

    // -- the receiver
    // -----------------------------------------------------------------------------------------------------------------

    @Test
    void shouldCountEveryAcceptableMark() {
        Script s = answered("W.");
        s.at(200).inject("[ce] . 1:1001(1000) ack 1").expect("[noecn] AW. 1:1(0) ack 1001");
        s.inject("[ect0] . 1001:2001(1000) ack 1").expect("AW. 1:1(0) ack 2001");
        s.inject("[ce] . 2001:3001(1000) ack 1").expect("AEW. 1:1(0) ack 3001");
        s.inject("[ce] . 3001:4001(1000) ack 1").expect(". 1:1(0) ack 4001"); // 8
        s.inject("[ce] . 3001:4001(1000) ack 1").expect(". 1:1(0) ack 4001"); // not acceptable
        assertEquals(3, ecn(s).ceReceived());
    }

    @Test
    void shouldAnswerAtOnceWhenMarksBegin() {
        Script s = Script.accept(
                        config().ecn(EcnMode.ACCURATE)
                                .delayedAck(Duration.ofMillis(40))
                                .build(),
                        "SAEW 0:0(0) <" + SACK + ">")
                .drop();
        s.at(100).inject("W. 1:1(0) ack 1");
        for (int i = 0; i < 16; i++) {
            s.inject("[ect0] AE. " + (1 + 100 * i) + ":" + (101 + 100 * i) + "(100) ack 1")
                    .drop(); // the quick ones
        }
        s.inject("[ect0] AE. 1601:1701(100) ack 1").end();
        s.at(150).drop();

        s.inject("[ce] AE. 1701:1801(100) ack 1").expect("AW. 1:1(0) ack 1801");
        s.inject("[ce] AE. 1801:1901(100) ack 1").end();
        s.inject("[ce] AE. 1901:2001(100) ack 1").expect(". 1:1(0) ack 2001"); // two since the last
    }

    @Test
    void shouldAnswerEveryThirdMarkedAcknowledgment() {
        Script s = dial();
        s.at(200).write(4000).drop();
        s.at(300).inject("[ce] AE. 1:1(0) ack 1001").end();
        s.inject("[ce] AE. 1:1(0) ack 2001").end();
        s.inject("[ce] AE. 1:1(0) ack 3001").expect("[noecn] . 4001:4001(0) ack 1");
    }

    @Test
    void shouldNotCountAMarkOfTheSyn() {
        Script s = accept("[ce] SAEW").expect("SAW. 0:0(0) ack 1");
        s.at(100).inject("W. 1:1(0) ack 1").write(1000).expect("[ect0] PAE. 1:1001(1000) ack 1");
    }

    /** The recovery has cut the window for what was lost; what was sent since fills the queue again. */
    @Test
    void shouldReduceAfterARecoveryForMarksOnWhatWasSentDuringIt() {
        Script s = dial().write(30_000).drop();
        s.at(200).injectMore("AE. 1:1(0) ack 1 <sack 1001:4001>").drop(); // 5: no mark
        long reported = 4001;
        while (s.info().counters().bytesSent() - s.info().counters().bytesRetransmitted() < 11_000) {
            reported += 1000;
            s.injectMore("AE. 1:1(0) ack 1 <sack 1001:" + reported + ">").drop();
        }
        assertTrue(reported <= 10_001, "reported=" + reported);

        s.at(290).injectMore("AW. 1:1(0) ack 1 <sack 1001:11001>").drop(); // 6: one mark
        assertEquals(0, ecn(s).reductions(), "the window is loss recovery's");
        int threshold = s.info().congestion().slowStartThreshold();
        s.at(300).injectMore("AW. 1:1(0) ack 11001").drop();

        assertEcn(s, EcnFeedback.ACCURATE, true, 1, 1);
        assertTrue(s.info().congestion().slowStartThreshold() < threshold);
    }

    @Test
    void shouldReduceOnceForLossAndMarksOfTheSameFlight() {
        Script s = dial().write(30_000).drop();
        s.at(200).injectMore("AE. 1:1(0) ack 1 <sack 1001:4001>").drop();

        s.at(210).injectMore("AEW. 1:1(0) ack 1 <sack 1001:10001>").drop(); // 7: two marks on what was sent before
        s.at(300).injectMore("AEW. 1:1(0) ack 10001").drop();

        assertEcn(s, EcnFeedback.ACCURATE, true, 0, 2);
    }
}
