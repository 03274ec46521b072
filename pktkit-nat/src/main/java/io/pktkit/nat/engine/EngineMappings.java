// SPDX-License-Identifier: MIT
package io.pktkit.nat.engine;

import io.pktkit.nat.internal.address.Addresses;
import io.pktkit.nat.internal.map.Endpoint;
import io.pktkit.nat.internal.map.Kind;
import io.pktkit.nat.internal.map.Mapping;
import io.pktkit.nat.internal.map.MappingCore;
import io.pktkit.nat.internal.map.OutsideAddress;
import io.pktkit.nat.internal.map.Refusal;
import io.pktkit.nat.observe.NatForwardException;
import io.pktkit.nat.observe.NatMapping;
import io.pktkit.nat.policy.Prefix64;
import io.pktkit.time.Timers;
import io.pktkit.wire.IpAddress;
import io.pktkit.wire.IpFamily;
import io.pktkit.wire.IpProtocol;
import java.time.Duration;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** The mappings of a {@link NatEngine}: what is asked for and looked up beside packets. Under the engine's rule of threads. */
public final class EngineMappings {

    private final MappingCore core;
    private final Shared shared;
    private final Outbound64 outbound64;
    private final Endpoint endpoint = new Endpoint();

    EngineMappings(Shared shared, Outbound64 outbound64) {
        this.core = shared.core;
        this.shared = shared;
        this.outbound64 = outbound64;
    }

    /**
     * Forwards an outside port to an inside endpoint. What that host sends from there leaves from the same port. The same
     * forward again renews it, and keeps its sessions. Of several links it leads to that of the host's latest packet, or if
     * there was none to the first.
     *
     * @param inside the namespace
     * @param protocol TCP or UDP
     * @param outside an address of ours
     * @param outsidePort 1 to 65535
     * @param host an address of the namespace; of IPv6 too, if there is a prefix that stands for IPv4
     * @param hostPort 1 to 65535
     * @param lease how long; zero for ever
     * @param nowNanos the time
     * @return the mapping
     * @throws NatForwardException if it cannot be; the reason tells
     */
    public NatMapping forward(
            NatInside inside,
            int protocol,
            IpAddress outside,
            int outsidePort,
            IpAddress host,
            int hostPort,
            Duration lease,
            long nowNanos)
            throws NatForwardException {
        return forward(inside, protocol, outside, outsidePort, host, hostPort, null, null, lease, nowNanos);
    }

    /**
     * Forwards an outside port to an inside endpoint, as above, for one remote alone. Others still come in where the host
     * has spoken to them from there.
     *
     * @param inside the namespace
     * @param protocol TCP or UDP
     * @param outside an address of ours
     * @param outsidePort 1 to 65535
     * @param host an address of the namespace; of IPv6 too, if there is a prefix that stands for IPv4
     * @param hostPort 1 to 65535
     * @param from the IPv4 address outside that may come in; null for any
     * @param at the link where the host has just been heard; null if it has not
     * @param lease how long; zero for ever
     * @param nowNanos the time
     * @return the mapping
     * @throws NatForwardException if it cannot be; the reason tells
     */
    public NatMapping forward(
            NatInside inside,
            int protocol,
            IpAddress outside,
            int outsidePort,
            IpAddress host,
            int hostPort,
            @Nullable IpAddress from,
            @Nullable NatLink at,
            Duration lease,
            long nowNanos)
            throws NatForwardException {
        boolean sensible = (protocol == IpProtocol.TCP || protocol == IpProtocol.UDP)
                && outsidePort > 0
                && outsidePort <= 65_535
                && hostPort > 0
                && hostPort <= 65_535
                && !lease.isNegative();
        if (!sensible || !isReachable(inside, at) || !mayBeHost(inside, host)) {
            throw new IllegalArgumentException("a forward needs TCP or UDP, two ports, and a host of a namespace with a"
                    + " link: protocol=" + protocol + " outsidePort=" + outsidePort + " host=" + host + " hostPort="
                    + hostPort + " inside=" + inside);
        }
        OutsideAddress ours = outside.isIpv4() ? core.outsides().find(outside.toIpv4Bits()) : null;
        if (ours == null || ours.owner() != null) {
            throw new NatForwardException(
                    NatForwardException.Reason.NOT_OUR_ADDRESS, "not a shared address of ours: outside=" + outside);
        }
        long until = lease.isZero() ? Timers.NEVER : Timers.after(nowNanos, lease);
        endpoint.set(Kind.of(protocol), host.isIpv6(), host.high(), host.low(), hostPort);
        Mapping holder = core.findOutside(ours, Kind.of(protocol), outsidePort, nowNanos);
        NatLink link = link(inside, at);
        Mapping made = shared.maker.place(
                inside.tenant, endpoint, ours, outsidePort, Mapping.Origin.FORWARD, until, link, nowNanos);
        if (made == null) {
            throw refused(holder, outside, outsidePort, host, hostPort);
        }
        if (at != null) {
            made.link(link);
        }
        shared.maker.restrict(made, from == null ? 0 : from.toIpv4Bits());
        return view(made);
    }

