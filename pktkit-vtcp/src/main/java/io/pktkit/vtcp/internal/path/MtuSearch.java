// SPDX-License-Identifier: MIT
package io.pktkit.vtcp.internal.path;

/**
 * The search for the largest packet that passes (RFC 8899 section 5.3), by bisection: between the largest size that is
 * known to pass and the smallest that is known not to. A size fails by three lost probes, as any packet may be lost by
 * chance. Before the search ends a bound that no probe has tested is tried itself: the first hop's MTU, to which the
 * path returns after an outage that was mistaken for a black hole, or what a router told. Every ten minutes it begins
 * again, as paths change.
 *
 * <p>Sizes are bytes of whole packets. It sends nothing and reads no clock.
 */
final class MtuSearch {
    static final int MAX_PROBES = 3;
    static final int CLOSE_ENOUGH = 8;
    static final long RAISE_INTERVAL = 600_000_000_000L; // PMTU_RAISE_TIMER

    private int low;
    private int high;
    private boolean highUntested;
    private boolean highTold;
    private int failures;
    private boolean running;
    private long restedAt;

    /**
     * Starts searching.
     *
     * @param passing what is known to pass, or taken to
     * @param largest what cannot be exceeded
     */
    void begin(int passing, int largest, long now) {
        low = passing;
        high = Math.max(passing, largest);
        highUntested = true;
        highTold = false;
        failures = 0;
        running = true;
        settle(now);
    }

    /** What passes is known: no search for ten minutes. */
    void rest(int passing, long now) {
        low = passing;
        high = passing;
        running = false;
        restedAt = now;
    }

    boolean isRunning() {
        return running;
    }

    /** Whether what is known has become old. */
    boolean isStale(long now) {
        return !running && now - restedAt >= RAISE_INTERVAL;
    }

    /** The size of the next probe. */
    int size() {
        boolean tryHigh = highUntested && (highTold || high - low < CLOSE_ENOUGH);
        return tryHigh ? high : (low + high + 1) >>> 1;
    }

    /** A probe arrived. */
    void onPassed(int size, long now) {
        low = Math.max(low, size);
        high = Math.max(low, high);
        failures = 0;
        settle(now);
    }

    /** A probe was lost, and nothing else with it. */
    void onFailed(int size, long now) {
        if (++failures < MAX_PROBES) {
            return;
        }
        failures = 0;
        high = Math.max(low, size - 1);
        highUntested = false;
        highTold = false;
        settle(now);
    }

    /** A router refused a probe and told what it takes. */
    void onTold(int limit, long now) {
        high = Math.max(low, Math.min(high, limit));
        highUntested = true;
        highTold = true;
        failures = 0;
        settle(now);
    }

    private void settle(long now) {
        if (high == low || (!highUntested && high - low < CLOSE_ENOUGH)) {
            running = false;
            restedAt = now;
        }
    }

    int low() {
        return low;
    }

    int high() {
        return high;
    }
}
