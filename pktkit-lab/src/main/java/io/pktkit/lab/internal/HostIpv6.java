// SPDX-License-Identifier: MIT
package io.pktkit.lab.internal;

import io.pktkit.wire.IpAddress;
import io.pktkit.wire.IpPrefix;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.StandardProtocolFamily;
import java.nio.channels.DatagramChannel;
import java.security.SecureRandom;

/** What a network needs to know of IPv6 before it offers it. */
public final class HostIpv6 {
    private static final long UNIQUE_LOCAL = 0xFDL << 56;
    private static final int LINK_PREFIX = 64;

    /** A public address, of the root name servers; nothing is sent there. */
    private static final IpAddress ELSEWHERE = IpAddress.parse("2001:503:ba3e::2:30");

    private HostIpv6() {}

    /**
     * Makes a prefix (RFC 4193 section 3.2.2): 40 random bits after fd, subnet 0.
     *
     * @return a /64
     */
    public static IpPrefix uniqueLocal() {
        long global = new SecureRandom().nextLong() >>> 24;
        return IpPrefix.of(IpAddress.ofIpv6(UNIQUE_LOCAL | global << 16, 0), LINK_PREFIX);
    }

    /**
     * Tells whether the host has a route to public IPv6 addresses, and one of its own to send from. Asks the routing table only.
     *
     * @return whether it does
     */
    public static boolean hasRoute() {
        try (DatagramChannel channel = DatagramChannel.open(StandardProtocolFamily.INET6)) {
            channel.connect(new InetSocketAddress(ELSEWHERE.toInetAddress(), 53));
            InetAddress own = ((InetSocketAddress) channel.getLocalAddress()).getAddress();
            return !own.isLinkLocalAddress() && !own.isLoopbackAddress() && !own.isAnyLocalAddress();
        } catch (IOException | UnsupportedOperationException e) {
            return false;
        }
    }
}
