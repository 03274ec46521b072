// SPDX-License-Identifier: MIT
package io.pktkit.ovpn;

/**
 * How many clients there may be, and how much strangers can make a server do.
 *
 * @param clients clients at most that are in, 1 to {@code sessions}; one more is told that the server is full
 * @param sessions sessions at most, 1 to 65536: those not in yet, too, and the former ones of clients that come back
 * @param outside sessions at most that are not in yet, 1 to {@code sessions}
 * @param perSource sessions at most of an IPv4 address or IPv6 /64 that are not in yet, 1 to {@code sessions}; over TCP four
 *     times as many begin in a minute, not counting those that come in, or show a certificate
 * @param resetsPerTenSeconds first packets of UDP that are answered in ten seconds, of all strangers together; those of
 *     clients that go on are not counted
 * @param tcpConnections TCP connections at most, 1 to 65536
 * @param tcpPerSource TCP connections at most of a source that are not in yet
 */
public record OvpnLimits(
        int clients,
        int sessions,
        int outside,
        int perSource,
        int resetsPerTenSeconds,
        int tcpConnections,
        int tcpPerSource) {

    /**
     * 1024 clients and half as many sessions more; of those not in yet 512, and 16 of a source; 100 resets in ten seconds;
     * 1536 TCP connections, of which 16 of a source are not in yet.
     */
    public static final OvpnLimits DEFAULT = new OvpnLimits(1024, 1536, 512, 16, 100, 1536, 16);

    /**
     * Checks the limits.
     *
     * @param clients clients at most that are in
     * @param sessions sessions at most
     * @param outside sessions at most that are not in yet
     * @param perSource sessions at most of a source that are not in yet
     * @param resetsPerTenSeconds first packets of UDP that are answered in ten seconds
     * @param tcpConnections TCP connections at most
     * @param tcpPerSource TCP connections at most of a source that are not in yet
     */
    public OvpnLimits {
        check("sessions", sessions, 65_536);
        check("clients", clients, sessions);
        check("outside", outside, sessions);
        check("perSource", perSource, sessions);
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
