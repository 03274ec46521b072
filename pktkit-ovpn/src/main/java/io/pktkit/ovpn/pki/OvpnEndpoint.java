// SPDX-License-Identifier: MIT
package io.pktkit.ovpn.pki;

import io.pktkit.ovpn.OvpnServerConfig;

/**
 * Where clients find a server.
 *
 * @param host a name or an address, IPv6 without brackets
 * @param port 1 to 65535
 * @param tcp whether over TCP; otherwise UDP
 */
public record OvpnEndpoint(String host, int port, boolean tcp) {

    private static final int MAX_HOST = 253;

    /**
     * Checks the parts.
     *
     * @param host a name or an address
     * @param port 1 to 65535
     * @param tcp whether over TCP
     */
    public OvpnEndpoint {
        if (!host.matches("[A-Za-z0-9._:-]{1," + MAX_HOST + "}")) {
            throw new IllegalArgumentException("a name or an address is needed: host=" + host);
        }
        if (port < 1 || port > 65_535) {
            throw new IllegalArgumentException("a port is 1 to 65535: port=" + port);
        }
    }

    /**
     * The usual endpoint of a host: UDP, port 1194.
     *
     * @param host a name or an address
     * @return the endpoint
     */
    public static OvpnEndpoint of(String host) {
        return new OvpnEndpoint(host, OvpnServerConfig.DEFAULT_PORT, false);
    }
}
