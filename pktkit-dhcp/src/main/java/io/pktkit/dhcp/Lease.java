// SPDX-License-Identifier: MIT
package io.pktkit.dhcp;

import io.pktkit.time.Timers;
import io.pktkit.wire.IpAddress;
import io.pktkit.wire.IpPrefix;
import io.pktkit.wire.MacAddress;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * What a client was given by a server. Immutable.
 *
 * <p>Times are {@code nowNanos} values of the client's caller; the lease runs from when the first REQUEST of the transaction
 * was sent, not from when its answer arrived (RFC 2131 section 4.4.1).
 *
 * @param prefix the client's address, with the length of the subnet mask
 * @param router the default router, or null if the server named none: that of the default route if there are {@code routes}, the first
 *     usable one otherwise
 * @param routes the classless static routes (option 121) in the server's order, the default route among them; empty if the server
 *     gave none. The first of the longest prefixes counts. Where there are routes, other routers count no more (RFC 3442)
 * @param dnsServers the name servers, in the server's order
 * @param domainName the domain name (option 15), or null
 * @param searchDomains the domain search list (option 119), without trailing dots
 * @param mtu the interface MTU in bytes (option 26), or 0 if the server named none
 * @param serverIdentifier the server to which renewals and the release go
 * @param serverMac the station that the accepted ACK came from; {@link MacAddress#ZERO} if it is not known
 * @param leaseSeconds how long the address may be used, or {@link #INFINITE}
 * @param startNanos when the lease began
 * @param renewalNanos T1, when the client starts to renew; {@link Timers#NEVER} for an infinite lease
 * @param rebindingNanos T2, when the client asks any server; {@link Timers#NEVER} for an infinite lease
 * @param expiryNanos when the address may no longer be used; {@link Timers#NEVER} for an infinite lease
 */
public record Lease(
        IpPrefix prefix,
        @Nullable IpAddress router,
        List<DhcpRoute> routes,
        List<IpAddress> dnsServers,
        @Nullable String domainName,
        List<String> searchDomains,
        int mtu,
        IpAddress serverIdentifier,
        MacAddress serverMac,
        long leaseSeconds,
        long startNanos,
        long renewalNanos,
        long rebindingNanos,
        long expiryNanos) {
    /** The lease time that means for ever (RFC 2131 section 3.3). */
    public static final long INFINITE = 0xffff_ffffL;

    /**
     * The address itself.
     *
     * @return the address of {@link #prefix()}
     */
    public IpAddress address() {
        return prefix.address();
    }
}
