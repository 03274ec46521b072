// SPDX-License-Identifier: MIT
package io.pktkit.nat.service;

import io.pktkit.time.Timers;
import io.pktkit.wire.IpAddress;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** Leases by port, by namespace in the order of their coming, and counted by host. Not thread-safe: {@link PortLeases} locks. */
final class LeaseTable {

    private final Map<Port, PortLease> byPort = new HashMap<>();
    private final Map<Integer, List<PortLease>> byNamespace = new HashMap<>();
    private final Map<Host, Integer> byHost = new HashMap<>();

    private record Port(int protocol, int outsidePort) {}

    private record Host(int namespace, IpAddress address) {}

    private static Port port(PortLease lease) {
        return new Port(lease.protocol(), lease.outsidePort());
    }

    private static Host host(PortLease lease) {
        return new Host(lease.namespace(), lease.client());
    }

    int size() {
        return byPort.size();
    }

    @Nullable
    PortLease get(int protocol, int outsidePort) {
        return byPort.get(new Port(protocol, outsidePort));
    }

    /** All of them, at this moment. */
    List<PortLease> all() {
        return List.copyOf(byPort.values());
    }

    /** Those of a namespace, in the order of their coming; not to be kept. */
    List<PortLease> of(int namespace) {
        return byNamespace.getOrDefault(namespace, List.of());
    }

    int ofHost(int namespace, IpAddress client) {
        return byHost.getOrDefault(new Host(namespace, client), 0);
    }

    /** Puts one in, in the place of the one that it renews. */
    void put(@Nullable PortLease before, PortLease lease) {
        byPort.put(port(lease), lease);
        List<PortLease> all = byNamespace.computeIfAbsent(lease.namespace(), unused -> new ArrayList<>());
        int at = before == null ? -1 : indexOf(all, before);
        if (at >= 0) {
            all.set(at, lease); // who walks the list by index sees it once
        } else {
            all.add(lease);
            byHost.merge(host(lease), 1, Integer::sum);
        }
    }

    private static int indexOf(List<PortLease> all, PortLease lease) {
        for (int i = 0; i < all.size(); i++) {
            if (port(all.get(i)).equals(port(lease))) {
                return i;
            }
        }
        return -1;
    }

    /** Takes one out, if it is there. */
    void remove(PortLease lease) {
        if (byPort.remove(port(lease)) == null) {
            return;
        }
        List<PortLease> all = byNamespace.get(lease.namespace());
        int at = all == null ? -1 : indexOf(all, lease);
        if (all != null && at >= 0) {
            all.remove(at);
            if (all.isEmpty()) {
                byNamespace.remove(lease.namespace());
            }
        }
        byHost.computeIfPresent(host(lease), (host, count) -> count == 1 ? null : count - 1);
    }

    /** When the first of them is over; {@link Timers#NEVER} if none ends. */
    long firstEnd() {
        long next = Timers.NEVER;
        for (PortLease lease : byPort.values()) {
            next = Timers.earlier(next, lease.expiresNanos());
        }
        return next;
    }
}
