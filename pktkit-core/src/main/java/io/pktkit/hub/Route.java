// SPDX-License-Identifier: MIT
package io.pktkit.hub;

import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** The ports of the devices that share one subnet. Filled while a {@link RouteTable} is built, then only read. */
final class Route {

    /** Another subnet with the same directed broadcast address, as 10.0.0.0/24 and 10.0.0.128/25 have. */
    @Nullable
    Route sameBroadcast;

    private final L3HubPort first;
    private final List<L3HubPort> ports = new ArrayList<>(1);

    Route(L3HubPort first) {
        this.first = first;
        ports.add(first);
    }

    void add(L3HubPort port) {
        ports.add(port);
    }

    /** The port that was attached first. */
    L3HubPort first() {
        return first;
    }

    List<L3HubPort> ports() {
        return ports;
    }
}
