// SPDX-License-Identifier: MIT
package io.pktkit.wire;

/**
 * How the link addressed what it carried. The bytes of an IP packet do not say, and yet a host must know: what came as a
 * link-layer broadcast is never answered with an ICMP error (RFC 1122 section 3.2.2), and is not routed unless its IP
 * destination is a group too (RFC 1812 section 5.3.4).
 */
public enum LinkCast {
    /** To one station, or over a link without link-layer addresses, such as a tunnel. */
    UNICAST,
    /** To a group. */
    MULTICAST,
    /** To all stations of the link. */
    BROADCAST
}
