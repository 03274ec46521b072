// SPDX-License-Identifier: MIT
package io.pktkit.vtcp;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.pktkit.vtcp.Bottleneck.Flow;
import io.pktkit.vtcp.internal.congestion.Bbr;
import io.pktkit.vtcp.internal.congestion.BbrState;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** BBR over a bottleneck of 20 Mbit/s and 50 ms unless it says otherwise, beside CUBIC where they differ. */
class BbrTransferTest {
    private static final long SEED = 1;

    private static Bottleneck link(double buffersInBdp) {
        return new Bottleneck(SEED, 20, 50, buffersInBdp);
    }

    private static Bbr bbr(Flow flow) {
        return (Bbr) flow.control();
    }

    /** Lets a flow find its rate, and then measures. */
    private static Bottleneck measured(Bottleneck link, CongestionAlgorithm algorithm, long millis) {
        link.open(algorithm);
        link.run(2000);
        link.restartMeasurement();
        link.run(millis);
        return link;
    }

    /** The application stops, and what it had written is delivered. */
    private static void drain(Bottleneck link, Flow flow) {
        flow.paused = true;
        for (int i = 0; i < 1000 && flow.info().queues().sendQueued() > 0; i++) {
            link.run(10);
        }
        assertEquals(0, flow.info().queues().sendQueued(), link::describe);
    }

    private static void assertUtilized(double share, Bottleneck link) {
        assertTrue(link.utilization() >= share, link::describe);
    }

    @ParameterizedTest
    @ValueSource(doubles = {0.25, 1})
    void shouldFillTheLinkOverASmallBuffer(double buffer) {
        assertUtilized(0.9, measured(link(buffer), CongestionAlgorithm.BBR, 10_000));
    }

    @Test
    void shouldKeepALargeBufferEmptyWhereCubicFillsIt() {
        Bottleneck ours = measured(link(10), CongestionAlgorithm.BBR, 6000);
        Bottleneck cubic = measured(link(10), CongestionAlgorithm.CUBIC, 6000);

        assertUtilized(0.9, ours);
        assertTrue(ours.longestQueue < 1.1 * ours.bdp(), ours::describe);
        assertTrue(ours.meanQueue() < 0.3, ours::describe);
        assertTrue(cubic.longestQueue > 7 * cubic.bdp(), cubic::describe);
        assertTrue(cubic.meanQueue() > 4, cubic::describe);
    }

    @ParameterizedTest
    @ValueSource(doubles = {10, 40})
    void shouldStandOnePercentOfLossWhereCubicDoesNot(double megabits) {
        Bottleneck ours = new Bottleneck(SEED, megabits, 50, 1);
        ours.loss = 0.01;
        Bottleneck cubic = new Bottleneck(SEED, megabits, 50, 1);
        cubic.loss = 0.01;

        assertUtilized(0.8, measured(ours, CongestionAlgorithm.BBR, 10_000));
        measured(cubic, CongestionAlgorithm.CUBIC, 10_000);

        assertTrue(cubic.utilization() < 0.4, cubic::describe);
    }

    @Test
    void shouldEmptyThePathNowAndThenAndComeBack() {
        Bottleneck link = link(2);
        Flow flow = link.open(CongestionAlgorithm.BBR);
        long until = link.now + 15_000 * Bottleneck.MS;
        while (link.now < until && (bbr(flow).state() != BbrState.PROBE_RTT)) {
            link.run(10);
        }
        assertEquals(BbrState.PROBE_RTT, bbr(flow).state(), link.describe());
        assertTrue(flow.control().window() <= 0.6 * link.bdp(), link::describe);
        link.run(100);
        assertTrue(flow.info().congestion().inFlight() <= 0.6 * link.bdp(), link::describe);

        link.run(400);
        assertTrue(bbr(flow).state() != BbrState.PROBE_RTT, link::describe);
        link.restartMeasurement();
        link.run(2000);
        assertUtilized(0.95, link);
    }

    @Test
    void shouldFindTwiceTheBandwidth() {
        Bottleneck link = measured(link(2), CongestionAlgorithm.BBR, 3000);
        link.rate *= 2;
        link.run(4000);
        link.restartMeasurement();
        link.run(4000);

        assertUtilized(0.9, link);
    }

