// SPDX-License-Identifier: MIT
package io.pktkit.nat.internal.map;

import io.pktkit.time.Timers;
import org.jspecify.annotations.Nullable;

/**
 * An inside endpoint and the outside one that stands for it. It lives while a session that the inside host has spoken in
 * does, and beyond that until {@link #expiresAt()}: for ever, for a forward without a lease.
 */
public final class Mapping extends Timed {

    /** Why a mapping is there. */
    public enum Origin {
        /** The inside host sent something. */
        DYNAMIC,
        /** A helper opened it, and nobody has come yet. */
        EXPECTED,
        /** The owner asked for it. */
        FORWARD
    }

    private final Host host;
    private final long id;
    private final int kind;
    private final boolean ipv6;
    private final long high;
    private final long low;
    private final int port;
    private final OutsideAddress outside;
    private final int outsidePort;
    private final long hash;
    Origin origin;

    /** Where packets to the inside host go. */
    Object link;

    /** What stands for remotes on the inside: the prefix that the host used last, for NAT64. */
    private @Nullable Object via;

    /** Whether only who is in {@link #pinholes} may come in: the inside host has not spoken from here yet. */
    boolean guarded;

    /** Whether it stays so when the host has spoken: the owner of a forward wants nobody else in. */
    boolean restricted;

    @Nullable
    Pinhole pinholes;

    /** The session of the latest packet. */
    @Nullable
    Session recent;

    /** Those that the inside host has spoken in, which keep the mapping alive. */
    @Nullable
    Session spoken;

    /** Those that it has not. */
    @Nullable
    Session unspoken;

    /** Whose addresses may come in from any port, under address-dependent filtering. */
    @Nullable
    Session contacts;

    int sessions;

    /** Those of the sessions that are unspoken. */
    int strangers;

    /** Whether a stranger made it, and the inside host has not spoken from it yet. */
    boolean unasked;

    boolean removed;

    @Nullable
    Mapping previous;

    @Nullable
    Mapping next;

    @Nullable
    Mapping previousExpected;

    @Nullable
    Mapping nextExpected;

    /** The mapping that this one took the endpoint from, whose sessions go on. */
    @Nullable
    Mapping displaced;

    /** The mapping that took this one's endpoint. */
    @Nullable
    Mapping displacedBy;

    private @Nullable Object user;

    /** Who may come in whatever the filtering says. */
    static final class Pinhole {
        final int remote;
        final int remotePort;
        final long until;
        final @Nullable Pinhole next;

        Pinhole(int remote, int remotePort, long until, @Nullable Pinhole next) {
            this.remote = remote;
            this.remotePort = remotePort;
            this.until = until;
            this.next = next;
        }

        boolean admits(int address, int port, long now) {
            return (remote == 0 || remote == address) && (remotePort == 0 || remotePort == port) && isLive(now);
        }

        boolean isLive(long now) {
            return until == Timers.NEVER || until - now > 0;
        }
    }

    Mapping(Host host, long id, Endpoint inside, OutsideAddress outside, int outsidePort, long hash, Object link) {
        this.host = host;
        this.id = id;
        this.kind = inside.kind;
        this.ipv6 = inside.ipv6;
        this.high = inside.high;
        this.low = inside.low;
        this.port = inside.port;
        this.outside = outside;
        this.outsidePort = outsidePort;
        this.hash = hash;
        this.link = link;
        this.origin = Origin.DYNAMIC;
    }

    boolean is(Tenant tenant, int itsKind, long itsHigh, long itsLow, int itsPort) {
        return low == itsLow && port == itsPort && kind == itsKind && host.tenant() == tenant && high == itsHigh;
    }

    /** {@return whose it is} */
    public Host host() {
        return host;
    }

    /** {@return a number that no other mapping has, ever} */
    public long id() {
        return id;
    }

    /** {@return which port space it is in} */
    public int kind() {
        return kind;
    }

    /** {@return whether the inside address is of IPv6} */
    public boolean isIpv6() {
        return ipv6;
    }

    /** {@return the first half of the inside address, 0 for IPv4} */
    public long high() {
        return high;
    }

    /** {@return the last half of the inside address} */
    public long low() {
        return low;
    }

    /** {@return the inside port or identifier} */
    public int port() {
        return port;
    }

    /** {@return the outside address} */
    public OutsideAddress outside() {
        return outside;
    }

    /** {@return the outside port or identifier} */
    public int outsidePort() {
        return outsidePort;
    }

    /** {@return why it is there} */
    public Origin origin() {
        return origin;
    }

    /** {@return where packets to the inside host go} */
    public Object link() {
        return link;
    }

    /**
     * Notes where the inside host is.
     *
     * @param seen where a packet of it came from
     */
    @SuppressWarnings("ReferenceEquality") // spares a write, and is right without
    public void link(Object seen) {
        if (link != seen) {
            link = seen;
        }
        host.link(seen);
    }

    /** {@return the mapping that the endpoint had before a forward; its sessions go on until they end} */
    public @Nullable Mapping displaced() {
        return displaced;
    }

    /** {@return what stands for remotes on the inside; null for NAT44} */
    public @Nullable Object via() {
        return via;
    }

    /**
     * Notes what stands for remotes on the inside.
     *
     * @param prefix what the host used
     */
    @SuppressWarnings("ReferenceEquality") // spares a write, and is right without
    public void via(Object prefix) {
        if (via != prefix) {
            via = prefix;
        }
    }

    /** {@return how many remotes it has} */
    public int sessions() {
        return sessions;
    }

    /** {@return whether it is gone} */
    public boolean isRemoved() {
        return removed;
    }

    /** {@return what the owner of the core keeps with it} */
    public @Nullable Object user() {
        return user;
    }

    /**
     * Keeps something with it.
     *
     * @param kept anything
     */
    public void user(@Nullable Object kept) {
        user = kept;
    }

    long hash() {
        return hash;
    }

    /** Whether it is kept beyond its sessions. */
    boolean isKept(long now) {
        return expiresAt == Timers.NEVER || expiresAt - now > 0;
    }

    boolean admitsByPinhole(int remote, int remotePort, long now) {
        for (Pinhole hole = pinholes; hole != null; hole = hole.next) {
            if (hole.admits(remote, remotePort, now)) {
                return true;
            }
        }
        return false;
    }
}
