// SPDX-License-Identifier: MIT
package io.pktkit.internal;

import io.pktkit.wire.IpAddress;
import io.pktkit.wire.IpFamily;
import io.pktkit.wire.IpPrefix;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Which peer of a tunnel a prefix belongs to; each belongs to one. IPv4 and IPv6 are apart. Any thread: tables are immutable and
 * replaced on change, under a lock, so lookups take none.
 *
 * @param <P> a peer, compared by identity
 */
public final class PrefixTable<P> {

    private static final int MAX_PREFIXES = 1 << 20;

    private final Object lock = new Object();
    private final int most;
    private final Map<IpPrefix, P> owners = new HashMap<>();
    private volatile @Nullable PrefixTrie<P> ipv4;
    private volatile @Nullable PrefixTrie<P> ipv6;

    /** Creates an empty table. */
    public PrefixTable() {
        this(MAX_PREFIXES);
    }

    PrefixTable(int most) {
        this.most = most;
    }

    /**
     * Finds the peer with the longest prefix of an address.
     *
     * @param family the address's family
     * @param high its first 64 bits, 0 for IPv4
     * @param low its last 64 bits
     * @return the peer, or null
     */
    public @Nullable P find(IpFamily family, long high, long low) {
        return family == IpFamily.IPV4 ? PrefixTrie.longest(ipv4, low << 32, 0) : PrefixTrie.longest(ipv6, high, low);
    }

    /**
     * Gives a prefix to a peer, and takes it from who had it.
     *
     * @param prefix the prefix, host bits ignored
     * @param peer the peer
     */
    public void put(IpPrefix prefix, P peer) {
        IpPrefix masked = prefix.masked();
        synchronized (lock) {
            checkRoom(owners.containsKey(masked) ? 0 : 1);
            putMasked(masked, peer);
        }
    }

    /**
     * Gives prefixes to a peer in place of those that it had, and takes them from who had them.
     *
     * @param had the prefixes that it had, masked; those that are another's by now stay so
     * @param next the prefixes that it gets, masked
     * @param peer the peer
     * @throws IllegalStateException if there are too many; nothing is changed then
     */
    public void replace(Set<IpPrefix> had, Set<IpPrefix> next, P peer) {
        synchronized (lock) {
            int more = 0;
            for (IpPrefix prefix : next) {
                more += owners.containsKey(prefix) ? 0 : 1;
            }
            List<IpPrefix> going = stillOwned(had, peer);
            going.removeIf(next::contains);
            checkRoom(more - going.size());
            going.forEach(prefix -> remove(prefix, peer));
            next.forEach(prefix -> putMasked(prefix, peer));
        }
    }

    private void checkRoom(int more) {
        if (owners.size() + more > most) {
            throw new IllegalStateException("too many prefixes: most=" + most);
        }
    }

    private void putMasked(IpPrefix prefix, P peer) {
        IpAddress address = prefix.address();
        owners.put(prefix, peer);
        if (address.isIpv4()) {
            ipv4 = PrefixTrie.put(ipv4, address.low() << 32, 0, prefix.length(), peer);
        } else {
            ipv6 = PrefixTrie.put(ipv6, address.high(), address.low(), prefix.length(), peer);
        }
    }

    /**
     * Takes a prefix from a peer.
     *
     * @param prefix the prefix, host bits ignored
     * @param peer the peer
     * @return whether it had it
     */
    @SuppressWarnings("ReferenceEquality") // a peer is itself and no other
    public boolean remove(IpPrefix prefix, P peer) {
        IpPrefix masked = prefix.masked();
        IpAddress address = masked.address();
        synchronized (lock) {
            if (owners.get(masked) != peer) {
                return false;
            }
            owners.remove(masked);
            if (address.isIpv4()) {
                ipv4 = PrefixTrie.remove(ipv4, address.low() << 32, 0, masked.length());
            } else {
                ipv6 = PrefixTrie.remove(ipv6, address.high(), address.low(), masked.length());
            }
            return true;
        }
    }

    /**
     * Keeps those prefixes that a peer still has of those that it was given.
     *
     * @param given the prefixes, masked
     * @param peer the peer
     * @return those that were not given to another since
     */
    @SuppressWarnings("ReferenceEquality") // a peer is itself and no other
    public List<IpPrefix> stillOwned(Iterable<IpPrefix> given, P peer) {
        List<IpPrefix> owned = new ArrayList<>();
        synchronized (lock) {
            for (IpPrefix prefix : given) {
                if (owners.get(prefix) == peer) {
                    owned.add(prefix);
                }
            }
        }
        return owned;
    }
}
