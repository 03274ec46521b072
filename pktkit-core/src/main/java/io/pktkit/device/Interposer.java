// SPDX-License-Identifier: MIT
package io.pktkit.device;

import io.pktkit.wire.Pdu;

/**
 * Stands between a device and the network that it is attached to, and sees both directions; see
 * {@link Attachment#interpose}. What it is given is on loan as everywhere. It passes it on with {@code next}, at once or
 * as a copy later, or does not.
 *
 * <p>Called from any thread, also from several at once, without a lock. What it throws costs that frame or packet.
 *
 * @param <P> frames or packets
 */
public interface Interposer<P extends Pdu> {

    /**
     * Sees what came out of the device.
     *
     * @param pdu on loan until this returns
     * @param next what is nearer to the network; stays good until {@link #removed()}
     */
    default void fromDevice(P pdu, Receiver<P> next) {
        next.receive(pdu);
    }

    /**
     * Sees what the network sends to the device.
     *
     * @param pdu on loan until this returns
     * @param next what is nearer to the device; stays good until {@link #removed()}
     * @return false if it was dropped
     */
    default boolean toDevice(P pdu, Sender<P> next) {
        return next.send(pdu);
    }

    /**
     * Hears that it was taken out: no call begins any more. Who holds something back passes it on now, with the
     * {@code next} that came with it.
     */
    default void removed() {}
}
