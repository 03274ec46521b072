// SPDX-License-Identifier: MIT
package io.pktkit.hub;

import io.pktkit.wire.IpFamily;

/**
 * The routes to the devices of some ports, with the addresses that the ports knew when it was built. Immutable, and
 * replaced as a whole when a port comes, goes or hears that its device has another address: never on the way of a packet.
 */
final class RouteTable {

    private final FamilyRoutes ipv4;
    private final FamilyRoutes ipv6;

    RouteTable(L3HubPort[] ports) {
        int ids = 0;
        for (L3HubPort port : ports) {
            ids = Math.max(ids, port.id() + 1);
        }
        ipv4 = new FamilyRoutes(IpFamily.IPV4, ids);
        ipv6 = new FamilyRoutes(IpFamily.IPV6, ids);
        for (L3HubPort port : ports) {
            ipv4.add(port, port.prefix(IpFamily.IPV4));
            ipv6.add(port, port.prefix(IpFamily.IPV6));
        }
    }

    FamilyRoutes of(boolean isIpv4) {
        return isIpv4 ? ipv4 : ipv6;
    }
}
