// SPDX-License-Identifier: MIT
package io.pktkit.vtcp.internal.recovery;

/** Told of the way of each record of a {@link Scoreboard}. */
interface RecordObserver {
    /** It goes out, for the first time or again, and is counted as in flight. */
    default void sent(SegmentRecords records, long id) {}

    /** An acknowledgment newly covers it, selectively or not. */
    void delivered(SegmentRecords records, long id);
}
