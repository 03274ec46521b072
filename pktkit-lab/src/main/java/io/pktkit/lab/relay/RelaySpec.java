// SPDX-License-Identifier: MIT
package io.pktkit.lab.relay;

import org.jspecify.annotations.Nullable;

/**
 * A port and where it leads, as {@code [tcp:|udp:][ADDRESS:]PORT=HOST:PORT}. IPv6 addresses are in brackets.
 *
 * @param udp whether it is one of UDP
 * @param address where it listens, null for the usual
 * @param port the port, 0 for one of the system's choice
 * @param host a name or an address on the other side, without brackets
 * @param targetPort the port there
 */
public record RelaySpec(boolean udp, @Nullable String address, int port, String host, int targetPort) {

    private static final String FORM = "[tcp:|udp:][ADDRESS:]PORT=HOST:PORT, such as 8080=intranet:80";

    /**
     * Reads the form.
     *
     * @param text such as {@code udp:5353=10.0.0.1:53}
     * @return what it says
     * @throws IllegalArgumentException if it says nothing of the kind
     */
    public static RelaySpec parse(String text) {
        int equals = text.indexOf('=');
        if (equals < 0) {
            throw new IllegalArgumentException("it is " + FORM);
        }
        String front = text.substring(0, equals);
        boolean udp = front.startsWith("udp:");
        if (udp || front.startsWith("tcp:")) {
            front = front.substring(4);
        }
        HostPort listen = HostPort.parse(front, true);
        HostPort target = HostPort.parse(text.substring(equals + 1), false);
        return new RelaySpec(udp, listen.host(), listen.port(), required(target.host()), target.port());
    }

    private static String required(@Nullable String host) {
        if (host == null) {
            throw new IllegalArgumentException("what it leads to needs a host: it is " + FORM);
        }
        return host;
    }

    /**
     * A host and a port, or a port alone.
     *
     * @param host without brackets, or null
     * @param port the port
     */
    public record HostPort(@Nullable String host, int port) {

        private static final int MAX_PORT = 65_535;

        /**
         * Reads the form.
         *
         * @param text {@code [HOST:]PORT}
         * @param anyPort whether port 0 can be one
         * @return what it says
         * @throws IllegalArgumentException if it is not of the form
         */
        public static HostPort parse(String text, boolean anyPort) {
            int colon = text.lastIndexOf(':');
            String host = colon < 0 ? null : text.substring(0, colon);
            if (host != null && host.startsWith("[") && host.endsWith("]")) {
                host = host.substring(1, host.length() - 1);
            } else if (host != null && host.indexOf(':') >= 0) {
                throw new IllegalArgumentException("an IPv6 address is in brackets before its port: " + text);
            }
            if (host != null && host.isEmpty()) {
                throw new IllegalArgumentException("a host is missing before the colon: " + text);
            }
            return new HostPort(host, port(text.substring(colon + 1), anyPort));
        }

        private static int port(String text, boolean anyPort) {
            boolean digits =
                    !text.isEmpty() && text.length() <= 5 && text.chars().allMatch(c -> c >= '0' && c <= '9');
            int port = digits ? Integer.parseInt(text) : -1;
            if (port < (anyPort ? 0 : 1) || port > MAX_PORT) {
                throw new IllegalArgumentException("a port is a number from 1 to 65535: port=" + text);
            }
            return port;
        }
    }
}
