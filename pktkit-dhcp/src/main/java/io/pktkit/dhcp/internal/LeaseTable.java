// SPDX-License-Identifier: MIT
package io.pktkit.dhcp.internal;

import java.util.BitSet;
import java.util.Collection;
import java.util.Comparator;
import java.util.HashMap;
import java.util.LinkedHashSet;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/**
 * The addresses that are not free: by client, by address, by station and by when they become free. One address has one binding at
 * most, and so has one client; an address that was declined belongs to no client but still counts for its station. Which of the
 * free ones is next, the {@link AddressPool} knows.
 */
final class LeaseTable {
    private final AddressPool pool;
    private final ClientHistory history = new ClientHistory();
    private final Map<ClientKey, Binding> byClient = new HashMap<>();
    private final Map<Integer, Binding> byAddress = new HashMap<>();
    private final Map<Long, Integer> byStation = new HashMap<>();
    private final TreeSet<Binding> byExpiry =
            new TreeSet<>(Comparator.<Binding>comparingLong(Binding::expiry).thenComparingInt(b -> b.address));
    private final Set<Binding> offers = new LinkedHashSet<>(); // oldest first
    private final Set<Binding> declined = new LinkedHashSet<>(); // oldest first

    /** The pool runs from an address over a number of them, less those that are withheld, by offset. */
    LeaseTable(int poolStart, int poolSize, BitSet withheld) {
        pool = new AddressPool(poolStart, poolSize, withheld);
    }

    /** Enters a binding of an address that has none, for a client that has none. {@link #update} is to follow. */
    void add(Binding binding) {
        byAddress.put(binding.address, binding);
        byClient.put(binding.client, binding);
        byStation.merge(binding.client.station(), 1, Integer::sum);
        if (pool.contains(binding.address)) {
            binding.place = pool.take(binding.address);
        }
    }

    void remove(Binding binding) {
        unindex(binding);
        byAddress.remove(binding.address);
        byClient.remove(binding.client, binding);
        byStation.computeIfPresent(binding.client.station(), (station, count) -> count == 1 ? null : count - 1);
        if (binding.state == Binding.State.BOUND) {
            history.remember(binding);
        }
        if (!pool.contains(binding.address)) {
            return;
        }
        if (binding.state == Binding.State.OFFERED) {
            pool.giveBackUnused(binding.address, binding.place);
        } else {
            pool.giveBackUsed(binding.address);
        }
    }

    /** Changes what the indexes depend on. */
    void update(Binding binding, Binding.State state, long expiry) {
        unindex(binding);
        binding.state = state;
        binding.expiry(expiry);
        if (state == Binding.State.DECLINED) {
            byClient.remove(binding.client, binding);
        }
        index(binding);
    }

    @Nullable
    Binding byClient(ClientKey client) {
        return byClient.get(client);
    }

    @Nullable
    Binding byAddress(int address) {
        return byAddress.get(address);
    }

    AddressPool pool() {
        return pool;
    }

    ClientHistory history() {
        return history;
    }

    int size() {
        return byAddress.size();
    }

    int countOf(long station) {
        return byStation.getOrDefault(station, 0);
    }

    /** The offers, oldest first. A view. */
    Collection<Binding> offers() {
        return offers;
    }

    @Nullable
    Binding oldestDeclined() {
        return declined.isEmpty() ? null : declined.iterator().next();
    }

    int declinedCount() {
        return declined.size();
    }

    /** The binding that becomes free first, or null if none ever does. */
    @Nullable
    Binding firstToExpire() {
        return byExpiry.isEmpty() ? null : byExpiry.first();
    }

    Collection<Binding> all() {
        return byAddress.values();
    }

    private void index(Binding binding) {
        if (binding.expiry() != Binding.NEVER) {
            byExpiry.add(binding);
        }
        if (binding.state == Binding.State.OFFERED) {
            offers.add(binding);
        } else if (binding.state == Binding.State.DECLINED) {
            declined.add(binding);
        }
    }

    private void unindex(Binding binding) {
        byExpiry.remove(binding);
        offers.remove(binding);
        declined.remove(binding);
    }
}
