// SPDX-License-Identifier: MIT
package io.pktkit.iphost;

import io.pktkit.device.DropReason;
import io.pktkit.wire.Packet;
import io.pktkit.wire.UdpDatagram;
import org.jspecify.annotations.Nullable;

/**
 * Takes what is not for a host itself: what makes of it a gateway. TCP is not among it, see {@link
 * io.pktkit.vtcp.host.UnclaimedSynHandler}. Called under the owner's lock; packets are lent.
 */
public interface Gateway {
    /**
     * A datagram with a good checksum that no port of the host takes, or several as a super-segment that {@link
     * #takesSuperSegment} was said of.
     *
     * @param packet the packet, whole
     * @param datagram what it holds
     * @param own whether it is for an address of the host
     * @param nowNanos the time
     * @return null if it was taken, or why it was not
     */
    @Nullable
    DropReason onDatagram(Packet packet, UdpDatagram datagram, boolean own, long nowNanos);

    /**
     * Tells whether datagrams that come as a super-segment are taken whole. If not, they are cut first.
     *
     * @param datagram the headers that they share
     * @return false unless overridden
     */
    default boolean takesSuperSegment(UdpDatagram datagram) {
        return false;
    }

    /**
     * An echo request with a good checksum for somebody else.
     *
     * @param packet the packet, whole
     * @param nowNanos the time
     * @return null if it was taken, or why it was not
     */
    @Nullable
    DropReason onEcho(Packet packet, long nowNanos);
}
