// SPDX-License-Identifier: MIT
package io.pktkit.internal;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/**
 * A group of counters that start at 0 and only grow. Any thread; counting takes no lock, and allocates only when a
 * thread counts here for the first time.
 *
 * <p>Each thread adds in a stripe of its own, found by {@link ThreadState#slot()}, and a total is the sum over the
 * stripes. Nobody else ever writes a thread's stripe, so an addition is a load and a store; a {@code LongAdder} needs a
 * compare-and-set for each counter, which on the forwarding path cost as much as the rest of a device. For the same
 * reason nothing is ever set back to 0: who resets remembers the totals of then. Threads without a number share one
 * stripe and add atomically.
 *
 * <p>Stripes are made when first needed: an idle group is 24 bytes, and most groups are met by one or two threads.
 */
public final class StripedCounters {

    /** The longs before and behind the counters that keep other threads' writes off their cache lines (64 bytes). */
    private static final int PADDING = 8;

    private static final long[][] NONE = {};

    private static final VarHandle CELL = MethodHandles.arrayElementVarHandle(long[].class);
    private static final VarHandle STRIPES;

    static {
        try {
            STRIPES = MethodHandles.lookup().findVarHandle(StripedCounters.class, "stripes", long[][].class);
        } catch (ReflectiveOperationException e) {
            throw new ExceptionInInitializerError(e);
        }
    }

    private final int count;

    /** By slot; null where that slot's thread has not counted. The table is never changed, only replaced. */
    private volatile long[] @Nullable [] stripes = NONE;

    /**
     * Creates counters that are all 0.
     *
     * @param count how many
     */
    public StripedCounters(int count) {
        this.count = count;
    }

    /**
     * Adds to a counter.
     *
     * @param thread the calling thread's state
     * @param counter which, from 0
     * @param amount how much, 0 or more
     */
    public void add(ThreadState thread, int counter, long amount) {
        int slot = thread.slot();
        add(slot, stripe(slot), counter, amount);
    }

    /**
     * Counts one thing and its size.
     *
     * @param thread the calling thread's state
     * @param counter the counter of things; the next is that of sizes
     * @param size what to add to that, 0 or more
     */
    public void addSized(ThreadState thread, int counter, long size) {
        int slot = thread.slot();
        long[] stripe = stripe(slot);
        add(slot, stripe, counter, 1);
        add(slot, stripe, counter + 1, size);
    }

    /**
     * Reads a counter.
     *
     * @param counter which, from 0
     * @return all that was added; of what is being added at this moment, a part
     */
    public long sum(int counter) {
        long sum = 0;
        for (long[] stripe : stripes) {
            if (stripe != null) {
                sum += (long) CELL.getOpaque(stripe, PADDING + counter);
            }
        }
        return sum;
    }

    private static void add(int slot, long[] stripe, int counter, long amount) {
        int at = PADDING + counter;
        if (slot == ThreadSlots.SHARED) {
            CELL.getAndAdd(stripe, at, amount);
        } else {
            // Opaque: a reader never sees half of a long, and sees it soon.
            CELL.setOpaque(stripe, at, (long) CELL.getOpaque(stripe, at) + amount);
        }
    }

    private long[] stripe(int slot) {
        long[] @Nullable [] now = stripes;
        if (slot < now.length) {
            long[] stripe = now[slot];
            if (stripe != null) {
                return stripe;
            }
        }
        return newStripe(slot);
    }

    private long[] newStripe(int slot) {
        long[] fresh = new long[PADDING + count + PADDING];
        while (true) {
            long[] @Nullable [] now = stripes;
            long[] present = slot < now.length ? now[slot] : null;
            if (present != null) {
                return present;
            }
            long[] @Nullable [] more = Arrays.copyOf(now, Math.max(now.length, slot + 1));
            more[slot] = fresh;
            if (STRIPES.compareAndSet(this, now, more)) {
                return fresh;
            }
        }
    }
}
