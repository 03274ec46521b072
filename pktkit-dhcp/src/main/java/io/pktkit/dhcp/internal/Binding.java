// SPDX-License-Identifier: MIT
package io.pktkit.dhcp.internal;

import org.jspecify.annotations.Nullable;

/** One address that is not free. Owned by its {@link LeaseTable}, which must be told before the expiry changes. */
final class Binding {
    enum State {
        OFFERED,
        BOUND,
        DECLINED
    }

    static final long NEVER = Long.MAX_VALUE;

    final int address;
    final ClientKey client;
    State state = State.OFFERED;
    long mac;

    @Nullable
    String hostname;

    boolean proven;
    long offeredAt;
    long grantedAt;
    long grantedNanos;
    private long expiry = NEVER;

    Binding(int address, ClientKey client) {
        this.address = address;
        this.client = client;
    }

    /** When the address becomes free, in nanoseconds since the engine began, or {@link #NEVER}. */
    long expiry() {
        return expiry;
    }

    void expiry(long elapsed) {
        expiry = elapsed;
    }
}
