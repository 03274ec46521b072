// SPDX-License-Identifier: MIT
package io.pktkit.nat.engine;

import org.jspecify.annotations.Nullable;

/**
 * Where IPv4 hosts were seen last that need no mapping. Of those that share a place the latest is remembered, which is enough
 * for a guess that the next packet corrects. Owned by the engine.
 */
final class Sightings {

    private static final int BITS = 8;

    private final int[] addresses = new int[1 << BITS];
    private final @Nullable NatLink[] links = new NatLink[1 << BITS];

    Sightings() {}

    private static int place(int address) {
        return (address * 0x9E3779B9) >>> (Integer.SIZE - BITS);
    }

    void note(int address, NatLink link) {
        int at = place(address);
        addresses[at] = address;
        links[at] = link;
    }

    /** The link where a host was seen; null if that is not remembered. */
    @Nullable
    NatLink find(int address) {
        int at = place(address);
        return addresses[at] == address ? links[at] : null;
    }
}
