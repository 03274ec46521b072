// SPDX-License-Identifier: MIT
package io.pktkit.nat.internal.map;

import io.pktkit.time.Timers;
import io.pktkit.wire.KeyedHash;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** All mappings with their sessions, hosts and ports: found, and ended when they are over. {@link MappingMaker} makes them. */
public final class MappingCore {

    /** How much of what is over is looked at by each packet. */
    private static final int EXPIRED_BY_A_PACKET = 8;

    final CoreSettings settings;
    final CoreListener listener;
    private final KeyedHash hash = new KeyedHash();
    private final OpenTable<Mapping> byInside = new OpenTable<>();
    final Expectations expectations;
    final Unasked unasked;
    private final Sessions sessions;
    final HostTable hosts;
    final ExpiryHeap heap = new ExpiryHeap();
    private final OutsideAddresses outsides;
    private long lastId;

    /**
     * Creates an empty core without outside addresses.
     *
     * @param settings what it is made with
     * @param listener hears what it does
     */
    public MappingCore(CoreSettings settings, CoreListener listener) {
        this.settings = settings;
        this.listener = listener;
        this.outsides = new OutsideAddresses(settings.dynamicLow(), settings.dynamicHigh());
        this.hosts = new HostTable(settings, hash, outsides);
        this.expectations = new Expectations(settings.limits());
        this.unasked = new Unasked(settings.limits());
        this.sessions = new Sessions(settings, hash, heap, expectations, unasked, listener);
    }

    /** {@return the outside addresses} */
    public OutsideAddresses outsides() {
        return outsides;
    }

    /** {@return how many mappings there are, what is over and not yet found included} */
    public int size() {
        return byInside.size();
    }

    /** {@return the sessions of all mappings} */
    public Sessions sessions() {
        return sessions;
    }

    /** {@return how many openings wait for somebody to come} */
    public int expectationCount() {
        return expectations.size();
    }

    /** How many table slots the latest search by an inside endpoint looked at. */
    int probes() {
        return byInside.probes();
    }

    /** {@return when {@link #expire} has something to do; NEVER if nothing is to end} */
    public long nextDeadlineNanos() {
        return heap.first();
    }

    /**
     * Finds the mapping of an inside endpoint.
     *
     * @param tenant whose
     * @param kind the port space
     * @param high the first half of the address
     * @param low the last half
     * @param port the port
     * @param now the time
     * @return the mapping, alive; null if there is none
     */
    public @Nullable Mapping findInside(Tenant tenant, int kind, long high, long low, int port, long now) {
        long key = insideHash(tenant, kind, high, low, port);
        int at = byInside.first(key);
        while (at != OpenTable.END) {
            Mapping mapping = byInside.get(at);
            boolean found = mapping.is(tenant, kind, high, low, port);
            if (found && isAlive(mapping, now)) {
                return mapping;
            }
            // One that is over may have given the endpoint back to the one before it.
            at = found ? byInside.first(key) : byInside.next(at, key);
        }
        return null;
    }

    /**
     * Finds the mapping of an outside endpoint.
     *
     * @param outside the address
     * @param kind the port space
     * @param port the port
     * @param now the time
     * @return the mapping, alive; null if there is none
     */
    public @Nullable Mapping findOutside(OutsideAddress outside, int kind, int port, long now) {
        Mapping mapping = outside.holder(kind, port);
        return mapping != null && isAlive(mapping, now) ? mapping : null;
    }

    /** One secret word less to hash for IPv4, whose keys a different number of words keeps apart from those of IPv6. */
    private long insideHash(Tenant tenant, int kind, long high, long low, int port) {
        long rest = (long) tenant.id() << 32 | (long) kind << 16 | port;
        return high == 0 ? hash.of(low, rest) : hash.of(high, low, rest);
    }

    /** Removes it if it is over. */
    private boolean isAlive(Mapping mapping, long now) {
        if (mapping.origin == Mapping.Origin.FORWARD) {
            if (mapping.isKept(now)) {
                return true;
            }
            remove(mapping, now);
            return false;
        }
        Session recent = mapping.recent;
        if (recent != null && recent.spoken && recent.isLive(now)) {
            return true;
        }
        for (Session first = mapping.spoken; first != null; first = mapping.spoken) {
            if (sessions.settle(first, now)) {
                return true;
            }
        }
        if (mapping.isKept(now)) {
            return true;
        }
        remove(mapping, now);
        return false;
    }

    /** Puts a new mapping in, for an endpoint that has none, or in the place of the one that it has, whose sessions go on. */
    Mapping add(
            Host host,
            Endpoint inside,
            OutsideAddress outside,
            int port,
            @Nullable Mapping displaced,
            Object link,
            long now) {
        long key = insideHash(host.tenant(), inside.kind, inside.high, inside.low, inside.port);
        Mapping mapping = new Mapping(host, ++lastId, inside, outside, port, key, link);
        mapping.expiresAt = now;
        if (displaced != null) {
            byInside.remove(displaced.hash(), displaced);
            mapping.displaced = displaced;
            displaced.displacedBy = mapping;
        }
        byInside.add(key, mapping);
        outside.space(inside.kind).take(port, mapping);
        mapping.next = host.first;
        if (host.first != null) {
            host.first.previous = mapping;
        }
        host.first = mapping;
        host.mappings++;
        host.tenant().mappings++;
        return mapping;
    }

