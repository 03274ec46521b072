// SPDX-License-Identifier: MIT
package io.pktkit.tuntap;

import io.pktkit.wire.IpAddress;
import io.pktkit.wire.IpPrefix;
import org.jspecify.annotations.Nullable;

/**
 * A route of the kernel through an interface.
 *
 * @param destination what it leads to, host bits cleared
 * @param gateway the next hop, of the same family; or null when the destination is on the link
 */
public record InterfaceRoute(IpPrefix destination, @Nullable IpAddress gateway) {

    /**
     * Clears the destination's host bits, which the kernel would refuse.
     *
     * @param destination what it leads to
     * @param gateway the next hop, of the same family, or null
     */
    public InterfaceRoute {
        if (gateway != null && gateway.family() != destination.family()) {
            throw new IllegalArgumentException("destination and gateway must be of one family: destination="
                    + destination + " gateway=" + gateway);
        }
        destination = destination.masked();
    }
}
