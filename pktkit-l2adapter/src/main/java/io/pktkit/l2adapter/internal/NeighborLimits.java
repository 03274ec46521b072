// SPDX-License-Identifier: MIT
package io.pktkit.l2adapter.internal;

/**
 * The bounds of one neighbour cache.
 *
 * @param entries neighbours in all
 * @param unresolved neighbours that are being resolved
 * @param queuePackets packets that wait for one neighbour
 * @param queueBytes bytes that wait for one neighbour
 * @param totalQueueBytes bytes that wait in all; at least twice {@code queueBytes}, so that the gateway's queue and any
 *     one other always fit together
 */
public record NeighborLimits(int entries, int unresolved, int queuePackets, int queueBytes, int totalQueueBytes) {

    /** 4096 neighbours, 512 of them unresolved with 16 packets each, and 2 MiB of waiting packets. */
    public static final NeighborLimits DEFAULT = new NeighborLimits(4096, 512, 16, 512 << 10, 2 << 20);

    /** Checks the bounds against each other. */
    public NeighborLimits {
        if (unresolved < 2 || entries < unresolved) {
            throw new IllegalArgumentException(
                    "need 2 <= unresolved <= entries: unresolved=" + unresolved + " entries=" + entries);
        }
        if (queuePackets < 1 || queueBytes < 1 || totalQueueBytes / 2 < queueBytes) {
            throw new IllegalArgumentException("need queuePackets >= 1 and totalQueueBytes >= 2 * queueBytes:"
                    + " queuePackets=" + queuePackets
                    + " queueBytes=" + queueBytes
                    + " totalQueueBytes=" + totalQueueBytes);
        }
    }
}
