// SPDX-License-Identifier: MIT
package io.pktkit.l2adapter;

import io.pktkit.dhcp.ra.RouterDiscovery;

/** Hears what an adapter's host has learned of routers; see {@link L2Adapter#startRouterDiscovery}. */
@FunctionalInterface
public interface RouterListener {
    /**
     * Something has changed: router, address or name servers. Called on a thread of {@link io.pktkit.time.Timers#callbacks()}, one
     * call at a time; the address and the gateway are in place already. Who is slow hears of the last of several changes only.
     *
     * @param state what is known now
     */
    void onChanged(RouterDiscovery.State state);
}
