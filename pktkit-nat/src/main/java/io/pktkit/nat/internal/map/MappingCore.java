// SPDX-License-Identifier: MIT
package io.pktkit.nat.internal.map;

import io.pktkit.nat.policy.NatLimits;
import io.pktkit.time.Timers;
import io.pktkit.wire.KeyedHash;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** All mappings with their sessions, hosts and ports. See the package description. */
public final class MappingCore {

    /** How much of what is over is looked at by each packet. */
    private static final int EXPIRED_BY_A_PACKET = 8;

    /** And before a host is refused, which what is over shall not be the reason of. */
    private static final int EXPIRED_BEFORE_REFUSAL = 256;

    /** No port that is asked for. */
    private static final int DRAWN = -1;

    private static final int RANGE_PRIVILEGED = 0;
    private static final int RANGE_DYNAMIC = 1;

    private final CoreSettings settings;
    private final NatLimits limits;
    private final CoreListener listener;
    private final KeyedHash hash = new KeyedHash();
    private final OpenTable<Mapping> byInside = new OpenTable<>();
    private final Expectations expectations;
    private final Sessions sessions;
    private final HostTable hosts;
    private final ExpiryHeap heap = new ExpiryHeap();
    private final OutsideAddresses outsides;
    private long lastId;
    private Refusal refusal = Refusal.NONE;
    private int steps;

