// SPDX-License-Identifier: MIT
package io.pktkit.vtcp.internal.congestion;

/** The states of {@link Bbr} with their gains, draft-ietf-ccwg-bbr section 5.6.1. */
public enum BbrState {
    /** Doubles the rate each round trip, until it is delivered no faster. */
    STARTUP(2.77, 2),
    /** Empties the queue that Startup left. */
    DRAIN(0.5, 2),
    /** ProbeBW_DOWN: empties the queue that probing left, and leaves headroom to others. */
    DOWN(0.9, 2),
    /** ProbeBW_CRUISE: sends as fast as it is delivered. */
    CRUISE(1, 2),
    /** ProbeBW_REFILL: fills the pipe for a round trip, so that probing does not begin with an empty one. */
    REFILL(1, 2),
    /** ProbeBW_UP: sends faster than it was delivered, to see whether there is more. */
    UP(1.25, 2.25),
    /** Empties the path to see its round-trip time. */
    PROBE_RTT(1, 0.5);

    final double pacingGain;
    final double windowGain;

    BbrState(double pacingGain, double windowGain) {
        this.pacingGain = pacingGain;
        this.windowGain = windowGain;
    }

    /** IsInAProbeBWState. */
    boolean isProbeBw() {
        return this == DOWN || this == CRUISE || this == REFILL || this == UP;
    }

    /** IsProbingBW: whether losses are part of the search, and no reason to bound the short term. */
    boolean isProbing() {
        return this == STARTUP || this == REFILL || this == UP;
    }
}
