// SPDX-License-Identifier: MIT
package io.pktkit.ovpn;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.atomic.AtomicReferenceArray;
import org.jspecify.annotations.Nullable;

/**
 * The sessions of a server: by the peer id that their packets are marked with, and by the address that they come from.
 * Written by the control thread under a lock; the peer ids are read without one.
 */
final class ClientTable {

    private final AtomicReferenceArray<@Nullable ClientLink> byPeerId;
    private final Map<Object, List<ClientLink>> byAddress = new HashMap<>();
    private final Map<Object, Integer> perSource = new HashMap<>();
    private int nextPeerId;
    private int count;
    private int outside;

    ClientTable(int most) {
        byPeerId = new AtomicReferenceArray<>(most);
    }

    /** Whoever has a peer id, or null. */
    @Nullable
    ClientLink byPeerId(int peerId) {
        return peerId < byPeerId.length() ? byPeerId.get(peerId) : null;
    }

    /** A peer id that nobody has; -1 if all are taken. */
    synchronized int freePeerId() {
        for (int i = 0; i < byPeerId.length(); i++) {
            int candidate = (nextPeerId + i) % byPeerId.length();
            if (byPeerId.get(candidate) == null) {
                nextPeerId = (candidate + 1) % byPeerId.length();
                return candidate;
            }
        }
        return -1;
    }

    synchronized void add(ClientLink link) {
        byPeerId.set(link.peerId(), link);
        byAddress.computeIfAbsent(link.address(), key -> new ArrayList<>(2)).add(link);
        perSource.merge(link.source(), 1, Integer::sum);
        count++;
        outside++;
    }

    synchronized void remove(ClientLink link) {
        if (!byPeerId.compareAndSet(link.peerId(), link, null)) {
            return;
        }
        leave(link, link.address());
        perSource.computeIfPresent(link.source(), (key, n) -> n == 1 ? null : n - 1);
        count--;
        if (!link.isIn()) {
            outside--;
        }
    }

    /** A session is in. */
    synchronized void came(ClientLink link) {
        if (link.enter()) {
            outside--;
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

    /** Who is in at an address, for data without a peer id. */
    synchronized @Nullable ClientLink inAt(Object address) {
        List<ClientLink> there = byAddress.get(address);
        if (there != null) {
            for (ClientLink link : there) {
                if (link.isIn()) {
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

    synchronized int ofSource(Object source) {
        return perSource.getOrDefault(source, 0);
    }

    synchronized int size() {
        return count;
    }

    /** How many are not in yet. */
    synchronized int outside() {
        return outside;
    }
}
