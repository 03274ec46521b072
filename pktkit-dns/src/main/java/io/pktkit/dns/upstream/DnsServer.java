// SPDX-License-Identifier: MIT
package io.pktkit.dns.upstream;

import io.pktkit.wire.IpAddress;

/**
 * A recursive name server.
 *
 * @param address its address
 * @param port its port, 1 to 65535
 * @param scope the index of the interface that a link-local IPv6 address belongs to (RFC 4007), or 0
 */
public record DnsServer(IpAddress address, int port, int scope) {
    /** The port of DNS. */
    public static final int PORT = 53;

    /**
     * Checks the ranges.
     *
     * @param address neither multicast nor the limited broadcast
     * @param port 1 to 65535
     * @param scope 0 or more
     */
    public DnsServer {
        if (address.isMulticast() || address.isLimitedBroadcast() || port < 1 || port > 65535 || scope < 0) {
            throw new IllegalArgumentException(
                    "no address of a name server: address=" + address + " port=" + port + " scope=" + scope);
        }
    }

    /**
     * A server at the usual port.
     *
     * @param address its address
     * @return the server
     */
    public static DnsServer of(IpAddress address) {
        return new DnsServer(address, PORT, 0);
    }

    /**
     * The same server through an interface.
     *
     * @param index see {@link #scope}
     * @return a copy
     */
    public DnsServer withScope(int index) {
        return new DnsServer(address, port, index);
    }

    @Override
    public String toString() {
        String text = scope == 0 ? address.toString() : address + "%" + scope;
        return port == PORT ? text : (address.isIpv6() ? "[" + text + "]" : text) + ":" + port;
    }
}
