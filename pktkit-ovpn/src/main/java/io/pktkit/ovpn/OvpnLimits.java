// SPDX-License-Identifier: MIT
package io.pktkit.ovpn;

/**
 * How much strangers can make a server do.
 *
 * @param clients sessions at most, 1 to 65536; those not in yet included
 * @param outside sessions at most that are not in yet, 1 to {@code clients}
 * @param perSource sessions at most of an IPv4 address or IPv6 /64, 1 to {@code clients}
 * @param resetsPerTenSeconds first packets of UDP that are answered in ten seconds, of all strangers together; those of
 *     clients that go on are not counted
 * @param tcpConnections TCP connections at most, 1 to 65536
 * @param tcpPerSource TCP connections at most of a source that are not in yet
 */
public record OvpnLimits(
        int clients, int outside, int perSource, int resetsPerTenSeconds, int tcpConnections, int tcpPerSource) {

    /** 1024 clients, half of them not in yet, 16 of a source; 100 resets in ten seconds; 256 TCP connections, 16 of a source. */
    public static final OvpnLimits DEFAULT = new OvpnLimits(1024, 512, 16, 100, 256, 16);

    /**
     * Checks the limits.
     *
     * @param clients sessions at most
     * @param outside sessions at most that are not in yet
     * @param perSource sessions at most of a source
     * @param resetsPerTenSeconds first packets of UDP that are answered in ten seconds
     * @param tcpConnections TCP connections at most
     * @param tcpPerSource TCP connections at most of a source that are not in yet
     */
    public OvpnLimits {
        check("clients", clients, 65_536);
        check("outside", outside, clients);
        check("perSource", perSource, clients);
        check("resetsPerTenSeconds", resetsPerTenSeconds, 1_000_000);
        check("tcpConnections", tcpConnections, 65_536);
        check("tcpPerSource", tcpPerSource, tcpConnections);
    }

    private static void check(String name, int value, int most) {
        if (value < 1 || value > most) {
            throw new IllegalArgumentException("out of 1 to " + most + ": " + name + "=" + value);
        }
    }
}
