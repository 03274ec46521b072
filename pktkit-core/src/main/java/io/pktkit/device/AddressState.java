// SPDX-License-Identifier: MIT
package io.pktkit.device;

/** How far a host may use one of its addresses (RFC 4862 section 5.4; RFC 5227 for IPv4). */
public enum AddressState {
    /** Whether somebody else has it is being found out: nothing is sent from it, and nothing is received for it. */
    TENTATIVE,
    /** It is the host's. */
    GOOD,
    /** Somebody else has it: it is not used. */
    DUPLICATE
}
