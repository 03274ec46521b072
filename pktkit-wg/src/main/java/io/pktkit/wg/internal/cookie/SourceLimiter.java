// SPDX-License-Identifier: MIT
package io.pktkit.wg.internal.cookie;

import io.pktkit.wire.IpAddress;
import io.pktkit.wire.KeyedHash;
import java.util.Arrays;

/**
 * A token bucket for each source that has proven its address: 20 handshakes a second, 5 at once; an IPv4 address or an
 * IPv6 /64 is a source. At most 65 536 of them; newcomers are refused when the table is full. Sources that were silent
 * for a second, and so have all their tokens again, are forgotten. Any thread.
 *
 * <p>The table is three arrays of open addressing that grow with the number of sources and shrink with it, rebuilt at
 * most once a second.
 */
public final class SourceLimiter {

    /** How many sources are known at most. */
    public static final int MAX_SOURCES = 65_536;

    private static final long SECOND = 1_000_000_000L;
    private static final long COST = SECOND / 20;
    private static final long BURST = 5 * COST;
    private static final int FIRST_CAPACITY = 64;

    private final Object lock = new Object();
    private final KeyedHash hash = new KeyedHash();
    private long[] keys = new long[FIRST_CAPACITY];
    private long[] times = new long[FIRST_CAPACITY];

    /** Tokens in nanoseconds; -1 for a free place. */
    private long[] tokens = free(FIRST_CAPACITY);

    private int size;
    private long cleanedAt;

    /** Creates a limiter that knows nobody. */
    public SourceLimiter() {}

    /**
     * Tells which source an address is of: itself, or its /64, which is the least that an IPv6 host has to choose addresses of.
     *
     * @param address the address
     * @return the same for all addresses of a source
     */
    public static long sourceOf(IpAddress address) {
        IpAddress plain = address.unmapped();
        // A /64 and an IPv4 address never meet: no global /64 has 32 leading zeros, and one more source in a bucket
        // of ::/64 does no harm.
        return plain.isIpv4() ? plain.low() : plain.high();
    }

    /**
     * Takes a token.
     *
     * @param source the source's address
     * @param nowNanos the time
     * @return false if there is none, or no room for the source
     */
    public boolean allow(IpAddress source, long nowNanos) {
        long key = sourceOf(source);
        synchronized (lock) {
            if (nowNanos - cleanedAt >= SECOND || size == 0) {
                clean(nowNanos);
            }
            int at = find(key);
            if (tokens[at] < 0) {
                return insert(key, nowNanos);
            }
            long have = Math.min(BURST, tokens[at] + Math.max(0, nowNanos - times[at]));
            times[at] = nowNanos;
            boolean allowed = have >= COST;
            tokens[at] = allowed ? have - COST : have;
            return allowed;
        }
    }

    /** {@return how many sources are known} */
    public int size() {
        synchronized (lock) {
            return size;
        }
    }

    private boolean insert(long key, long nowNanos) {
        if (size == MAX_SOURCES) {
            return false;
        }
        if (2 * (size + 1) > keys.length) {
            rebuild(2 * keys.length, nowNanos, false);
        }
        put(key, nowNanos, BURST - COST);
        size++;
        return true;
    }

    private void clean(long nowNanos) {
        cleanedAt = nowNanos;
        int live = 0;
        for (int i = 0; i < keys.length; i++) {
            if (tokens[i] >= 0 && nowNanos - times[i] <= SECOND) {
                live++;
            }
        }
        if (live < size) {
            int capacity = FIRST_CAPACITY;
            while (capacity < 2 * (live + 1)) {
                capacity *= 2;
            }
            rebuild(capacity, nowNanos, true);
            size = live;
        }
    }

    private void rebuild(int capacity, long nowNanos, boolean dropIdle) {
        long[] oldKeys = keys;
        long[] oldTimes = times;
        long[] oldTokens = tokens;
        keys = new long[capacity];
        times = new long[capacity];
        tokens = free(capacity);
        for (int i = 0; i < oldKeys.length; i++) {
            if (oldTokens[i] >= 0 && !(dropIdle && nowNanos - oldTimes[i] > SECOND)) {
                put(oldKeys[i], oldTimes[i], oldTokens[i]);
            }
        }
    }

    private void put(long key, long time, long amount) {
        int at = find(key);
        keys[at] = key;
        times[at] = time;
        tokens[at] = amount;
    }

    private int find(long key) {
        int mask = keys.length - 1;
        int at = (int) hash.of(key) & mask;
        while (tokens[at] >= 0 && keys[at] != key) {
            at = (at + 1) & mask;
        }
        return at;
    }

    private static long[] free(int capacity) {
        long[] all = new long[capacity];
        Arrays.fill(all, -1);
        return all;
    }
}
