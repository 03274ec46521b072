// SPDX-License-Identifier: MIT
package io.pktkit.nat.internal.map;

import org.jspecify.annotations.Nullable;

/** A namespace: inside addresses that mean nothing in another one, and a share of the whole. */
public final class Tenant {

    private final int id;
    private final Object user;
    int mappings;

    /** Those of its mappings that strangers made. */
    int unasked;

    int sessions;

    /** Those of its sessions that its hosts have not spoken in. */
    int strangers;

    int expectations;

    /** Those of its hosts that have any. */
    final HostsByOpenings openings = new HostsByOpenings();

    private int held;
    boolean closed;

    /** Its hosts, in a ring-less list. */
    @Nullable
    Host hosts;

    /**
     * Creates one that has nothing yet.
     *
     * @param id unlike that of any other, ever
     * @param user what the owner of the core keeps with it
     */
    public Tenant(int id, Object user) {
        this.id = id;
        this.user = user;
    }

    /** {@return its number, never used twice} */
    public int id() {
        return id;
    }

    /** {@return what the owner of the core keeps with it} */
    public Object user() {
        return user;
    }

    /** {@return how many mappings it has} */
    public int mappings() {
        return mappings;
    }

    /** {@return how many octets of the streams of its hosts are kept} */
    public int held() {
        return held;
    }

    /** Counts octets of its hosts' streams: how many more; below 0 for fewer. */
    void addHeld(int octets) {
        held += octets;
    }
}
