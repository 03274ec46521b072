// SPDX-License-Identifier: MIT
package io.pktkit.vtcp;

import static io.pktkit.vtcp.Script.config;
import static org.junit.jupiter.api.Assertions.assertEquals;

import java.time.Duration;
import org.junit.jupiter.api.Test;

/** What leaves and arrives as one and is several segments: everything but the number of packets is as without. */
class SuperSegmentScriptTest {
    private static final String SACK = "mss 1000,sackOK";

    private static Script open(String options) {
        return Script.established(config().build(), options).superSegments(true);
    }

    // -- sending
    // ---------------------------------------------------------------------------------------------------------------------

    @Test
    void shouldSendAsOneWhatTheWindowAdmits() {
        Script s =
                open("mss 1000").write(30_000).expect(". 1:10001(10000/1000)").end();
        s.at(200).inject(". 1:1(0) ack 2001").expect(". 10001:14001(4000/1000)").end();
        s.inject(". 1:1(0) ack 2501").expect(". 14001:15001(1000)").end(); // one is a segment

        assertEquals(15, s.info().counters().dataSegmentsSent());
        assertEquals(15_000, s.info().counters().bytesSent());
        assertEquals(12_500, s.info().congestion().window());
    }

    @Test
    void shouldCarryTheRestOfAWriteAndPushOnce() {
        open("mss 1000").write(2500).expect("P. 1:2501(2500/1000)").end();
        open("mss 1000").write(3000).expect("P. 1:3001(3000/1000)").end();
    }

    @Test
    void shouldHoldASmallRestBackAsEver() {
        Script s = open("mss 1000").write(100).expect("P. 1:101(100)");

        s.write(2500).expect(". 101:2101(2000/1000)").end();
        s.at(200).inject(". 1:1(0) ack 2101").expect("P. 2101:2601(500)");
    }

    @Test
    void shouldCarryTheFinOnItsLastSegment() {
        Script s = Script.connect(config().build())
                .superSegments(true)
                .drop()
                .write(2500)
                .shutdown();

        s.inject("S. 0:0(0) ack 1 win 65535 <mss 1000>")
                .expect("FP. 1:2501(2500/1000) ack 1")
                .end();

        assertEquals(TcpState.FIN_WAIT_1, s.connection().state());
        s.at(100).inject(". 1:1(0) ack 2502").state(TcpState.FIN_WAIT_2);
    }

    @Test
    void shouldCarryTimestampsAndLeaveRoomForThem() {
        Script s = open("mss 1012,sackOK,TS 5 -7001").write(3000);

        s.expect("P. 1:3001(3000/1000) ack 1 <TS>").end();
    }

    @Test
    void shouldCarryTheAcknowledgment() {
        Script s = delaying()
                .superSegments(true)
                .inject(". 16001:16101(100) ack 1")
                .end(); // it is held

        s.write(2000).expect("P. 1:2001(2000/1000) ack 16101").end();
        s.at(190).end();
    }

    @Test
    void shouldFillTheWindowOfThePeerAndNoMore() {
        Script s = Script.established(config().build(), "mss 1000", 3500)
                .superSegments(true)
                .write(10_000);

        s.expect(". 1:3001(3000/1000)").end();
        s.at(200)
                .inject(". 1:1(0) ack 3001 win 2600")
                .expect(". 3001:5001(2000/1000)")
                .end();
    }

    @Test
    void shouldNotExceedWhatAPacketHolds() {
        TcpConfig config = config().build();
        Script s = Script.established(config, "mss 1460,sackOK,wscale 7")
                .superSegments(true)
                .write(1_000_000);
        s.expect(". 1:14601(14600/1460)").end();
        for (int acked = 14_601, round = 2; round < 5; round++) { // 20, 40 and 80 segments
            s.at(100L * round).inject(". 1:1(0) ack " + acked).drop();
            acked += (int) s.info().queues().unacknowledged();
        }
        int from = (int) s.info().counters().bytesSent() + 1;

        s.at(500).inject(". 1:1(0) ack " + from); // 160 segments

        int most = 44 * 1460; // in 65,432 bytes with their header
        for (int i = 0; i < 3; i++, from += most) {
            s.expect(". " + from + ":" + (from + most) + "(" + most + "/1460)");
        }
        s.expect(". " + from + ":" + (from + 28 * 1460) + "(" + 28 * 1460 + "/1460)")
                .end();
    }

