// SPDX-License-Identifier: MIT
package io.pktkit.l2adapter;

import io.pktkit.wire.IpAddress;
import io.pktkit.wire.MacAddress;
import org.jspecify.annotations.Nullable;

/**
 * One line of the neighbour cache, as it was at one moment.
 *
 * @param address the neighbour's IP address
 * @param macAddress its MAC address; null exactly while it is {@link NeighborState#INCOMPLETE}
 * @param state its state
 * @param gateway whether it is the gateway of its family
 * @param queuedPackets how many packets wait for it
 */
public record Neighbor(
        IpAddress address, @Nullable MacAddress macAddress, NeighborState state, boolean gateway, int queuedPackets) {}
