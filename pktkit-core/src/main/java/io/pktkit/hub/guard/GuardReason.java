// SPDX-License-Identifier: MIT
package io.pktkit.hub.guard;

/** Why the guard of a guest port dropped a frame. */
public enum GuardReason {
    /** Its source is a group, or all zeros. */
    BAD_STATION,
    /** A VLAN tag behind the one that the hub looks through, a service tag, or one that is cut off. */
    STACKED_TAG,
    /**
     * To one of the addresses between bridges (IEEE 802.1Q table 8-1), such as spanning tree, or with a length in place of
     * the type: LLC, in which SNAP could hide any other protocol.
     */
    LINK_CONTROL,
    /** ARP, IP or Neighbor Discovery that contradicts itself. */
    MALFORMED,
    /**
     * What it carries cannot be told: header chain cut off, too long, not all in the first fragment, or of a header that is
     * not known (RFC 7113 section 3).
     */
    UNDETERMINED,
    /** A DHCP or DHCPv6 message that only a server or a relay sends. */
    DHCP_SERVER,
    /** Router Advertisement, redirect or router renumbering. */
    ROUTER,
    /**
     * ARP or Neighbor Discovery that names another station than the frame's source, or a DHCP request that names another
     * station or an address that is not bound to it.
     */
    STATION_MISMATCH,
    /** An address that nobody may have: unspecified where that is not allowed, loopback, a group, reserved. */
    MARTIAN,
    /** An address that is protected. */
    PROTECTED,
    /** An address that is bound to another port or station. */
    IN_USE,
    /** An address that is not bound, on a port that has only bound ones. */
    UNBOUND,
    /** An address more than the port, or the table, has room for. */
    ADDRESS_LIMIT,
    /** More claims than the port has in a second. */
    CLAIM_RATE,
    /** An answer to a question of the hub's own, which has served its purpose. */
    ANSWER
}
