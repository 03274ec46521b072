// SPDX-License-Identifier: MIT
package io.pktkit.ovpn.internal.rules;

import java.util.LinkedHashMap;
import java.util.Map;
import java.util.concurrent.TimeUnit;

/**
 * How many resets are answered: so many in ten seconds of each source, and of all. An answer is as long as the question,
 * so this is not about amplification but about being nobody's mirror. Who goes on with the handshake gets its place back.
 * Owned by one thread.
 */
public final class ResetBudget {

    private static final long PERIOD_NANOS = TimeUnit.SECONDS.toNanos(10);
    private static final int MOST_SOURCES = 4096;

    /** One source has at most this part of the budget. */
    private static final int SHARE = 4;

    private final int limit;
    private final Map<Object, Integer> bySource = new LinkedHashMap<>();
    private long periodBegan;
    private int used;
    private boolean started;

    /**
     * Creates a budget of which nothing is used.
     *
     * @param limit answers in ten seconds
     */
    public ResetBudget(int limit) {
        this.limit = limit;
    }

    /**
     * Takes a place.
     *
     * @param source who asks
     * @param nowNanos the time
     * @return false if there is none
     */
    public boolean tryAcquire(Object source, long nowNanos) {
        if (!started || nowNanos - periodBegan >= PERIOD_NANOS) {
            started = true;
            periodBegan = nowNanos;
            used = 0;
            bySource.clear();
        }
        int its = bySource.getOrDefault(source, 0);
        if (used >= limit || its >= Math.max(1, limit / SHARE) || (its == 0 && bySource.size() >= MOST_SOURCES)) {
            return false;
        }
        used++;
        bySource.put(source, its + 1);
        return true;
    }

    /**
     * Gives a place back, since a client has gone on.
     *
     * @param source which client's
     */
    public void refund(Object source) {
        // One of the ten seconds before has no place in these.
        if (bySource.containsKey(source)) {
            bySource.computeIfPresent(source, (key, n) -> n == 1 ? null : n - 1);
            used--;
        }
    }
}
