// SPDX-License-Identifier: MIT
package io.pktkit.hub.guard;

import io.pktkit.wire.IpAddress;
import io.pktkit.wire.MacAddress;

/**
 * Who has an address, at the time when it was asked.
 *
 * @param address the address
 * @param station the station that has it
 * @param origin how that is known
 * @param inUse whether the station has used it, so that it is tied to a port
 */
public record AddressBinding(IpAddress address, MacAddress station, Origin origin, boolean inUse) {

    /** How a binding is known. */
    public enum Origin {
        /** Found out from what a guest used. */
        SNOOPED,
        /** Told by a DHCP server. */
        LEASE,
        /** Configured. */
        STATIC
    }
}
