// SPDX-License-Identifier: MIT
package io.pktkit.wg.tunnel;

import io.pktkit.wire.IpAddress;
import io.pktkit.wire.IpPrefix;
import org.jspecify.annotations.Nullable;

/**
 * A subnet of an Ethernet network that peers are put onto, see {@link WgPort#addBridgedTenants}.
 *
 * @param subnet the subnet; a peer with an address in it is a host of it
 * @param gateway the router that leads elsewhere, null for none
 */
public record LanPrefix(IpPrefix subnet, @Nullable IpAddress gateway) {

    /**
     * Checks that the gateway is of the subnet's family.
     *
     * @param subnet the subnet
     * @param gateway the router that leads elsewhere, null for none
     */
    public LanPrefix {
        if (gateway != null && gateway.family() != subnet.family()) {
            throw new IllegalArgumentException(
                    "the gateway must be of the subnet's family: subnet=" + subnet + " gateway=" + gateway);
        }
    }
}
