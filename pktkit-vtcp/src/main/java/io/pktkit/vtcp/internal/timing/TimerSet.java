// SPDX-License-Identifier: MIT
package io.pktkit.vtcp.internal.timing;

import java.util.Arrays;

/** The deadlines of one connection; the earliest is what its owner is told. */
public final class TimerSet {
    public static final long NEVER = Long.MAX_VALUE;

    private final long[] deadlines = new long[TimerKind.values().length];

    public TimerSet() {
        disarmAll();
    }

    public void arm(TimerKind kind, long deadline) {
        deadlines[kind.slot] = deadline;
    }

    public void disarm(TimerKind kind) {
        deadlines[kind.slot] = NEVER;
    }

    public void disarmAll() {
        Arrays.fill(deadlines, NEVER);
    }

    public boolean isArmed(TimerKind kind) {
        return deadlines[kind.slot] != NEVER;
    }

    public long deadline(TimerKind kind) {
        return deadlines[kind.slot];
    }

    /** Disarms the timer if it is due, and tells whether it was. */
    public boolean takeExpired(TimerKind kind, long now) {
        if (deadlines[kind.slot] > now) {
            return false;
        }
        disarm(kind);
        return true;
    }

    public long next() {
        long next = NEVER;
        for (long deadline : deadlines) {
            next = Math.min(next, deadline);
        }
        return next;
    }
}
