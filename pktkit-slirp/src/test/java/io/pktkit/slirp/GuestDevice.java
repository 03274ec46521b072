// SPDX-License-Identifier: MIT
package io.pktkit.slirp;

import io.pktkit.device.AbstractL3Device;
import io.pktkit.device.Receiver;
import io.pktkit.wire.Packet;

/** A wire between the stack and a guest that lives in the test. */
final class GuestDevice extends AbstractL3Device {
    private final Receiver<Packet> guest;

    GuestDevice(Receiver<Packet> guest) {
        this.guest = guest;
    }

    /** A packet from the guest. */
    void fromGuest(Packet packet) {
        deliver(packet);
    }

    boolean hasStack() {
        return isAttached();
    }

    @Override
    public boolean send(Packet packet) {
        guest.receive(packet);
        return true;
    }
}
