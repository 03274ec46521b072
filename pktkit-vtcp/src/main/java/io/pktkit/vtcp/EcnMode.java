// SPDX-License-Identifier: MIT
package io.pktkit.vtcp;

/** What a connection does about explicit congestion notification. */
public enum EcnMode {
    /** Neither asks for it nor agrees to it. */
    OFF,
    /** Does not ask, and agrees to RFC 3168 with a peer that asks for that or for more. */
    PASSIVE,
    /** Asks for RFC 3168, and agrees to that. */
    CLASSIC,
    /** Asks for the accurate feedback of RFC 9768; agrees to that, or to RFC 3168 with a peer that knows no more. */
    ACCURATE
}
