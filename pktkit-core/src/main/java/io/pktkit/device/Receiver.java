// SPDX-License-Identifier: MIT
package io.pktkit.device;

import io.pktkit.wire.Pdu;
import java.util.Set;

/**
 * Receives what comes out of a {@link Device}.
 *
 * @param <P> frames or packets
 */
@FunctionalInterface
public interface Receiver<P extends Pdu> {

    /**
     * Takes a frame or packet. Called from any thread, also from several at once, without a lock. What it throws costs
     * the sender nothing: it is contained, counted by the device, and logged at a bounded rate.
     *
     * @param pdu on loan until this returns; not to be kept and not to be changed
     */
    void receive(P pdu);

    /**
     * Tells what this takes unfinished, so that a device which makes its packets itself need not finish them: as {@link
     * Device#offloads()} does for the other direction. A device that has them from elsewhere may deliver unfinished ones
     * whatever is said here.
     *
     * @return an immutable set, the same for as long as this is attached; empty unless the receiver says otherwise
     */
    default Set<Offload> offloads() {
        return Set.of();
    }

    /**
     * Hears that what the device tells of itself has changed: its addresses or its MTU. Called on the thread that changed
     * it, after the change and without a lock; several changes at once may come as one. A router builds its routes here,
     * and not on the way of a packet.
     */
    default void deviceChanged() {}
}
