// SPDX-License-Identifier: MIT
package io.pktkit.impair;

import io.pktkit.device.AbstractL3Device;
import io.pktkit.device.PacketHandler;
import io.pktkit.wire.Packet;

/** A device with two ends: what is sent comes out at the far end, what is injected comes out at its handler. */
final class Wire extends AbstractL3Device {

    private volatile PacketHandler far = packet -> {};

    void setFar(PacketHandler handler) {
        far = handler;
    }

    @Override
    public boolean send(Packet packet) {
        far.onPacket(packet);
        stats().sent(packet.length());
        return true;
    }

    boolean inject(Packet packet) {
        return deliver(packet);
    }
}
