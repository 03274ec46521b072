// SPDX-License-Identifier: MIT
package io.pktkit.vtcp.internal.recovery;

import java.util.Arrays;

/**
 * Whether what was repeated was needed. Two kinds of evidence: the peer reports each repeat of an episode as a
 * duplicate (RFC 3708), or the acknowledgment of the first repeat echoes a timestamp from before it, so that the
 * original had arrived (Eifel, RFC 3522). An episode begins when the window is cut; what it has gathered stays good
 * after its end, as the reports may come late, until the next one begins.
 */
final class Undo {
    static final int MAX_RANGES = 256;
    private static final long MILLISECOND = 1_000_000L;

    private static final long[] NOTHING = {};

    private long[] starts = NOTHING;
    private long[] ends = NOTHING;
    private int count;
    private boolean active;
    private boolean countable;
    private boolean firstPending;
    private boolean anyRepeat;
    private long firstEnd;
    private long firstSentAt;

    /** The window is about to be cut. */
    void begin() {
        active = true;
        countable = true;
        firstPending = false;
        anyRepeat = false;
        count = 0;
    }

    /** Nothing more can be learnt: it was undone, or the evidence is spoilt. */
    void end() {
        active = false;
    }

    /** A segment was sent again. */
    void onRepeat(long start, long end, long now) {
        if (!active) {
            return;
        }
        if (!anyRepeat) {
            anyRepeat = true;
            firstPending = true;
            firstEnd = end;
            firstSentAt = now;
        }
        if (count == MAX_RANGES || indexWithin(start, end) >= 0) {
            countable = false; // one report would not tell which of the repeats was a duplicate
        } else {
            if (count == starts.length) {
                starts = Arrays.copyOf(starts, Math.max(8, 2 * count));
                ends = Arrays.copyOf(ends, starts.length);
            }
            starts[count] = start;
            ends[count] = end;
            count++;
        }
    }

    /** Whether the acknowledgment completes the evidence. */
    boolean isProvedBy(AckFacts facts) {
        if (!active || !anyRepeat) {
            return false;
        }
        if (facts.hasDuplicateBlock && countable && takeReported(facts) && count == 0) {
            return true;
        }
        if (firstPending && facts.ack >= firstEnd) {
            firstPending = false;
            return facts.acked > 0 && facts.hasEcho && facts.echoedAt + MILLISECOND <= firstSentAt;
        }
        return false;
    }

    private boolean takeReported(AckFacts facts) {
        boolean any = false;
        int index = indexWithin(facts.duplicateStart, facts.duplicateEnd);
        while (index >= 0) {
            count--;
            starts[index] = starts[count];
            ends[index] = ends[count];
            any = true;
            index = indexWithin(facts.duplicateStart, facts.duplicateEnd);
        }
        return any;
    }

    private int indexWithin(long start, long end) {
        for (int i = 0; i < count; i++) {
            if (starts[i] >= start && ends[i] <= end) {
                return i;
            }
        }
        return -1;
    }
}
