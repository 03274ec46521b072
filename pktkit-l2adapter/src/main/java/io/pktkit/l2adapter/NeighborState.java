// SPDX-License-Identifier: MIT
package io.pktkit.l2adapter;

/** The states of a neighbour, RFC 4861 section 7.3.2; IPv4 neighbours go through the same. */
public enum NeighborState {
    /** Being asked for its MAC address; packets wait. */
    INCOMPLETE,
    /** Known to have answered within the last 30 seconds. */
    REACHABLE,
    /** Has a MAC address that nothing is known about any more, or that was never confirmed. */
    STALE,
    /** Used while stale; will be probed 5 seconds after. */
    DELAY,
    /** Being probed at the MAC address it had. */
    PROBE
}
