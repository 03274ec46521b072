// SPDX-License-Identifier: MIT
package io.pktkit.vtcp;

import static io.pktkit.vtcp.Script.config;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.Test;

/** What {@link TcpInfo} tells of a conversation, what the low-water mark holds back, and which timestamp is echoed. */
class InfoScriptTest {
    private static final long MS = 1_000_000L;

    @Test
    void shouldCountWhatWasSentAndAcknowledged() {
        Script s = Script.established(config().build(), "mss 1000").write(2500).drop();
        s.at(200).inject(". 1:1(0) ack 2001").inject("P. 1:301(300) ack 2501").drop();

        TcpInfo.Counters counters = s.info().counters();

        assertEquals(3, counters.dataSegmentsSent());
        assertEquals(2500, counters.bytesSent());
        assertEquals(2500, counters.bytesAcked());
        assertEquals(6, counters.segmentsSent()); // SYN, ACK, three with data, ACK
        assertEquals(3, counters.segmentsReceived());
        assertEquals(1, counters.dataSegmentsReceived());
        assertEquals(300, counters.bytesReceived());
        assertEquals(0, counters.retransmissions());
    }

    @Test
    void shouldTellWhatIsQueuedAndWhatTheWindowsTake() {
        Script s = Script.established(config().receiveBuffer(4000).build(), "mss 1000", 2000)
                .write(5000)
                .drop();
        s.inject(". 1001:2001(1000) ack 1 win 2000")
                .drop()
                .inject(". 1:501(500) ack 1 win 2000")
                .drop();

        TcpInfo.Queues queues = s.info().queues();

        assertEquals(5000, queues.sendQueued());
        assertEquals(2000, queues.unacknowledged());
        assertEquals(3000, queues.unsent());
        assertEquals(500, queues.receiveQueued());
        assertEquals(1000, queues.outOfOrder());
        assertEquals(2000, queues.sendWindow());
        assertEquals(3500, queues.receiveWindow());
    }

    @Test
    void shouldTellThePhaseOfRecoveryAndWhatItCost() {
        Script s = Script.established(config().build(), "mss 1000,sackOK")
                .write(10_000)
                .drop();
        assertEquals(TcpInfo.RecoveryPhase.OPEN, s.info().congestion().phase());
        assertEquals(10, s.info().windowSegments());

        s.at(200).inject(". 1:1(0) ack 1 <sack 1001:5001>").drop();

        TcpInfo info = s.info();
        assertEquals(TcpInfo.RecoveryPhase.RECOVERY, info.congestion().phase());
        assertEquals(4000, info.congestion().sacked());
        assertEquals(5000, info.congestion().slowStartThreshold());
        assertEquals(1, info.counters().fastRecoveries());
        assertEquals(1000, info.counters().bytesRetransmitted());
        assertEquals(1000, info.congestion().repeated());
    }

    @Test
    void shouldTellTheRoundTripAndTheTimeout() {
        TcpInfo.Timing timing =
                Script.established(config().build(), "mss 1000").info().timing();

        assertEquals(100 * MS, timing.smoothedRttNanos());
        assertEquals(50 * MS, timing.rttVariationNanos());
        assertEquals(100 * MS, timing.minimumRttNanos());
        assertEquals(300 * MS, timing.rtoNanos());
    }

    @Test
    void shouldTellWhatGoesUnansweredAndForHowLong() {
        Script s = Script.established(config().build(), "mss 1000").write(1000);
        s.at(450).drop(); // the timeout of 300 ms has passed once

        TcpInfo.Timing timing = s.info().timing();

        assertEquals(1, timing.retries());
        assertEquals(50 * MS, timing.sinceSentNanos());
        assertEquals(350 * MS, timing.sinceReceivedNanos());
        s.inject(". 1:1(0) ack 1001");
        assertEquals(0, s.info().timing().retries());
        assertEquals(0, s.info().timing().sinceReceivedNanos());
    }

    @Test
    void shouldCountTheProbesOfAClosedWindowThatNobodyAnswers() {
        Script s = Script.established(config().build(), "mss 1000").write(2000).drop();
        s.at(200).inject(". 1:1(0) ack 2001 win 0").write(1000);

        s.pause(1000).drop(); // probes after 300 and 600 ms, which is as the timeout then is

        assertEquals(2, s.info().timing().probes());
        s.inject(". 1:1(0) ack 2001 win 0");
        assertEquals(0, s.info().timing().probes());
    }