    /** Whether a namespace has links, of which the one that is named is one, or was. */
    private static boolean isReachable(NatInside inside, @Nullable NatLink at) {
        return !inside.links.isEmpty() && (at == null || at.inside == inside);
    }

    /** Where the host of the endpoint is. */
    private NatLink link(NatInside inside, @Nullable NatLink at) {
        return at != null && !at.closed ? at : inside.linkOf(core.findHost(inside.tenant, endpoint));
    }

    private static NatForwardException refused(
            @Nullable Mapping holder, IpAddress outside, int outsidePort, IpAddress host, int hostPort) {
        NatForwardException.Reason reason = holder == null
                ? NatForwardException.Reason.ENDPOINT_HAS_FORWARD
                : holder.origin() == Mapping.Origin.FORWARD
                        ? NatForwardException.Reason.FORWARDED_TO_ANOTHER
                        : NatForwardException.Reason.PORT_IN_USE;
        return new NatForwardException(
                reason, reason + ": outside=" + outside + ":" + outsidePort + " host=" + host + ":" + hostPort);
    }

    /**
     * Makes the mapping that a host would make by sending to a remote, or keeps the one that it has, and lets that remote in for a
     * time whatever the filtering says (PEER, RFC 6887 section 12). Nothing ends sooner by it, and afterwards the mapping lives by
     * being used. A forward is left as it is.
     *
     * @param inside the namespace
     * @param protocol TCP or UDP
     * @param host an address of the namespace; of IPv6 too, if there is a prefix that stands for IPv4
     * @param hostPort 1 to 65535
     * @param remote where to, as the host sees it
     * @param remotePort 1 to 65535
     * @param outside the address that the mapping shall have; null for the one that the host is paired with
     * @param outsidePort the port that it shall have; 0 to draw one
     * @param at the link where the host has just been heard; null if it has not
     * @param lifetime how long
     * @param nowNanos the time
     * @return the mapping
     * @throws NatForwardException if it cannot be; the reason tells
     */
    public NatMapping peer(
            NatInside inside,
            int protocol,
            IpAddress host,
            int hostPort,
            IpAddress remote,
            int remotePort,
            @Nullable IpAddress outside,
            int outsidePort,
            @Nullable NatLink at,
            Duration lifetime,
            long nowNanos)
            throws NatForwardException {
        Prefix64 prefix = remote.isIpv6() ? shared.prefix64(remote.high(), remote.low()) : null;
        IpAddress far = prefix == null ? remote : prefix.extract(remote);
        boolean sensible = (protocol == IpProtocol.TCP || protocol == IpProtocol.UDP)
                && hostPort > 0
                && hostPort <= 65_535
                && remotePort > 0
                && remotePort <= 65_535
                && outsidePort >= 0
                && outsidePort <= 65_535
                && host.family() == remote.family()
                && Addresses.isForwardable(far)
                && !lifetime.isNegative();
        if (!sensible || !isReachable(inside, at) || !mayBeHost(inside, host)) {
            throw new IllegalArgumentException(
                    "needs TCP or UDP, a host of a namespace with a link, and a remote that it can"
                            + " send to: protocol=" + protocol + " host=" + host + " hostPort=" + hostPort + " remote="
                            + remote
                            + " remotePort=" + remotePort + " outsidePort=" + outsidePort + " inside=" + inside);
        }
        int kind = Kind.of(protocol);
        long high = host.isIpv6() ? host.high() : 0;
        endpoint.set(kind, host.isIpv6(), high, host.low(), hostPort);
        Mapping mapping = core.findInside(inside.tenant, kind, high, host.low(), hostPort, nowNanos);
        boolean fresh = mapping == null;
        NatLink link = link(inside, at);
        if (mapping == null) {
            int wanted = outsidePort == 0 ? -1 : outsidePort;
            mapping = shared.maker.open(inside.tenant, endpoint, wanted, link, nowNanos);
        }
        if (mapping == null) {
            throw refused(
                    shared.maker.refusal() == Refusal.LIMIT
                            ? NatForwardException.Reason.LIMIT
                            : outsidePort != 0
                                    ? NatForwardException.Reason.PORT_IN_USE
                                    : NatForwardException.Reason.NO_PORT,
                    host,
                    hostPort);
        }
        NatForwardException.Reason why = null;
        if (outside != null
                && !outside.equals(IpAddress.ofIpv4(mapping.outside().address()))) {
            why = NatForwardException.Reason.NOT_OUR_ADDRESS;
        } else if (outsidePort != 0 && outsidePort != mapping.outsidePort()) {
            why = NatForwardException.Reason.PORT_IN_USE;
        } else if (!core.sessions().mayAdmit(mapping, far.toIpv4Bits(), remotePort, nowNanos)) {
            why = NatForwardException.Reason.LIMIT;
        }
        if (why != null) {
            if (fresh) {
                core.remove(mapping, nowNanos);
            }
            throw refused(why, host, hostPort);
        }
        if (prefix != null) {
            mapping.via(prefix);
        }
        if (at != null) {
            mapping.link(link);
        }
        if (mapping.origin() != Mapping.Origin.FORWARD) {
            long until = Timers.after(nowNanos, lifetime);
            core.sessions().admit(mapping, far.toIpv4Bits(), remotePort, until, nowNanos);
        }
        return view(mapping);
    }