    @Test
    void shouldSpreadThemOverTheRoundTrip() {
        Script s = Script.established(config().pacing(true).build(), "mss 1000")
                .superSegments(true)
                .write(100_000)
                .expect(". 1:10001(10000/1000)");

        // 240 bytes a millisecond, two segments at a time
        s.at(200).inject(". 1:1(0) ack 2001").expect(". 10001:12001(2000/1000)").end();
        s.expectAt(208, ". 12001:14001(2000/1000)").end();
    }

    @Test
    void shouldSendOneByOneWhenTheFarSideTakesNoMore() {
        Script s =
                open("mss 1000").write(20_000).expect(". 1:10001(10000/1000)").end();

        s.superSegments(false).at(200).inject(". 1:1(0) ack 1001");
        s.expect(". 10001:11001(1000)").expect(". 11001:12001(1000)").end();
    }

    // -- recovery
    // --------------------------------------------------------------------------------------------------------------------

    @Test
    void shouldRepeatTheOneThatIsLostInItsMiddle() {
        Script s = open(SACK).write(10_000).expect("P. 1:10001(10000/1000)");

        s.at(200)
                .inject(". 1:1(0) ack 3001 <sack 4001:10001>")
                .expect(". 3001:4001(1000)")
                .end();

        s.at(300).inject(". 1:1(0) ack 10001").end();
        assertEquals(1, s.info().counters().retransmissions());
        assertEquals(1, s.info().counters().fastRecoveries());
        Script plain = open(SACK).superSegments(false).write(10_000).drop();
        plain.at(200).inject(". 1:1(0) ack 3001 <sack 4001:10001>").drop();
        plain.at(300).inject(". 1:1(0) ack 10001").end();
        assertEquals(plain.info(), s.info()); // the books are the same
    }

    @Test
    void shouldRepeatAsOneWhatIsLostTogether() {
        Script s = open(SACK).write(20_000).drop();

        s.at(200).inject(". 1:1(0) ack 1 <sack 4001:10001>"); // six have arrived, and half as many go out

        s.expect(". 1:4001(4000/1000)").expect(". 10001:11001(1000)").end(); // and what is new beside it
        assertEquals(4, s.info().counters().retransmissions());
        assertEquals(4000, s.info().counters().bytesRetransmitted());
        s.at(300).inject(". 1:1(0) ack 4001 <sack 4001:10001>").drop();
    }

    @Test
    void shouldNotMixRepeatsWithWhatIsNewNorWithWhatDoesNotFollow() {
        Script s = open(SACK).write(20_000).drop();

        s.at(200).inject(". 1:1(0) ack 1 <sack 3001:5001,sack 6001:9001>");

        s.expect(". 1:3001(3000/1000)").expect(". 5001:6001(1000)").end();
        s.at(300)
                .inject(". 1:1(0) ack 10001")
                .expect(". 10001:15001(5000/1000)")
                .end();
    }

    @Test
    void shouldCountSegmentsAfterATimeout() {
        Script s = open("mss 1000").write(10_000).drop();

        s.expectAt(400, ". 1:1001(1000)");
        s.at(500).inject(". 1:1(0) ack 1001").expect(". 1001:3001(2000/1000)").end();
        s.at(600).inject(". 1:1(0) ack 3001").expect(". 3001:7001(4000/1000)").end();
        assertEquals(7, s.info().counters().retransmissions());
    }

    @Test
    void shouldProbeTheTailWithOneSegment() {
        Script s = open(SACK).write(5000).expect("P. 1:5001(5000/1000)");

        s.expectAt(302, "P. 4001:5001(1000)").end();
    }

