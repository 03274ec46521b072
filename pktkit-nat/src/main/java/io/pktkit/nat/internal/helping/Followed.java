// SPDX-License-Identifier: MIT
package io.pktkit.nat.internal.helping;

import io.pktkit.nat.helper.NatHelper;
import io.pktkit.nat.internal.map.Kind;
import io.pktkit.nat.internal.map.Mapping;
import io.pktkit.nat.internal.map.Session;
import io.pktkit.nat.internal.map.Share;
import io.pktkit.nat.policy.NatLimits;
import io.pktkit.time.Timers;
import io.pktkit.wire.IpProtocol;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Flows to come that a helper asked for: by the port of an inside host, or by the remote endpoint that it will talk to. Each
 * host and each namespace has as many as it may have openings that nobody has used; over that the host's oldest goes.
 */
final class Followed {

    private static final long SWEEP_NANOS = 1_000_000_000L;

    private final NatLimits limits;

    /** When what is over may be looked for again among all. */
    private long nextSweep = Long.MIN_VALUE;

    private final Map<Key, Entry> entries = new HashMap<>();
    private final Map<Owner, Deque<Key>> byHost = new HashMap<>();
    private final Map<Integer, Integer> byTenant = new HashMap<>();

    Followed(NatLimits limits) {
        this.limits = limits;
    }

    /** Who begins with what, until when. */
    record Entry(NatHelper helper, @Nullable Object state, long until) {}

    private record Owner(int tenant, long high, long low) {}

    /** Either the inside port or the remote's is 0. */
    private record Key(Owner owner, int kind, int insidePort, int remote, int remotePort) {}

    private static Owner owner(Session session) {
        Mapping mapping = session.mapping();
        return new Owner(mapping.host().tenant().id(), mapping.high(), mapping.low());
    }

    void add(
            Session session,
            int protocol,
            int insidePort,
            int remote,
            int remotePort,
            NatHelper helper,
            @Nullable Object state,
            long until,
            long now) {
        if (insidePort < 0
                || insidePort > 65_535
                || remotePort < 0
                || remotePort > 65_535
                || (insidePort == 0) == (remotePort == 0)
                || (protocol != IpProtocol.TCP && protocol != IpProtocol.UDP)) {
            throw new IllegalArgumentException("to follow needs TCP or UDP, and a port: protocol=" + protocol
                    + " insidePort=" + insidePort + " remotePort=" + remotePort);
        }
        Owner owner = owner(session);
        Key key = new Key(owner, Kind.of(protocol), insidePort, remote, remotePort);
        Entry known = entries.get(key);
        Entry entry = new Entry(helper, state, known != null && known.until() - until > 0 ? known.until() : until);
        if (entries.replace(key, entry) != null) {
            return;
        }
        Deque<Key> own = byHost.computeIfAbsent(owner, each -> new ArrayDeque<>(4));
        while (!own.isEmpty() && isOver(own.peekFirst(), now)) {
            drop(own.removeFirst());
        }
        if (own.size() >= limits.expectationsPerHost() && !own.isEmpty()) {
            drop(own.removeFirst());
        }
        if (!hasRoom(owner)) {
            sweep(now);
        }
        if (!hasRoom(owner) && !own.isEmpty()) {
            drop(own.removeFirst());
        }
        if (hasRoom(owner) && own.size() < limits.expectationsPerHost()) {
            entries.put(key, entry);
            byTenant.merge(owner.tenant(), 1, Integer::sum);
            own.addLast(key);
            byHost.put(owner, own);
        }
        forget(owner, own);
    }

    private boolean hasRoom(Owner owner) {
        return entries.size() < limits.expectations()
                && byTenant.getOrDefault(owner.tenant(), 0) < Share.ofNamespace(limits.expectations());
    }

    /** At most once a second. */
    private void sweep(long now) {
        if (nextSweep != Long.MIN_VALUE && nextSweep - now > 0) {
            return;
        }
        nextSweep = Timers.after(now, SWEEP_NANOS);
        for (Key each : List.copyOf(entries.keySet())) {
            if (isOver(each, now)) {
                drop(each);
            }
        }
        byHost.values().forEach(own -> own.removeIf(key -> !entries.containsKey(key)));
        byHost.values().removeIf(Deque::isEmpty);
    }

    private boolean drop(Key key) {
        boolean known = entries.remove(key) != null;
        if (known) {
            byTenant.computeIfPresent(key.owner().tenant(), (tenant, count) -> count == 1 ? null : count - 1);
        }
        return known;
    }

    private boolean isOver(Key key, long now) {
        Entry entry = entries.get(key);
        return entry == null || entry.until() - now <= 0;
    }

    private void forget(Owner owner, Deque<Key> own) {
        if (own.isEmpty()) {
            byHost.remove(owner);
        }
    }

    /** Nothing of a namespace is waited for any more. */
    void forget(int tenant) {
        entries.keySet().removeIf(key -> key.owner().tenant() == tenant);
        byHost.keySet().removeIf(owner -> owner.tenant() == tenant);
        byTenant.remove(tenant);
    }

    void remove(Session session, int protocol, int insidePort) {
        if (!entries.isEmpty()) {
            remove(new Key(owner(session), Kind.of(protocol), insidePort, 0, 0));
        }
    }

    private void remove(Key key) {
        Deque<Key> own = byHost.get(key.owner());
        if (drop(key) && own != null) {
            own.remove(key);
            forget(key.owner(), own);
        }
    }

    /** What waits for a session that has just begun; null if nothing does. */
    @Nullable
    Entry find(Session session, boolean inside, long now) {
        if (entries.isEmpty()) {
            return null;
        }
        Mapping mapping = session.mapping();
        Owner owner = owner(session);
        Entry byPort = live(new Key(owner, mapping.kind(), mapping.port(), 0, 0), now);
        return byPort != null || !inside
                ? byPort
                : live(new Key(owner, mapping.kind(), 0, session.remote(), session.remotePort()), now);
    }

    private @Nullable Entry live(Key key, long now) {
        Entry entry = entries.get(key);
        if (entry != null && entry.until() - now <= 0) {
            remove(key);
            return null;
        }
        return entry;
    }

    int size() {
        return entries.size();
    }
}
