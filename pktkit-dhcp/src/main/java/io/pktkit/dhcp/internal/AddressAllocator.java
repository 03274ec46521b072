// SPDX-License-Identifier: MIT
package io.pktkit.dhcp.internal;

import io.pktkit.dhcp.Reservation;
import org.jspecify.annotations.Nullable;

/** Chooses addresses and enters them into the table, within the limits. Owned by one engine. */
final class AddressAllocator {
    private static final long OFFER_MINIMUM_HOLD = 5_000_000_000L;

    private final ServerPolicy policy;
    private final LeaseTable table;
    private final int maxLeases;

    AddressAllocator(ServerPolicy policy, LeaseTable table, int maxLeases) {
        this.policy = policy;
        this.table = table;
        this.maxLeases = maxLeases;
    }

    /** The reserved address, which whoever has it now had as the same station under another identifier, or over a relay. */
    @Nullable
    Binding bindReserved(Reservation reservation, ClientKey client, long now) {
        int address = reservation.address().toIpv4Bits();
        Binding holder = table.byAddress(address);
        if (holder != null) {
            if (holder.state == Binding.State.DECLINED) {
                return null;
            }
            table.remove(holder);
        }
        return bind(address, client, now);
    }

    /** An address from the pool: what the client had or wishes, if that is free, else any; else that of a stale offer. */
    @Nullable
    Binding bindFree(DhcpMessage message, ClientKey client, long now) {
        int previous = table.previousAddress(client);
        int wished = (int) Math.max(0, message.intOption(DhcpOptions.REQUESTED_ADDRESS));
        if (!hasRoomFor(client)) {
            return null;
        }
        int address = table.isFree(previous) ? previous : table.isFree(wished) ? wished : table.firstFree();
        if (address == 0) {
            address = reclaimOffer(true, now);
        }
        return address == 0 ? null : bind(address, client, now);
    }

    /** Makes an address that is free this client's; null at a limit. What the client had before is free then. */
    @Nullable
    Binding bind(int address, ClientKey client, long now) {
        Binding previous = table.byClient(client);
        if (previous != null) {
            table.remove(previous);
        }
        if (!hasRoomFor(client)) {
            return null;
        }
        if (table.size() >= maxLeases && reclaimOffer(false, now) == 0) {
            return null;
        }
        Binding binding = new Binding(address, client);
        binding.proven = table.previousAddress(client) != 0;
        table.add(binding);
        return binding;
    }

    private boolean hasRoomFor(ClientKey client) {
        return table.countOf(client.station()) < policy.limitOf(client);
    }

    /** Takes back the oldest offer that its client had time to take up; returns its address, or 0 if there is none. */
    private int reclaimOffer(boolean fromPool, long now) {
        Binding oldest = table.oldestOffer();
        if (oldest == null || now - oldest.offeredAt < OFFER_MINIMUM_HOLD) {
            return 0;
        }
        if (fromPool && !table.isPooled(oldest.address)) {
            return 0;
        }
        table.remove(oldest);
        return oldest.address;
    }
}
