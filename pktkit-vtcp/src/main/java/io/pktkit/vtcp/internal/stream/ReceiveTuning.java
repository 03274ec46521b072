// SPDX-License-Identifier: MIT
package io.pktkit.vtcp.internal.stream;

/**
 * Dynamic right-sizing: the receive buffer grows to twice what the application reads in a round trip, so that a sender
 * whose window doubles each round trip is not held back by ours, while a reader that is slower than the path gets no
 * more than it reads.
 *
 * <p>The round trip is seen from the receiving side: by the echo of our timestamps on what the peer sends or, without
 * them, by the time that it takes to fill a window. Both are too long if the peer pauses, so a shorter measurement
 * counts at once and a longer one by an eighth.
 */
public final class ReceiveTuning {
    private static final long GRANULARITY = 1_000_000L; // of timestamps

    private long roundTrip;
    private int lastEcho;
    private long windowEnd;
    private long windowStarted;

    private long space;
    private long readBefore = 1;
    private long since = Long.MIN_VALUE;

    /** Data arrived in order that echoes a timestamp of ours. */
    void onEcho(int echo, long madeAt, long now) {
        if (echo != lastEcho && madeAt <= now) {
            lastEcho = echo;
            sample(Math.max(GRANULARITY, now - madeAt));
        }
    }

    /** Data arrived in order, without timestamps. */
    void onAdvance(long nxt, long edge, long now) {
        if (nxt < windowEnd) {
            return;
        }
        if (windowEnd > 0) {
            sample(Math.max(1, now - windowStarted));
        }
        windowEnd = edge;
        windowStarted = now;
    }

    private void sample(long measured) {
        roundTrip = roundTrip == 0 || measured < roundTrip ? measured : roundTrip + (measured - roundTrip) / 8;
    }

    /**
     * The application has read.
     *
     * @param read the offset up to which it has
     * @return bytes that the buffer should be able to hold, 0 if nothing new is known
     */
    long onRead(long read, long now) {
        if (since == Long.MIN_VALUE) {
            since = now;
            readBefore = read;
            return 0;
        }
        long elapsed = now - since;
        if (roundTrip == 0 || elapsed < roundTrip) {
            return 0;
        }
        space = (long) ((double) (read - readBefore) * roundTrip / elapsed);
        readBefore = read;
        since = now;
        return 2 * space;
    }

    public long roundTrip() {
        return roundTrip;
    }

    /** Bytes read in the last round trip that was measured. */
    public long space() {
        return space;
    }
}
