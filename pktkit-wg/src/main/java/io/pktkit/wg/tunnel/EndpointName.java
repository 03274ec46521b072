// SPDX-License-Identifier: MIT
package io.pktkit.wg.tunnel;

import io.pktkit.wg.WgEndpoint;
import io.pktkit.wire.AddressFormatException;
import io.pktkit.wire.IpAddress;
import org.jspecify.annotations.Nullable;

/**
 * Where a peer is found: a host name or an address, and a port. Immutable.
 *
 * @param host a name or an address, without brackets
 * @param port 1 to 65535
 */
public record EndpointName(String host, int port) {

    private static final int MAX_PORT = 65_535;
    private static final int MAX_PORT_DIGITS = 5;
    private static final int MAX_HOST = 253;

    /**
     * Checks the form.
     *
     * @param host a name or an address, without brackets
     * @param port 1 to 65535
     */
    public EndpointName {
        if (host.isEmpty() || host.length() > MAX_HOST) {
            throw new IllegalArgumentException("a host name has 1 to " + MAX_HOST + " characters: host=" + host);
        }
        if (port < 1 || port > MAX_PORT) {
            throw new IllegalArgumentException("port must be in 1 to 65535: port=" + port);
        }
    }

    /**
     * Reads the form that WireGuard's files have.
     *
     * @param text {@code host:port}, {@code 192.0.2.1:51820} or {@code [2001:db8::1]:51820}
     * @return the endpoint
     * @throws IllegalArgumentException if it is not of that form
     */
    public static EndpointName parse(String text) {
        int colon = text.lastIndexOf(':');
        if (colon < 0) {
            throw new IllegalArgumentException("an endpoint is host:port: endpoint=" + text);
        }
        String host = text.substring(0, colon);
        if (host.startsWith("[") && host.endsWith("]")) {
            host = host.substring(1, host.length() - 1);
        } else if (host.indexOf(':') >= 0) {
            throw new IllegalArgumentException("an IPv6 address is in brackets before its port: endpoint=" + text);
        }
        return new EndpointName(host, parsePort(text.substring(colon + 1), text));
    }

    private static int parsePort(String digits, String text) {
        if (digits.length() > MAX_PORT_DIGITS) {
            throw new IllegalArgumentException("a port has at most " + MAX_PORT_DIGITS + " digits: endpoint=" + text);
        }
        int port = 0;
        for (int i = 0; i < digits.length(); i++) {
            int digit = digits.charAt(i) - '0';
            if (digit < 0 || digit > 9) {
                throw new IllegalArgumentException("a port is a number: endpoint=" + text);
            }
            port = 10 * port + digit;
        }
        return port;
    }

    /** The endpoint, if the host is an address; otherwise null. */
    @Nullable
    WgEndpoint literal() {
        try {
            return new WgEndpoint(IpAddress.parse(host), port);
        } catch (AddressFormatException name) {
            return null;
        }
    }

    /** {@return the form that {@link #parse} reads} */
    @Override
    public String toString() {
        return (host.indexOf(':') >= 0 ? "[" + host + "]" : host) + ":" + port;
    }
}