    @Test
    void shouldTellTheRateOfDeliveryAndWhetherItIsThePaths() {
        Script s = Script.established(config().build(), "mss 1000");
        assertEquals(new TcpInfo.Rate(0, 0, false, 0), s.info().rate());
        s.write(100_000).drop();

        s.at(200).inject(". 1:1(0) ack 10001").drop(); // the first flight began when there was nothing to send
        assertEquals(new TcpInfo.Rate(0, 100_000, true, 10_000), s.info().rate());

        s.at(300).inject(". 1:1(0) ack 22001").drop();
        assertEquals(new TcpInfo.Rate(0, 120_000, false, 22_000), s.info().rate());
    }

    @Test
    void shouldTellTheRateOfPacing() {
        Script s = Script.established(config().pacing(true).build(), "mss 1000");

        assertEquals(200_000, s.info().rate().pacing()); // twice ten segments in 100 ms
    }

    @Test
    void shouldCountSelectivelyAcknowledgedBytesAsDeliveredOnce() {
        Script s = Script.established(config().build(), "mss 1000,sackOK")
                .write(10_000)
                .drop();

        s.at(200).inject(". 1:1(0) ack 1 <sack 2001:4001>").drop();
        assertEquals(2000, s.info().rate().delivered());
        s.inject(". 1:1(0) ack 4001").drop();
        assertEquals(4000, s.info().rate().delivered());
    }

    @Test
    void shouldTellWhatOvertookAndWhatArrivedTwice() {
        Script s = Script.established(config().build(), "mss 1000,sackOK")
                .write(10_000)
                .drop();
        assertEquals(new TcpInfo.Reordering(0, 0, 1, 25 * MS), s.info().reordering()); // a quarter of 100 ms

        s.at(200)
                .inject(". 1:1(0) ack 1 <sack 2001:3001>")
                .inject(". 1:1(0) ack 3001")
                .drop();
        assertEquals(new TcpInfo.Reordering(2, 0, 1, 25 * MS), s.info().reordering());

        s.inject(". 1:1(0) ack 3001 <sack 1:1501>").drop();
        assertEquals(new TcpInfo.Reordering(2, 2, 2, 50 * MS), s.info().reordering());
    }

    @Test
    void shouldTellHowTheFirstSlowStartEndedAndNotHowALaterOneDid() {
        Script s = Script.established(config().build(), "mss 1000,sackOK")
                .write(100_000)
                .drop();
        assertEquals(
                new TcpInfo.SlowStart(TcpInfo.SlowStartPhase.STANDARD, TcpInfo.SlowStartExit.NONE, 0, 0),
                s.info().slowStart());
        s.at(200).inject(". 1:1(0) ack 2001").drop(); // twelve segments

        s.inject(". 1:1(0) ack 2001 <sack 3001:8001>").drop();
        TcpInfo.SlowStart ended =
                new TcpInfo.SlowStart(TcpInfo.SlowStartPhase.ENDED, TcpInfo.SlowStartExit.LOSS, 12_000, 0);
        assertEquals(ended, s.info().slowStart());

        s.inject(". 1:1(0) ack 3001 <sack 4001:8001>").at(3000).drop();
        assertTrue(s.info().counters().timeouts() > 0);
        assertEquals(ended, s.info().slowStart());
    }

    @Test
    void shouldTellATimeoutIfItCameBeforeTheLossWasRepaired() {
        Script s = Script.established(config().build(), "mss 1000,sackOK")
                .write(10_000)
                .drop();
        s.at(200).inject(". 1:1(0) ack 1 <sack 1001:5001>").drop();

        s.at(1000).drop();

        assertEquals(
                new TcpInfo.SlowStart(TcpInfo.SlowStartPhase.ENDED, TcpInfo.SlowStartExit.TIMEOUT, 10_000, 0),
                s.info().slowStart());
    }

