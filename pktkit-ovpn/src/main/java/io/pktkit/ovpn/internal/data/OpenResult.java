// SPDX-License-Identifier: MIT
package io.pktkit.ovpn.internal.data;

/** What became of a data packet. */
public enum OpenResult {
    /** Authentic and new; its payload is there. */
    OPENED,
    /** Shorter than its headers. */
    TOO_SHORT,
    /** Its packet id was seen, is too old or is 0. */
    REPLAY,
    /** The tag or HMAC is wrong. */
    FORGED,
    /** Authentic, but what is in it is not a packet: wrong padding, or compressed. */
    MALFORMED,
    /** The key is not used any more. */
    SPENT
}
