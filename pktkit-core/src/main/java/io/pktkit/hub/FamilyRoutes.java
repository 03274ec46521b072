// SPDX-License-Identifier: MIT
package io.pktkit.hub;

import io.pktkit.wire.IpAddress;
import io.pktkit.wire.IpFamily;
import io.pktkit.wire.IpPrefix;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * The routes of one family. A lookup takes one probe for each prefix length that occurs, longest first; networks of
 * devices have few. Filled by one thread, then published and only read.
 */
final class FamilyRoutes {

    private final IpFamily family;
    private final AddressMap<L3HubPort> owners = new AddressMap<>();
    private final AddressMap<Route> broadcasts = new AddressMap<>();
    private Group[] groups = new Group[0];

    /** The subnet of each port, by its number; null for one without an address of the family. */
    private final @Nullable Route[] own;

    FamilyRoutes(IpFamily family, int ids) {
        this.family = family;
        this.own = new Route[ids];
    }

    void add(L3HubPort port, IpPrefix prefix) {
        if (!prefix.isSet()) {
            return;
        }
        IpAddress address = prefix.address();
        owners.putIfAbsent(address.high(), address.low(), port);
        IpAddress network = prefix.network();
        Route fresh = new Route(port);
        Route route = group(prefix.length()).routes.putIfAbsent(network.high(), network.low(), fresh);
        own[port.id()] = route;
        if (route != fresh) {
            route.add(port);
            return;
        }
        IpAddress broadcast = prefix.broadcast();
        if (prefix.isDirectedBroadcast(broadcast)) {
            Route other = broadcasts.putIfAbsent(broadcast.high(), broadcast.low(), fresh);
            if (other != fresh) {
                fresh.sameBroadcast = other.sameBroadcast;
                other.sameBroadcast = fresh;
            }
        }
    }

    /** Whether the port's device is in a subnet. */
    boolean isIn(L3HubPort port, Route route) {
        int id = port.id();
        return id < own.length && own[id] == route;
    }

    /** The port of the device whose own address this is; the first attached, if several have it. */
    @Nullable
    L3HubPort owner(long high, long low) {
        return owners.find(high, low);
    }

    /** The subnets whose directed broadcast address this is, chained. */
    @Nullable
    Route broadcast(long high, long low) {
        return (low & 1) == 0 || broadcasts.isEmpty() ? null : broadcasts.find(high, low);
    }

    /** The subnet with the longest prefix that the address is in. */
    @Nullable
    Route longest(long high, long low) {
        for (Group group : groups) {
            Route route = group.routes.find(high & group.highMask, low & group.lowMask);
            if (route != null) {
                return route;
            }
        }
        return null;
    }

    private Group group(int length) {
        List<Group> all = new ArrayList<>(List.of(groups));
        int at = 0;
        while (at < groups.length && groups[at].length > length) {
            at++;
        }
        if (at == groups.length || groups[at].length != length) {
            all.add(at, new Group(family, length));
            groups = all.toArray(groups);
        }
        return groups[at];
    }

    /** The routes of one prefix length. */
    private static final class Group {

        private final int length;
        private final long highMask;
        private final long lowMask;
        private final AddressMap<Route> routes = new AddressMap<>();

        private Group(IpFamily family, int length) {
            IpAddress mask = IpPrefix.of(IpAddress.unspecified(family), length).mask();
            this.length = length;
            this.highMask = mask.high();
            this.lowMask = mask.low();
        }
    }
}
