// SPDX-License-Identifier: MIT
package io.pktkit.vtcp.internal.recovery;

/** What the acknowledgment at hand says, for loss recovery. One instance is filled anew each time. */
public final class AckFacts {
    /** SEG.ACK. */
    public long ack;
    /** SEG.ACK, or the end of the highest block that tells of something new, if that is more. */
    public long highest;
    /** Bytes by which SND.UNA advanced. */
    public long acked;
    /** Bytes newly acknowledged, selectively or not. */
    public long delivered;
    /** Bytes in flight before it was applied. */
    public long inFlight;
    /** Whether it is a duplicate acknowledgment (RFC 5681 section 2). */
    public boolean duplicate;
    /** Whether it tells of congestion marks on data that was sent since the window was last cut. */
    public boolean congested;
    /** Whether it carries SACK blocks. */
    public boolean hasBlocks;
    /** Whether the first block reports a duplicate (RFC 2883), and which. */
    public boolean hasDuplicateBlock;

    public long duplicateStart;
    public long duplicateEnd;
    /** Whether a timestamp is echoed; and when it was made, to the millisecond below. */
    public boolean hasEcho;

    public long echoedAt;
    /** The round-trip time that it measured, or 0. */
    public long rtt;

    public long now;
}
