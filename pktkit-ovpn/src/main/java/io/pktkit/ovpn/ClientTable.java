// SPDX-License-Identifier: MIT
package io.pktkit.ovpn;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.atomic.AtomicReferenceArray;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/**
 * The sessions of a server: by the peer id that their packets are marked with, and by the address that they come from.
 * Written by the control thread under a lock; the peer ids are read without one.
 */
final class ClientTable {

    private final AtomicReferenceArray<@Nullable ClientLink> byPeerId;
    private final Map<Object, List<ClientLink>> byAddress = new HashMap<>();

    /** How many of each source are not in yet. */
    private final Map<Object, Integer> perSource = new HashMap<>();

    /** Who is not in yet, in the order of coming. */
    private final Set<ClientLink> outsiders = new LinkedHashSet<>();

    /** Who of them has told nothing of itself yet, in the same order. */
    private final Set<ClientLink> strangers = new LinkedHashSet<>();

    /** Peer ids that nobody has, the one that was given back first in front. */
    private final ArrayDeque<Integer> freePeerIds = new ArrayDeque<>();

    private int count;

    ClientTable(int most) {
        byPeerId = new AtomicReferenceArray<>(most);
        for (int id = 0; id < most; id++) {
            freePeerIds.add(id);
        }
    }

    /** Whoever has a peer id, or null. */
    @Nullable
    ClientLink byPeerId(int peerId) {
        return peerId < byPeerId.length() ? byPeerId.get(peerId) : null;
    }

    /** The peer id for {@link #add} next; -1 if all are taken. */
    synchronized int freePeerId() {
        Integer next = freePeerIds.peek();
        return next == null ? -1 : next;
    }

    /** Adds a session with the peer id of {@link #freePeerId}. */
    synchronized void add(ClientLink link) {
        int id = freePeerIds.remove();
        if (id != link.peerId()) {
            throw new IllegalStateException("the next one is " + id + ": peerId=" + link.peerId());
        }
        byPeerId.set(id, link);
        outsiders.add(link);
        strangers.add(link);
        byAddress.computeIfAbsent(link.address(), key -> new ArrayList<>(2)).add(link);
        perSource.merge(link.source(), 1, Integer::sum);
        count++;
    }

    synchronized void remove(ClientLink link) {
        if (!byPeerId.compareAndSet(link.peerId(), link, null)) {
            return;
        }
        freePeerIds.add(link.peerId());
        strangers.remove(link);
        leave(link, link.address());
        count--;
        notOutside(link);
    }

    private void notOutside(ClientLink link) {
        if (!outsiders.remove(link)) {
            return;
        }
        perSource.computeIfPresent(link.source(), (key, n) -> n == 1 ? null : n - 1);
    }

    /** A session has told who it is, and so goes through TLS. */
    synchronized void introduced(ClientLink link) {
        strangers.remove(link);
    }

    /**
     * Who has proved least of those that are not in: the one that came first of those that are refused and only hear of it, else
     * of those that have told nothing yet, else of those that wait for a verdict; or null. Who names a user has proved nothing
     * by that.
     *
     * @param address of those at this address alone, which are a few; null for all
     */
    synchronized @Nullable ClientLink leastProven(@Nullable Object address) {
        Collection<ClientLink> there = address == null ? outsiders : byAddress.getOrDefault(address, List.of());
        ClientLink refused = first(there, link -> link.isLeaving() && outsiders.contains(link));
        if (refused != null) {
            return refused;
        }
        ClientLink stranger = first(there, strangers::contains);
        return stranger != null ? stranger : first(there, outsiders::contains);
    }

    private static @Nullable ClientLink first(Collection<ClientLink> links, Predicate<ClientLink> wanted) {
        for (ClientLink link : links) {
            if (wanted.test(link)) {
                return link;
            }
        }
        return null;
    }

    /** A session is in. */
    synchronized void came(ClientLink link) {
        if (link.enter()) {
            notOutside(link);
        }
    }

    synchronized void move(ClientLink link, Object before, Object now) {
        leave(link, before);
        byAddress.computeIfAbsent(now, key -> new ArrayList<>(2)).add(link);
    }

    private void leave(ClientLink link, Object address) {
        List<ClientLink> there = byAddress.get(address);
        if (there != null && there.remove(link) && there.isEmpty()) {
            byAddress.remove(address);
        }
    }

    synchronized List<ClientLink> at(Object address) {
        List<ClientLink> there = byAddress.get(address);
        return there == null ? List.of() : List.copyOf(there);
    }

    /**
     * Whether a session is over for its client, which has begun another one since at the same address. One that does not
     * answer our reset was perhaps begun by somebody else, in the client's name.
     */
    synchronized boolean isSuperseded(ClientLink link) {
        List<ClientLink> there = byAddress.getOrDefault(link.address(), List.of());
        // In the order of coming: who moves to an address is alone there.
        return there.subList(there.indexOf(link) + 1, there.size()).stream()
                .anyMatch(later -> later.session().isAnswered());
    }

    /** Who is in at an address and not about to go, for data without a peer id. */
    synchronized @Nullable ClientLink inAt(Object address) {
        List<ClientLink> there = byAddress.get(address);
        if (there != null) {
            for (ClientLink link : there) {
                if (link.isStaying()) {
                    return link;
                }
            }
        }
        return null;
    }

    synchronized List<ClientLink> all() {
        List<ClientLink> all = new ArrayList<>(count);
        for (int i = 0; i < byPeerId.length(); i++) {
            ClientLink link = byPeerId.get(i);
            if (link != null) {
                all.add(link);
            }
        }
        return all;
    }

    /** How many of a source are not in yet. */
    synchronized int ofSource(Object source) {
        return perSource.getOrDefault(source, 0);
    }

    synchronized int size() {
        return count;
    }

    /** How many are not in yet. */
    synchronized int outside() {
        return outsiders.size();
    }
}