    @Test
    void shouldProbeAClosedWindowWithOneOctet() {
        Script s = open("mss 1000").write(4000).drop();
        s.at(200).inject(". 1:1(0) ack 4001 win 0").end();

        s.write(5000).at(520).expect(". 4001:4002(1)").end();
        s.at(530)
                .inject(". 1:1(0) ack 4002 win 60000")
                .expect("P. 4002:9001(4999/1000)")
                .end();
    }

    @Test
    void shouldCutWhatNoLongerFitsThePath() {
        Script s = open(SACK).write(5000).expect("P. 1:5001(5000/1000)");

        s.at(110).packetTooBig(840, 1001); // one of its segments
        s.expect(". 1:1001(1000/800)").expect(". 1001:2001(1000/800)"); // each in pieces of its own
        assertEquals(800, s.info().negotiated().sendMss());
    }

    @Test
    void shouldProbeThePathWithOneLongerSegment() {
        TcpConfig probing = config().mtuProbing(MtuProbing.ALWAYS).build();
        Script s = Script.established(probing, "mss 1460,sackOK")
                .superSegments(true)
                .write(100_000);
        s.expect(". 1:10241(10240/1024)");

        s.at(200).inject(". 1:1(0) ack 10241");

        s.expect(". 10241:11483(1242)"); // halfway between 1064 and 1500 bytes
        s.drop().at(300).inject(". 1:1(0) ack 11483").drop();
        assertEquals(1242, s.info().negotiated().sendMss());
    }

    // -- congestion marks
    // ------------------------------------------------------------------------------------------------------------

    @Test
    void shouldTellOfTheReductionOnce() {
        Script s = Script.connect(config().ecn(EcnMode.CLASSIC).build())
                .superSegments(true)
                .drop();
        s.at(100).inject("SE. 0:0(0) ack 1 win 65535 <mss 1000,sackOK>").drop();
        s.write(60_000).expect("[ect0] . 1:10001(10000/1000)");

        s.at(200).inject("E. 1:1(0) ack 10001").drop();
        s.at(300)
                .inject(". 1:1(0) ack " + (1 + (int) s.info().counters().bytesSent()))
                .drop();

        assertEquals(1, s.info().ecn().reductions());
    }

    @Test
    void shouldSendRepeatsNotCapableAndWhatFollowsThemCapable() {
        Script s = Script.connect(config().ecn(EcnMode.CLASSIC).build())
                .superSegments(true)
                .drop();
        s.at(100).inject("SE. 0:0(0) ack 1 win 65535 <mss 1000>").drop();
        s.write(10_000).expect("[ect0] P. 1:10001(10000/1000)");
        s.expectAt(400, "[noecn] . 1:1001(1000)");
        s.at(500).inject(". 1:1(0) ack 1001").expect("[noecn] . 1001:3001(2000/1000)");
        s.at(600).inject(". 1:1(0) ack 3001").expect("[noecn] . 3001:7001(4000/1000)");

        s.write(20_000).end();

        s.at(700).inject(". 1:1(0) ack 7001").expect("[noecn] . 7001:10001(3000/1000)");

        s.expect("[ect0] W. 10001:12001(2000/1000)").end();
    }

    /** Others take CWR off all but the first, which is a bit of the counter of accurate feedback (RFC 9768). */
    @Test
    void shouldSendOneByOneWhileTheFlagIsPartOfTheCounter() {
        Script s = Script.connect(config().ecn(EcnMode.ACCURATE).build())
                .superSegments(true)
                .drop();
        s.at(100).inject("SW. 0:0(0) ack 1 win 65535 <mss 1000,sackOK>").drop();
        s.write(2000).expect("[ect0] PAE. 1:2001(2000/1000)"); // 5

        s.at(200).inject("[ce] AE. 1:1001(1000) ack 2001").drop();
        s.write(2000).expect("[ect0] AW. 2001:3001(1000)").expect("[ect0] PAW. 3001:4001(1000)"); // 6
        s.at(300).inject("[ce] AE. 1001:2001(1000) ack 4001").drop();
        s.at(310).inject("[ce] AE. 2001:3001(1000) ack 4001").drop();
        s.write(2000).expect("[ect0] P. 4001:6001(2000/1000)").end(); // 8 is 0
    }

