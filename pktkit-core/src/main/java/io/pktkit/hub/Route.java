// SPDX-License-Identifier: MIT
package io.pktkit.hub;

import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/** The ports of the devices that share one subnet. Filled while a {@link RouteTable} is built, then only read. */
final class Route {

    /** Another subnet with the same directed broadcast address, as 10.0.0.0/24 and 10.0.0.128/25 have. */
    @Nullable
    Route sameBroadcast;

    private L3HubPort[] ports;

    Route(L3HubPort first) {
        this.ports = new L3HubPort[] {first};
    }

    void add(L3HubPort port) {
        ports = Arrays.copyOf(ports, ports.length + 1);
        ports[ports.length - 1] = port;
    }

    /** The port that was attached first. */
    L3HubPort first() {
        return ports[0];
    }

    L3HubPort[] ports() {
        return ports;
    }

    boolean has(L3HubPort port) {
        for (L3HubPort one : ports) {
            if (one == port) {
                return true;
            }
        }
        return false;
    }
}
