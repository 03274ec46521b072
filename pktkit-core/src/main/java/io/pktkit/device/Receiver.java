// SPDX-License-Identifier: MIT
package io.pktkit.device;

import io.pktkit.wire.Pdu;

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
     * Hears that what the device tells of itself has changed: its addresses or its MTU. Called on the thread that changed
     * it, after the change and without a lock; several changes at once may come as one. A router builds its routes here,
     * and not on the way of a packet.
     */
    default void deviceChanged() {}
}
