// SPDX-License-Identifier: MIT
package io.pktkit.l2adapter.internal;

import io.pktkit.dhcp.ra.InterfaceIdentifier;
import io.pktkit.l2adapter.internal.link.AddressUse;
import io.pktkit.wire.IpAddress;
import io.pktkit.wire.IpFamily;
import io.pktkit.wire.IpPrefix;
import io.pktkit.wire.MacAddress;
import io.pktkit.wire.Packet;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * The host's own addresses, its subnets and gateways, and what follows from them: whose an address is, and where a
 * packet goes next. The addresses are the L3 device's, read at each use, so that changing them there is enough. Beside
 * them the host has the IPv6 link-local address that its MAC address gives (RFC 4291 appendix A). Any thread.
 */
public final class HostAddresses {

    /** How a packet leaves. */
    enum Route {
        /** In a broadcast frame. */
        BROADCAST,
        /** In a frame to the group that its destination maps to. */
        MULTICAST,
        /** To the destination itself. */
        ON_LINK,
        /** To the gateway of its family. */
        GATEWAY,
        /** Nowhere: there is no router for it. */
        NO_ROUTE,
        /** Nowhere: the destination is no address to send to on a link. */
        MARTIAN
    }

    private static final long LIMITED_BROADCAST = 0xFFFF_FFFFL;

    private final IpSide host;
    private final IpAddress linkLocal;
    private volatile @Nullable IpAddress ipv4Gateway;
    private volatile @Nullable IpAddress ipv6Gateway;

    /** The IPv6 addresses of which not everything may be done yet, or at all. Almost always empty. */
    private volatile Map<IpAddress, AddressUse> limits = Map.of();

    private volatile boolean isAnyBarred;

    /**
     * Reads the addresses of a host.
     *
     * @param host has the addresses
     * @param mac gives the link-local one
     */
    public HostAddresses(IpSide host, MacAddress mac) {
        this.host = host;
        this.linkLocal = InterfaceIdentifier.linkLocal(mac);
    }

    /** {@return the IPv6 link-local address, which the adapter answers for} */
    public IpAddress linkLocal() {
        return linkLocal;
    }

    void gateway(IpFamily family, @Nullable IpAddress gateway) {
        if (family == IpFamily.IPV4) {
            ipv4Gateway = gateway;
        } else {
            ipv6Gateway = gateway;
        }
    }

    /**
     * Tells the gateway of a family.
     *
     * @param family the family
     * @return its address, or null for none
     */
    public @Nullable IpAddress gateway(IpFamily family) {
        return family == IpFamily.IPV4 ? ipv4Gateway : ipv6Gateway;
    }

    void limits(Map<IpAddress, AddressUse> found) {
        limits = Map.copyOf(found);
        isAnyBarred = found.containsValue(AddressUse.BARRED);
    }

    /** What may be done with one of the host's own addresses. */
    AddressUse use(IpAddress own) {
        return limits.getOrDefault(own, AddressUse.FULL);
    }

    /** Whether a packet comes from an address of ours that is not to be used. */
    boolean isFromBarred(Packet packet) {
        return isAnyBarred && packet.isIpv6() && use(packet.source()) == AddressUse.BARRED;
    }

    /** The host's own address; null if it has none to use. For IPv6 the configured one, else the link-local one. */
    @Nullable
    IpAddress own(IpFamily family) {
        IpPrefix prefix = host.prefix(family);
        if (hasAddress(prefix) && use(prefix.address()) != AddressUse.BARRED) {
            return prefix.address();
        }
        return family == IpFamily.IPV6 ? usableLinkLocal() : null;
    }

    /** The link-local address, or null if it is not to be used. */
    @Nullable
    IpAddress usableLinkLocal() {
        return use(linkLocal) == AddressUse.BARRED ? null : linkLocal;
    }

    /** The own address that an IPv6 neighbour is asked from: one of the same scope, so that it can answer on the link. */
    @Nullable
    IpAddress ipv6SourceFor(long targetHigh) {
        IpAddress ofLink = usableLinkLocal();
        return isIpv6LinkLocal(targetHigh) && ofLink != null ? ofLink : own(IpFamily.IPV6);
    }

    boolean isOwn(IpFamily family, long high, long low) {
        IpPrefix prefix = host.prefix(family);
        if (hasAddress(prefix)
                && prefix.address().low() == low
                && prefix.address().high() == high) {
            return true;
        }
        return family == IpFamily.IPV6 && linkLocal.low() == low && linkLocal.high() == high;
    }

    /** Whether a neighbour with this address may be learned: a unicast address on our own link, and not our own. */
    boolean isNeighbor(IpFamily family, long high, long low) {
        if (isOwn(family, high, low) || isMartian(family, high, low) || isGroup(family, high, low)) {
            return false;
        }
        if (isLinkLocal(family, high, low)) {
            return true;
        }
        IpPrefix prefix = host.prefix(family);
        return hasAddress(prefix)
                && prefix.contains(family, high, low)
                && !(family == IpFamily.IPV4 && isSubnetEdge(prefix, low));
    }

