// SPDX-License-Identifier: MIT
package io.pktkit.vtcp.internal.congestion;

/**
 * What {@link Bbr} knows of the path: round trips counted in deliveries, the largest bandwidth of two probing cycles, the
 * smallest round-trip time of ten seconds, and how far acknowledgments come in lumps (draft-ietf-ccwg-bbr section 5.5).
 * Bandwidths are in bytes a second.
 */
final class BbrModel {
    static final long UNKNOWN = Long.MAX_VALUE;
    static final long SECOND = 1_000_000_000L;
    static final double NANOS = 1e9;

    private static final int BANDWIDTH_CYCLES = 2; // MaxBwFilterLen
    private static final int EXTRA_ACKED_ROUNDS = 10; // ExtraAckedFilterLen
    private static final long MIN_RTT_FILTER = 10 * SECOND;
    private static final long PROBE_RTT_INTERVAL = 5 * SECOND;

    /** BBR.round_count, and whether the acknowledgment at hand began a round trip. */
    long roundCount;

    boolean roundStart;
    private long nextRoundDelivered;
    /** C.delivered at the acknowledgment at hand. */
    long totalDelivered;

    private final WindowedMax bandwidths = new WindowedMax(BANDWIDTH_CYCLES);
    private long cycleCount;
    /** From and to which count of deliveries what was sent says nothing of the path. */
    private long heldFrom = UNKNOWN;

    private long heldTo;

    /** BBR.min_rtt, or {@link #UNKNOWN}. */
    long minRtt = UNKNOWN;

    private long minRttStamp;
    private long probeRttMinimum = UNKNOWN;
    private long probeRttStamp;
    private boolean probeRttExpired;

    private final WindowedMax extraAckedFilter = new WindowedMax(EXTRA_ACKED_ROUNDS);
    private long extraAckedStart;
    private long extraAckedDelivered;
    /** BBR.extra_acked. */
    long extraAcked;

    /** UpdateRound. */
    void updateRound(RateSample sample) {
        totalDelivered = sample.totalDelivered;
        roundStart = sample.priorDelivered != RateSample.NO_SEGMENT && sample.priorDelivered >= nextRoundDelivered;
        if (roundStart) {
            startRound(sample.totalDelivered);
            roundCount++;
        }
    }

    /** StartRound: the next one ends with the first delivery of what is sent from here on. */
    void startRound(long totalDelivered) {
        nextRoundDelivered = totalDelivered;
    }

    /** UpdateMaxBw: what the application held down counts only if it is more than was known. */
    void updateBandwidth(RateSample sample, boolean appLimited) {
        if (sample.deliveryRate > 0 && (!appLimited || sample.deliveryRate >= maxBandwidth())) {
            bandwidths.update(cycleCount, sample.deliveryRate);
        }
    }

    /** AdvanceMaxBwFilter. */
    void nextCycle() {
        bandwidths.advance(++cycleCount);
    }

    /** BBR.max_bw. */
    long maxBandwidth() {
        return bandwidths.max();
    }

    /**
     * Drain or ProbeRTT holds the rate down, and will until what is in flight now is delivered. What is sent meanwhile
     * tells what we do and not what the path does (MarkConnectionAppLimited, which the draft has for ProbeRTT only).
     */
    void hold(RateSample sample) {
        if (heldFrom == UNKNOWN || sample.totalDelivered > heldTo) {
            heldFrom = sample.totalDelivered;
        }
        heldTo = sample.totalDelivered + sample.inFlight;
    }

    /** Whether the segment of a sample was sent while we held the rate down. */
    boolean isHeld(RateSample sample) {
        return sample.priorDelivered >= heldFrom && sample.priorDelivered <= heldTo;
    }

    /** UpdateMinRTT. */
    void updateMinRtt(long rtt, long now) {
        probeRttExpired = probeRttMinimum != UNKNOWN && now - probeRttStamp > PROBE_RTT_INTERVAL;
        if (rtt > 0 && (rtt < probeRttMinimum || probeRttExpired)) {
            probeRttMinimum = rtt;
            probeRttStamp = now;
        }
        if (probeRttMinimum < minRtt || (minRtt != UNKNOWN && now - minRttStamp > MIN_RTT_FILTER)) {
            minRtt = probeRttMinimum;
            minRttStamp = probeRttStamp;
        }
    }

    /** Whether the round-trip time was not seen as low for so long that it has to be looked for. */
    boolean isProbeRttDue() {
        return probeRttExpired;
    }

    /** The path was just emptied for it. */
    void onProbedRtt(long now) {
        probeRttStamp = now;
    }

    /**
     * UpdateACKAggregation: by how much more was acknowledged at once than the bandwidth explains. The window is raised
     * by that, as nothing else keeps the path busy between two lumps.
     */
    void updateAggregation(RateSample sample, long bandwidth, long window, boolean steady) {
        double expected = bandwidth * ((sample.now - extraAckedStart) / NANOS);
        if (extraAckedDelivered == 0 || extraAckedDelivered <= expected) {
            extraAckedDelivered = 0;
            extraAckedStart = sample.now;
            expected = 0;
        }
        extraAckedDelivered += sample.newlyAcked;
        long extra = Math.min((long) (extraAckedDelivered - expected), window);
        extraAckedFilter.update(roundCount, Math.max(0, extra));
        extraAcked = steady ? extraAckedFilter.max() : extraAckedFilter.latest();
    }
}
