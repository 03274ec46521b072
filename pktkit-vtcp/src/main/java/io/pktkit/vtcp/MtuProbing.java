// SPDX-License-Identifier: MIT
package io.pktkit.vtcp;

/**
 * When a connection finds out by itself how large its packets may be, by sending a larger one and seeing whether it
 * arrives (RFC 4821, searching as RFC 8899 does). What routers tell is believed in every case.
 */
public enum MtuProbing {
    /** Never: a path that drops large packets and tells nothing stalls the connection. */
    OFF,
    /**
     * Once two consecutive timeouts of full segments suggest that such packets vanish; and ten minutes after a router
     * told of a small link, to see whether it still is on the path.
     */
    ON_BLACK_HOLE,
    /** From the start: the first segments carry 1024 bytes (1220 over IPv6), and larger ones are tried from there. */
    ALWAYS
}
