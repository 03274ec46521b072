// SPDX-License-Identifier: MIT
package io.pktkit.dhcp;

/**
 * What happened to a lease of a {@link DhcpServer}. A lease begins with {@link #GRANTED}, goes on with {@link #RENEWED}, and ends
 * with one of the others; its address is never granted again before that.
 */
public enum LeaseEvent {
    /** A client holds an address that it did not hold before. */
    GRANTED,
    /** A client's lease was extended. What it says of itself, its name too, may have changed. */
    RENEWED,
    /** A client gave its address back. */
    RELEASED,
    /** A lease ran out. */
    EXPIRED,
    /**
     * A client found the address in use by somebody else; it is not given out for a while. Also told of an address that was
     * offered and not granted yet.
     */
    DECLINED,
    /**
     * The lease made way for another: a reserved address went to its station under another identifier, or a client to the address
     * that is reserved for it.
     */
    REPLACED
}