    /** Whether a received packet is for a group or for everybody on the link. */
    boolean isForMany(Packet packet) {
        if (packet.isIpv6()) {
            return isGroup(IpFamily.IPV6, packet.destinationHigh(), packet.destinationLow());
        }
        long low = packet.destinationLow();
        return isGroup(IpFamily.IPV4, 0, low) || isDirectedBroadcast(host.prefix(IpFamily.IPV4), low);
    }

    Route route(Packet packet) {
        return packet.isIpv4() ? ipv4Route(packet.destinationLow()) : ipv6Route(packet);
    }

    private Route ipv4Route(long dst) {
        if (dst == LIMITED_BROADCAST) {
            return Route.BROADCAST;
        }
        if (isGroup(IpFamily.IPV4, 0, dst)) {
            return Route.MULTICAST;
        }
        IpPrefix prefix = host.prefix(IpFamily.IPV4);
        if (isMartian(IpFamily.IPV4, 0, dst)
                || (prefix.isSet() && prefix.address().low() == dst)) {
            return Route.MARTIAN;
        }
        if (prefix.isSet() && prefix.contains(IpFamily.IPV4, 0, dst)) {
            return isDirectedBroadcast(prefix, dst) ? Route.BROADCAST : Route.ON_LINK;
        }
        // Link-local destinations are never sent to a router, RFC 3927 section 2.6.2.
        if (isLinkLocal(IpFamily.IPV4, 0, dst) || !prefix.isSet() || ipv4Gateway == null) {
            return Route.ON_LINK;
        }
        return Route.GATEWAY;
    }

    private Route ipv6Route(Packet packet) {
        long high = packet.destinationHigh();
        long low = packet.destinationLow();
        if (isGroup(IpFamily.IPV6, high, low)) {
            return Route.MULTICAST;
        }
        if (isMartian(IpFamily.IPV6, high, low) || isOwn(IpFamily.IPV6, high, low)) {
            return Route.MARTIAN;
        }
        IpPrefix prefix = host.prefix(IpFamily.IPV6);
        if (isIpv6LinkLocal(high) || (prefix.isSet() && prefix.contains(IpFamily.IPV6, high, low))) {
            return Route.ON_LINK;
        }
        // Without a router nothing may be taken to be on the link: RFC 4943, RFC 4861 section 5.2.
        return ipv6Gateway == null ? Route.NO_ROUTE : Route.GATEWAY;
    }

    /** The MAC address of an IP group: RFC 1112 section 6.4, RFC 2464 section 7. */
    static long groupMac(Packet packet) {
        return packet.isIpv4()
                ? 0x0100_5E00_0000L | (packet.destinationLow() & 0x7F_FFFF)
                : ipv6GroupMac(packet.destinationLow());
    }

    static long ipv6GroupMac(long low) {
        return 0x3333_0000_0000L | (low & 0xFFFF_FFFFL);
    }

    private static boolean hasAddress(IpPrefix prefix) {
        return prefix.isSet() && !prefix.address().isUnspecified();
    }

    /** Unspecified or loopback; for IPv4 all of 0/8 and 127/8, RFC 1122 section 3.2.1.3. */
    private static boolean isMartian(IpFamily family, long high, long low) {
        if (family == IpFamily.IPV4) {
            long net = low >>> 24;
            return net == 0 || net == 127;
        }
        return high == 0 && (low == 0 || low == 1);
    }

    private static boolean isGroup(IpFamily family, long high, long low) {
        return family == IpFamily.IPV4 ? low >>> 28 == 0xE || low == LIMITED_BROADCAST : high >>> 56 == 0xFF;
    }

    private static boolean isLinkLocal(IpFamily family, long high, long low) {
        return family == IpFamily.IPV4 ? low >>> 16 == 0xA9FE : isIpv6LinkLocal(high);
    }

    private static boolean isIpv6LinkLocal(long high) {
        return high >>> 54 == 0xFE80 >>> 6;
    }

    /** Whether it is the network or broadcast address of a subnet that has such. */
    private static boolean isSubnetEdge(IpPrefix prefix, long low) {
        return prefix.length() < 31 && (isAllOnes(prefix, low) || (low & hostBits(prefix)) == 0);
    }

    /** Whether it means everybody in the subnet, RFC 919; subnets of two addresses or one have no such, RFC 3021. */
    private static boolean isDirectedBroadcast(IpPrefix prefix, long low) {
        return prefix.isSet()
                && prefix.length() < 31
                && prefix.contains(IpFamily.IPV4, 0, low)
                && isAllOnes(prefix, low);
    }

    private static boolean isAllOnes(IpPrefix prefix, long low) {
        return (low & hostBits(prefix)) == hostBits(prefix);
    }

    private static long hostBits(IpPrefix prefix) {
        return LIMITED_BROADCAST >>> prefix.length(); // a long, so that a length of 32 gives none
    }
}
