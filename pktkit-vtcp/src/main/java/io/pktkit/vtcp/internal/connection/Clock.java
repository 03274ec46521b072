// SPDX-License-Identifier: MIT
package io.pktkit.vtcp.internal.connection;

/** The time of the call at hand, which does not pass while it lasts. */
public interface Clock {
    /** Nanoseconds since the connection was made. */
    long now();

    /** TSval of a segment that goes out now. */
    int tsVal();

    /** When a timestamp of ours was made, to the millisecond below. */
    long madeAt(int echoed);
}
