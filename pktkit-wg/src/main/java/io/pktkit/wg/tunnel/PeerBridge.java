// SPDX-License-Identifier: MIT
package io.pktkit.wg.tunnel;

import io.pktkit.device.Attachment;
import io.pktkit.device.L2Device;
import io.pktkit.wire.Frame;
import java.io.IOException;

/** An Ethernet network that wants to know which peer it takes, see {@link WgPort#addBridgedTenants}. */
@FunctionalInterface
public interface PeerBridge {

    /**
     * Attaches a peer. Called by whoever adds the peer, or on a callback thread; no lock is held.
     *
     * @param peer the peer's device, whose prefix is its address on a subnet of the network, if it has one
     * @param station the peer as a host of the network
     * @return its place
     * @throws IOException if the network cannot take it
     */
    Attachment<Frame> connect(WgPeerDevice peer, L2Device station) throws IOException;
}
