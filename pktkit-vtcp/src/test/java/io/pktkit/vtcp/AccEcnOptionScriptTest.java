// SPDX-License-Identifier: MIT
package io.pktkit.vtcp;

import static io.pktkit.vtcp.Script.config;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.time.Duration;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * The AccECN option of RFC 9768. "ECN0" is order 0: bytes that arrived as ECT(0), with a mark, and as ECT(1); "ECN1" is
 * the same backwards. The first and the last begin at 1. The round trip is 100 ms.
 */
class AccEcnOptionScriptTest {
    private static final String SACK = "mss 1000,sackOK";
    private static final String INITIAL = "ECN0 1 0 1";

    private static Script connect() {
        return Script.connect(config().ecn(EcnMode.ACCURATE).build()).drop();
    }

    /** A client whose SYN-ACK had these options. */
    private static Script dial(String options) {
        Script s = connect().at(100).inject("SW. 0:0(0) ack 1 <" + SACK + options + ">");
        return s.expect("[noecn] W. 1:1(0) ack 1 <" + INITIAL + ">");
    }

    private static Script dial() {
        return dial("," + INITIAL);
    }

    private static Script accept(TcpConfigBuilder config, String options) {
        return Script.accept(config.ecn(EcnMode.ACCURATE).build(), "SAEW 0:0(0) <" + options + ">");
    }

    /** A server whose SYN-ACK was acknowledged. */
    private static Script answered() {
        return accept(config(), SACK).drop().at(100).inject("W. 1:1(0) ack 1 <" + INITIAL + ">");
    }

    /** A server that holds its next acknowledgment back, after 1600 bytes. */
    private static Script held() {
        Script s = accept(config().noDelay(true).delayedAck(Duration.ofMillis(40)), SACK)
                .drop();
        s.at(100).inject("W. 1:1(0) ack 1 <" + INITIAL + ">");
        for (int i = 0; i < 16; i++) {
            s.inject("AE. " + (1 + 100 * i) + ":" + (101 + 100 * i) + "(100) ack 1")
                    .drop();
        }
        return s;
    }

    private static TcpInfo.Ecn ecn(Script s) {
        return s.info().ecn();
    }

    private static TcpInfo.EcnOption option(Script s) {
        return ecn(s).option();
    }

    private static void assertBytes(Script s, long ect0, long ect1, long ce) {
        assertEquals(new TcpInfo.EcnOption(true, true, ect0, ect1, ce), option(s));
    }

    // -- the handshake
    // ----------------------------------------------------------------------------------------------------------------

    @Test
    void shouldNotOfferItInASyn() {
        Script s = Script.connect(config().ecn(EcnMode.ACCURATE)
                .timestamps(false)
                .windowScaling(false)
                .build());
        s.expect("SAEW 0:0(0) <mss 1460,sackOK>");
    }

    @Test
    void shouldTestThePathWithTheSynAck() {
        accept(config(), SACK).expect("SW. 0:0(0) ack 1 <mss 1460,sackOK," + INITIAL + ">");
        accept(config(), SACK + ",TS 7 0,wscale 7")
                .expect("SW. 0:0(0) ack 1 <mss 1460,sackOK,TS -7001 7,wscale 0," + INITIAL + ">");
    }

    @Test
    void shouldNotReadItInASyn() {
        Script s = accept(config(), SACK + ",ECN0 0 0 0").drop();
        assertFalse(option(s).read());
        s.at(100).inject("W. 1:1(0) ack 1 <" + INITIAL + ">");
        assertTrue(option(s).read());
    }

    @Test
    void shouldTestThePathWithTheFirstAcknowledgmentAndTheFirstData() {
        Script s = dial().write(500).expect("[ect0] PAE. 1:501(500) ack 1 <" + INITIAL + ">");
        s.at(200).inject("AE. 1:1(0) ack 501 <ECN0 501 0>");
        s.write(500).expect("[ect0] PAE. 501:1001(500) ack 1 <>");
    }

