// SPDX-License-Identifier: MIT
package io.pktkit.nat.engine;

import io.pktkit.nat.internal.address.Addresses;
import io.pktkit.nat.internal.map.Host;
import io.pktkit.nat.internal.map.Mapping;
import io.pktkit.nat.internal.map.Tenant;
import io.pktkit.wire.IpAddress;
import io.pktkit.wire.IpFamily;
import io.pktkit.wire.IpPrefix;
import io.pktkit.wire.RateLimiter;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * A namespace: a network inside, whose addresses mean nothing in another one, with the links that lead to it. Made by
 * {@link NatEngine#addInside}, and used under the same rule of threads as the engine.
 */
public final class NatInside {

    /** What a router answers: 100 a second, 50 at once. */
    static final int ANSWERS_PER_SECOND = 100;

    static final int ANSWERS_AT_ONCE = 50;

    final Tenant tenant;
    final RateLimiter errors = new RateLimiter(ANSWERS_PER_SECOND, ANSWERS_AT_ONCE);
    final RateLimiter echoes = new RateLimiter(ANSWERS_PER_SECOND, ANSWERS_AT_ONCE);
    final List<NatLink> links = new ArrayList<>();
    boolean closed;

    private final NatEngine engine;
    private IpPrefix ipv4 = IpPrefix.unset(IpFamily.IPV4);
    private IpPrefix ipv6 = IpPrefix.unset(IpFamily.IPV6);
    private List<IpPrefix> routes = List.of();

    /** Null until it has several links and a host sends what is not translated. */
    private @Nullable Sightings sightings;

    /** The IPv4 prefix again, as numbers. */
    private int address;

    private int network;
    private int mask;
    private boolean hasBroadcast;

    NatInside(NatEngine engine, int id) {
        this.engine = engine;
        this.tenant = new Tenant(id, this);
    }

    /** {@return its number, never used twice in an engine} */
    public int id() {
        return tenant.id();
    }

    /**
     * Tells what network this is.
     *
     * @param family the family
     * @return the NAT's own address in it and its prefix; unset if it has none
     */
    public IpPrefix prefix(IpFamily family) {
        return family == IpFamily.IPV4 ? ipv4 : ipv6;
    }

    /**
     * Says what network this is. Only who is in it may send.
     *
     * @param prefix the NAT's own address in it and its prefix
     * @return this
     * @throws IllegalArgumentException if an outside address is in it, or the address is no unicast one
     */
    public NatInside prefix(IpPrefix prefix) {
        if (prefix.family() == IpFamily.IPV6) {
            ipv6 = prefix;
            return this;
        }
        if (prefix.isSet()) {
            engine.checkApart(prefix);
            if (!Addresses.isForwardable(prefix.address())) {
                throw new IllegalArgumentException("prefix must hold a unicast address: prefix=" + prefix);
            }
        }
        ipv4 = prefix;
        address = prefix.address().toIpv4Bits();
        mask = prefix.mask().toIpv4Bits();
        network = address & mask;
        hasBroadcast = prefix.isSet() && prefix.length() < 31;
        return this;
    }

    /**
     * Says what other networks are behind this one. Their hosts may send too.
     *
     * @param prefixes all of them
     * @return this
     * @throws IllegalArgumentException if an outside address is in one of them (RFC 4787 REQ-7)
     */
    public NatInside routes(List<IpPrefix> prefixes) {
        prefixes.forEach(engine::checkApart);
        routes = List.copyOf(prefixes);
        return this;
    }

    /** {@return what other networks are behind this one} */
    public List<IpPrefix> routes() {
        return routes;
    }

    /** {@return its links at this moment} */
    public List<NatLink> links() {
        return List.copyOf(links);
    }

    /** Where a host is: at the link of its latest packet, if that is still there, else at the first. There is one. */
    NatLink linkOf(@Nullable Host host) {
        return host != null && host.link() instanceof NatLink seen && !seen.closed ? seen : links.get(0);
    }

    /** The same for an IPv4 host that may have sent what is not translated, of which there is no mapping. */
    NatLink linkOf(int address, @Nullable Host host) {
        Sightings noted = sightings;
        NatLink seen = noted == null ? null : open(noted.find(address));
        return seen == null ? linkOf(host) : seen;
    }

    /** Notes where an IPv4 host is that has sent what is not translated. */
    void seen(int address, NatLink link) {
        if (links.size() < 2) {
            return; // there is nowhere else
        }
        Sightings noted = sightings == null ? new Sightings() : sightings;
        sightings = noted;
        noted.note(address, link);
    }

    /**
     * Where a mapping leads: to the link of its host's latest packet. Of IPv6, where all of a prefix is one host, it is the mapping's
     * own latest packet that tells. Null if that link is gone; who was never heard is at the first.
     */
    static @Nullable NatLink linkOf(Mapping mapping) {
        Host host = mapping.host();
        NatLink seen = open(host.link());
        if (seen != null && !mapping.isIpv6()) {
            return seen;
        }
        NatLink own = open(mapping.link());
        if (own != null || seen != null || host.link() != null) {
            return own == null ? seen : own;
        }
        List<NatLink> links = ((NatInside) host.tenant().user()).links;
        return links.isEmpty() ? null : links.get(0);
    }

    private static @Nullable NatLink open(@Nullable Object link) {
        return link instanceof NatLink known && !known.closed ? known : null;
    }

    /** {@return how many mappings it has} */
    public int mappings() {
        return tenant.mappings();
    }

    /** {@return the NAT's own IPv4 address in it; 0 if there is none} */
    int address() {
        return address;
    }

    IpAddress addressOf(IpFamily family) {
        return prefix(family).address();
    }

    /** Whether an address is of this network itself. */
    boolean isOnNetwork(int candidate) {
        return ipv4.isSet() && (candidate & mask) == network;
    }

    /** Whether an address is behind this namespace at all. */
    boolean isInside(int candidate) {
        return isOnNetwork(candidate) || isRouted(candidate);
    }

    private boolean isRouted(int candidate) {
        for (int i = 0; i < routes.size(); i++) {
            if (routes.get(i).contains(IpFamily.IPV4, 0, candidate & 0xFFFF_FFFFL)) {
                return true;
            }
        }
        return false;
    }

    /** Whether an IPv6 address is of one of the networks behind. */
    boolean isRouted(long high, long low) {
        for (int i = 0; i < routes.size(); i++) {
            if (routes.get(i).contains(IpFamily.IPV6, high, low)) {
                return true;
            }
        }
        return false;
    }

    /** Whether a host may have this address: neither ours, nor the network's own, nor its broadcast address. */
    boolean mayBeHost(int candidate) {
        if (isOnNetwork(candidate)) {
            return candidate != address && !(hasBroadcast && (candidate == network || candidate == (network | ~mask)));
        }
        return !routes.isEmpty() && Addresses.isForwardable(candidate) && isRouted(candidate);
    }

    /** {@return a line for debugging} */
    @Override
    public String toString() {
        return "NatInside[id=" + id() + ", ipv4=" + ipv4 + ", ipv6=" + ipv6 + "]";
    }
}
