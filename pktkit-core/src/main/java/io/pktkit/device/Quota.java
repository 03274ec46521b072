// SPDX-License-Identifier: MIT
package io.pktkit.device;

import java.util.concurrent.atomic.AtomicInteger;

/**
 * A number of places that are taken and given back. Any thread; looking whether there is room and taking it are one
 * step, so the cap cannot be passed.
 */
public final class Quota {

    private final int limit;
    private final AtomicInteger used = new AtomicInteger();

    /**
     * Creates a quota with all places free.
     *
     * @param limit how many places there are, 0 or more
     */
    public Quota(int limit) {
        if (limit < 0) {
            throw new IllegalArgumentException("limit must not be negative: limit=" + limit);
        }
        this.limit = limit;
    }

    /**
     * Takes places if there are that many.
     *
     * @param places how many, 0 or more
     * @return false if there are not; nothing is taken then
     */
    public boolean tryAcquire(int places) {
        if (places < 0) {
            throw new IllegalArgumentException("places must not be negative: places=" + places);
        }
        int now = used.get();
        while (places <= limit - now) {
            int seen = used.compareAndExchange(now, now + places);
            if (seen == now) {
                return true;
            }
            now = seen;
        }
        return false;
    }

    /**
     * Takes one place if there is one.
     *
     * @return false if there is none
     */
    public boolean tryAcquire() {
        return tryAcquire(1);
    }

    /**
     * Gives places back.
     *
     * @param places how many, at most as many as are taken
     */
    public void release(int places) {
        int left = used.addAndGet(-places);
        if (places < 0 || left < 0) {
            used.addAndGet(places);
            throw new IllegalStateException(
                    "released more than was taken: places=" + places + " used=" + (left + places));
        }
    }

    /** Gives one place back. */
    public void release() {
        release(1);
    }

    /**
     * Tells how many places are taken.
     *
     * @return the count
     */
    public int used() {
        return used.get();
    }

    /**
     * Tells how many places there are.
     *
     * @return the limit
     */
    public int limit() {
        return limit;
    }
}
