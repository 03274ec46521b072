// SPDX-License-Identifier: MIT
package io.pktkit.slirp;

import io.pktkit.device.AbstractL3Device;
import io.pktkit.device.Offload;
import io.pktkit.device.Receiver;
import io.pktkit.wire.Packet;
import java.util.Set;
import java.util.concurrent.atomic.AtomicInteger;

/** A wire between the stack and a guest that lives in the test. */
final class GuestDevice extends AbstractL3Device {
    private final Receiver<Packet> guest;
    /** What the guest's card takes over, and what the guest leaves to it. */
    volatile Set<Offload> offloads = Set.of();

    final AtomicInteger superSegmentsToGuest = new AtomicInteger();
    final AtomicInteger superSegmentsFromGuest = new AtomicInteger();

    GuestDevice(Receiver<Packet> guest) {
        this.guest = guest;
    }

    /** A packet from the guest. */
    void fromGuest(Packet packet) {
        superSegmentsFromGuest.addAndGet(packet.segmentSize() > 0 ? 1 : 0);
        deliver(packet);
    }

    boolean hasStack() {
        return isAttached();
    }

    @Override
    public Set<Offload> offloads() {
        return offloads;
    }

    @Override
    public boolean send(Packet packet) {
        superSegmentsToGuest.addAndGet(packet.segmentSize() > 0 ? 1 : 0);
        guest.receive(packet);
        return true;
    }
}
