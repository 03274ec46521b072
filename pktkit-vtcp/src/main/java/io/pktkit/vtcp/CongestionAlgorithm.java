// SPDX-License-Identifier: MIT
package io.pktkit.vtcp;

/** How a connection sizes its congestion window. */
public enum CongestionAlgorithm {
    /** RFC 5681 and RFC 6582: one segment more each round trip, half on a loss. */
    NEW_RENO,
    /** RFC 9438: a cubic function of the time since the last loss; at least as fast as NewReno on every path. */
    CUBIC,
    /**
     * RFC 3649 with the slow start of RFC 3742: NewReno for small windows; large ones grow faster and lose less. For
     * long and fast paths that the connection has to itself, as it gives way to others slowly.
     */
    HIGH_SPEED,
    /**
     * BBR version 3, draft-ietf-ccwg-bbr: follows the rate at which the path delivers and its round-trip time, and not
     * each loss. For paths with losses that are no congestion, or with queues that are too long. It paces, whatever the
     * settings say.
     */
    BBR
}
