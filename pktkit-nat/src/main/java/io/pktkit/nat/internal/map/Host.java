// SPDX-License-Identifier: MIT
package io.pktkit.nat.internal.map;

import org.jspecify.annotations.Nullable;

/** An inside address, or the /64 of one: who is counted, and who is paired with an outside address (RFC 6888 REQ-2). */
public final class Host {

    private final Tenant tenant;
    private final long high;
    private final long low;
    private final long hash;
    int mappings;

    /** Those of its mappings that strangers made. */
    int unasked;

    int sessions;

    /** Those of its sessions that it has not spoken in. */
    int strangers;

    int expectations;

    /** Octets of its streams that are kept. */
    private int held;

    /** Where all its mappings have their outside end. */
    OutsideAddress outside;

    /** Where its latest packet came from. */
    private @Nullable Object link;

    /** Whether {@link #outside} is its own, so that it stays without mappings. */
    boolean pinned;

    /** The allowance for new mappings, in nanoseconds, and when it was counted. */
    long credit;

    long creditAt;

    /** Its mappings. */
    @Nullable
    Mapping first;

    /** Those of them that a helper opened and nobody has used, oldest first. */
    @Nullable
    Mapping firstExpected;

    @Nullable
    Mapping lastExpected;

    @Nullable
    Host previous;

    @Nullable
    Host next;

    Host(Tenant tenant, long high, long low, long hash, OutsideAddress outside) {
        this.tenant = tenant;
        this.high = high;
        this.low = low;
        this.hash = hash;
        this.outside = outside;
    }

    boolean is(Tenant of, long itsHigh, long itsLow) {
        return of == tenant && itsHigh == high && itsLow == low;
    }

    /** {@return its namespace} */
    public Tenant tenant() {
        return tenant;
    }

    /** {@return how many octets of its streams are kept} */
    public int held() {
        return held;
    }

    /**
     * Counts octets of its streams.
     *
     * @param octets how many more; below 0 for fewer
     */
    public void addHeld(int octets) {
        held += octets;
        tenant.addHeld(octets);
    }

    /** {@return the first half of its address; 0 for IPv4} */
    public long high() {
        return high;
    }

    /** {@return the last half of its address; for IPv6 without what is behind the prefix that hosts are told apart by} */
    public long low() {
        return low;
    }

    long hash() {
        return hash;
    }

    /** {@return where its mappings have their outside end} */
    public OutsideAddress outside() {
        return outside;
    }

    /** {@return where its latest packet came from; null if there was none} */
    public @Nullable Object link() {
        return link;
    }

    @SuppressWarnings("ReferenceEquality") // spares a write, and is right without
    void link(Object seen) {
        if (link != seen) {
            link = seen;
        }
    }
}
