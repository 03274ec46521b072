// SPDX-License-Identifier: MIT
package io.pktkit.vtcp.internal.sending;

/**
 * Segments on their way out that follow upon each other. They leave as one super-segment if the sink takes that, and one
 * by one else; a train of one is a segment. Scoreboard, window and pace know of its segments and not of it: what is in a
 * train has passed all of them one by one.
 *
 * <p>All but the last are of one length, as who cuts it makes them so, and the last alone may have the FIN. What is sent for
 * the first time and what is repeated do not mix, as their packets differ in the codepoint of ECN.
 */
final class Train {
    /** More are not cut out of one by those who do it in software: so small a segment is somebody's attack. */
    private static final int MOST_SEGMENTS = 1024;

    /** What {@link #room} is until the sink was asked. */
    static final int UNKNOWN = -1;

    /** Payload bytes that a super-segment may have, 0 if none is taken. */
    int room = UNKNOWN;

    private long start;
    private int space;
    private int payload;
    private int segment;
    private int count;
    private boolean fresh;
    private boolean open;

    /** Whether a segment can go with those that are there. */
    boolean takes(long at, int bytes, boolean isFresh) {
        return open
                && at == start + space
                && bytes > 0
                && bytes <= segment
                && payload + bytes <= room
                && isFresh == fresh
                && count < MOST_SEGMENTS;
    }

    /** The first segment. */
    void begin(long at, int itsSpace, int bytes, boolean isFresh) {
        start = at;
        space = itsSpace;
        payload = bytes;
        segment = bytes;
        count = 1;
        fresh = isFresh;
        open = itsSpace == bytes && bytes < room;
    }

    /** One more, which {@link #takes} has admitted. */
    void add(int itsSpace, int bytes) {
        space += itsSpace;
        payload += bytes;
        count++;
        open = itsSpace == bytes && bytes == segment;
    }

    void clear() {
        count = 0;
        open = false;
    }

    long start() {
        return start;
    }

    /** Sequence numbers that it takes, those of payload and FIN. */
    int space() {
        return space;
    }

    int payload() {
        return payload;
    }

    /** Payload bytes of each segment but the last. */
    int segment() {
        return segment;
    }

    /** Segments in it, 0 if there is nothing to send. */
    int count() {
        return count;
    }

    boolean isFresh() {
        return fresh;
    }
}
