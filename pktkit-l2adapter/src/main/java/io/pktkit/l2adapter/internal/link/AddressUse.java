// SPDX-License-Identifier: MIT
package io.pktkit.l2adapter.internal.link;

/** What may be done with an address of ours on the link. */
public enum AddressUse {
    /** Nothing: it is tentative or a duplicate. */
    BARRED,
    /** All but what changes a neighbour's mind about whose it is (RFC 4429 section 3.3). */
    OPTIMISTIC,
    /** Everything. */
    FULL
}