    /** A mapping for one packet, which nobody finds. */
    Mapping passing(Host host, Endpoint inside, OutsideAddress outside, int port, Object link) {
        Mapping mapping = new Mapping(host, ++lastId, inside, outside, port, 0, link);
        mapping.removed = true;
        return mapping;
    }

    /**
     * Removes a mapping with its sessions. Its port rests.
     *
     * @param mapping the mapping; may be removed already
     * @param now the time
     */
    public void remove(Mapping mapping, long now) {
        if (mapping.removed) {
            return;
        }
        mapping.removed = true;
        for (Session each = mapping.spoken; each != null; each = mapping.spoken) {
            sessions.remove(each);
        }
        for (Session each = mapping.unspoken; each != null; each = mapping.unspoken) {
            sessions.remove(each);
        }
        for (Session each = mapping.contacts; each != null; each = mapping.contacts) {
            sessions.remove(each);
        }
        expectations.settle(mapping);
        unasked.settle(mapping);
        heap.remove(mapping);
        unlinkInside(mapping, now);
        Host host = mapping.host();
        long rest = mapping.outside().owner() == null
                ? CoreSettings.nanos(settings.timeouts().quarantine())
                : 0;
        mapping.outside().space(mapping.kind()).free(mapping.outsidePort(), host.hash(), Timers.after(now, rest), now);
        if (mapping.previous == null) {
            host.first = mapping.next;
        } else {
            mapping.previous.next = mapping.next;
        }
        if (mapping.next != null) {
            mapping.next.previous = mapping.previous;
        }
        host.mappings--;
        host.tenant().mappings--;
        hosts.release(host);
        listener.removed(mapping);
    }

    /**
     * A displaced mapping is not found by its endpoint. It has that back when the one that displaced it goes: its sessions may
     * not end before their time (RFC 5382 REQ-5).
     */
    private void unlinkInside(Mapping mapping, long now) {
        Mapping by = mapping.displacedBy;
        Mapping older = mapping.displaced;
        if (by != null) {
            by.displaced = older;
        } else {
            byInside.remove(mapping.hash(), mapping);
        }
        if (older == null) {
            return;
        }
        older.displacedBy = by;
        mapping.displaced = null;
        if (by == null) {
            byInside.add(older.hash(), older);
            isAlive(older, now);
        }
    }

    /**
     * Removes a little of what is over: called for each packet.
     *
     * @param now the time
     */
    public void tick(long now) {
        if (Timers.isDue(heap.first(), now)) {
            expire(now, EXPIRED_BY_A_PACKET);
        }
    }

    /**
     * Removes what is over.
     *
     * @param now the time
     * @param most how much of it is looked at
     */
    public void expire(long now, int most) {
        for (int i = 0; i < most; i++) {
            Timed item = heap.poll(now, most);
            if (item == null) {
                return;
            }
            if (item instanceof Session session) {
                boolean spoke = session.spoken;
                if (sessions.settle(session, now)) {
                    heap.moved(session);
                } else if (spoke) {
                    isAlive(session.mapping(), now);
                }
            } else if (item instanceof Mapping mapping) {
                expectations.settle(mapping);
                isAlive(mapping, now);
            }
        }
    }

    /**
     * Finds a host.
     *
     * @param tenant whose
     * @param inside the host, by any endpoint of it
     * @return the host; null if it has neither mappings nor an outside address of its own
     */
    public @Nullable Host findHost(Tenant tenant, Endpoint inside) {
        return hosts.find(tenant, inside);
    }

    /**
     * Gives a host an outside address of its own, all ports of it alike inside and outside (Basic NAT, RFC 3022).
     *
     * @param tenant whose
     * @param inside the host, by any endpoint of it
     * @param outside the address, which nobody uses
     * @return the host; null if the host has mappings elsewhere, or the address has some
     */
    public @Nullable Host own(Tenant tenant, Endpoint inside, OutsideAddress outside) {
        return hosts.own(tenant, inside, outside);
    }

    /**
     * Removes all mappings of a tenant, for good.
     *
     * @param tenant the tenant
     * @param now the time
     */
    public void close(Tenant tenant, long now) {
        tenant.closed = true;
        for (Host host = tenant.hosts; host != null; host = tenant.hosts) {
            host.pinned = false;
            host.outside.owner(host.outside.owner() == host ? null : host.outside.owner());
            if (host.first == null) {
                hosts.release(host);
            }
            while (host.first != null) {
                remove(host.first, now);
            }
        }
    }

    /**
     * Removes all mappings of an outside address, and pairs nobody with it any more.
     *
     * @param outside the address
     * @param now the time
     */
    public void close(OutsideAddress outside, long now) {
        for (Mapping mapping : all()) {
            if (mapping.outside() == outside) {
                remove(mapping, now);
            }
        }
        hosts.unpair(outside);
    }

    /** {@return all mappings, what is over and not yet found included, oldest first} */
    public List<Mapping> all() {
        List<Mapping> all = new ArrayList<>(byInside.size());
        byInside.forEach(mapping -> {
            all.add(mapping);
            if (mapping.displaced != null) {
                all.add(mapping.displaced);
            }
        });
        all.sort((a, b) -> Long.compare(a.id(), b.id()));
        return all;
    }
}
