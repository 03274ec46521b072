// SPDX-License-Identifier: MIT
package io.pktkit.vtcp.internal.path;

/**
 * Suspects that large packets vanish on the path without a word. A timeout alone is a sign of congestion; a second one
 * in a row of the same large segment, with nothing acknowledged in between, is taken for a sign of its size (RFC 4821
 * section 7.5). Few paths are so narrow that they swallow what is smaller than the base size of the search, so that it
 * takes more timeouts to think so.
 */
final class BlackHole {
    private static final int TIMEOUTS = 2;
    private static final int TIMEOUTS_BELOW_BASE = 4;

    private int consecutive;
    private boolean suspected;

    /**
     * The retransmission timer fired.
     *
     * @param large whether the oldest segment is larger than what would be tried instead
     * @param typical whether what would be tried is the next size of the search
     * @return whether smaller ones are to be tried
     */
    boolean onTimeout(boolean large, boolean typical) {
        suspected = false; // smaller ones do not pass either
        consecutive = large ? consecutive + 1 : 0;
        return consecutive >= (typical ? TIMEOUTS : TIMEOUTS_BELOW_BASE);
    }

    /** Segments are smaller from here on: what was counted says nothing of these. */
    void onLowered(boolean suspicion) {
        consecutive = 0;
        suspected |= suspicion;
    }

    /**
     * SND.UNA advanced.
     *
     * @return whether this bears the suspicion out, so that the timeouts were nobody's congestion
     */
    boolean onProgress() {
        boolean was = suspected;
        consecutive = 0;
        suspected = false;
        return was;
    }
}
