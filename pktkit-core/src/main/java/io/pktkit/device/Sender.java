// SPDX-License-Identifier: MIT
package io.pktkit.device;

import io.pktkit.wire.Pdu;

/**
 * Takes what is to go into a device: the device itself, or what stands before it.
 *
 * @param <P> frames or packets
 */
@FunctionalInterface
public interface Sender<P extends Pdu> {

    /**
     * Sends. From any thread; never blocks on a peer and never throws because of what is in the bytes.
     *
     * @param pdu on loan until this returns
     * @return false if it was dropped; the device's {@link DeviceStats} tell why
     */
    boolean send(P pdu);
}
