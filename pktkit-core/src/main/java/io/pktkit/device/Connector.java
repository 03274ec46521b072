// SPDX-License-Identifier: MIT
package io.pktkit.device;

import io.pktkit.wire.Pdu;
import java.io.IOException;

/**
 * A network that devices of a kind can be attached to; {@link L2Connector} and {@link L3Connector} name the two kinds.
 *
 * @param <D> the kind of device
 * @param <P> what it moves
 */
@FunctionalInterface
public interface Connector<D extends Device<P>, P extends Pdu> {

    /**
     * Attaches a device, which stays the caller's to close.
     *
     * @param device the device, to which nobody is attached yet
     * @return its place, which detaches it again and frees all that was kept for it
     * @throws IOException if the network cannot take the device
     * @throws IllegalStateException if somebody is attached to the device already, or it is closed
     */
    Attachment<P> connect(D device) throws IOException;
}
