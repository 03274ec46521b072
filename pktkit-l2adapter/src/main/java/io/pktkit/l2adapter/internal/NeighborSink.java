// SPDX-License-Identifier: MIT
package io.pktkit.l2adapter.internal;

import io.pktkit.device.DropReason;

/**
 * What a {@link NeighborCache} asks for. Called with the cache's owner holding its lock, so an implementation writes
 * down what is to be done and does it later.
 */
public interface NeighborSink {

    /**
     * Asks a neighbour for its MAC address.
     *
     * @param high upper half of its address
     * @param low lower half of its address
     * @param mac where to ask, or {@link NeighborCache#NO_MAC} to ask everybody
     */
    void solicit(long high, long low, long mac);

    /**
     * Sends a packet that had to wait.
     *
     * @param packet the packet, whose ownership passes
     * @param mac the MAC address of the next hop
     */
    void transmit(QueuedPacket packet, long mac);

    /**
     * Tells that a packet's next hop did not answer.
     *
     * @param packet the packet, whose ownership passes
     */
    void unreachable(QueuedPacket packet);

    /**
     * Tells that a waiting packet was given up to stay within the bounds.
     *
     * @param reason which bound
     */
    void shed(DropReason reason);
}
