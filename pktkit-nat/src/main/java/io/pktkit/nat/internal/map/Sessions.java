// SPDX-License-Identifier: MIT
package io.pktkit.nat.internal.map;

import io.pktkit.nat.policy.Filtering;
import io.pktkit.nat.policy.NatLimits;
import io.pktkit.time.Timers;
import io.pktkit.wire.KeyedHash;
import org.jspecify.annotations.Nullable;

/** The sessions of all mappings: with whom, until when, and who may begin one from outside. */
public final class Sessions {

    private static final int PORT_OF_A_CONTACT = -1;

    /** How many remotes are let in to a mapping whatever the filtering says. */
    private static final int MAX_PINHOLES = 9;

    private final CoreSettings settings;
    private final NatLimits limits;
    private final KeyedHash hash;
    private final ExpiryHeap heap;
    private final Expectations expectations;
    private final Unasked unasked;
    private final CoreListener listener;
    private final OpenTable<Session> table = new OpenTable<>();
    private final boolean[] byAddress = new boolean[Kind.COUNT];
    private final boolean[] independent = new boolean[Kind.COUNT];
    private int spokenCount;
    private int unspokenCount;

    Sessions(
            CoreSettings settings,
            KeyedHash hash,
            ExpiryHeap heap,
            Expectations expectations,
            Unasked unasked,
            CoreListener listener) {
        this.settings = settings;
        this.limits = settings.limits();
        this.hash = hash;
        this.heap = heap;
        this.expectations = expectations;
        this.unasked = unasked;
        this.listener = listener;
        for (int kind = 0; kind < Kind.COUNT; kind++) {
            byAddress[kind] = settings.filtering().get(kind) == Filtering.ADDRESS_DEPENDENT;
            independent[kind] = settings.filtering().get(kind) == Filtering.ENDPOINT_INDEPENDENT;
        }
    }

    /** {@return how many there are} */
    public int size() {
        return spokenCount + unspokenCount;
    }

    /**
     * Lets a remote come in to a mapping for a while, whatever the filtering says. Of many some are forgotten, but never whom the
     * owner of a forward lets in. A forward for anybody stays as it is: with somebody named, all others would be shut out.
     *
     * @param mapping the mapping
     * @param remote its address; 0 for any
     * @param remotePort its port; 0 for any
     * @param until how long
     */
    public void admit(Mapping mapping, int remote, int remotePort, long until, long now) {
        if (mapping.origin == Mapping.Origin.FORWARD && !mapping.restricted) {
            return;
        }
        Mapping.Pinhole kept = null;
        long latest = until;
        int count = 0;
        for (Mapping.Pinhole each = mapping.pinholes; each != null; each = each.next) {
            boolean always = each.until == Timers.NEVER;
            boolean same = each.remote == remote && each.remotePort == remotePort;
            if (same && (always || each.until - latest > 0)) {
                latest = each.until;
            } else if (!same && (always || (count < MAX_PINHOLES - 1 && each.isLive(now)))) {
                kept = new Mapping.Pinhole(each.remote, each.remotePort, each.until, kept);
                count++;
            }
        }
        mapping.pinholes = new Mapping.Pinhole(remote, remotePort, latest, kept);
        if (mapping.origin != Mapping.Origin.FORWARD && (until - mapping.expiresAt > 0)) {
            mapping.expiresAt = until;
            heap.moved(mapping);
        }
    }

    /**
     * Tells whether a remote can be let in without that another one is forgotten.
     *
     * @param mapping the mapping
     * @param remote its address
     * @param remotePort its port
     * @param now the time
     * @return whether it can
     */
    public boolean mayAdmit(Mapping mapping, int remote, int remotePort, long now) {
        int others = 0;
        for (Mapping.Pinhole each = mapping.pinholes; each != null; each = each.next) {
            boolean same = each.remote == remote && each.remotePort == remotePort;
            others += !same && each.isLive(now) ? 1 : 0;
        }
        return others < MAX_PINHOLES;
    }

    /**
     * Tells whether a remote may come in.
     *
     * @param mapping the mapping
     * @param session its session with the remote, or null
     * @param remote its address
     * @param remotePort its port
     * @param now the time
     * @return whether it may
     */
    public boolean admits(Mapping mapping, @Nullable Session session, int remote, int remotePort, long now) {
        int kind = mapping.kind();
        if ((session != null && session.spoken) || (independent[kind] && !mapping.guarded)) {
            return true;
        }
        if ((mapping.origin == Mapping.Origin.FORWARD && mapping.pinholes == null)
                || mapping.admitsByPinhole(remote, remotePort, now)) {
            return true;
        }
        return byAddress[kind] && find(mapping, remote, PORT_OF_A_CONTACT, now) != null;
    }

