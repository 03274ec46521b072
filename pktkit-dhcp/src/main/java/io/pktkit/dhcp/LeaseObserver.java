// SPDX-License-Identifier: MIT
package io.pktkit.dhcp;

/**
 * Hears which station holds which address, until when and under which name. All events of one server come one at a time and in
 * order; what an observer throws is contained. No lock is held, and nothing comes after {@link DhcpServer#close()} returned.
 *
 * <p>Where it is called depends on how it was given to the server.
 * <ul>
 *   <li>{@link DhcpServerConfigBuilder#observer}: on a thread of {@link io.pktkit.time.Timers#callbacks()}, after the fact. It may block; when more events wait
 *       for it than the server keeps, the further ones are left out, and {@link DhcpServer#leases()} tells the truth.
 *   <li>{@link DhcpServerConfigBuilder#pathObserver}: on the packet path or the timer thread, before the client hears of it. It must
 *       not block, and misses nothing. That is for tables which have to know before the client's first packet comes: who may use
 *       which address, what a name means.
 * </ul>
 */
@FunctionalInterface
public interface LeaseObserver {
    /**
     * Something happened to a lease.
     *
     * @param lease the lease as it is now, or as it was last if it ended
     * @param event what happened
     */
    void onLease(ServerLease lease, LeaseEvent event);
}
