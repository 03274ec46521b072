// SPDX-License-Identifier: MIT
package io.pktkit.nat.internal.map;

import io.pktkit.nat.policy.NatLimits;
import io.pktkit.time.Timers;
import org.jspecify.annotations.Nullable;

/**
 * How mappings come to be: by a packet of a host, or because the owner or a helper asked for one. Who may have one, on which port,
 * and whom it lets in.
 */
public final class MappingMaker {

    /** How much of what is over is looked at before a host is refused, which that shall not be the reason of. */
    private static final int EXPIRED_BEFORE_REFUSAL = 256;

    /** No port that is asked for. */
    private static final int DRAWN = -1;

    private static final int RANGE_PRIVILEGED = 0;
    private static final int RANGE_DYNAMIC = 1;

    private final MappingCore core;
    private final CoreSettings settings;
    private final NatLimits limits;
    private Refusal refusal = Refusal.NONE;
    private int steps;

    /**
     * Creates one that has made nothing yet.
     *
     * @param core where the mappings are
     */
    public MappingMaker(MappingCore core) {
        this.core = core;
        this.settings = core.settings;
        this.limits = settings.limits();
    }

    /** {@return why the latest {@link #open} or {@link #place} failed} */
    public Refusal refusal() {
        return refusal;
    }

    /** {@return how many table slots and words of ports the latest {@link #open} looked at} */
    public int steps() {
        return steps;
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
        steps = core.probes();
        Mapping made = tryOpen(tenant, inside, outsidePort, link, now);
        if (made == null && Timers.isDue(core.nextDeadlineNanos(), now)) {
            core.expire(now, EXPIRED_BEFORE_REFUSAL);
            made = tryOpen(tenant, inside, outsidePort, link, now);
        }
        return made;
    }

    private @Nullable Mapping tryOpen(Tenant tenant, Endpoint inside, int outsidePort, Object link, long now) {
        Host host = core.hosts.obtain(tenant, inside);
        if (host == null) {
            return refuse(Refusal.NO_PORT);
        }
        if (!hasRoom(host) || !core.hosts.mayBegin(host, now)) {
            core.hosts.release(host);
            return refuse(Refusal.LIMIT);
        }
        int port = outsidePort == DRAWN
                ? choosePort(host, host.outside, inside, now)
                : host.outside.space(inside.kind).isFree(outsidePort, host.hash(), now) ? outsidePort : -1;
        if (port < 0) {
            core.hosts.release(host);
            return refuse(Refusal.NO_PORT);
        }
        Mapping mapping = core.add(host, inside, host.outside, port, null, link, now);
        refusal = Refusal.NONE;
        core.listener.created(mapping);
        return mapping;
    }

    /**
     * Makes a mapping because a stranger sent something to a host with an outside address of its own, which is reached on all
     * its ports. It takes nothing of what the host may have until the host speaks from it. Past what strangers may cause it is
     * one for this packet alone, of which nothing is remembered.
     *
     * @param host the host
     * @param inside its endpoint
     * @param remotePort the stranger's port
     * @param begins whether the packet may begin anything
     * @param link where the host is
     * @param now the time
     * @return the mapping, which is removed already if it is for this packet alone; null if the endpoint has another one
     */
    public @Nullable Mapping openUnasked(
            Host host, Endpoint inside, int remotePort, boolean begins, Object link, long now) {
        OutsideAddress outside = host.outside;
        boolean free = outside.space(inside.kind).isFree(inside.port, host.hash(), now)
                && core.findInside(host.tenant(), inside.kind, inside.high, inside.low, inside.port, now) == null;
        if (!free) {
            return null;
        }
        if (!begins || !core.unasked.hasRoom(host)) {
            return core.passing(host, inside, outside, inside.port, link);
        }
        Mapping mapping = core.add(host, inside, outside, inside.port, null, link, now);
        core.sessions().keep(mapping, remotePort, now); // until the host answers, which then keeps it
        core.unasked.add(mapping);
        core.listener.created(mapping);
        return mapping;
    }

    private @Nullable Mapping refuse(Refusal why) {
        refusal = why;
        return null;
    }

    private boolean hasRoom(Host host) {
        Tenant tenant = host.tenant();
        return host.mappings - host.unasked < limits.mappingsPerHost()
                && tenant.mappings - tenant.unasked < limits.mappingsPerNamespace()
                && core.size() - core.unasked.size() < limits.mappings();
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
        Mapping present = core.findInside(tenant, inside.kind, inside.high, inside.low, inside.port, now);
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
                outside != null && outsidePort >= 0 && core.findOutside(outside, inside.kind, outsidePort, now) != null;
        Host host = core.hosts.obtain(tenant, inside);
        if (host == null) {
            return refuse(Refusal.NO_PORT);
        }
        if (origin == Mapping.Origin.EXPECTED && !mayExpect(host, now)) {
            core.hosts.release(host);
            return refuse(Refusal.LIMIT);
        }
        OutsideAddress at = outside == null ? host.outside : outside;
        int port = outsidePort >= 0 ? outsidePort : choosePort(host, at, inside, now);
        if (port < 0) {
            core.hosts.release(host);
            return refuse(Refusal.NO_PORT);
        }
        boolean rests = !at.space(inside.kind).isFree(port, host.hash(), now) && origin != Mapping.Origin.FORWARD;
        if (held || rests || (at.owner() != null && at.owner() != host)) {
            core.hosts.release(host);
            return refuse(Refusal.TAKEN);
        }
        Mapping mapping = core.add(host, inside, at, port, present, link, now);
        refusal = Refusal.NONE;
        mapping.origin = origin;
        mapping.expiresAt = until;
        mapping.guarded = origin == Mapping.Origin.EXPECTED;
        if (origin == Mapping.Origin.EXPECTED) {
            core.expectations.add(mapping);
        }
        keep(mapping);
        core.listener.created(mapping);
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
        core.expectations.settle(mapping);
        core.unasked.settle(mapping);
        mapping.origin = Mapping.Origin.FORWARD;
        mapping.guarded = false;
        mapping.expiresAt = until;
        core.heap.remove(mapping);
        keep(mapping);
    }

    private void keep(Mapping mapping) {
        if (mapping.expiresAt != Timers.NEVER) {
            core.heap.moved(mapping);
        }
    }

    /** Another opening may take the place of an older one. */
    private boolean mayExpect(Host host, long now) {
        Mapping leaving = core.expectations.leaving(host);
        if (leaving != null) {
            boolean pinned = host.pinned;
            host.pinned = true; // or it would be forgotten with its last mapping
            core.remove(leaving, now);
            host.pinned = pinned;
        }
        return core.expectations.hasRoom(host.tenant());
    }

    /**
     * Takes an opening back: whoever it let in besides the filtering no longer may, and it is kept by its sessions alone.
     *
     * @param mapping the mapping; a forward is left as it is
     * @param now the time
     */
    public void shut(Mapping mapping, long now) {
        if (mapping.origin == Mapping.Origin.EXPECTED) {
            core.remove(mapping, now);
        } else if (mapping.origin == Mapping.Origin.DYNAMIC) {
            mapping.pinholes = null;
            if (mapping.isKept(now)) {
                mapping.expiresAt = now;
                core.heap.moved(mapping);
            }
        }
    }
}
