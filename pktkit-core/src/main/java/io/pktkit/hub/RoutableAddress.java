// SPDX-License-Identifier: MIT
package io.pktkit.hub;

/**
 * Which addresses a router may forward from and to, in primitive form. What is refused here is refused whatever the
 * routes say: RFC 1812 section 5.3.7 for IPv4, RFC 4291 section 2.5 and RFC 6890 for IPv6.
 */
final class RoutableAddress {

    private static final long MAPPED_PREFIX = 0xFFFF;

    private RoutableAddress() {}

    /** Whether a unicast packet may have this source or destination when it leaves the link that it came from. */
    static boolean isForwardable(boolean isIpv4, long high, long low) {
        if (isIpv4) {
            int first = (int) (low >>> 24);
            // This network, loopback, multicast and class E; and 169.254/16, which RFC 3927 section 7 keeps on its
            // link.
            return first != 0 && first != 127 && first < 224 && low >>> 16 != 0xA9FE;
        }
        if (high == 0) {
            // The unspecified address, loopback, and IPv4-mapped addresses, which have no place on a wire.
            return low >>> 1 != 0 && low >>> 32 != MAPPED_PREFIX;
        }
        return high >>> 56 != 0xFF && high >>> 54 != 0xFE80 >>> 6;
    }

    /** Whether a packet to a group may have this source: also none yet, as in DHCP, or one of its own link, as in NDP. */
    static boolean isGroupSource(boolean isIpv4, long high, long low) {
        return isLocalOrNone(isIpv4, high, low) || isForwardable(isIpv4, high, low);
    }

    /** Whether this is the unspecified address or a link-local one, which no route can be held against. */
    static boolean isLocalOrNone(boolean isIpv4, long high, long low) {
        return isIpv4 ? low == 0 || low >>> 16 == 0xA9FE : (high | low) == 0 || high >>> 54 == 0xFE80 >>> 6;
    }

    /** Whether a group ends at the node or interface that it is used on: ff00::/16 and ff01::/16, RFC 4291 section 2.7. */
    static boolean isInterfaceLocalGroup(boolean isIpv4, long high) {
        return !isIpv4 && (high >>> 48 & 0xF) <= 1;
    }
}
