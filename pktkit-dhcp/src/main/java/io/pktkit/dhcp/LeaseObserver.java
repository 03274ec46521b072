// SPDX-License-Identifier: MIT
package io.pktkit.dhcp;

import io.pktkit.wire.IpAddress;
import io.pktkit.wire.MacAddress;
import org.jspecify.annotations.Nullable;

/**
 * Hears who joins and leaves. Called with no lock held, one call at a time and in order, on the thread that handed the server the
 * packet or on the timer thread; what it throws is contained. One that blocks while a thousand events and replies wait misses some:
 * {@link DhcpServer#leases()} always tells the truth.
 */
@FunctionalInterface
public interface LeaseObserver {
    /**
     * Something happened to a lease.
     *
     * @param mac the client's hardware address as it gave it, which for a relayed or bridged client is not the station that sent
     *     the frame
     * @param address the address
     * @param hostname the name that the client gave, or that of its reservation; made of letters, digits, hyphens,
     *     underscores and dots only, or null
     * @param event what happened
     */
    void onLease(MacAddress mac, IpAddress address, @Nullable String hostname, LeaseEvent event);
}