    /**
     * Finds a session.
     *
     * @param mapping its mapping
     * @param remote the remote's address
     * @param remotePort the remote's port
     * @param now the time
     * @return the session, live; null if there is none
     */
    public @Nullable Session find(Mapping mapping, int remote, int remotePort, long now) {
        Session recent = mapping.recent;
        if (recent != null && recent.is(mapping, remote, remotePort)) {
            return settle(recent, now) ? recent : null;
        }
        if (mapping.sessions == 0) {
            return null;
        }
        long key = sessionHash(mapping, remote, remotePort);
        for (int at = table.first(key); at != OpenTable.END; at = table.next(at, key)) {
            Session session = table.get(at);
            if (session.is(mapping, remote, remotePort)) {
                if (!settle(session, now)) {
                    return null;
                }
                if (remotePort != PORT_OF_A_CONTACT) {
                    mapping.recent = session;
                }
                return session;
            }
        }
        return null;
    }

    private long sessionHash(Mapping mapping, int remote, int remotePort) {
        return hash.of(mapping.id(), (long) remote << 32 | (remotePort & 0xFFFF_FFFFL));
    }

    /**
     * Begins a session.
     *
     * @param mapping its mapping, which has none with this remote
     * @param remote the remote's address
     * @param remotePort the remote's port
     * @param spoken whether the inside host began it
     * @param now the time
     * @return the session; null if the remote cannot be remembered
     */
    public @Nullable Session begin(Mapping mapping, int remote, int remotePort, boolean spoken, long now) {
        Host host = mapping.host();
        if (spoken ? !hasRoom(mapping, host) : !hasRoomForStrangers(mapping, host)) {
            return null;
        }
        long key = sessionHash(mapping, remote, remotePort);
        Session session = new Session(mapping, remote, remotePort, key);
        session.lifetime = settings.lifetime(mapping.kind(), session.state(), remotePort);
        session.expiresAt = Timers.after(now, session.lifetime);
        table.add(key, session);
        host.sessions++;
        host.tenant().sessions++;
        mapping.sessions++;
        count(mapping, spoken, 1);
        link(session, spoken);
        heap.add(session);
        if (remotePort != PORT_OF_A_CONTACT) {
            mapping.recent = session;
        }
        if (mapping.origin == Mapping.Origin.EXPECTED) {
            expectations.settle(mapping);
        }
        return session;
    }

    private boolean hasRoom(Mapping mapping, Host host) {
        Tenant tenant = host.tenant();
        return spokenCount < limits.sessions()
                && tenant.sessions - tenant.strangers < Share.ofNamespace(limits.sessions())
                && host.sessions - host.strangers < limits.sessionsPerHost()
                && mapping.sessions - mapping.strangers < limits.sessionsPerMapping();
    }

    /** Strangers have a part of their own, so that they can use up nobody else's. */
    private boolean hasRoomForStrangers(Mapping mapping, Host host) {
        int strangers = Share.ofStrangers(limits.sessions());
        return unspokenCount < strangers
                && host.tenant().strangers < Share.ofNamespace(strangers)
                && host.strangers < Share.ofStrangers(limits.sessionsPerHost())
                && mapping.strangers < Share.ofStrangers(limits.sessionsPerMapping());
    }

    private void count(Mapping mapping, boolean spoken, int change) {
        if (spoken) {
            spokenCount += change;
            unasked.settle(mapping);
        } else {
            unspokenCount += change;
            mapping.strangers += change;
            mapping.host().strangers += change;
            mapping.host().tenant().strangers += change;
        }
    }

    /**
     * Lets whoever has a remote's address come in for as long as a session with it may live. That outlives a session which is reset,
     * but keeps no mapping: the port of what has ended is not held for a stranger who might yet come.
     */
    private void contact(Session session, long now) {
        Mapping mapping = session.mapping();
        if (!byAddress[mapping.kind()]) {
            return;
        }
        Session contact = session.contact;
        if (contact == null || contact.removed) {
            contact = find(mapping, session.remote(), PORT_OF_A_CONTACT, now);
        }
        if (contact == null) {
            contact = begin(mapping, session.remote(), PORT_OF_A_CONTACT, true, now);
        }
        session.contact = contact;
        if (contact != null && session.expiresAt - contact.expiresAt > 0) {
            contact.expiresAt = session.expiresAt;
        }
    }