    @Test
    void shouldNotShortenTheFirstDataForIt() {
        Script s = dial().write(1000).expect("[ect0] PAE. 1:1001(1000) ack 1 <>");
        s.write(500).expect("[ect0] PAE. 1001:1501(500) ack 1 <>");
        dial().write(996).expect("PAE. 1:997(996) ack 1 <ECN0>"); // which leaves four bytes of the MSS
    }

    @Test
    void shouldNotUseItWithoutAccurateFeedback() {
        Script s = Script.accept(config().ecn(EcnMode.CLASSIC).build(), "SAEW 0:0(0) <" + SACK + ">");
        s.expect("SE. 0:0(0) ack 1 <mss 1460,sackOK>").at(100).inject(". 1:1(0) ack 1 <" + INITIAL + ">");
        s.inject("[ce] . 1:1001(1000) ack 1").expect("E. 1:1(0) ack 1001 <>");
        assertEquals(TcpInfo.EcnOption.UNUSED, option(s));
    }

    @Test
    void shouldTestThePathWhenBothOpen() {
        Script s = connect().at(50).inject("SAEW 0:0(0) <" + SACK + ">");
        s.expect("SW. 0:0(0) ack 1 <mss 1460,sackOK," + INITIAL + ">");
        s.at(100).inject("SW. 0:0(0) ack 1 <" + SACK + "," + INITIAL + ">");
        s.expect("W. 1:1(0) ack 1 <" + INITIAL + ">");
        assertTrue(option(s).read());
    }

    @Test
    void shouldRepeatTheSynAckWithout() {
        Script s = accept(config(), SACK).expect("SW. 0:0(0) ack 1 <mss 1460,sackOK," + INITIAL + ">");
        s.expectAt(1000, "SW. 0:0(0) ack 1 <mss 1460,sackOK>");
        s.at(1100).inject("W. 1:1(0) ack 1 <" + INITIAL + ">");
        s.inject("[ect0] AE. 1:1001(1000) ack 1").expect("AE. 1:1(0) ack 1001 <>"); // and it is not sent again
        assertEquals(new TcpInfo.EcnOption(false, true, 0, 0, 0), option(s)); // but read
    }

    /** RFC 9768 section 3.2.3.2.2; and section 3.1.5 on who has sent a plain one. */
    @Test
    void shouldRepeatTheSynAckAPlainOneInTheEnd() {
        Script s = accept(config(), SACK).expect("SW. 0:0(0) ack 1 <mss 1460,sackOK," + INITIAL + ">");
        s.expectAt(1000, "SW. 0:0(0) ack 1 <mss 1460,sackOK>");
        s.expectAt(3000, "S. 0:0(0) ack 1 <mss 1460,sackOK>").expectAt(7000, "S. 0:0(0) ack 1 <mss 1460,sackOK>");

        s.at(7100).inject("W. 1:1(0) ack 1"); // of the second, at last
        s.inject("[ce] AE. 1:1001(1000) ack 1").expect("AW. 1:1(0) ack 1001"); // it counts on
        s.write(1000).expect("[noecn] PAW. 1:1001(1000) ack 1001");
        assertFalse(s.info().ecn().capable());
    }

    @Test
    void shouldAnswerASecondSynWithout() {
        Script s = accept(config(), SACK).drop();
        s.at(500).inject("SAEW 0:0(0) <" + SACK + ">").expect("SW. 0:0(0) ack 1 <mss 1460,sackOK>");
        assertFalse(option(s).sent());
    }

    @Test
    void shouldAcknowledgeASecondSynAckWithout() {
        Script s = dial().at(1100).inject("SW. 0:0(0) ack 1 <" + SACK + ">").expect("W. 1:1(0) ack 1 <>");
        s.write(500).expect("[ect0] PAE. 1:501(500) ack 1 <>");
        assertFalse(option(s).sent());
    }

    // -- the receiver
    // -----------------------------------------------------------------------------------------------------------------

