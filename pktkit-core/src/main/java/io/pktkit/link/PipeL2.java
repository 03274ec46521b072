// SPDX-License-Identifier: MIT
package io.pktkit.link;

import io.pktkit.device.AbstractL2Device;
import io.pktkit.wire.Frame;
import io.pktkit.wire.MacAddress;

/**
 * A device with one end: what is sent into it and what is injected both come out at its handler.
 *
 * <p>It puts code in the place of a network card. A test sees what a network sends to a station by setting the handler
 * of one pipe; with a pipe attached to a hub, the hub sets the handler, and {@code inject} is how a frame enters it.
 */
public final class PipeL2 extends AbstractL2Device {

    /**
     * Creates a pipe without a handler.
     *
     * @param macAddress the address that it tells as its own
     */
    public PipeL2(MacAddress macAddress) {
        super(macAddress);
    }

    /** Hands over to the handler and counts it as sent, or as dropped on sending. */
    @Override
    public boolean send(Frame frame) {
        return deliverSent(frame);
    }

    /**
     * Hands over to the handler and counts it as received.
     *
     * @param frame on loan until this returns
     * @return false if there was no handler, it threw, or the pipe is closed
     */
    public boolean inject(Frame frame) {
        return deliver(frame);
    }
}
