// SPDX-License-Identifier: MIT
package io.pktkit.device;

import java.util.concurrent.atomic.AtomicLong;
import org.jspecify.annotations.Nullable;

/**
 * A budget for bytes that others can make us hold, shared by any number of buffers and queues. What is reserved are bytes
 * that a buffer may come to hold, where that was promised to somebody, and else those that it holds.
 *
 * <p>Three quarters of it are for growth that can be done without. The last one is for bytes that arrive because they were
 * asked for, as in a window that was announced before a connection gave its growth back; nobody grows in the meantime.
 *
 * <p>A {@linkplain #part part} of a budget has a limit of its own, and what is reserved from it is reserved from the whole
 * too: a tenant's part. Thread-safe, without locks.
 */
public final class ByteBudget {
    private static final long SHARED_LIMIT = 256L << 20;
    private static final int PART_OF_HEAP = 4;

    private static final ByteBudget SHARED =
            new ByteBudget(Math.min(SHARED_LIMIT, Runtime.getRuntime().maxMemory() / PART_OF_HEAP));

    private final @Nullable ByteBudget whole;
    private final AtomicLong limit;
    private final AtomicLong used = new AtomicLong();
    private final AtomicLong peak = new AtomicLong();
    private volatile boolean fair;

    /**
     * Makes a budget of its own.
     *
     * @param limit bytes, at least 0
     */
    public ByteBudget(long limit) {
        this(null, limit);
    }

    private ByteBudget(@Nullable ByteBudget whole, long limit) {
        this.whole = whole;
        this.limit = new AtomicLong(checkLimit(limit));
    }

    /**
     * The budget of all who are given no other: 256 MiB, or a quarter of the largest heap if that is less.
     *
     * @return the one instance
     */
    public static ByteBudget shared() {
        return SHARED;
    }

    /**
     * Makes a part of this budget. All parts together may have more than the whole; they get what there is.
     *
     * @param bytes the limit of the part, at least 0
     * @return the part, to be emptied by its owner in the end
     */
    public ByteBudget part(long bytes) {
        return new ByteBudget(this, bytes);
    }

    /**
     * Says whether this part takes no more than what the whole has left after it. However many fair parts ask for all they can get,
     * each then gets as much as the others, and as much again is left for the next: of one the half, of two a third each. Growth takes
     * three quarters of that, so that what is asked for later finds the last one of its part.
     *
     * @param on true for fairness; false, as in the beginning, for no more than the limit
     * @return this part
     */
    public ByteBudget fair(boolean on) {
        fair = on;
        return this;
    }

    /**
     * Changes the limit. What is reserved beyond a lower one stays reserved, and nothing is added until it has gone.
     *
     * @param bytes at least 0
     */
    public void setLimit(long bytes) {
        limit.set(checkLimit(bytes));
    }

    /**
     * Reserves for growth that can be done without.
     *
     * @param bytes at least 0
     * @return false, and nothing reserved, if three quarters of the budget would be exceeded
     */
    public boolean tryGrow(long bytes) {
        return tryReserve(bytes, true);
    }

    /**
     * Reserves for bytes that were asked for.
     *
     * @param bytes at least 0
     * @return false, and nothing reserved, if the budget would be exceeded
     */
    public boolean tryReserve(long bytes) {
        return tryReserve(bytes, false);
    }

    private boolean tryReserve(long bytes, boolean growth) {
        if ((fair && !isFair(bytes, growth)) || !take(bytes, growth)) {
            return false;
        }
        if (whole != null && !whole.tryReserve(bytes, growth)) {
            used.addAndGet(-bytes);
            return false;
        }
        return true;
    }

    /** Two who look at once may each be a little more than fair. */
    private boolean isFair(long bytes, boolean growth) {
        if (whole == null) {
            return true;
        }
        long left = whole.available();
        long taken = used.get();
        return taken + bytes <= (growth ? fairGrowth(taken, left) : left);
    }

    /** Three quarters of what a part with so much would have when it leaves as much. */
    private static long fairGrowth(long taken, long left) {
        long most = (taken + left) / 2;
        return most - most / 4;
    }

    private boolean take(long bytes, boolean growth) {
        long most = limit.get();
        long bound = growth ? most - most / 4 : most;
        long before = used.get();
        while (bytes <= bound - before) {
            long witness = used.compareAndExchange(before, before + bytes);
            if (witness == before) {
                peak.accumulateAndGet(before + bytes, Math::max);
                return true;
            }
            before = witness;
        }
        return false;
    }

    /**
     * Gives back what was reserved.
     *
     * @param bytes at least 0, and not more than was reserved
     */
    public void release(long bytes) {
        used.addAndGet(-bytes);
        if (whole != null) {
            whole.release(bytes);
        }
    }

    /**
     * How much {@link #tryReserve} could take now, if nobody else asked.
     *
     * @return bytes, at least 0
     */
    public long available() {
        long own = Math.max(0, limit.get() - used.get());
        if (whole == null) {
            return own;
        }
        long left = whole.available();
        return fair ? Math.max(0, Math.min(own, left - used.get())) : Math.min(own, left);
    }

    /**
     * How much {@link #tryGrow} could take now, if nobody else asked.
     *
     * @return bytes, at least 0
     */
    public long growable() {
        long most = limit.get();
        long own = Math.max(0, most - most / 4 - used.get());
        if (whole == null) {
            return own;
        }
        if (!fair) {
            return Math.min(own, whole.growable());
        }
        long taken = used.get();
        long fairly = fairGrowth(taken, whole.available()) - taken;
        return Math.max(0, Math.min(Math.min(own, whole.growable()), fairly));
    }

    /**
     * How much there is in all.
     *
     * @return bytes
     */
    public long limit() {
        return limit.get();
    }

    /**
     * How much is reserved now.
     *
     * @return bytes
     */
    public long used() {
        return used.get();
    }

    /**
     * How much was ever reserved at the same time.
     *
     * @return bytes
     */
    public long peak() {
        return peak.get();
    }

    @Override
    public String toString() {
        return "ByteBudget[used=" + used + " peak=" + peak + " limit=" + limit + "]";
    }

    private static long checkLimit(long bytes) {
        if (bytes < 0) {
            throw new IllegalArgumentException("limit must not be negative: limit=" + bytes);
        }
        return bytes;
    }
}