    @Test
    void shouldCountPayloadByCodepoint() {
        Script s = answered();
        s.inject("[ect0] AE. 1:1001(1000) ack 1").expect("[noecn] AE. 1:1(0) ack 1001 <ECN0 1001 0>");
        s.inject("[noecn] AE. 1001:2001(1000) ack 1").expect("AE. 1:1(0) ack 2001 <>");
        s.inject("[ce] AE. 2001:2501(500) ack 1").expect("AW. 1:1(0) ack 2501 <ECN0 1001 500>");
        s.inject("[ect1] AE. 2501:2601(100) ack 1").expect("AW. 1:1(0) ack 2601 <ECN0 1001 500 101>");
        s.inject("[ect0] AE. 2601:2602(1) ack 1").expect("AW. 1:1(0) ack 2602 <ECN0 1002 500 101>");
        s.inject("[ect0] AE. 2601:2602(1) ack 1").expect("AW. 1:1(0) ack 2602 <sack 2601:2602>"); // not acceptable
    }

    @Test
    void shouldPutFirstWhatArrives() {
        Script s = answered();
        s.inject("[ect1] AE. 1:1001(1000) ack 1").expect("AE. 1:1(0) ack 1001 <ECN1 1001 0>");
        s.inject("[ce] AE. 1001:2001(1000) ack 1").expect("AW. 1:1(0) ack 2001 <ECN1 1001 1000>");
        answered().inject("[ce] AE. 1:1001(1000) ack 1").expect("AW. 1:1(0) ack 1001 <ECN0 1 1000>");
    }

    @Test
    void shouldCountDataOfTheSynAckButNotOfTheSyn() {
        Script s = connect().at(100).inject("[ect0] SW. 0:100(100) ack 1 <" + SACK + ">");
        s.expect("[noecn] A. 1:1(0) ack 101 <ECN0 101 0 1>");
        s = Script.accept(config().ecn(EcnMode.ACCURATE).build(), "[ect0] SAEW 0:100(100) <" + SACK + ">");
        s.expect("SA. 0:0(0) ack 101 <mss 1460,sackOK," + INITIAL + ">");
    }

    @Test
    void shouldNotCountMarkedAcknowledgments() {
        Script s = dial().write(4000).drop().at(200);
        s.inject("[ce] AE. 1:1(0) ack 1001").inject("[ce] AE. 1:1(0) ack 2001");
        s.inject("[ce] AE. 1:1(0) ack 3001").expect("[noecn] . 4001:4001(0) ack 1 <>");
    }

    @Test
    void shouldTellWithASmallReply() {
        Script s = held();
        s.inject("[ect0] AE. 1601:1701(100) ack 1").end();
        s.write(988).expect("[ect0] PAE. 1:989(988) ack 1701 <ECN0 101 0>");
        s.at(200).inject("[ect0] AE. 1701:1801(100) ack 989").end();
        s.write(1000).expect("[ect0] PAE. 989:1989(1000) ack 1801 <>");
        s.at(300).inject("AE. 1801:1901(100) ack 1989").expectAt(340, "AE. 1989:1989(0) ack 1901 <ECN0 201 0>");
    }

    @Test
    void shouldTellOfMarksBeforeFullSegments() {
        Script s = answered().write(20_000).drop().at(200);
        s.inject("[ect0] PAE. 1:501(500) ack 2001 <ECN0 2001 0>").expect("[ect0] AE. 10001:11001(1000) ack 501 <>");
        s.drop().injectMore("[ce] PAE. 501:1001(500) ack 4001 <ECN0 4001 0>");
        s.expect("[noecn] AW. 14001:14001(0) ack 1001 <ECN0 501 500>").expect("AW. 14001:15001(1000) ack 1001 <>");
    }

