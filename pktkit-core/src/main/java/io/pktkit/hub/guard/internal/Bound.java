// SPDX-License-Identifier: MIT
package io.pktkit.hub.guard.internal;

/** What is bound to a port. */
interface Bound {

    /**
     * Tells whether a station of the port has an address.
     *
     * @param ipv4 the family
     * @param high the first 64 bits; 0 for IPv4
     * @param low the last 64 bits, or the 32 of IPv4
     * @param station the station
     */
    boolean holds(boolean ipv4, long high, long low, long station);
}
