// SPDX-License-Identifier: MIT
package io.pktkit.link;

import io.pktkit.device.AbstractL3Device;
import io.pktkit.device.Receiver;
import io.pktkit.wire.IpPrefix;
import io.pktkit.wire.Packet;
import org.jspecify.annotations.Nullable;

/**
 * A device with code at its far side: it puts a program, or a test, in the place of a network card.
 *
 * <p>What a network sends into it goes to the far side's receiver. What the far side has for the network goes in by
 * {@link #inject}, and comes out at whoever is attached: a hub, an adapter, a cable.
 */
public final class PipeL3 extends AbstractL3Device {

    private final @Nullable Receiver<Packet> farSide;

    /**
     * Creates a pipe.
     *
     * @param farSide gets what is sent into it
     * @param prefixes the addresses that it tells as its own, one of a family or none
     */
    public PipeL3(Receiver<Packet> farSide, IpPrefix... prefixes) {
        this.farSide = farSide;
        setPrefixes(prefixes);
    }

    /**
     * Creates a pipe whose far side drops what is sent into it.
     *
     * @param prefixes the addresses that it tells as its own, one of a family or none
     */
    public PipeL3(IpPrefix... prefixes) {
        this.farSide = null;
        setPrefixes(prefixes);
    }

    private void setPrefixes(IpPrefix... prefixes) {
        for (IpPrefix prefix : prefixes) {
            setPrefix(prefix);
        }
    }

    @Override
    public boolean send(Packet packet) {
        return deliverFar(farSide, packet);
    }

    /**
     * Brings a packet from the far side, and counts it as received.
     *
     * @param packet on loan until this returns
     * @return false if nobody is attached, the receiver threw, or the pipe is closed
     */
    public boolean inject(Packet packet) {
        return deliver(packet);
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
