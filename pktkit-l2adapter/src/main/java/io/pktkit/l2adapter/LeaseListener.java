// SPDX-License-Identifier: MIT
package io.pktkit.l2adapter;

import io.pktkit.dhcp.Lease;

/**
 * Hears what becomes of an adapter's DHCP lease. Called with no lock held, one call at a time and in order, on a thread of
 * {@link io.pktkit.time.Timers#callbacks()}, where it may block; what it throws is contained and logged. It may call the
 * adapter, also to start DHCP again: the lease before is then lost before the next is bound.
 *
 * <p>Each lease that is told bound is told lost, unless the adapter is closed: nothing is called after that returned. What
 * changed while the listener was busy is told as it is then, so a lease that came and went is not told at all.
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