    /**
     * Notes how far a TCP connection is.
     *
     * @param session the session
     * @param state what it is from now on
     */
    public void state(Session session, TcpState state) {
        if (session.state != state) {
            session.state = state;
            session.lifetime = settings.lifetime(session.mapping().kind(), state, session.remotePort());
        }
    }

    /**
     * Notes that the inside host spoke in a session, and lets it live on. Past a limit it stays a stranger's, and what the host says
     * keeps the mapping alone: else strangers, whom hosts answer, would use up what those need (RFC 6888 REQ-5).
     *
     * @param session the session
     * @param now the time
     */
    public void spoke(Session session, long now) {
        Mapping mapping = session.mapping();
        mapping.guarded = mapping.restricted;
        if (!session.spoken && !hasRoom(mapping, mapping.host())) {
            extend(mapping, session.remotePort(), now);
        } else if (!session.spoken) {
            unlink(session);
            count(mapping, false, -1);
            count(mapping, true, 1);
            link(session, true);
        }
        extend(session, now);
    }

    /**
     * Lets a session live for as long as its state says, from now on.
     *
     * @param session the session
     * @param now the time
     */
    public void extend(Session session, long now) {
        long until = Timers.after(now, session.lifetime);
        boolean earlier = until - session.heapKey < 0;
        session.expiresAt = until;
        if (earlier) {
            heap.moved(session);
        }
        if (session.spoken) {
            contact(session, now);
        }
    }

    /**
     * Lets a mapping live for the time of a session, for a remote that is not remembered and that the inside host spoke to.
     *
     * @param mapping the mapping
     * @param remotePort the remote's port
     * @param now the time
     */
    public void extend(Mapping mapping, int remotePort, long now) {
        unasked.settle(mapping);
        keep(mapping, remotePort, now);
    }

    /**
     * Lets a session live on in which the inside host answers by itself whatever it is asked, as with an echo reply: that is not
     * speaking, so that a stranger's mapping stays one.
     *
     * @param session the session
     * @param now the time
     */
    public void answered(Session session, long now) {
        if (session.mapping().unasked) {
            keep(session.mapping(), session.remotePort(), now);
        }
        extend(session, now);
    }

    /** Keeps a mapping for the time of a session. */
    void keep(Mapping mapping, int remotePort, long now) {
        if (mapping.origin != Mapping.Origin.FORWARD) {
            long until = Timers.after(now, settings.lifetime(mapping.kind(), TcpState.INSIDE_SYN, remotePort));
            if (until - mapping.expiresAt > 0) {
                mapping.expiresAt = until;
                heap.moved(mapping);
            }
        }
    }

    /** Whether it lives; what has ended is removed, but an open connection gets another chance. */
    boolean settle(Session session, long now) {
        if (session.isLive(now)) {
            return true;
        }
        if (session.mapping().kind() == Kind.TCP && session.state() == TcpState.ESTABLISHED) {
            state(session, TcpState.TRANSITORY);
            session.expiresAt = Timers.after(session.expiresAt, session.lifetime);
            if (session.isLive(now)) {
                heap.moved(session);
                listener.idle(session, now);
                return true;
            }
        }
        remove(session);
        return false;
    }

    void remove(Session session) {
        if (session.removed) {
            return;
        }
        session.removed = true;
        Mapping mapping = session.mapping();
        table.remove(session.hash(), session);
        heap.remove(session);
        unlink(session);
        count(mapping, session.spoken, -1);
        mapping.sessions--;
        mapping.host().sessions--;
        mapping.host().tenant().sessions--;
        if (mapping.recent == session) {
            mapping.recent = null;
        }
        listener.ended(session);
    }

    private static void link(Session session, boolean spoken) {
        session.spoken = spoken;
        session.previous = null;
        Session first = first(session);
        session.next = first;
        if (first != null) {
            first.previous = session;
        }
        first(session, session);
    }

    private static void unlink(Session session) {
        Session previous = session.previous;
        if (previous != null) {
            previous.next = session.next;
        } else {
            first(session, session.next);
        }
        if (session.next != null) {
            session.next.previous = previous;
        }
    }

    /** The first of the mapping's list that a session is in. */
    private static @Nullable Session first(Session session) {
        Mapping mapping = session.mapping();
        return isContact(session) ? mapping.contacts : session.spoken ? mapping.spoken : mapping.unspoken;
    }

    private static void first(Session session, @Nullable Session first) {
        Mapping mapping = session.mapping();
        if (isContact(session)) {
            mapping.contacts = first;
        } else if (session.spoken) {
            mapping.spoken = first;
        } else {
            mapping.unspoken = first;
        }
    }

    private static boolean isContact(Session session) {
        return session.remotePort() == PORT_OF_A_CONTACT;
    }
}
