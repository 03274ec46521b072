// SPDX-License-Identifier: MIT
package io.pktkit.hub.guard;

/**
 * What a guest may do. Immutable.
 *
 * @param maxStations how many MAC addresses it uses at once, 1 or more
 * @param maxAddresses how many IP addresses it uses at once, 1 to {@link #MOST_ADDRESSES}
 * @param snooping whether it may use addresses that nobody else has, besides its leases and its static ones
 * @param floodsPerSecond broadcasts, multicasts and frames for unknown stations in a second, 1 or more
 * @param floodBurst as many of these at once, 1 or more
 */
public record GuestProfile(int maxStations, int maxAddresses, boolean snooping, int floodsPerSecond, int floodBurst) {

    /** The most addresses of one port: each frame is looked up among them one by one. */
    public static final int MOST_ADDRESSES = 256;

    /**
     * For a virtual machine: 4 stations, so that it may have bridges and containers of its own; 16 addresses, which IPv6
     * with temporary addresses needs; 1000 floods a second, 2000 at once.
     */
    public static final GuestProfile DEFAULT = new GuestProfile(4, 16, true, 1000, 2000);

    /**
     * Checks the settings.
     *
     * @param maxStations at least 1
     * @param maxAddresses 1 to {@link #MOST_ADDRESSES}
     * @param snooping whether free addresses may be used
     * @param floodsPerSecond at least 1
     * @param floodBurst at least 1
     * @throws IllegalArgumentException if a number is out of range
     */
    public GuestProfile {
        if (maxStations < 1 || maxAddresses < 1 || maxAddresses > MOST_ADDRESSES) {
            throw new IllegalArgumentException("maxStations must be at least 1 and maxAddresses in [1, "
                    + MOST_ADDRESSES + "]: maxStations=" + maxStations + " maxAddresses=" + maxAddresses);
        }
        if (floodsPerSecond < 1 || floodBurst < 1) {
            throw new IllegalArgumentException("floodsPerSecond and floodBurst must be at least 1: floodsPerSecond="
                    + floodsPerSecond + " floodBurst=" + floodBurst);
        }
    }

    /**
     * Changes whether the guest may use addresses that nobody else has.
     *
     * @param allowed false for leases and static bindings only; an IPv6 guest then needs a binding even for its
     *     link-local address
     * @return a profile that differs in this
     */
    public GuestProfile withSnooping(boolean allowed) {
        return new GuestProfile(maxStations, maxAddresses, allowed, floodsPerSecond, floodBurst);
    }
}