    /**
     * Creates an empty core without outside addresses.
     *
     * @param settings what it is made with
     * @param listener hears what it does
     */
    public MappingCore(CoreSettings settings, CoreListener listener) {
        this.settings = settings;
        this.limits = settings.limits();
        this.listener = listener;
        this.outsides = new OutsideAddresses(settings.dynamicLow(), settings.dynamicHigh());
        this.hosts = new HostTable(settings, hash, outsides);
        this.expectations = new Expectations(limits);
        this.sessions = new Sessions(settings, hash, heap, expectations, listener);
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

    /** {@return why the latest {@link #open} or {@link #place} failed} */
    public Refusal refusal() {
        return refusal;
    }

    /** {@return how many table slots and words of ports the latest {@link #open} looked at} */
    public int steps() {
        return steps;
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
        for (int at = byInside.first(key); at != OpenTable.END; at = byInside.next(at, key)) {
            Mapping mapping = byInside.get(at);
            if (mapping.is(tenant, kind, high, low, port)) {
                return isAlive(mapping, now) ? mapping : null;
            }
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

    /**
     * Makes a mapping because a host sent something.
     *
     * @param tenant whose
     * @param inside its endpoint, which has none
     * @param link where it is
     * @param now the time
     * @return the mapping, or null: see {@link #refusal()}
     */
    public @Nullable Mapping open(Tenant tenant, Endpoint inside, Object link, long now) {
        return open(tenant, inside, DRAWN, link, now);
    }

    /**
     * Makes a mapping as if a host had sent something, at a port that was asked for.
     *
     * @param tenant whose
     * @param inside its endpoint, which has none
     * @param outsidePort the port; -1 to draw one
     * @param link where it is
     * @param now the time
     * @return the mapping, or null: see {@link #refusal()}
     */
    public @Nullable Mapping open(Tenant tenant, Endpoint inside, int outsidePort, Object link, long now) {
        steps = byInside.probes();
        Mapping made = tryOpen(tenant, inside, outsidePort, link, now);
        if (made == null && Timers.isDue(heap.first(), now)) {
            expire(now, EXPIRED_BEFORE_REFUSAL);
            made = tryOpen(tenant, inside, outsidePort, link, now);
        }
        return made;
    }

    private @Nullable Mapping tryOpen(Tenant tenant, Endpoint inside, int outsidePort, Object link, long now) {
        Host host = hosts.obtain(tenant, inside);
        if (host == null) {
            return refuse(Refusal.NO_PORT);
        }
        if (!hasRoom(host) || !hosts.mayBegin(host, now)) {
            hosts.release(host);
            return refuse(Refusal.LIMIT);
        }
        int port = outsidePort == DRAWN
                ? choosePort(host, host.outside, inside, now)
                : host.outside.space(inside.kind).isFree(outsidePort, host.hash(), now) ? outsidePort : -1;
        if (port < 0) {
            hosts.release(host);
            return refuse(Refusal.NO_PORT);
        }
        Mapping mapping = add(host, inside, host.outside, port, link, now);
        listener.created(mapping);
        return mapping;
    }

    private @Nullable Mapping refuse(Refusal why) {
        refusal = why;
        return null;
    }

    private boolean hasRoom(Host host) {
        return host.mappings < limits.mappingsPerHost()
                && host.tenant().mappings < limits.mappingsPerNamespace()
                && byInside.size() < limits.mappings();
    }

    private int choosePort(Host host, OutsideAddress outside, Endpoint inside, long now) {
        PortSpace space = outside.space(inside.kind);
        int wanted = inside.port;
        boolean ports = inside.kind == Kind.TCP || inside.kind == Kind.UDP;
        if (inside.kind == Kind.OTHER || outside.owner() != null) {
            return space.isFree(wanted, host.hash(), now) ? wanted : -1;
        }
        boolean privileged = ports && wanted < 1024;
        if (settings.preserve() && !privileged && space.isFree(wanted, host.hash(), now)) {
            return wanted;
        }
        long random = settings.random().getAsLong();
        int range = privileged ? RANGE_PRIVILEGED : RANGE_DYNAMIC;
        int parity = ports ? wanted & 1 : PortSpace.ANY;
        int port = find(space, range, parity, random, now);
        if (port < 0 && privileged) {
            port = find(space, RANGE_DYNAMIC, parity, random, now);
        }
        return port < 0 && ports ? find(space, RANGE_DYNAMIC, PortSpace.ANY, random, now) : port;
    }

    private int find(PortSpace space, int range, int parity, long random, long now) {
        int port = space.find(range, parity, random, now);
        steps += space.steps();
        return port;
    }

    /**
     * Makes a mapping because the owner or a helper asked for it: it is not refused for a limit of mappings, but counts.
     *
     * @param tenant whose
     * @param inside the endpoint
     * @param outside the address, or null for the one that the host is paired with
     * @param outsidePort the port; -1 to draw one
     * @param origin why
     * @param until how long it is kept; NEVER for ever
     * @param link where the host is
     * @param now the time
     * @return the mapping, or null: see {@link #refusal()}
     */
    public @Nullable Mapping place(
            Tenant tenant,
            Endpoint inside,
            @Nullable OutsideAddress outside,
            int outsidePort,
            Mapping.Origin origin,
            long until,
            Object link,
            long now) {
        Mapping present = findInside(tenant, inside.kind, inside.high, inside.low, inside.port, now);
        boolean same = present != null
                && (outside == null || present.outside() == outside)
                && (outsidePort < 0 || present.outsidePort() == outsidePort);
        if (present != null && same) {
            if (origin == Mapping.Origin.FORWARD) {
                promote(present, until);
            }
            refusal = Refusal.NONE;
            return present;
        }
        if (present != null && (origin != Mapping.Origin.FORWARD || present.origin == Mapping.Origin.FORWARD)) {
            return refuse(Refusal.TAKEN);
        }
        // Looked at first, since a holder that is over is removed by it, and its host perhaps too.
        boolean held =
                outside != null && outsidePort >= 0 && findOutside(outside, inside.kind, outsidePort, now) != null;
        Host host = hosts.obtain(tenant, inside);
        if (host == null) {
            return refuse(Refusal.NO_PORT);
        }
        if (origin == Mapping.Origin.EXPECTED && !mayExpect(host, now)) {
            hosts.release(host);
            return refuse(Refusal.LIMIT);
        }
        OutsideAddress at = outside == null ? host.outside : outside;
        int port = outsidePort >= 0 ? outsidePort : choosePort(host, at, inside, now);
        if (port < 0) {
            hosts.release(host);
            return refuse(Refusal.NO_PORT);
        }
        boolean rests = !at.space(inside.kind).isFree(port, host.hash(), now) && origin != Mapping.Origin.FORWARD;
        if (held || rests || (at.owner() != null && at.owner() != host)) {
            hosts.release(host);
            return refuse(Refusal.TAKEN);
        }
        if (present != null) {
            byInside.remove(present.hash(), present);
        }
        Mapping mapping = add(host, inside, at, port, link, now);
        if (present != null) {
            mapping.displaced = present;
            present.displacedBy = mapping;
        }
        mapping.origin = origin;
        mapping.expiresAt = until;
        mapping.guarded = origin == Mapping.Origin.EXPECTED;
        if (origin == Mapping.Origin.EXPECTED) {
            expectations.add(mapping);
        }
        keep(mapping);
        listener.created(mapping);
        return mapping;
    }

    /**
     * Lets one remote alone come in to a forward, or anybody again; who the host speaks to comes in as ever.
     *
     * @param mapping a forward
     * @param remote the remote's address; 0 for anybody
     */
    public void restrict(Mapping mapping, int remote) {
        mapping.restricted = remote != 0;
        mapping.guarded = remote != 0;
        mapping.pinholes = remote == 0 ? null : new Mapping.Pinhole(remote, 0, Timers.NEVER, null);
    }

    private void promote(Mapping mapping, long until) {
        expectations.settle(mapping);
        mapping.origin = Mapping.Origin.FORWARD;
        mapping.guarded = false;
        mapping.expiresAt = until;
        heap.remove(mapping);
        keep(mapping);
    }

    private void keep(Mapping mapping) {
        if (mapping.expiresAt != Timers.NEVER) {
            heap.moved(mapping);
        }
    }

    /** A host that has as many openings as it may loses the oldest of them. */
    private boolean mayExpect(Host host, long now) {
        if (!expectations.hasRoom()) {
            return false;
        }
        Mapping oldest = expectations.oldestOver(host);
        if (oldest != null) {
            boolean pinned = host.pinned;
            host.pinned = true; // or it would be forgotten with its last mapping
            remove(oldest, now);
            host.pinned = pinned;
        }
        return true;
    }

    private Mapping add(Host host, Endpoint inside, OutsideAddress outside, int port, Object link, long now) {
        long key = insideHash(host.tenant(), inside.kind, inside.high, inside.low, inside.port);
        Mapping mapping = new Mapping(host, ++lastId, inside, outside, port, key, link);
        mapping.expiresAt = now;
        byInside.add(key, mapping);
        outside.space(inside.kind).take(port, mapping);
        mapping.next = host.first;
        if (host.first != null) {
            host.first.previous = mapping;
        }
        host.first = mapping;
        host.mappings++;
        host.tenant().mappings++;
        refusal = Refusal.NONE;
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
        expectations.settle(mapping);
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
     * Takes an opening back: whoever it let in besides the filtering no longer may, and it is kept by its sessions alone.
     *
     * @param mapping the mapping; a forward is left as it is
     * @param now the time
     */
    public void shut(Mapping mapping, long now) {
        if (mapping.origin == Mapping.Origin.EXPECTED) {
            remove(mapping, now);
        } else if (mapping.origin == Mapping.Origin.DYNAMIC) {
            mapping.pinholes = null;
            if (mapping.isKept(now)) {
                mapping.expiresAt = now;
                heap.moved(mapping);
            }
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
     * Removes all mappings of an outside address.
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