    @Test
    void shouldFindTenTimesTheBandwidth() {
        Bottleneck link = new Bottleneck(SEED, 2, 50, 2);
        measured(link, CongestionAlgorithm.BBR, 3000);
        link.rate *= 10;
        link.buffer *= 10;
        link.run(15_000);
        link.restartMeasurement();
        link.run(3000);

        assertUtilized(0.85, link);
    }

    @Test
    void shouldSettleForHalfTheBandwidth() {
        Bottleneck link = measured(link(4), CongestionAlgorithm.BBR, 3000);
        link.rate /= 2;
        link.run(10_000);
        link.restartMeasurement();
        link.run(4000);

        assertUtilized(0.9, link);
        assertTrue(link.meanQueue() < 1, link::describe);
        double paced = bbr(link.flows.get(0)).pacingRate();
        assertTrue(paced < 1.3 * link.rate, () -> "paced=" + paced + " " + link.describe());
    }

    @ParameterizedTest
    @ValueSource(longs = {20, 120})
    void shouldFollowAChangeOfTheRoundTripTime(long millis) {
        Bottleneck link = measured(link(4), CongestionAlgorithm.BBR, 3000);
        link.rtt = millis * Bottleneck.MS;
        link.run(12_000);
        link.restartMeasurement();
        link.run(4000);

        assertUtilized(0.9, link);
        assertTrue(link.meanQueue() < 1, link::describe);
    }

    @Test
    void shouldNotTakeAQuietApplicationForASlowPath() {
        Bottleneck link = measured(link(2), CongestionAlgorithm.BBR, 3000);
        Flow flow = link.flows.get(0);
        long before = bbr(flow).pacingRate();
        drain(link, flow);
        flow.paused = false;
        flow.applicationRate = link.rate / 20;
        link.run(10_000);
        long after = bbr(flow).pacingRate();

        assertTrue(after > 0.7 * before, () -> "before=" + before + " after=" + after + " " + link.describe());
        flow.applicationRate = 0;
        link.run(300);
        link.restartMeasurement();
        link.run(3000);
        assertUtilized(0.9, link);
    }

    @Test
    void shouldPaceWhatIsSentAfterAPause() {
        Bottleneck link = measured(link(2), CongestionAlgorithm.BBR, 3000);
        Flow flow = link.flows.get(0);
        drain(link, flow);
        link.run(6000);

        flow.paused = false;
        link.restartMeasurement();
        link.run(90);

        assertTrue(link.longestQueue < 0.2 * link.bdp(), link::describe);
        assertTrue(bbr(flow).state() != BbrState.PROBE_RTT, "the pause had emptied the path: " + link.describe());
        link.restartMeasurement();
        link.run(500);
        assertUtilized(0.9, link);
    }

    @Test
    void shouldShareFairlyWithALaterFlow() {
        Bottleneck link = link(2);
        Flow first = link.open(CongestionAlgorithm.BBR);
        link.run(5000);
        Flow second = link.open(CongestionAlgorithm.BBR);
        link.run(15_000);
        link.restartMeasurement();
        link.run(10_000);

        assertUtilized(0.9, link);
        double ratio = first.share() / second.share();
        assertTrue(ratio > 0.5 && ratio < 2, () -> "ratio=" + ratio + " " + link.describe());
    }

    @ParameterizedTest
    @ValueSource(longs = {10, 50})
    void shouldNotStarveWhenAcknowledgmentsComeInLumps(long rttMillis) {
        Bottleneck link = new Bottleneck(SEED, 20, rttMillis, 3);
        link.lump = 20 * Bottleneck.MS;

        assertUtilized(0.9, measured(link, CongestionAlgorithm.BBR, 10_000));
    }

    @ParameterizedTest
    @ValueSource(longs = {5, 40})
    void shouldSeeThePlateauThroughReordering(long lateByMillis) {
        Bottleneck link = link(2);
        link.reorderOneIn = 20;
        link.reorderBy = lateByMillis * Bottleneck.MS;
        Flow flow = link.open(CongestionAlgorithm.BBR);

        link.run(2000);

        assertTrue(bbr(flow).state() != BbrState.STARTUP, link::describe);
        link.restartMeasurement();
        link.run(8000);
        assertUtilized(0.9, link);
    }

    @Test
    void shouldRepeatItselfFromTheSameSeed() {
        Bottleneck one = measured(link(1), CongestionAlgorithm.BBR, 4000);
        Bottleneck other = measured(link(1), CongestionAlgorithm.BBR, 4000);

        assertEquals(one.flows.get(0).info(), other.flows.get(0).info());
    }
}
