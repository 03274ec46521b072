// SPDX-License-Identifier: MIT
package io.pktkit.nat.policy;

/**
 * Who may send to a mapping from outside (RFC 4787 section 5, RFC 5382 section 4.3). The mapping itself is always
 * endpoint-independent. A flow that the inside host began is let in under each of them.
 */
public enum Filtering {
    /** Anybody. The most transparent, and the default. */
    ENDPOINT_INDEPENDENT,
    /** Any port of an address that the inside host has sent to from this mapping. */
    ADDRESS_DEPENDENT,
    /** Only the address and port that the inside host has sent to from this mapping. */
    ADDRESS_AND_PORT_DEPENDENT
}
