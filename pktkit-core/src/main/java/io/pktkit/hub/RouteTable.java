// SPDX-License-Identifier: MIT
package io.pktkit.hub;

import io.pktkit.device.AbstractL3Device;
import io.pktkit.device.L3Device;
import io.pktkit.internal.PrefixVersion;
import io.pktkit.wire.IpFamily;
import io.pktkit.wire.IpPrefix;
import java.util.ArrayList;
import java.util.List;

/**
 * The routes to the devices of some ports, as their addresses were when it was built. Immutable, replaced as a whole.
 *
 * <p>A device may change its address at any time, and the change must hold for the next packet. Devices that extend
 * {@link AbstractL3Device} count their changes in one {@link PrefixVersion}, which is compared for each packet. Any other
 * device is asked for its address each time: that is slower, but it needs no cooperation.
 */
final class RouteTable {

    private static final L3HubPort[] NO_PORTS = {};

    /** The table of a hub whose ports have just changed; it is never current. */
    static final RouteTable STALE = new RouteTable(NO_PORTS);

    private final L3HubPort[] ports;
    private final long version;
    private final FamilyRoutes ipv4 = new FamilyRoutes(IpFamily.IPV4);
    private final FamilyRoutes ipv6 = new FamilyRoutes(IpFamily.IPV6);
    private final Foreign[] foreign;

    RouteTable(L3HubPort[] ports) {
        this.ports = ports;
        this.version = PrefixVersion.current();
        List<Foreign> others = new ArrayList<>();
        for (L3HubPort port : ports) {
            L3Device device = port.device();
            IpPrefix prefix4 = device.prefix(IpFamily.IPV4);
            IpPrefix prefix6 = device.prefix(IpFamily.IPV6);
            ipv4.add(port, prefix4);
            ipv6.add(port, prefix6);
            if (!(device instanceof AbstractL3Device)) {
                others.add(new Foreign(device, prefix4, prefix6));
            }
        }
        this.foreign = others.toArray(new Foreign[0]);
    }

    /** Whether these are the routes to the given ports, which are compared as one snapshot. */
    @SuppressWarnings("ReferenceEquality") // a snapshot is never changed, so the same array has the same ports
    boolean isCurrent(L3HubPort[] snapshot) {
        if (ports != snapshot || version != PrefixVersion.current()) {
            return false;
        }
        for (Foreign one : foreign) {
            if (!one.isUnchanged()) {
                return false;
            }
        }
        return true;
    }

    FamilyRoutes of(boolean isIpv4) {
        return isIpv4 ? ipv4 : ipv6;
    }

    private record Foreign(L3Device device, IpPrefix prefix4, IpPrefix prefix6) {

        boolean isUnchanged() {
            return prefix4.equals(device.prefix(IpFamily.IPV4)) && prefix6.equals(device.prefix(IpFamily.IPV6));
        }
    }
}
