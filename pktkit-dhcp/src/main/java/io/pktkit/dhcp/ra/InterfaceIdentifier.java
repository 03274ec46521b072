// SPDX-License-Identifier: MIT
package io.pktkit.dhcp.ra;

import io.pktkit.wire.IpAddress;
import io.pktkit.wire.MacAddress;

/** The lower half of the addresses that a station makes itself: the modified EUI-64 identifier (RFC 4291 appendix A). */
public final class InterfaceIdentifier {
    private static final long LINK_LOCAL_HIGH = 0xFE80L << 48;

    private InterfaceIdentifier() {}

    /**
     * Gives a station's identifier: its MAC address with ff:fe in its middle and the U/L bit inverted.
     *
     * @param mac the station
     * @return 64 bits
     */
    public static long of(MacAddress mac) {
        long bits = mac.toLong();
        long upper = (bits >>> 24) ^ 0x02_00_00;
        return (upper << 40) | (0xFFFEL << 24) | (bits & 0xFF_FFFF);
    }

    /**
     * Gives a station's link-local address.
     *
     * @param mac the station
     * @return an address of fe80::/64
     */
    public static IpAddress linkLocal(MacAddress mac) {
        return IpAddress.ofIpv6(LINK_LOCAL_HIGH, of(mac));
    }
}
