// SPDX-License-Identifier: MIT
package io.pktkit.hub.guard;

import io.pktkit.hub.guard.internal.BindingTable;
import io.pktkit.time.Timers;
import io.pktkit.wire.IpAddress;
import io.pktkit.wire.MacAddress;
import org.jspecify.annotations.Nullable;

/**
 * Who has which address on one network: what the guards of its guest ports judge by. Whoever runs the DHCP server tells it
 * of leases, and the guards add what they find out. See the package description. Any thread.
 */
public sealed interface AddressBindings permits BindingTable {

    /** The most addresses that are bound at once, protected ones not counted. */
    int MAX_BINDINGS = 8192;

    /**
     * Makes bindings for a network, empty at first.
     *
     * @param timers the clock by which silent guests are forgotten
     * @return the bindings
     */
    static AddressBindings create(Timers timers) {
        return new BindingTable(timers);
    }

    /**
     * Keeps an address from all guests: that of a gateway, a DHCP server, a name server. Whatever binding it has ends.
     *
     * @param address the address
     */
    void protect(IpAddress address);

    /**
     * Makes a protected address one like any other.
     *
     * @param address the address
     */
    void unprotect(IpAddress address);

    /**
     * Binds an address to a station for good, in place of a lease and of what was found out.
     *
     * @param address the address
     * @param station its station, unicast
     * @return false if the table is full of static bindings and leases, or the address is protected
     * @throws IllegalArgumentException if the station is a group or all zeros
     */
    boolean bindStatic(IpAddress address, MacAddress station);

    /**
     * Binds an address to a station until {@link #release}, in place of an earlier lease and of what was found out. Tell of
     * a lease before its holder is told.
     *
     * @param address the address
     * @param station its station, unicast
     * @return false if the address has a static binding for another station, or is protected, or the table is full of
     *     static bindings and leases
     * @throws IllegalArgumentException if the station is a group or all zeros
     */
    boolean bindLease(IpAddress address, MacAddress station);

    /**
     * Ends a static binding or a lease. A guest that goes on using the address has it as one that was found out, until a
     * lease gives it to another.
     *
     * @param address the address
     */
    void release(IpAddress address);

    /**
     * Tells who has an address.
     *
     * @param address the address
     * @return the binding, or null if it is free or protected
     */
    @Nullable
    AddressBinding find(IpAddress address);

    /** {@return how many addresses are bound} */
    int size();
}
