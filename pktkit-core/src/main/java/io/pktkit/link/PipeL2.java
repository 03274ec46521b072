// SPDX-License-Identifier: MIT
package io.pktkit.link;

import io.pktkit.device.AbstractL2Device;
import io.pktkit.device.Receiver;
import io.pktkit.wire.Frame;
import io.pktkit.wire.MacAddress;
import org.jspecify.annotations.Nullable;

/**
 * A device with code at its far side: it puts a program, or a test, in the place of a network card.
 *
 * <p>What a network sends into it goes to the far side's receiver. What the far side has for the network goes in by
 * {@link #inject}, and comes out at whoever is attached: a hub, an adapter, a cable.
 */
public final class PipeL2 extends AbstractL2Device {

    private final @Nullable Receiver<Frame> farSide;

    /**
     * Creates a pipe.
     *
     * @param macAddress the address that it tells as its own
     * @param farSide gets what is sent into it
     */
    public PipeL2(MacAddress macAddress, Receiver<Frame> farSide) {
        super(macAddress);
        this.farSide = farSide;
    }

    /**
     * Creates a pipe whose far side drops what is sent into it.
     *
     * @param macAddress the address that it tells as its own
     */
    public PipeL2(MacAddress macAddress) {
        super(macAddress);
        this.farSide = null;
    }

    @Override
    public boolean send(Frame frame) {
        return deliverFar(farSide, frame);
    }

    /**
     * Brings a frame from the far side, and counts it as received.
     *
     * @param frame on loan until this returns
     * @return false if nobody is attached, the receiver threw, or the pipe is closed
     */
    public boolean inject(Frame frame) {
        return deliver(frame);
    }

    /**
     * Changes what {@link #mtu()} tells; a new pipe has {@link #DEFAULT_MTU}. The pipe itself takes any length.
     *
     * @param bytes the longest IP packet, 68 to 65 535
     */
    public void setMtu(int bytes) {
        changeMtu(bytes);
    }
}
