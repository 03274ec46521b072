// SPDX-License-Identifier: MIT
package io.pktkit.dhcp.v6;

import io.pktkit.wire.IpAddress;
import io.pktkit.wire.RateLimiter;
import java.util.LinkedHashMap;
import java.util.Map;

/**
 * Bounds what each source may cause. Of those there are room for only so many: who was silent for longest is forgotten first, so who goes
 * on for too long is not; and who makes up sources has nothing of it but what all have together. Any thread.
 */
final class SourceLimiter {
    static final int MAX_SOURCES = 256;
    static final int PER_SECOND = 2;
    static final int BURST = 5;

    private final Map<IpAddress, RateLimiter> limits = new LinkedHashMap<>(16, 0.75f, true) {
        private static final long serialVersionUID = 1;

        @Override
        protected boolean removeEldestEntry(Map.Entry<IpAddress, RateLimiter> eldest) {
            return size() > MAX_SOURCES;
        }
    };

    synchronized boolean tryAcquire(IpAddress source, long nowNanos) {
        return limits.computeIfAbsent(source, any -> new RateLimiter(PER_SECOND, BURST))
                .tryAcquire(nowNanos);
    }
}
