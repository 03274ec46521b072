// SPDX-License-Identifier: MIT
package io.pktkit.nat.internal.address;

import io.pktkit.wire.IpAddress;

/** Which IPv4 addresses may be forwarded from and to (RFC 1812 sections 5.3.7 and 5.2.3, RFC 2827). */
public final class Addresses {

    private Addresses() {}

    /**
     * Tells whether it is a unicast address that may leave its link.
     *
     * @param address an IPv4 address
     * @return whether it is
     */
    public static boolean isForwardable(int address) {
        int first = address >>> 24;
        return first != 0 && first != 127 && first < 224 && address >>> 16 != 0xA9FE;
    }

    /**
     * Tells whether it is a group's (RFC 1112 section 4).
     *
     * @param address an IPv4 address
     * @return whether it is
     */
    public static boolean isGroup(int address) {
        return address >>> 28 == 0xE;
    }

    /**
     * Tells whether it is a unicast IPv4 address that may leave its link.
     *
     * @param address an address of either family
     * @return whether it is
     */
    public static boolean isForwardable(IpAddress address) {
        return address.isIpv4() && isForwardable(address.toIpv4Bits());
    }
}
