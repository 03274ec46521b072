// SPDX-License-Identifier: MIT
package io.pktkit.slirp.internal;

import io.pktkit.slirp.EgressPolicy;
import io.pktkit.wire.IpAddress;
import io.pktkit.wire.IpPrefix;
import java.util.List;
import java.util.function.Predicate;

/** Public unicast addresses, after the special-purpose registries of RFC 6890. Immutable. */
public final class PublicInternet implements EgressPolicy {
    private static final List<IpPrefix> DENIED_IPV4 = prefixes(
            "0.0.0.0/8", // this network
            "10.0.0.0/8", // private
            "100.64.0.0/10", // shared with the carrier
            "127.0.0.0/8", // loopback
            "169.254.0.0/16", // link-local, metadata services
            "172.16.0.0/12", // private
            "192.0.0.0/24", // protocol assignments
            "192.0.2.0/24", // documentation
            "192.88.99.0/24", // 6to4 relays, withdrawn by RFC 7526
            "192.168.0.0/16", // private
            "198.18.0.0/15", // benchmarks
            "198.51.100.0/24", // documentation
            "203.0.113.0/24", // documentation
            "224.0.0.0/4", // multicast
            "240.0.0.0/4"); // reserved, limited broadcast

    /** Of IPv6, only this is handed out as global unicast; loopback, fe80::/10, fc00::/7 and multicast lie outside. */
    private static final IpPrefix GLOBAL_UNICAST = IpPrefix.parse("2000::/3");

    private static final List<IpPrefix> DENIED_IPV6 = prefixes(
            "2001::/23", // protocol assignments, with Teredo, whose inner IPv4 address is obscured
            "2001:db8::/32", // documentation
            "3fff::/20"); // documentation

    private static final PublicInternet POLICY = new PublicInternet(new GuardedAddresses()::contains);

    private final Predicate<IpAddress> guarded;

    PublicInternet(Predicate<IpAddress> guarded) {
        this.guarded = guarded;
    }

    /**
     * The policy for this host.
     *
     * @return the shared policy
     */
    public static EgressPolicy policy() {
        return POLICY;
    }

    @Override
    public boolean allows(int protocol, IpAddress destination, int port) {
        IpAddress canonical = destination.unmapped();
        return isPublic(canonical) && !guarded.test(canonical);
    }

    private static boolean isPublic(IpAddress address) {
        if (address.isIpv4()) {
            return isOutside(DENIED_IPV4, address);
        }
        IpAddress embedded = GuardedAddresses.embedded(address);
        if (embedded != null) {
            return isPublic(embedded); // what a translator on the way would make of it
        }
        return GLOBAL_UNICAST.contains(address) && isOutside(DENIED_IPV6, address);
    }

    private static boolean isOutside(List<IpPrefix> denied, IpAddress address) {
        for (IpPrefix prefix : denied) {
            if (prefix.contains(address)) {
                return false;
            }
        }
        return true;
    }

    private static List<IpPrefix> prefixes(String... texts) {
        return List.of(texts).stream().map(IpPrefix::parse).toList();
    }
}
