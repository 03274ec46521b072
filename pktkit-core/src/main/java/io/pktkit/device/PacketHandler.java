// SPDX-License-Identifier: MIT
package io.pktkit.device;

import io.pktkit.wire.Packet;

/** Receives what comes out of an {@link L3Device}. */
@FunctionalInterface
public interface PacketHandler {

    /**
     * Takes a packet. Called from any thread, also from several at once, without a lock.
     *
     * @param packet on loan until this returns; not to be kept and not to be changed
     */
    void onPacket(Packet packet);
}
