// SPDX-License-Identifier: MIT
package io.pktkit.vtcp.internal;

import java.util.Arrays;

/** The deadlines of one connection; the earliest is what its owner is told. */
final class TimerSet {
    static final long NEVER = Long.MAX_VALUE;

    private final long[] deadlines = new long[TimerKind.values().length];

    TimerSet() {
        disarmAll();
    }

    void arm(TimerKind kind, long deadline) {
        deadlines[kind.slot] = deadline;
    }

    void disarm(TimerKind kind) {
        deadlines[kind.slot] = NEVER;
    }

    void disarmAll() {
        Arrays.fill(deadlines, NEVER);
    }

    boolean isArmed(TimerKind kind) {
        return deadlines[kind.slot] != NEVER;
    }

    long deadline(TimerKind kind) {
        return deadlines[kind.slot];
    }

    /** Disarms the timer if it is due, and tells whether it was. */
    boolean takeExpired(TimerKind kind, long now) {
        if (deadlines[kind.slot] > now) {
            return false;
        }
        disarm(kind);
        return true;
    }

    long next() {
        long next = NEVER;
        for (long deadline : deadlines) {
            next = Math.min(next, deadline);
        }
        return next;
    }
}
