// SPDX-License-Identifier: MIT
package io.pktkit.nat.service;

import io.pktkit.nat.observe.NatMapping;
import io.pktkit.time.Timers;
import io.pktkit.wire.IpAddress;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Leases by port, by namespace in the order of their coming, and counted by host. One that is over, or whose mapping is gone, is
 * taken out when somebody looks for it. Not thread-safe: {@link PortLeases} locks.
 */
final class LeaseTable {

    private final LeaseForwards forwards;
    private final PortLeaseLimits limits;
    private final Map<Port, PortLease> byPort = new HashMap<>();
    private final Map<Integer, List<PortLease>> byNamespace = new HashMap<>();
    private final Map<Host, Integer> byHost = new HashMap<>();

    private record Port(int protocol, int outsidePort) {}

    private record Host(int namespace, IpAddress address) {}

    LeaseTable(LeaseForwards forwards, PortLeaseLimits limits) {
        this.forwards = forwards;
        this.limits = limits;
    }

    private static Port port(PortLease lease) {
        return new Port(lease.protocol(), lease.outsidePort());
    }

    private static Host host(PortLease lease) {
        return new Host(lease.namespace(), lease.client());
    }

    int size() {
        return byPort.size();
    }

    /** Whether a host, its namespace, or the table has as many as it may, what is over and not yet found included. */
    boolean isFull(int namespace, IpAddress client) {
        return byPort.size() >= limits.total()
                || inOrder(namespace).size() >= limits.perNamespace()
                || isHostFull(namespace, client);
    }

    boolean isHostFull(int namespace, IpAddress client) {
        return byHost.getOrDefault(new Host(namespace, client), 0) >= limits.perHost();
    }

    /** The lease of a port, if it is one yet. */
    @Nullable
    PortLease live(int protocol, int outsidePort, long now) {
        PortLease lease = byPort.get(new Port(protocol, outsidePort));
        return lease != null && isLive(lease, now) ? lease : null;
    }

    private boolean isLive(PortLease lease, long now) {
        NatMapping mapping = lease.mapping();
        boolean gone = lease.isOver(now) || (mapping != null && !forwards.isThere(mapping));
        if (gone) {
            remove(lease);
        }
        return !gone;
    }

    /** The lease of a host's own port. */
    @Nullable
    PortLease findByClient(int namespace, IpAddress client, int protocol, int clientPort, long now) {
        for (PortLease lease : of(namespace)) { // 256 at most
            boolean sought = lease.protocol() == protocol
                    && lease.clientPort() == clientPort
                    && lease.client().equals(client);
            if (sought && isLive(lease, now)) {
                return lease;
            }
        }
        return null;
    }

    /** The one at a place in the order of their coming. */
    @Nullable
    PortLease at(int namespace, int index, long now) {
        while (index >= 0 && index < inOrder(namespace).size()) {
            PortLease lease = inOrder(namespace).get(index);
            if (isLive(lease, now)) {
                return lease;
            }
        }
        return null;
    }

    /** Those of a namespace that are ones yet, in the order of their coming. */
    List<PortLease> live(int namespace, long now) {
        return of(namespace).stream().filter(lease -> isLive(lease, now)).toList();
    }

    /** Takes out what is over; whether there was any. */
    boolean expire(long now) {
        int before = byPort.size();
        all().forEach(lease -> isLive(lease, now)); // 1024 at most
        return byPort.size() != before;
    }

    /** All of them, at this moment. */
    List<PortLease> all() {
        return List.copyOf(byPort.values());
    }

    /** Those of a namespace, in the order of their coming, at this moment. */
    List<PortLease> of(int namespace) {
        return List.copyOf(inOrder(namespace));
    }

    private List<PortLease> inOrder(int namespace) {
        return byNamespace.getOrDefault(namespace, List.of());
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
