// SPDX-License-Identifier: MIT
package io.pktkit.internal;

import io.pktkit.device.DropReason;

/** One counter for each {@link DropReason}. Any thread. */
public final class DropCounters {

    private static final int REASONS = DropReason.values().length;

    private final StripedCounters counts = new StripedCounters(REASONS);

    /** Creates counters that are all 0. */
    public DropCounters() {}

    /**
     * Counts one.
     *
     * @param thread the calling thread's state
     * @param reason why
     */
    public void increment(ThreadState thread, DropReason reason) {
        counts.add(thread, index(reason), 1);
        thread.dropped(reason);
    }

    /**
     * Reads one counter.
     *
     * @param reason why
     * @return the count
     */
    public long get(DropReason reason) {
        return counts.sum(index(reason));
    }

    /** {@return the sum of all counters} */
    public long sum() {
        long sum = 0;
        for (int i = 0; i < REASONS; i++) {
            sum += counts.sum(i);
        }
        return sum;
    }

    /**
     * Copies the counters.
     *
     * @param since what to subtract
     * @return the copy
     */
    public Totals minus(Totals since) {
        Totals copy = new Totals();
        for (int i = 0; i < REASONS; i++) {
            copy.counts[i] = counts.sum(i) - since.counts[i];
        }
        return copy;
    }

    @SuppressWarnings("EnumOrdinal") // an index into an array of this process, never stored or sent
    private static int index(DropReason reason) {
        return reason.ordinal();
    }

    /** The counters at one time. Immutable. */
    public static final class Totals {

        /** No drops at all. */
        public static final Totals ZERO = new Totals();

        private final long[] counts = new long[REASONS];

        private Totals() {}

        /**
         * Reads one count.
         *
         * @param reason why
         * @return the count
         */
        public long get(DropReason reason) {
            return counts[index(reason)];
        }

        /** {@return the sum of all counts} */
        public long sum() {
            long sum = 0;
            for (long count : counts) {
                sum += count;
            }
            return sum;
        }
    }
}
