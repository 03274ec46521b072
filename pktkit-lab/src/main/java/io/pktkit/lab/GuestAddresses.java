// SPDX-License-Identifier: MIT
package io.pktkit.lab;

import io.pktkit.device.Registration;
import io.pktkit.dhcp.LeaseEvent;
import io.pktkit.dhcp.ServerLease;
import io.pktkit.dns.server.NameTable;
import io.pktkit.hub.guard.AddressBinding;
import io.pktkit.hub.guard.AddressBinding.Origin;
import io.pktkit.hub.guard.AddressBindings;
import io.pktkit.wire.IpAddress;
import io.pktkit.wire.MacAddress;
import java.io.IOException;
import java.util.HashMap;
import java.util.Map;

/** Which guest has which address and name: by its lease, or told without DHCP. Any thread. */
final class GuestAddresses {
    private final LanPlan plan;
    private final AddressBindings bindings;
    private final NameTable names;

    /** The last one of each address. Guarded by this. */
    private final Map<IpAddress, Claim> claims = new HashMap<>();

    GuestAddresses(LanPlan plan, AddressBindings bindings, NameTable names) {
        this.plan = plan;
        this.bindings = bindings;
        this.names = names;
    }

    void onLease(ServerLease lease, LeaseEvent event) {
        if (event == LeaseEvent.GRANTED || event == LeaseEvent.RENEWED) {
            names.guestJoined(lease.hostname(), lease.address());
            MacAddress station = lease.station().equals(MacAddress.ZERO) ? lease.mac() : lease.station();
            bindings.bindLease(lease.address(), station);
        } else {
            names.guestLeft(lease.address());
            bindings.release(lease.address());
        }
    }

    /** Gives a guest its address and name, until what this returns is closed, or the guest has come back and claims them anew. */
    synchronized Registration claim(LanStation station, MacAddress mac) throws IOException {
        IpAddress address = station.address();
        plan.requireStatic(address);
        AddressBinding holder = bindings.find(address);
        // What a guest just uses without a lease is no reason: it loses it.
        if (holder != null
                && holder.origin() == Origin.STATIC
                && !holder.station().equals(mac)) {
            throw new IOException(address + " is " + holder.station() + "'s already: choose another address");
        }
        IpAddress ipv6 = plan.staticIpv6(address).orElse(null);
        if (!bindings.bindStatic(address, mac) || (ipv6 != null && !bindings.bindStatic(ipv6, mac))) {
            bindings.release(address);
            throw new IOException("there are too many guests already, at " + address);
        }
        names.guestJoined(station.name(), address);
        Claim claim = new Claim(address);
        claims.put(address, claim);
        return claim;
    }

    private synchronized void release(Claim claim) {
        IpAddress address = claim.address;
        if (claims.remove(address, claim)) {
            names.guestLeft(address);
            bindings.release(address);
            plan.staticIpv6(address).ifPresent(bindings::release);
        }
    }

    /** Whether an address cannot be forged on a guarded port: it was given to its holder, rather than just taken by it. */
    boolean isProven(IpAddress address) {
        AddressBinding binding = bindings.find(address);
        return binding != null && binding.origin() != Origin.SNOOPED;
    }

    boolean isFree(IpAddress address) {
        AddressBinding holder = bindings.find(address);
        return plan.isStatic(address) && (holder == null || holder.origin() != Origin.STATIC);
    }

    private final class Claim implements Registration {
        private final IpAddress address;

        Claim(IpAddress address) {
            this.address = address;
        }

        @Override
        public void close() {
            release(this);
        }
    }
}
