// SPDX-License-Identifier: MIT
package io.pktkit.vtcp;

import static io.pktkit.vtcp.Script.config;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** How the congestion window grows with the pattern of acknowledgments (RFC 5681 section 3.1, RFC 3465). */
class SlowStartScriptTest {
    /** Ten segments in flight, and plenty queued. */
    private static Script sending(String options) {
        Script s = Script.established(config().build(), options).write(100_000).drop();
        return s.at(200);
    }

    private static void assertWindow(int expected, Script s) {
        assertEquals(expected, s.info().congestion().window());
    }

    @Test
    void shouldGrowByASegmentForEachSegmentAcknowledged() {
        Script s = sending("mss 1000");

        s.inject(". 1:1(0) ack 1001")
                .expect(". 10001:11001(1000)")
                .expect(". 11001:12001(1000)")
                .end();
        assertWindow(11_000, s);
        s.inject(". 1:1(0) ack 2001")
                .expect(". 12001:13001(1000)")
                .expect(". 13001:14001(1000)")
                .end();
        assertWindow(12_000, s);
    }

    @Test
    void shouldGrowByAllThatOneAcknowledgmentCovers() {
        Script s = sending("mss 1000");

        s.inject(". 1:1(0) ack 6001");
        assertEquals(12, s.pending()); // the six that arrived, and six
        assertWindow(16_000, s);

        s.drop().inject(". 1:1(0) ack 16001"); // what was sent in answer is acknowledged at once
        assertWindow(26_000, s);
    }

    /** A receiver that merges what comes in a burst, as one with GRO does or one that gets super-segments. */
    @ParameterizedTest
    @CsvSource({"10,false", "44,false", "10,true", "44,true", "1,true", "2,false"})
    void shouldReachSixHundredAndFortySegmentsInSixRoundTrips(int each, boolean paced) {
        for (CongestionAlgorithm algorithm : List.of(CongestionAlgorithm.NEW_RENO, CongestionAlgorithm.CUBIC)) {
            TcpConfig config = config().pacing(paced)
                    .congestion(algorithm)
                    .sendBuffer(8 << 20)
                    .build();
            MergingPeer peer = new MergingPeer(config, each);
            assertEquals(6, peer.roundTripsTo(640), () -> algorithm + " " + peer);
        }
    }

    @Test
    void shouldGrowByTheBytesOfAPartOfASegment() {
        Script s = sending("mss 1000");

        s.inject(". 1:1(0) ack 501");

        assertWindow(10_500, s);
    }

    @Test
    void shouldNotGrowFasterForManyAcknowledgmentsOfOneSegment() {
        Script s = sending("mss 1000");
        for (int i = 1; i <= 10; i++) {
            s.inject(". 1:1(0) ack " + (1 + 100 * i)).drop();
        }

        assertWindow(11_000, s); // splitting acknowledgments gains nothing
    }

    @Test
    void shouldDoubleInARoundTripOfDelayedAcknowledgments() {
        Script s = sending("mss 1000");
        for (int i = 1; i <= 5; i++) {
            s.inject(". 1:1(0) ack " + (1 + 2000 * i)).drop();
        }

        assertWindow(20_000, s);
    }

    @Test
    void shouldNotGrowForADuplicateNorAWindowUpdate() {
        Script s = sending("mss 1000,sackOK");

        s.inject(". 1:1(0) ack 1").drop().inject(". 1:1(0) ack 1 win 60000").drop();

        assertWindow(10_000, s);
    }

    @Test
    void shouldGrowByASegmentForEachWindowOnceAboveTheThreshold() {
        Script s = sending("mss 1000,sackOK");
        s.inject(". 1:1(0) ack 1 <sack 2001:6001>").drop();
        s.at(300).inject(". 1:1(0) ack 10001").drop();
        assertWindow(5000, s); // half of the ten in flight
        int base = 10_001;

        // Another window's worth of acknowledgments adds one segment (RFC 5681 equation 3, RFC 3465 section 2.1).
        for (int i = 1; i <= 5; i++) {
            s.inject(". 1:1(0) ack " + (base + 1000 * i)).drop();
        }

        assertWindow(6000, s);
    }

    @Test
    void shouldLeaveSlowStartWhenRoundTripsGrowLonger() {
        TcpConfig cubic = config().congestion(CongestionAlgorithm.CUBIC).build();
        Script s = Script.established(cubic, "mss 1000").write(1_000_000).drop();
        long at = 100;
        int acked = 1;
        for (int round = 0; round < 9; round++) {
            at += round == 0 ? 100 : 130; // HyStart++ allows an eighth more
            s.at(at);
            for (long left = s.info().queues().unacknowledged(); left > 0; left -= 1000) {
                acked += 1000;
                s.inject(". 1:1(0) ack " + acked).drop();
            }
        }

        assertTrue(s.info().congestion().slowStartThreshold()
                <= s.info().congestion().window());
    }
}
