// SPDX-License-Identifier: MIT
package io.pktkit.vtcp.internal;

/** What the acknowledgment at hand says, for loss recovery. One instance is filled anew each time. */
final class AckFacts {
    /** SEG.ACK. */
    long ack;
    /** Bytes by which SND.UNA advanced. */
    long acked;
    /** Bytes newly acknowledged, selectively or not. */
    long delivered;
    /** Whether it is a duplicate acknowledgment (RFC 5681 section 2). */
    boolean duplicate;
    /** Whether it tells of congestion marks on data that was sent since the window was last cut. */
    boolean congested;
    /** Whether it carries SACK blocks. */
    boolean hasBlocks;
    /** Whether the first block reports a duplicate (RFC 2883), and which. */
    boolean hasDuplicateBlock;

    long duplicateStart;
    long duplicateEnd;
    /** Whether a timestamp is echoed; and when it was made, to the millisecond below. */
    boolean hasEcho;

    long echoedAt;
    /** The round-trip time that it measured, or 0. */
    long rtt;

    long now;
}
