// SPDX-License-Identifier: MIT
package io.pktkit.dhcp;

/** What happened to an address that a {@link DhcpServer} manages. */
public enum LeaseEvent {
    /** A client holds an address that it did not hold before. */
    GRANTED,
    /** A client's lease was extended. */
    RENEWED,
    /** A client gave its address back. */
    RELEASED,
    /** A lease ran out. */
    EXPIRED,
    /** A client found the address in use by somebody else; it is not given out for a while. */
    DECLINED
}
