// SPDX-License-Identifier: MIT
package io.pktkit.l2adapter;

/**
 * Counts of one family's neighbour cache since the adapter was made.
 *
 * @param solicitations requests sent, those to everybody and those to one neighbour
 * @param confirmations answers that proved a neighbour reachable
 * @param failures neighbours given up: they never answered, or did not any more
 * @param evictions neighbours removed to make room
 * @param refusedChanges unasked claims to a confirmed neighbour's or the gateway's address that were not believed
 * @param shedPackets waiting packets given up to stay within the bounds
 */
public record NeighborStats(
        long solicitations, long confirmations, long failures, long evictions, long refusedChanges, long shedPackets) {}
