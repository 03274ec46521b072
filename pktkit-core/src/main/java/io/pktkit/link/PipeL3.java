// SPDX-License-Identifier: MIT
package io.pktkit.link;

import io.pktkit.device.AbstractL3Device;
import io.pktkit.wire.IpPrefix;
import io.pktkit.wire.Packet;

/**
 * A device with one end: what is sent into it and what is injected both come out at its handler.
 *
 * <p>It puts code in the place of a network card. A test sees what a network sends to a station by setting the handler
 * of one pipe; with a pipe attached to a hub, the hub sets the handler, and {@code inject} is how a frame enters it.
 */
public final class PipeL3 extends AbstractL3Device {

    /**
     * Creates a pipe without a handler.
     *
     * @param prefixes the addresses that it tells as its own, one of a family or none
     */
    public PipeL3(IpPrefix... prefixes) {
        for (IpPrefix prefix : prefixes) {
            setPrefix(prefix);
        }
    }

    /** Hands over to the handler and counts it as sent, or as dropped on sending. */
    @Override
    public boolean send(Packet packet) {
        return deliverSent(packet);
    }

    /**
     * Hands over to the handler and counts it as received.
     *
     * @param packet on loan until this returns
     * @return false if there was no handler, it threw, or the pipe is closed
     */
    public boolean inject(Packet packet) {
        return deliver(packet);
    }
}