    // -- receiving
    // -------------------------------------------------------------------------------------------------------------------

    private static Script delaying() {
        Script s = Script.established(config().delayedAck(Duration.ofMillis(40)).build(), SACK);
        for (int i = 0; i < 16; i++) { // which are acknowledged at once
            s.inject(". " + (1 + 1000 * i) + ":" + (1001 + 1000 * i) + "(1000) ack 1")
                    .drop();
        }
        return s.read(16_000).drop();
    }

    @Test
    void shouldAcknowledgeOnce() {
        Script s = delaying();

        s.inject(". 16001:20001(4000/1000) ack 1").expect(". 1:1(0) ack 20001").end();
        s.inject(". 20001:21001(1000) ack 1").end().expectAt(140, ". 1:1(0) ack 21001"); // the unit is a segment
        assertEquals(21, s.info().counters().dataSegmentsReceived());
        assertEquals(21, s.info().counters().segmentsReceived() - 1);
        s.read(5000);
    }

    @Test
    void shouldTakeItsSegmentsForTheUnit() {
        Script s = Script.established(config().delayedAck(Duration.ofMillis(40)).build(), "mss 1000,sackOK");
        for (int i = 0; i < 16; i++) {
            s.inject(". " + (1 + 2000 * i) + ":" + (2001 + 2000 * i) + "(2000/700) ack 1")
                    .drop()
                    .read(2000);
        }

        s.inject(". 32001:32701(700) ack 1").end();
        s.inject(". 32701:33401(700) ack 1").expect(". 1:1(0) ack 33401");
    }

    @Test
    void shouldTellOfAGapOnce() {
        Script s = open(SACK);

        s.inject(". 2001:5001(3000/1000) ack 1")
                .expect(". 1:1(0) ack 1 <sack 2001:5001>")
                .end();
        s.inject(". 1:2001(2000/1000) ack 1").expect(". 1:1(0) ack 5001 <>").end();
        assertEquals(3, s.info().counters().outOfOrderSegments());
        s.read(5000);
    }

    @Test
    void shouldTakeTheNewPartOfOne() {
        Script s = open(SACK).inject(". 1:2001(2000/1000) ack 1").drop();

        s.inject("F. 1001:4001(3000/1000) ack 1")
                .expect(". 1:1(0) ack 4002 <sack 1001:2001>")
                .end();
        s.read(4000).state(TcpState.CLOSE_WAIT);
    }

    @Test
    void shouldTakeOfOneWhatTheWindowHolds() {
        Script s = Script.established(config().receiveBuffer(4000).build(), SACK);

        s.inject(". 1:6001(6000/1000) ack 1").expect(". 1:1(0) ack 4001 win 0").end();
    }

    @Test
    void shouldCountMarksBySegments() {
        Script s = Script.connect(config().ecn(EcnMode.ACCURATE).build()).drop();
        s.at(100).inject("SW. 0:0(0) ack 1 win 65535 <mss 1000,sackOK>").drop();

        s.inject("[ce] AE. 1:4001(4000/1000) ack 1").expect("E. 1:1(0) ack 4001"); // 5 and 4 are 9, which is 1
        assertEquals(4, s.info().ecn().ceReceived());
    }

    @Test
    void shouldNotMindAnySegmentSize() {
        for (int size : new int[] {1, 535, 65_535, Integer.MAX_VALUE}) {
            Script s = open(SACK)
                    .inject(". 1:2001(2000/" + size + ") ack 1")
                    .expect(". 1:1(0) ack 2001")
                    .end();
            s.read(2000);
        }
    }
}
