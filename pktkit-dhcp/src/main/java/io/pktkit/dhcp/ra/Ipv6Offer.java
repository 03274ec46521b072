// SPDX-License-Identifier: MIT
package io.pktkit.dhcp.ra;

import io.pktkit.dhcp.internal.DomainNames;
import io.pktkit.wire.IpAddress;
import io.pktkit.wire.IpPrefix;
import io.pktkit.wire.MacAddress;
import java.time.Duration;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * What a network tells its guests about IPv6: the one place from which both router advertisements and DHCPv6 answers are made.
 *
 * @param prefix a /64, of which guests make themselves addresses (RFC 4862)
 * @param routerLifetime for how long the gateway is a default router each time that it says so, 0 if it is none, up to 65535 s
 * @param mtu the link's MTU, 1280 or more
 * @param dnsServers the name servers, at most 16
 * @param searchDomains the domains to search, at most 16 and 888 octets, two more for each than it has letters
 * @param pref64 the prefix by which a NAT64 is reached, for a network without IPv4 (RFC 8781), or null
 */
public record Ipv6Offer(
        IpPrefix prefix,
        Duration routerLifetime,
        int mtu,
        List<IpAddress> dnsServers,
        List<String> searchDomains,
        @Nullable IpPrefix pref64) {
    /** The longest and the usual time between advertisements (RFC 4861 section 6.2.1). */
    public static final Duration MAX_INTERVAL = Duration.ofMinutes(10);

    /** A default router serves for three times as long as it may be silent. */
    public static final Duration USUAL_ROUTER_LIFETIME = MAX_INTERVAL.multipliedBy(3);

    /**
     * How long addresses and name servers hold: RFC 9096 section 3.2 wants hosts to forget, within an hour or so, what a router
     * that is gone has told.
     */
    static final Duration PREFERRED_LIFETIME = Duration.ofMinutes(45);

    static final Duration VALID_LIFETIME = Duration.ofMinutes(90);

    private static final int LINK_PREFIX = 64;
    private static final int MIN_MTU = 1280;
    private static final int MAX_OF_A_KIND = 16;
    private static final int HOP_LIMIT = 64;

    /** With these an advertisement that has all there may be fits the shortest MTU: it must not come in fragments (RFC 6980). */
    private static final int MAX_DOMAIN_OCTETS = 888;

    /**
     * Copies the lists and checks the ranges.
     *
     * @param prefix see above
     * @param routerLifetime see above
     * @param mtu see above
     * @param dnsServers see above
     * @param searchDomains see above
     * @param pref64 see above
     */
    public Ipv6Offer {
        if (prefix.length() != LINK_PREFIX) {
            throw new IllegalArgumentException("hosts make themselves addresses of a /64 only: prefix=" + prefix);
        }
        if (routerLifetime.isNegative() || routerLifetime.toSeconds() > 65_535 || mtu < MIN_MTU) {
            throw new IllegalArgumentException("out of range: routerLifetime=" + routerLifetime + " mtu=" + mtu);
        }
        dnsServers = List.copyOf(dnsServers);
        searchDomains = List.copyOf(searchDomains);
        if (dnsServers.size() > MAX_OF_A_KIND
                || searchDomains.size() > MAX_OF_A_KIND
                || !dnsServers.stream().allMatch(IpAddress::isIpv6)
                || !searchDomains.stream().allMatch(DomainNames::isValid)) {
            throw new IllegalArgumentException("at most 16 IPv6 addresses and 16 domain names: dnsServers=" + dnsServers
                    + " searchDomains=" + searchDomains);
        }
        int octets = DomainNames.encodedLength(searchDomains);
        if (octets > MAX_DOMAIN_OCTETS) {
            throw new IllegalArgumentException("searchDomains must have at most " + MAX_DOMAIN_OCTETS
                    + " octets, two more for each than it has letters: octets=" + octets);
        }
    }

    /**
     * Gives what the router says.
     *
     * @param router its station
     * @return the advertisement
     */
    public RouterAdvertisement advertisement(MacAddress router) {
        AdvertisedPrefix own =
                new AdvertisedPrefix(prefix, true, true, VALID_LIFETIME.toSeconds(), PREFERRED_LIFETIME.toSeconds());
        return new RouterAdvertisement(
                HOP_LIMIT,
                false,
                true,
                (int) routerLifetime.toSeconds(),
                router,
                mtu,
                List.of(own),
                USUAL_ROUTER_LIFETIME.toSeconds(),
                dnsServers,
                searchDomains,
                pref64,
                pref64 == null ? 0 : (int) USUAL_ROUTER_LIFETIME.toSeconds());
    }
}
