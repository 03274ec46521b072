// SPDX-License-Identifier: MIT
package io.pktkit.dhcp.internal;

import io.pktkit.dhcp.Lease;
import io.pktkit.time.Timers;
import java.util.random.RandomGenerator;
import org.jspecify.annotations.Nullable;

/** What a client asks under one id: since when, how often, and from when a lease runs that is granted. Owned by a {@link ClientMachine}. */
final class ClientTransaction {
    private static final long SECOND = 1_000_000_000L;
    private static final long FIRST_RETRANSMIT = 4 * SECOND; // RFC 2131 section 4.1, doubling up to the last
    private static final long LAST_RETRANSMIT = 64 * SECOND;
    private static final long JITTER = SECOND;
    private static final int MAX_SECS = 0xFFFF;

    private final RandomGenerator jitter;
    private int xid;
    private long startedAt;
    private long requestedAt; // when the first REQUEST went out
    private long sentAt; // when the latest did
    private int attempts;

    ClientTransaction(RandomGenerator jitter) {
        this.jitter = jitter;
    }

    void begin(int id, long now) {
        xid = id;
        startedAt = now;
        beginRequests(now);
    }

    /** An offer is taken: what follows under the same id are REQUESTs. */
    void beginRequests(long now) {
        requestedAt = now;
        attempts = 0;
    }

    void requestSent(long now) {
        sentAt = now;
    }

    /** Counts an attempt, and tells when the next one is due: after 4, 8, 16, 32 and then 64 seconds, each give or take one. */
    long retransmitAt(long now) {
        long delay = Math.min(FIRST_RETRANSMIT << Math.min(attempts, 4), LAST_RETRANSMIT);
        attempts++;
        return Timers.after(now, delay + jitter());
    }

    int xid() {
        return xid;
    }

    int attempts() {
        return attempts;
    }

    /** The secs field of what is sent now. */
    int secs(long now) {
        return (int) Math.max(0, Math.min((now - startedAt) / SECOND, MAX_SECS));
    }

    /**
     * A lease runs from the REQUEST that was answered (section 4.4.5). Which one that is nobody says. To be on the safe side it is the first;
     * but if a lease that began with that one were over, as a short one is after retransmissions, it is the latest.
     */
    @Nullable
    Lease granted(DhcpMessage message, long sourceMac, long now) {
        Lease granted = LeaseReader.read(message, sourceMac, requestedAt, jitter(), jitter());
        boolean isOver = granted != null && Timers.isDue(granted.expiryNanos(), now);
        return isOver ? LeaseReader.read(message, sourceMac, sentAt, jitter(), jitter()) : granted;
    }

    private long jitter() {
        return jitter.nextLong(-JITTER, JITTER + 1);
    }
}