    private static NatForwardException refused(NatForwardException.Reason reason, IpAddress host, int hostPort) {
        return new NatForwardException(reason, reason + ": host=" + host + ":" + hostPort);
    }

    private boolean mayBeHost(NatInside inside, IpAddress host) {
        return host.isIpv4()
                ? inside.mayBeHost(host.toIpv4Bits())
                : shared.firstPrefix64() != null && outbound64.mayBeHost(inside, host.high(), host.low());
    }

    /**
     * Removes a mapping with its sessions: a forward, or any other.
     *
     * @param mapping as it was made or listed
     * @param nowNanos the time
     * @return false if it was gone already
     */
    public boolean remove(NatMapping mapping, long nowNanos) {
        OutsideAddress at = core.outsides().find(mapping.outside().toIpv4Bits());
        int kind = Kind.of(mapping.protocol());
        int port = kind == Kind.OTHER ? mapping.protocol() : mapping.outsidePort();
        Mapping holder = at == null ? null : core.findOutside(at, kind, port, nowNanos);
        if (holder == null || holder.id() != mapping.id()) {
            return false;
        }
        core.remove(holder, nowNanos);
        return true;
    }

    /**
     * Gives a host an outside address of its own: all ports alike inside and outside, for it alone (Basic NAT, RFC 3022).
     *
     * @param inside the namespace
     * @param host an IPv4 address of the namespace, without mappings
     * @param outside an address of ours that nobody uses
     * @throws IllegalStateException if the host or the address has mappings already
     */
    public void oneToOne(NatInside inside, IpAddress host, IpAddress outside) {
        OutsideAddress at = outside.isIpv4() ? core.outsides().find(outside.toIpv4Bits()) : null;
        if (at == null || !host.isIpv4() || !inside.mayBeHost(host.toIpv4Bits())) {
            throw new IllegalArgumentException("needs a host of the namespace and an address of ours: host=" + host
                    + " outside=" + outside + " inside=" + inside);
        }
        boolean used = core.all().stream().anyMatch(mapping -> mapping.outside() == at);
        endpoint.set(Kind.OTHER, false, 0, host.low(), 0);
        if (used || at.owner() != null || core.own(inside.tenant, endpoint, at) == null) {
            throw new IllegalStateException(
                    "host or address has mappings already: host=" + host + " outside=" + outside);
        }
    }

    /**
     * Finds the mapping of an inside endpoint.
     *
     * @param inside the namespace
     * @param protocol TCP or UDP
     * @param host an address of the namespace
     * @param hostPort its port
     * @param nowNanos the time
     * @return the mapping; null if there is none
     */
    public @Nullable NatMapping find(NatInside inside, int protocol, IpAddress host, int hostPort, long nowNanos) {
        Mapping found = core.findInside(
                inside.tenant, Kind.of(protocol), host.isIpv6() ? host.high() : 0, host.low(), hostPort, nowNanos);
        return found == null ? null : view(found);
    }

    /**
     * Finds who has an outside port.
     *
     * @param protocol TCP or UDP
     * @param outside an address
     * @param outsidePort its port
     * @param nowNanos the time
     * @return the mapping; null if nobody has it, or the address is not ours
     */
    public @Nullable NatMapping findOutside(int protocol, IpAddress outside, int outsidePort, long nowNanos) {
        OutsideAddress at = outside.isIpv4() ? core.outsides().find(outside.toIpv4Bits()) : null;
        Mapping found = at == null ? null : core.findOutside(at, Kind.of(protocol), outsidePort, nowNanos);
        return found == null ? null : view(found);
    }

    /** {@return all mappings, oldest first} */
    public List<NatMapping> list() {
        return core.all().stream().map(EngineMappings::view).toList();
    }

    /** What is told of a mapping. */
    static NatMapping view(Mapping mapping) {
        int protocol = Kind.protocol(mapping.kind(), mapping.port());
        boolean ports = mapping.kind() != Kind.OTHER;
        return new NatMapping(
                mapping.id(),
                mapping.host().tenant().id(),
                protocol,
                IpAddress.of(mapping.isIpv6() ? IpFamily.IPV6 : IpFamily.IPV4, mapping.high(), mapping.low()),
                ports ? mapping.port() : 0,
                IpAddress.ofIpv4(mapping.outside().address()),
                ports ? mapping.outsidePort() : 0,
                switch (mapping.origin()) {
                    case DYNAMIC -> NatMapping.Origin.DYNAMIC;
                    case EXPECTED -> NatMapping.Origin.EXPECTED;
                    case FORWARD -> NatMapping.Origin.FORWARD;
                },
                mapping.sessions());
    }
}
