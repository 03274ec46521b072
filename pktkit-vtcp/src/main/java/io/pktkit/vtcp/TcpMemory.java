// SPDX-License-Identifier: MIT
package io.pktkit.vtcp;

import java.util.concurrent.atomic.AtomicLong;

/**
 * A budget for buffers that grow beyond their initial size, shared by any number of connections. What is reserved are
 * bytes that a buffer may come to hold, not those it holds now: a window that was announced may be filled.
 *
 * <p>Three quarters of it are for growth. The last one is for bytes that arrive in a window which was announced before
 * the connection gave its growth back; nobody grows in the meantime. Thread-safe, without locks.
 */
public final class TcpMemory {
    private static final long SHARED_LIMIT = 256L << 20;
    private static final int PART_OF_HEAP = 4;

    private static final TcpMemory SHARED =
            new TcpMemory(Math.min(SHARED_LIMIT, Runtime.getRuntime().maxMemory() / PART_OF_HEAP));

    private final long limit;
    private final AtomicLong used = new AtomicLong();
    private final AtomicLong peak = new AtomicLong();

    /**
     * Makes a budget of its own for some connections.
     *
     * @param limit bytes, at least 0; 0 keeps every buffer at its initial size
     */
    public TcpMemory(long limit) {
        if (limit < 0) {
            throw new IllegalArgumentException("limit must not be negative: limit=" + limit);
        }
        this.limit = limit;
    }

    /**
     * The budget of all connections that are given no other: 256 MiB, or a quarter of the largest heap if that is less.
     *
     * @return the one instance
     */
    public static TcpMemory shared() {
        return SHARED;
    }

    /**
     * Reserves for growth that can be done without.
     *
     * @param bytes at least 0
     * @return false, and nothing reserved, if three quarters of the budget would be exceeded
     */
    public boolean tryGrow(long bytes) {
        return tryReserve(bytes, limit - limit / 4);
    }

    /**
     * Reserves for bytes that a peer was told it may send.
     *
     * @param bytes at least 0
     * @return false, and nothing reserved, if the budget would be exceeded
     */
    public boolean tryReserve(long bytes) {
        return tryReserve(bytes, limit);
    }

    private boolean tryReserve(long bytes, long bound) {
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
    }

    /**
     * How much there is in all.
     *
     * @return bytes
     */
    public long limit() {
        return limit;
    }

    /**
     * How much is reserved now.
     *
     * @return bytes, at most the limit
     */
    public long used() {
        return used.get();
    }

    /**
     * How much was ever reserved at the same time.
     *
     * @return bytes, at most the limit
     */
    public long peak() {
        return peak.get();
    }

    @Override
    public String toString() {
        return "TcpMemory[used=" + used + " peak=" + peak + " limit=" + limit + "]";
    }
}