    @Test
    void shouldLeaveRoomForTwoSackBlocks() {
        Script s = accept(config(), SACK + ",TS 7 0").drop();
        s.at(100).inject("W. 1:1(0) ack 1 <TS 8 -7000," + INITIAL + ">");
        String ts = " <TS 9 -7000>";
        s.inject("[ect0] AE. 1001:2001(1000) ack 1" + ts).expect("AE. 1:1(0) ack 1 <TS,sack 1001:2001,ECN0 1001 0>");
        s.inject("[ect1] AE. 3001:4001(1000) ack 1" + ts)
                .expect("AE. 1:1(0) ack 1 <TS,sack 3001:4001,sack 1001:2001,ECN1 1001 0>");
        s.inject("[ect0] AE. 5001:6001(1000) ack 1" + ts)
                .expect("AE. 1:1(0) ack 1 <TS,sack 5001:6001,sack 3001:4001,ECN0 2001 0>");
        s.inject("[noecn] AE. 7001:8001(1000) ack 1" + ts)
                .expect("AE. 1:1(0) ack 1 <TS,sack 7001:8001,sack 5001:6001,sack 3001:4001>"); // nothing to tell
        s.inject("[ce] AE. 1:1001(1000) ack 1" + ts)
                .expect("AW. 1:1(0) ack 2001 <TS,sack 7001:8001,sack 5001:6001,ECN0 2001 1000>");
    }

    @Test
    void shouldStopWhereWhatItAcknowledgedAlwaysComesAgain() {
        Script s = answered();
        for (int i = 0; i < 3; i++) {
            String segment = (1 + 1000 * i) + ":" + (1001 + 1000 * i) + "(1000) ack 1";
            String ack = "AE. 1:1(0) ack " + (1001 + 1000 * i);
            s.at(200 + 1000 * i).inject("[ect0] AE. " + segment).expect(ack + " <ECN0 " + (1001 + 1000 * i) + " 0>");
            s.at(600 + 1000 * i).inject("[noecn] AE. " + segment).drop();
        }
        assertFalse(option(s).sent());
        s.at(3200).inject("[ect0] AE. 3001:4001(1000) ack 1").expect("AE. 1:1(0) ack 4001 <>");
    }

    @Test
    void shouldRepeatDataWithoutAndStopWhereItKeepsGettingLost() {
        Script s = held();
        for (int i = 0; i < 3; i++) {
            assertTrue(option(s).sent(), "after " + i);
            int from = 1 + 400 * i;
            int at = 1601 + 100 * i;
            s.at(200 + 20 * i)
                    .inject("[ect0] AE. " + at + ":" + (at + 100) + "(100) ack " + from)
                    .end();
            s.write(100).expect(segment("[ect0] PAE. ", from, 100, at + 100, "ECN0 " + (101 + 100 * i) + " 0"));
            s.write(100).write(100).write(100).drop();
            s.at(210 + 20 * i);
            for (int j = 1; j <= 3; j++) {
                String block = "sack " + (from + 100) + ":" + (from + 100 + 100 * j);
                s.inject(segment("AE. ", at + 100, 0, from, block));
            }
            s.expect(segment("[noecn] AE. ", from, 100, at + 100, ""));
            s.inject(segment("AE. ", at + 100, 0, from + 400, "")).drop();
        }
        assertFalse(option(s).sent());
    }

    private static String segment(String flags, int start, int length, int ack, String options) {
        return flags + start + ":" + (start + length) + "(" + length + ") ack " + ack + " <" + options + ">";
    }

    // -- the sender
    // -------------------------------------------------------------------------------------------------------------------

    @ParameterizedTest
    @ValueSource(
            strings = {
                "ECN0 6001 2000 1,ECN0 7001 3000 1",
                "ECN0 6001 2000,ECN0 7001 3000",
                "ECN1 1 2000 6001,ECN1 1 3000 7001",
                "ECN1 1 2000,ECN1 1 3000",
                "RAW ac0c0017710007d00000_01ff,RAW ac0c001b59000bb8000001ff"
            })
    void shouldReadEitherOrderAndEachLength(String options) {
        String[] each = options.replace("_", "").split(",", -1);
        Script s = dial().write(20_000).drop();
        s.at(200).injectMore("AEW. 1:1(0) ack 8001 <" + each[0] + ">").drop();
        assertEquals(2000, option(s).ceBytes());
        s.at(210).injectMore(". 1:1(0) ack 10001 <" + each[1] + ">").drop();
        assertEquals(3000, option(s).ceBytes());
        assertEquals(3, ecn(s).deliveredCe());
    }

