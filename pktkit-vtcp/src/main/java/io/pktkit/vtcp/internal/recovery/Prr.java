// SPDX-License-Identifier: MIT
package io.pktkit.vtcp.internal.recovery;

/**
 * Proportional rate reduction, RFC 9937: spreads the reduction of the window over a round trip of fast recovery, so
 * that neither half of it is silent nor a burst goes out at its end.
 */
final class Prr {
    private long recoverFlight;
    private long delivered;
    private long sent;
    private long threshold;
    private boolean mustSend;

    /**
     * A reduction begins.
     *
     * @param flight bytes in flight that are still to be acknowledged
     * @param slowStartThreshold where it leads
     * @param lost whether it is for a loss, so that a repeat waits to go out
     */
    void start(long flight, long slowStartThreshold, boolean lost) {
        recoverFlight = Math.max(1, flight);
        threshold = slowStartThreshold;
        delivered = 0;
        sent = 0;
        mustSend = lost;
    }

    /** The next segment goes out whatever the quota says. */
    void force() {
        mustSend = true;
    }

    /** Whether the next segment begins a recovery, and so is to leave at once. */
    boolean isForced() {
        return mustSend;
    }

    void onSent(long bytes) {
        sent += bytes;
        mustSend = false;
    }

    /**
     * The window after an acknowledgment.
     *
     * @param deliveredNow bytes that it newly covers, selectively or not
     * @param safe whether it advanced SND.UNA without telling of further losses
     * @param pipe bytes in flight
     * @param mss a full segment
     */
    long window(long deliveredNow, boolean safe, long pipe, int mss) {
        delivered += deliveredNow;
        long quota;
        if (pipe > threshold) {
            quota = (delivered * threshold + recoverFlight - 1) / recoverFlight - sent;
        } else {
            long bound = Math.max(delivered - sent, deliveredNow);
            quota = Math.min(threshold - pipe, safe ? bound + mss : bound);
        }
        // The first repeat goes out at once, so that one lost segment is mended in one round trip.
        return pipe + Math.max(quota, mustSend ? mss : 0);
    }
}
