// SPDX-License-Identifier: MIT
package io.pktkit.vtcp.internal.congestion;

/**
 * What one acknowledgment tells of the path: the rate at which it delivers, and the losses meanwhile
 * (draft-ietf-ccwg-bbr section 4.1). One instance belongs to each connection and is filled anew for each
 * acknowledgment; who wants to keep a value copies it. Bytes, bytes a second, and nanoseconds on the connection's clock.
 *
 * <p>The interval begins when what was delivered last before the newest delivered segment was sent had arrived, or was
 * sent, whichever makes the interval longer: neither a burst of acknowledgments nor one of segments looks like a faster
 * path.
 */
public final class RateSample {
    /** What {@link #priorDelivered} is if no segment was delivered as a whole. */
    public static final long NO_SEGMENT = -1;

    /** The time of the acknowledgment. */
    public long now;
    /** The round-trip time that this acknowledgment measured, or 0. */
    public long rtt;
    /** {@link #delivered} over {@link #interval}, or 0 if the acknowledgment does not tell. */
    public long deliveryRate;
    /** What the rate was measured over, at least the smallest round-trip time; 0 without a rate. */
    public long interval;
    /** Bytes delivered from {@link #priorDelivered} on, 0 without a segment. */
    public long delivered;
    /** {@link #totalDelivered} when the newest delivered segment was sent, or {@link #NO_SEGMENT}. */
    public long priorDelivered;
    /** C.delivered: bytes delivered since the connection began, selectively or not. */
    public long totalDelivered;
    /** Whether the newest delivered segment was sent while the application left the window unused. */
    public boolean appLimited;
    /** Bytes that this acknowledgment newly covers, selectively or not. */
    public long newlyAcked;
    /** Bytes found lost since the last sample, by this acknowledgment or by a timer before it. */
    public long newlyLost;
    /** Bytes found lost since the newest delivered segment was sent, 0 without a segment. */
    public long lost;
    /** Bytes in flight right after the newest delivered segment was sent, itself included; 0 without a segment. */
    public long txInFlight;
    /** Bytes in flight now. */
    public long inFlight;

    /** Creates an empty sample. */
    public RateSample() {}
}