    @Test
    void shouldGoOnWithTheFirstSlowStartIfTheLossWasNone() {
        Script s = Script.established(config().build(), "mss 1000,sackOK")
                .write(10_000)
                .drop();
        s.at(200).inject(". 1:1(0) ack 1 <sack 1001:5001>").drop();
        assertEquals(TcpInfo.SlowStartExit.LOSS, s.info().slowStart().exit());

        s.at(210).inject(". 1:1(0) ack 10001 <sack 1:1001>").drop(); // the repeat arrived twice

        assertEquals(1, s.info().counters().undos());
        assertEquals(
                new TcpInfo.SlowStart(TcpInfo.SlowStartPhase.STANDARD, TcpInfo.SlowStartExit.NONE, 0, 0),
                s.info().slowStart());
    }

    @Test
    void shouldBeWritableByWhatTheLowWaterMarkLeaves() {
        Script s = Script.established(config().notSentLowWater(3000).build(), "mss 1000", 1000)
                .write(3000);
        s.drop(); // one segment is in flight

        assertEquals(1000, s.connection().writable());
        s.write(1000);
        assertEquals(0, s.connection().writable());
    }

    @Test
    void shouldBeWritableAgainOnceSentAndNotOnlyOnceAcknowledged() {
        Script s = Script.established(config().notSentLowWater(3000).build(), "mss 1000", 1000)
                .write(3000)
                .write(1000)
                .drop();

        s.at(200).inject(". 1:1(0) ack 1001 win 3000").drop();

        assertEquals(3000, s.connection().writable());
    }

    @Test
    void shouldEchoTheNewestTimestampInAFin() {
        Script s = Script.established(config().build(), "mss 1000,TS 100 -7001");
        s.inject(". 1:101(100) ack 1 <TS 120 -7001>").drop().read(100);

        s.shutdown().expect("F. 1:1(0) ack 101 <TS " + s.ts() + " 120>");
    }

    @Test
    void shouldNotTakeTheTimestampOfASegmentWithAnImpossibleAcknowledgment() {
        Script s = Script.established(config().build(), "mss 1000,TS 100 -7001");

        s.inject(". 1:1(0) ack 5000 <TS 120 -7001>").expect(". 1:1(0) ack 1 <TS " + s.ts() + " 100>");
        s.inject("P. 1:101(100) ack 1 <TS 110 -7001>").expect(". 1:1(0) ack 101 <TS " + s.ts() + " 110>");
    }

    @Test
    void shouldTimestampAReset() {
        Script s = Script.established(config().build(), "mss 1000,TS 100 -7001");
        s.inject(". 1:101(100) ack 1 <TS 120 -7001>").drop().read(100);

        s.abort().expect("R. 1:1(0) ack 101 <TS " + s.ts() + " 120>");
    }

    @Test
    void shouldCountWhatCameTwiceOrOutOfOrderOrWasRefused() {
        Script s = Script.established(config().build(), "mss 1000,sackOK");
        s.inject(". 1001:2001(1000) ack 1").drop();
        s.inject(". 1001:2001(1000) ack 1").drop();
        s.inject(". 1:1001(1000) ack 1").drop();
        s.inject(". 1:1001(1000) ack 1").drop();
        s.inject("S 1:1(0)").drop();

        TcpInfo.Counters counters = s.info().counters();

        assertEquals(2, counters.outOfOrderSegments());
        assertEquals(1, counters.duplicateSegments());
        assertEquals(2, counters.challengeAcks()); // the answer to the duplicate is counted with them
    }

    /** Nothing has happened since 100 ms, and so nothing but the call itself can tell the time. */
    @Test
    void shouldGoByTheTimeOfEachCall() {
        Script s = Script.established(config().receiveBuffer(2048).build(), "mss 1000,TS 100 -7001");
        s.inject(". 1:2049(2048) ack 1 <TS 100 -7001>").drop();
        s.at(300).read(2048).expect(". 1:1(0) ack 2049 <TS -6701 100>");
        s.at(500).abort().expect("R. 1:1(0) ack 2049 <TS -6501 100>");

        Script written = Script.established(config().build(), "mss 1460,TS 100 -7001");
        written.at(200).write(1448).drop().at(250).packetTooBig(1000, 1).expect(". 1:949(948) ack 1 <TS -6751 100>");

        Script shut = Script.established(config().build(), "mss 1000").at(500).shutdown();
        shut.drop().expectAt(800, "F. 1:1(0)");
        Script released =
                Script.established(config().build(), "mss 1000").at(500).release();
        released.drop().expectAt(800, "F. 1:1(0)");
    }
}