    @Test
    void shouldReadAThinAcknowledgmentByTheBytes() {
        Script s = dial().write(100_000).drop();
        s.at(200).injectMore("AE. 1:1(0) ack 10001 <ECN0 10001 0>").drop();
        s.at(300).injectMore("AW. 1:1(0) ack 19001 <ECN0 18001 1000>").drop(); // nine packets: one mark, or nine
        assertEquals(1, ecn(s).deliveredCe());
        assertBytes(s, 18_000, 0, 1000);
        s.at(400).injectMore("AEW. 1:1(0) ack 28001 <ECN0 18001 10000>").drop();
        assertEquals(10, ecn(s).deliveredCe());
        assertBytes(s, 18_000, 0, 10_000);
    }

    @Test
    void shouldReadTheBytesByTheSizeOfWhatWasSent() {
        Script s = Script.connect(config().ecn(EcnMode.ACCURATE).noDelay(true).build())
                .drop()
                .at(100);
        s.inject("SW. 0:0(0) ack 1 <" + SACK + "," + INITIAL + ">").drop();
        for (int i = 0; i < 9; i++) {
            s.write(100).drop();
        }
        s.at(200).inject("AW. 1:1(0) ack 901 <ECN0 1 900>").drop(); // nine marks, of less than the MSS together
        assertEquals(9, ecn(s).deliveredCe());
        s.write(1000).drop();
        s.at(300).inject("AEW. 1:1(0) ack 1901 <ECN0 1 1900>").drop(); // one, of ten times as much
        assertEquals(10, ecn(s).deliveredCe());
    }

    @Test
    void shouldReadNoMarksWhereTheRateWouldSuggestEight() {
        Script s = dial().write(100_000).drop();
        s.at(200).injectMore("AE. 1:1(0) ack 1001").drop();
        s.at(201).injectMore("W. 1:1(0) ack 6001").drop(); // five of six
        s.at(202).injectMore("AW. 1:1(0) ack 10001 <ECN0 1001 9000>").drop(); // and four
        s.at(300).injectMore("AW. 1:1(0) ack 18001 <ECN0 9001 9000>").drop();
        assertEquals(9, ecn(s).deliveredCe());
    }

    @Test
    void shouldMakeUpForWhatAnAcknowledgmentWithoutLeftOpen() {
        Script s = dial().write(100_000).drop();
        s.at(200).injectMore("AW. 1:1(0) ack 9001").drop(); // nine packets, all marked, and nobody can know
        assertEquals(1, ecn(s).deliveredCe());
        s.at(210).injectMore("AW. 1:1(0) ack 10001 <ECN0 1001 9000>").drop();
        assertEquals(9, ecn(s).deliveredCe());
        s.at(300).injectMore("AEW. 1:1(0) ack 12001").drop();
        s.at(310).injectMore("AEW. 1:1(0) ack 13001 <ECN0 2001 10000>").drop(); // that mark was counted
        assertEquals(10, ecn(s).deliveredCe());
    }

    @Test
    void shouldFallBackToTheRateWhereTheMarksAreLeftOut() {
        Script s = dial().write(100_000).drop();
        s.at(200).injectMore("AE. 1:1(0) ack 1001").drop();
        s.at(201).injectMore("W. 1:1(0) ack 6001").drop(); // five of six
        s.at(202).injectMore("AW. 1:1(0) ack 10001").drop(); // and four
        s.at(300).injectMore("AE. 1:1(0) ack 18001 <ECN0 3001>").drop(); // eight packets, and seven marks
        assertEquals(16, ecn(s).deliveredCe());
        assertBytes(s, 3000, 0, 0);
        s.at(310).injectMore("AE. 1:1(0) ack 19001 <ECN0>").drop();
        assertBytes(s, 3000, 0, 0);
    }

