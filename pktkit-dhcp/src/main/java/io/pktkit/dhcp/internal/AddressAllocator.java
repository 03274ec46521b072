// SPDX-License-Identifier: MIT
package io.pktkit.dhcp.internal;

import io.pktkit.dhcp.Reservation;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/** Chooses addresses and enters them into the table, within the limits. Owned by one engine. */
final class AddressAllocator {
    private static final long OFFER_MINIMUM_HOLD = 5_000_000_000L;

    private final ServerPolicy policy;
    private final LeaseTable table;
    private final int maxLeases;
    private final Consumer<Binding> replaced;

    /** {@code replaced} hears of bindings that make way for another, after they are gone. */
    AddressAllocator(ServerPolicy policy, LeaseTable table, int maxLeases, Consumer<Binding> replaced) {
        this.policy = policy;
        this.table = table;
        this.maxLeases = maxLeases;
        this.replaced = replaced;
    }

    /**
     * The reserved address, which whoever has it now had as the same station under another identifier, or over a relay. Null if it
     * was declined. Reservations are as many as the configuration has, so the limits are not for them: a table full of strangers
     * does not keep a known station out.
     */
    @Nullable
    Binding bindReserved(Reservation reservation, ClientKey client, long now) {
        int address = reservation.address().toIpv4Bits();
        Binding holder = table.byAddress(address);
        if (holder != null && holder.state == Binding.State.DECLINED) {
            return null;
        }
        replace(holder);
        replace(table.byClient(client));
        return enter(address, client, now);
    }

    /**
     * An address from the pool for a client that has none: what it had or wishes, if that is free, else the one unused for
     * longest; else that of a stale offer.
     */
    @Nullable
    Binding bindFree(DhcpMessage message, ClientKey client, long now) {
        int previous = table.history().addressOf(client);
        int wished = (int) Math.max(0, message.intOption(DhcpOptions.REQUESTED_ADDRESS));
        if (!hasRoomFor(client)) {
            return null;
        }
        AddressPool pool = table.pool();
        int address = pool.isFree(previous) ? previous : pool.isFree(wished) ? wished : pool.longestUnused();
        if (address == 0) {
            address = reclaimOffer(true, now);
        }
        return address == 0 ? null : bind(address, client, now);
    }

    /** Makes an address of the pool that is free a client's that has none; null at a limit. */
    @Nullable
    Binding bind(int address, ClientKey client, long now) {
        if (!hasRoomFor(client)) {
            return null; // before an offer is taken back for it
        }
        boolean full = table.size() >= maxLeases && reclaimOffer(false, now) == 0;
        return full ? null : enter(address, client, now);
    }

    private Binding enter(int address, ClientKey client, long now) {
        Binding binding = new Binding(address, client);
        binding.proven = table.history().isProven(client);
        binding.offeredAt = now;
        table.add(binding);
        return binding;
    }

    private void replace(@Nullable Binding binding) {
        if (binding != null) {
            table.remove(binding);
            replaced.accept(binding);
        }
    }

    private boolean hasRoomFor(ClientKey client) {
        return table.countOf(client.station()) < policy.limitOf(client);
    }

    /**
     * Takes back the oldest offer that its client had time to take up; returns its address, or 0 if there is none. For its address
     * it must be one of the pool, for the room in the table it need not.
     */
    private int reclaimOffer(boolean fromPool, long now) {
        for (Binding offer : table.offers()) {
            if (now - offer.offeredAt < OFFER_MINIMUM_HOLD) {
                return 0;
            }
            if (!fromPool || table.pool().contains(offer.address)) {
                table.remove(offer);
                return offer.address;
            }
        }
        return 0;
    }
}
