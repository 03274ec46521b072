// SPDX-License-Identifier: MIT
package io.pktkit.dhcp;

/** Where a {@link DhcpClient} is in RFC 2131 figure 5; {@link #PROBING} is the check of section 3.1 (5). */
public enum DhcpState {
    /** No address and nothing asked for: stopped, or waiting before it starts over. */
    INIT,
    /** The address of an earlier run was asked for, and no server has answered yet. */
    REBOOTING,
    /** DISCOVER sent, no usable OFFER yet. */
    SELECTING,
    /** An OFFER was taken and REQUEST sent. */
    REQUESTING,
    /** The server acknowledged; the address is being probed for on the link before it is used (RFC 5227). */
    PROBING,
    /** The lease is held. */
    BOUND,
    /** Past T1: the lease is held and its server is asked to extend it. */
    RENEWING,
    /** Past T2, or on a link that may be another one: the lease is held and any server is asked to extend or confirm it. */
    REBINDING;

    /**
     * Whether an address is held.
     *
     * @return true in BOUND, RENEWING and REBINDING
     */
    public boolean hasLease() {
        return this == BOUND || this == RENEWING || this == REBINDING;
    }
}
