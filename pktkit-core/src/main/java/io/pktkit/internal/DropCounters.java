// SPDX-License-Identifier: MIT
package io.pktkit.internal;

import io.pktkit.device.DropReason;
import java.util.concurrent.atomic.AtomicLongArray;

/** One counter for each {@link DropReason}. Any thread. */
public final class DropCounters {

    private static final int REASONS = DropReason.values().length;

    private final AtomicLongArray counts = new AtomicLongArray(REASONS);

    /** Creates counters that are all 0. */
    public DropCounters() {}

    /**
     * Counts one.
     *
     * @param reason why
     */
    public void increment(DropReason reason) {
        counts.getAndIncrement(index(reason));
    }

    /**
     * Reads one counter.
     *
     * @param reason why
     * @return the count
     */
    public long get(DropReason reason) {
        return counts.get(index(reason));
    }

    /** {@return the sum of all counters} */
    public long sum() {
        long sum = 0;
        for (int i = 0; i < REASONS; i++) {
            sum += counts.get(i);
        }
        return sum;
    }

    /**
     * Copies the counters.
     *
     * @param since what to subtract
     * @return the copy
     */
    public DropCounters minus(DropCounters since) {
        DropCounters copy = new DropCounters();
        for (int i = 0; i < REASONS; i++) {
            copy.counts.setPlain(i, counts.get(i) - since.counts.get(i));
        }
        return copy;
    }

    @SuppressWarnings("EnumOrdinal") // an index into an array of this process, never stored or sent
    private static int index(DropReason reason) {
        return reason.ordinal();
    }
}
