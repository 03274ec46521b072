// SPDX-License-Identifier: MIT
package io.pktkit.dhcp.ra;

import io.pktkit.dhcp.internal.DomainNames;
import io.pktkit.wire.IcmpMessage;
import io.pktkit.wire.IpAddress;
import io.pktkit.wire.IpPrefix;
import io.pktkit.wire.MacAddress;
import io.pktkit.wire.Packet;
import java.nio.ByteBuffer;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * A router advertisement (RFC 4861 section 4.2) with the options that tell hosts of a link what they need. Immutable. Options that
 * are not listed here are passed over when read.
 *
 * @param hopLimit what hosts begin with, 0 for their own choice, up to 255
 * @param managed whether there are addresses by DHCPv6
 * @param otherConfiguration whether there is other configuration by DHCPv6
 * @param routerLifetimeSeconds how long the router serves as a default one, 0 if it does not, up to 65535
 * @param sourceMac the router's station, or null
 * @param mtu the link's MTU, 0 for none
 * @param prefixes the link's prefixes
 * @param dnsLifetimeSeconds how long servers and domains hold (RFC 8106), 0 to {@link #FOREVER}
 * @param dnsServers the name servers, at most 127
 * @param searchDomains the domains to search, at most 2032 octets, two more for each than it has letters
 * @param pref64 the prefix by which a NAT64 is reached (RFC 8781), or null
 * @param pref64LifetimeSeconds how long it holds, 0 to 65528, rounded up to a multiple of 8 on the wire
 */
public record RouterAdvertisement(
        int hopLimit,
        boolean managed,
        boolean otherConfiguration,
        int routerLifetimeSeconds,
        @Nullable MacAddress sourceMac,
        int mtu,
        List<AdvertisedPrefix> prefixes,
        long dnsLifetimeSeconds,
        List<IpAddress> dnsServers,
        List<String> searchDomains,
        @Nullable IpPrefix pref64,
        int pref64LifetimeSeconds) {
    /** A time without an end. */
    public static final long FOREVER = 0xFFFF_FFFFL;

    /** All nodes of a link (RFC 4291 section 2.7.1). */
    public static final IpAddress ALL_NODES = IpAddress.parse("ff02::1");

    /** All routers of a link. */
    public static final IpAddress ALL_ROUTERS = IpAddress.parse("ff02::2");

    /**
     * Copies the lists and checks the ranges.
     *
     * @param hopLimit see above
     * @param managed see above
     * @param otherConfiguration see above
     * @param routerLifetimeSeconds see above
     * @param sourceMac see above
     * @param mtu see above
     * @param prefixes see above
     * @param dnsLifetimeSeconds see above
     * @param dnsServers see above
     * @param searchDomains see above
     * @param pref64 with a length of 32, 40, 48, 56, 64 or 96 (RFC 6052)
     * @param pref64LifetimeSeconds see above
     */
    public RouterAdvertisement {
        if (hopLimit < 0
                || hopLimit > 255
                || routerLifetimeSeconds < 0
                || routerLifetimeSeconds > 65_535
                || mtu < 0
                || pref64LifetimeSeconds < 0
                || pref64LifetimeSeconds > RaOptions.MAX_PREF64_SECONDS) {
            throw new IllegalArgumentException("out of range: hopLimit=" + hopLimit + " routerLifetimeSeconds="
                    + routerLifetimeSeconds + " mtu=" + mtu + " pref64LifetimeSeconds=" + pref64LifetimeSeconds);
        }
        checkSeconds("dnsLifetimeSeconds", dnsLifetimeSeconds);
        int octets = DomainNames.encodedLength(searchDomains);
        if (dnsServers.size() > RaOptions.MAX_SERVERS || octets > RaOptions.MAX_DOMAIN_OCTETS) {
            throw new IllegalArgumentException("more than an option holds: dnsServers=" + dnsServers.size()
                    + " octets of searchDomains=" + octets);
        }
        if (pref64 != null && RaOptions.pref64Code(pref64.length()) < 0) {
            throw new IllegalArgumentException("not a prefix of NAT64: pref64=" + pref64);
        }
        prefixes = List.copyOf(prefixes);
        dnsServers = List.copyOf(dnsServers);
        searchDomains = List.copyOf(searchDomains);
    }

    static void checkSeconds(String name, long seconds) {
        if (seconds < 0 || seconds > FOREVER) {
            throw new IllegalArgumentException("out of 0 to 4294967295: " + name + "=" + seconds);
        }
    }

    /**
     * Reads an advertisement, and judges it as RFC 4861 section 6.1.2 wants a host to.
     *
     * @param packet a whole packet, lent
     * @return the advertisement, or null if it is none, or not valid
     */
    public static @Nullable RouterAdvertisement parse(Packet packet) {
        IcmpMessage message =
                RaOptions.validMessage(packet, IcmpMessage.V6_ROUTER_ADVERTISEMENT, RaOptions.HEADER_LENGTH);
        return message == null || !packet.source().isLinkLocal()
                ? null
                : RaOptions.read(message.buffer(), message.offset(), message.length());
    }

    /**
     * Builds the packet.
     *
     * @param source the router's link-local address
     * @param destination a host's address or {@link #ALL_NODES}
     * @return the packet, from position to limit
     */
    public ByteBuffer toPacket(IpAddress source, IpAddress destination) {
        return RaOptions.toPacket(this, source, destination);
    }

    /**
     * Gives what a router says when it leaves (RFC 4861 section 6.2.5): it is no default router any more, its addresses are for
     * what they are in use for already, its name servers are gone.
     *
     * @return a copy that says so
     */
    public RouterAdvertisement ending() {
        List<AdvertisedPrefix> fading = prefixes.stream()
                .map(each ->
                        new AdvertisedPrefix(each.prefix(), each.onLink(), each.autonomous(), each.validSeconds(), 0))
                .toList();
        return new RouterAdvertisement(
                hopLimit,
                managed,
                otherConfiguration,
                0,
                sourceMac,
                mtu,
                fading,
                0,
                dnsServers,
                searchDomains,
                pref64,
                0);
    }
}
