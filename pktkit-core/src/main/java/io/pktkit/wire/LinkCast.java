// SPDX-License-Identifier: MIT
package io.pktkit.wire;

/**
 * How the link addressed what it carried. The bytes of an IP packet do not say, and yet a host must know: what came as a
 * link-layer broadcast is never answered with an ICMP error (RFC 1122 section 3.2.2), and is not routed unless its IP
 * destination is a group too (RFC 1812 section 5.3.4).
 */
public enum LinkCast {
    /** To one station, or over a link without link-layer addresses, such as a tunnel. */
    UNICAST(0),
    /** To a group. */
    MULTICAST(1),
    /** To all stations of the link. */
    BROADCAST(2);

    private static final LinkCast[] BY_CODE = {UNICAST, MULTICAST, BROADCAST};

    /** A number for it, since storing a reference costs the garbage collector's barrier; 0 is unicast. */
    final int code;

    LinkCast(int code) {
        this.code = code;
    }

    static LinkCast of(int code) {
        return code == 0 ? UNICAST : BY_CODE[code]; // what is mostly asked needs no array
    }
}