    @Test
    void shouldFollowAFieldThatWraps() {
        Script s = dial(",ECN0 16777215 16777000 1").write(100_000).drop();
        s.at(200).injectMore("AW. 1:1(0) ack 10001 <ECN0 999 8784>").drop();
        assertEquals(9, ecn(s).deliveredCe());
        assertBytes(s, 1000, 0, 9000);
    }

    @Test
    void shouldNotReadWhatWasClearedInTheHandshake() {
        Script s = dial(",ECN0 0 0 0").write(100_000).drop();
        s.at(200).injectMore("AW. 1:1(0) ack 9001 <ECN0 9001 0>").drop();
        assertEquals(new TcpInfo.EcnOption(true, false, 0, 0, 0), option(s));
        assertEquals(1, ecn(s).deliveredCe());

        s = accept(config(), SACK).drop().at(100).inject("W. 1:1(0) ack 1 <ECN1 0 0>");
        assertFalse(option(s).read());
    }

    @Test
    void shouldReadItAlthoughTheHandshakeHadNone() {
        Script s = dial("").write(100_000).drop();
        assertFalse(option(s).read());
        s.at(200).injectMore("AW. 1:1(0) ack 9001 <ECN0 1 9000>").drop();
        assertEquals(9, ecn(s).deliveredCe());
        assertBytes(s, 0, 0, 9000);
    }

    @Test
    void shouldDoWithoutOnceItIsStripped() {
        Script s = dial().write(100_000).drop();
        s.at(200).injectMore("AW. 1:1(0) ack 5001 <ECN0 4001 1000>").drop();
        s.at(300).injectMore("AEW. 1:1(0) ack 10001").drop();
        s.at(400).injectMore(". 1:1(0) ack 15001").drop();
        assertEquals(3, ecn(s).deliveredCe());
        assertEquals(2, ecn(s).reductions());
        assertBytes(s, 4000, 0, 1000);
    }

