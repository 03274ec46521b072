// SPDX-License-Identifier: MIT
package io.pktkit.l2adapter;

import io.pktkit.dhcp.Lease;

/**
 * Hears what becomes of an adapter's DHCP lease. Called with no lock held, one call at a time and in order, on whichever
 * thread brought the news; what it throws is contained and logged. It may call the adapter.
 */
public interface LeaseListener {

    /**
     * An address was leased, and the L3 device and the gateway are configured with it.
     *
     * @param lease the lease
     */
    void onBound(Lease lease);

    /**
     * The lease was extended, or one of its settings changed.
     *
     * @param lease the lease as it is now
     */
    default void onRenewed(Lease lease) {}

    /**
     * The lease is gone, and the L3 device has no IPv4 address any more.
     *
     * @param lease the lease as it was last
     */
    void onLost(Lease lease);
}
