// SPDX-License-Identifier: MIT
package io.pktkit.nat.internal.helping;

import io.pktkit.nat.internal.map.Host;
import io.pktkit.nat.internal.map.Share;

/** What is kept with flows that are helped, in octets: of a host, of a namespace, and in all. */
final class Kept {

    private static final int MAX_OF_HOST = 512 << 10;
    private static final int MAX_IN_ALL = 32 << 20;

    private int inAll;

    int inAll() {
        return inAll;
    }

    /** How much more may be kept for a host. */
    int room(Host host) {
        int ofTenant = Share.ofNamespace(MAX_IN_ALL) - host.tenant().held();
        return Math.min(Math.min(MAX_OF_HOST - host.held(), ofTenant), MAX_IN_ALL - inAll);
    }

    void add(Host host, int octets) {
        inAll += octets;
        host.addHeld(octets);
    }
}