    @Test
    void shouldPassOverFieldsThatAreClearedLater() {
        Script s = dial().write(100_000).drop();
        s.at(200).injectMore("AW. 1:1(0) ack 5001 <ECN0 4001 1000>").drop();
        s.at(300).injectMore("AEW. 1:1(0) ack 10001 <ECN0 0 0 0>").drop();
        assertEquals(2, ecn(s).deliveredCe());
        assertBytes(s, 4000, 0, 1000);
        s.at(400).injectMore("AEW. 1:1(0) ack 15001 <ECN0 13001 2000 1>").drop();
        assertEquals(2, ecn(s).deliveredCe());
        assertBytes(s, 13_000, 0, 2000);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "RAW ac000101",
                "RAW ac010101",
                "RAW ac0b0003",
                "RAW acff0003",
                "RAW 010101ac",
                "RAW ac030001",
                "RAW ac040001",
                "RAW ae0bffff",
                "RAW ac0bffffffffffffffffff01",
                "RAW ae08ffffffffffff",
                "RAW ac05ffffff01ae05ffffff01"
            })
    void shouldPassOverWhatIsGarbled(String garbled) {
        Script s = dial().write(100_000).drop();
        s.at(200).injectMore("AW. 1:1(0) ack 5001 <" + garbled + ">").drop();
        assertEquals(1, ecn(s).deliveredCe());
        s.at(300).injectMore("AEW. 1:1(0) ack 10001 <ECN0 8001 2000>").drop();
        assertEquals(2, ecn(s).deliveredCe());
        assertBytes(s, 8000, 0, 2000);
    }

    @Test
    void shouldNotReadAnOvertakenOption() {
        Script s = dial().write(100_000).drop();
        s.at(200).injectMore("AW. 1:1(0) ack 5001 <ECN0 4001 1000>").drop();
        s.injectMore("AE. 1:1(0) ack 4001 <ECN0 4001 0>").drop();
        s.injectMore("AE. 1:1(0) ack 5001 <ECN0 3001 0>").drop();
        assertBytes(s, 4000, 0, 1000);
        assertEquals(1, ecn(s).deliveredCe());
    }

    @Test
    void shouldNotBelieveMoreThanWasSent() {
        Script s = dial().write(10_000).drop();
        s.at(200).injectMore("AW. 1:1(0) ack 2001 <ECN0 1 10001>").drop();
        assertEquals(1, ecn(s).deliveredCe()); // what ACE says
        assertBytes(s, 0, 0, 0);
        s.at(210).injectMore("AW. 1:1(0) ack 3001 <ECN0 1 10000>").drop();
        assertBytes(s, 0, 0, 10_000);
        assertTrue(ecn(s).deliveredCe() <= 17, "marks=" + ecn(s).deliveredCe());
        assertEquals(1, ecn(s).reductions());
    }

    @Test
    void shouldReduceOnceForARoundTripWhateverIsTold() {
        Script s = dial().write(200_000).drop();
        for (int i = 1; i <= 9; i++) {
            int bytes = i % 3 == 0 ? 16_777_215 : 1000 * i;
            String flags = i % 2 == 0 ? "AE." : "W.";
            s.at(200 + i)
                    .injectMore(flags + " 1:1(0) ack " + (1 + 1000 * i) + " <ECN0 1 " + bytes + ">")
                    .drop();
        }
        assertEquals(1, ecn(s).reductions());
        assertTrue(s.info().congestion().window() >= 5000, s.info().congestion().toString());
    }

    @Test
    void shouldReduceOnceForARoundTripWithAnyCountersAtAll() {
        for (long seed = 0; seed < 30; seed++) {
            Random random = new Random(seed);
            Script s = dial().write(500_000).drop();
            long acked = 1;
            long end = 0;
            for (int i = 0; i < 200; i++) {
                long before = ecn(s).reductions();
                long sent = acked + s.info().queues().unacknowledged();
                acked = Math.min(sent, acked + 1000L * random.nextInt(20));
                s.at(200 + 10 * i)
                        .injectMore(anyFeedback(random) + acked + " <" + anyOption(random) + ">")
                        .drop();
                String where = "seed=" + seed + " i=" + i + " " + s.info();
                if (ecn(s).reductions() != before) {
                    assertEquals(before + 1, ecn(s).reductions(), where);
                    assertTrue(acked > end, where);
                    end = sent;
                }
                assertTrue(s.info().congestion().window() >= 1000, where);
                assertTrue(option(s).ceBytes() >= 0 && ecn(s).deliveredCe() >= 0, where);
            }
        }
    }

    private static String anyFeedback(Random random) {
        return List.of(".", "E.", "W.", "EW.", "A.", "AE.", "AW.", "AEW.").get(random.nextInt(8)) + " 1:1(0) ack ";
    }

    private static String anyOption(Random random) {
        int most = random.nextBoolean() ? 20_000 : 1 << 24;
        StringBuilder option = new StringBuilder(random.nextBoolean() ? "ECN0" : "ECN1");
        for (int fields = random.nextInt(4); fields > 0; fields--) {
            option.append(' ').append(random.nextInt(most));
        }
        return option.toString();
    }

    @Test
    void shouldSetNoCodepointWhereTheTwoCountersContradictEachOther() {
        Script s = dial().write(5000).drop();
        s.at(200).injectMore("AE. 1:1(0) ack 5001 <ECN0 4001 1000>").drop(); // five packets cannot wrap the counter
        assertFalse(ecn(s).capable());
        s.write(1000).expect("[noecn] PAE. 5001:6001(1000) ack 1");

        s = dial().write(10_000).drop(); // nor can ten be ruled out
        s.at(200).injectMore("AE. 1:1(0) ack 10001 <ECN0 2001 8000>").drop();
        assertTrue(ecn(s).capable());
        assertEquals(8, ecn(s).deliveredCe());
        s.write(1000)
                .drop()
                .at(300)
                .injectMore("AE. 1:1(0) ack 11001 <ECN0 2001 9000>")
                .drop();
        assertFalse(ecn(s).capable()); // one packet since all was told
    }
}
