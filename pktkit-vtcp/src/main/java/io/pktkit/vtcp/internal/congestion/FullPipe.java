// SPDX-License-Identifier: MIT
package io.pktkit.vtcp.internal.congestion;

/**
 * Tells when sending faster no longer delivers faster: three round trips that the application did not limit, without a
 * quarter more (draft-ietf-ccwg-bbr section 5.3.1.2).
 *
 * <p>The draft looks at the one sample that begins a round trip. Under reordering that may be of a late segment, low or
 * without a rate, so growth is looked for in every sample and a round trip counts if any of its samples had a rate.
 */
final class FullPipe {
    private static final double GROWTH = 1.25;
    private static final int ROUNDS = 3;

    private double baseline;
    private int rounds;
    private boolean sampled;
    private boolean full;
    private boolean everFull;

    /** ResetFullBW, with a rate to begin with. */
    void restart(long rate) {
        baseline = rate;
        rounds = 0;
        sampled = false;
        full = false;
    }

    /** CheckFullBWReached: an acknowledgment gave a rate, or 0. */
    void update(long rate, boolean roundStart, boolean appLimited) {
        if (full) {
            return;
        }
        boolean valid = rate > 0 && !appLimited;
        if (valid && rate >= baseline * GROWTH) {
            restart(rate);
        } else if (roundStart) {
            if (sampled && !appLimited && ++rounds >= ROUNDS) {
                full = true;
                everFull = true;
            }
            sampled = false;
        }
        sampled |= valid;
    }

    /** It is known by other means, or was not true. */
    void everFull(boolean reached) {
        everFull = reached;
    }

    /** full_bw_now. */
    boolean isFull() {
        return full;
    }

    /** full_bw_reached. */
    boolean wasEverFull() {
        return everFull;
    }

    int rounds() {
        return rounds;
    }
}
