// SPDX-License-Identifier: MIT
package io.pktkit.nat.internal.map;

import java.util.HashMap;
import java.util.LinkedHashSet;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** Hosts by how many openings they have that nobody has used: who has most is found in constant time, however many there are. */
final class HostsByOpenings {

    private final Map<Integer, Set<Host>> byCount = new HashMap<>();
    private int most;

    /** A host has one more, or one less. */
    void moved(Host host, int before, int after) {
        Set<Host> former = byCount.get(before);
        if (former != null && former.remove(host) && former.isEmpty()) {
            byCount.remove(before);
        }
        if (after > 0) {
            byCount.computeIfAbsent(after, each -> new LinkedHashSet<>()).add(host);
        }
        if (after > most || !byCount.containsKey(most)) {
            most = after; // who had most has one less
        }
    }

    /** Who has most, of several the first that came to it; null if nobody has any. */
    @Nullable
    Host first() {
        Set<Host> hosts = byCount.get(most);
        return hosts == null ? null : hosts.iterator().next();
    }
}
