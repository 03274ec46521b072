// SPDX-License-Identifier: MIT
package io.pktkit.vtcp.internal.congestion;

import java.util.Arrays;

/**
 * The largest value of the last few slots of a time that counts up, such as round trips. It is exact, unlike the three
 * estimates of the usual filter, as no window here is longer than ten slots. Values are not negative, and a slot without
 * one counts as 0.
 */
final class WindowedMax {
    private final long[] slots;
    private long newest;
    private long max;

    WindowedMax(int length) {
        slots = new long[length];
    }

    /** Takes a value at a time, which is that of the value before or later. */
    void update(long time, long value) {
        advance(time);
        int slot = (int) (time % slots.length);
        slots[slot] = Math.max(slots[slot], value);
        max = Math.max(max, value);
    }

    /** Time goes on, and old values are forgotten. */
    void advance(long time) {
        if (time <= newest) {
            return;
        }
        long from = Math.max(newest + 1, time - slots.length + 1);
        for (long t = from; t <= time; t++) {
            slots[(int) (t % slots.length)] = 0;
        }
        newest = time;
        max = 0;
        for (long value : slots) {
            max = Math.max(max, value);
        }
    }

    void reset() {
        Arrays.fill(slots, 0);
        max = 0;
    }

    /** The largest value of the window, 0 without one. */
    long max() {
        return max;
    }

    /** The largest value of the newest slot. */
    long latest() {
        return slots[(int) (newest % slots.length)];
    }
}
