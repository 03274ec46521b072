// SPDX-License-Identifier: MIT
package io.pktkit.vtcp.internal.connection;

/**
 * What the SYNs of both ends have agreed on, but for ECN, and the timestamp that is echoed. The handshake writes it, what
 * arrives moves the timestamp on, and everybody reads.
 */
public final class Agreed {
    private static final int TIMESTAMPS_LENGTH = 12; // with two NOPs before it

    /** Whether the windows of both ends are scaled (RFC 7323 section 2). */
    public boolean scaling;
    /** Whether both ends selectively acknowledge (RFC 2018). */
    public boolean sack;
    /** Whether every segment has timestamps (RFC 7323 section 3). */
    public boolean timestamps;
    /** What the peer takes in a segment, options included; 0 until it is known. */
    public int peerMss;
    /** TS.Recent of RFC 7323, and when it was set. */
    public int tsRecent;

    public long tsRecentAt;

    /** Bytes of options in every segment with data. */
    public int optionsLength() {
        return timestamps ? TIMESTAMPS_LENGTH : 0;
    }
}
