// SPDX-License-Identifier: MIT
package io.pktkit.dns.upstream;

import java.time.Duration;

/**
 * How a {@link DnsClient} behaves.
 *
 * @param tryTime how long the first try at a server may take before the next one is asked too; later rounds take twice as
 *     long each. 10 ms to 30 s
 * @param rounds how many times a server is asked for one answer, 1 to 5
 * @param patience how long an answer is waited for in all, late answers of all servers included; at least {@code tryTime}
 * @param maxWaiting how many who ask may wait at a time, each of whom may need up to {@value #MAX_EXCHANGES} ports; 1 to 4096
 * @param cacheBytes how many octets of answers are kept, about; 0 for no cache
 * @param rotate whether servers are asked in turn, rather than the first one that works
 * @param tcpOnly whether UDP is never used
 */
public record DnsClientConfig(
        Duration tryTime,
        int rounds,
        Duration patience,
        int maxWaiting,
        int cacheBytes,
        boolean rotate,
        boolean tcpOnly) {
    /** The most ports that one question listens on at a time. */
    static final int MAX_EXCHANGES = 3;

    /**
     * Good for a host or a LAN. A second is what a first try gets in RFC 8305-minded stubs; glibc and musl, whose five seconds
     * a user notices, are no model. Ten seconds in all is when glibc gives up.
     */
    public static final DnsClientConfig DEFAULT =
            new DnsClientConfig(Duration.ofSeconds(1), 3, Duration.ofSeconds(10), 512, 1 << 20, false, false);

    /**
     * Checks the ranges.
     *
     * @param tryTime see above
     * @param rounds see above
     * @param patience see above
     * @param maxWaiting see above
     * @param cacheBytes see above
     * @param rotate see above
     * @param tcpOnly see above
     */
    public DnsClientConfig {
        if (tryTime.compareTo(Duration.ofMillis(10)) < 0 || tryTime.compareTo(Duration.ofSeconds(30)) > 0) {
            throw new IllegalArgumentException("tryTime must be in [10 ms, 30 s]: tryTime=" + tryTime);
        }
        if (patience.compareTo(tryTime) < 0 || patience.compareTo(Duration.ofMinutes(5)) > 0) {
            throw new IllegalArgumentException("patience must be in [tryTime, 5 min]: patience=" + patience);
        }
        if (rounds < 1 || rounds > 5 || maxWaiting < 1 || maxWaiting > 4096 || cacheBytes < 0) {
            throw new IllegalArgumentException(
                    "out of range: rounds=" + rounds + " maxWaiting=" + maxWaiting + " cacheBytes=" + cacheBytes);
        }
    }

    /**
     * With other times.
     *
     * @param newTryTime see {@link #tryTime}
     * @param newRounds see {@link #rounds}
     * @return a copy
     */
    public DnsClientConfig withTries(Duration newTryTime, int newRounds) {
        Duration enough = patience.compareTo(newTryTime) < 0 ? newTryTime : patience;
        return new DnsClientConfig(newTryTime, newRounds, enough, maxWaiting, cacheBytes, rotate, tcpOnly);
    }

    /**
     * With another order of servers.
     *
     * @param newRotate see {@link #rotate}
     * @return a copy
     */
    public DnsClientConfig withRotate(boolean newRotate) {
        return new DnsClientConfig(tryTime, rounds, patience, maxWaiting, cacheBytes, newRotate, tcpOnly);
    }

    /**
     * With another protocol.
     *
     * @param newTcpOnly see {@link #tcpOnly}
     * @return a copy
     */
    public DnsClientConfig withTcpOnly(boolean newTcpOnly) {
        return new DnsClientConfig(tryTime, rounds, patience, maxWaiting, cacheBytes, rotate, newTcpOnly);
    }

    /**
     * With another bound on who waits.
     *
     * @param newMaxWaiting see {@link #maxWaiting}
     * @return a copy
     */
    public DnsClientConfig withMaxWaiting(int newMaxWaiting) {
        return new DnsClientConfig(tryTime, rounds, patience, newMaxWaiting, cacheBytes, rotate, tcpOnly);
    }

    /**
     * With another cache.
     *
     * @param newCacheBytes see {@link #cacheBytes}
     * @return a copy
     */
    public DnsClientConfig withCacheBytes(int newCacheBytes) {
        return new DnsClientConfig(tryTime, rounds, patience, maxWaiting, newCacheBytes, rotate, tcpOnly);
    }
}
