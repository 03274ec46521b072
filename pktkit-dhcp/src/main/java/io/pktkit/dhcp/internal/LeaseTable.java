// SPDX-License-Identifier: MIT
package io.pktkit.dhcp.internal;

import java.util.BitSet;
import java.util.Collection;
import java.util.Comparator;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/**
 * The addresses that are not free: by client, by address, by station and by when they become free. One address has one binding at
 * most, and so has one client; an address that was declined belongs to no client but still counts for its station. Looking
 * for a free address is a walk over a bit set, a word at a time.
 */
final class LeaseTable {
    private static final int MAX_HISTORY = 1024;

    private final int poolStart;
    private final int poolSize;
    private final BitSet withheld; // never given out from the pool
    private final BitSet taken; // withheld or bound
    private final Map<ClientKey, Binding> byClient = new HashMap<>();
    private final Map<Integer, Binding> byAddress = new HashMap<>();
    private final Map<Long, Integer> byStation = new HashMap<>();
    private final TreeSet<Binding> byExpiry =
            new TreeSet<>(Comparator.<Binding>comparingLong(Binding::expiry).thenComparingInt(b -> b.address));
    private final Set<Binding> offers = new LinkedHashSet<>(); // oldest first
    private final Set<Binding> declined = new LinkedHashSet<>(); // oldest first
    private final Map<ClientKey, Integer> history =
            new LinkedHashMap<>(); // proven clients' last addresses, oldest first

    /** The pool runs from an address over a number of them, less those that are withheld, by offset. */
    LeaseTable(int poolStart, int poolSize, BitSet withheld) {
        this.poolStart = poolStart;
        this.poolSize = poolSize;
        this.withheld = withheld;
        taken = (BitSet) withheld.clone();
    }

    void add(Binding binding) {
        byAddress.put(binding.address, binding);
        byClient.put(binding.client, binding);
        byStation.merge(binding.client.station(), 1, Integer::sum);
        if (inRange(binding.address)) {
            taken.set(offset(binding.address));
        }
        index(binding);
    }

    void remove(Binding binding) {
        unindex(binding);
        byAddress.remove(binding.address);
        byClient.remove(binding.client, binding);
        byStation.computeIfPresent(binding.client.station(), (station, count) -> count == 1 ? null : count - 1);
        if (inRange(binding.address) && !withheld.get(offset(binding.address))) {
            taken.clear(offset(binding.address));
        }
        if (binding.proven) {
            remember(binding);
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

    /** An address of the pool that nobody has, or null. Zero is never in a pool. */
    int firstFree() {
        int free = taken.nextClearBit(0);
        return free < poolSize ? poolStart + free : 0;
    }

    /** Whether an address may be given to clients without a reservation. */
    boolean isPooled(int address) {
        return inRange(address) && !withheld.get(offset(address));
    }

    boolean isFree(int address) {
        return inRange(address) && !taken.get(offset(address));
    }

    /** The address that a proven client had last, or 0. */
    int previousAddress(ClientKey client) {
        return history.getOrDefault(client, 0);
    }

    int size() {
        return byAddress.size();
    }

    int countOf(long station) {
        return byStation.getOrDefault(station, 0);
    }

    @Nullable
    Binding oldestOffer() {
        return offers.isEmpty() ? null : offers.iterator().next();
    }

    @Nullable
    Binding oldestDeclined() {
        return declined.isEmpty() ? null : declined.iterator().next();
    }

    int declinedCount() {
        return declined.size();
    }

    int historySize() {
        return history.size();
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

    private void remember(Binding binding) {
        history.remove(binding.client);
        history.put(binding.client, binding.address);
        if (history.size() > MAX_HISTORY) {
            history.remove(history.keySet().iterator().next());
        }
    }

    private boolean inRange(int address) {
        return Integer.toUnsignedLong(offset(address)) < poolSize;
    }

    private int offset(int address) {
        return address - poolStart;
    }
}
