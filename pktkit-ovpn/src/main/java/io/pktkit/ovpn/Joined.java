// SPDX-License-Identifier: MIT
package io.pktkit.ovpn;

import io.pktkit.device.Receiver;
import io.pktkit.internal.Coalescer;
import io.pktkit.wire.Frame;
import io.pktkit.wire.Packet;

/**
 * Joins what came out of the tunnels in one burst, for networks that take super-segments. Those it belongs to are the places
 * that it goes to, one for each client. Of one receiving thread.
 */
final class Joined {

    private final Coalescer<Packet, Receiver<Packet>> packets = Coalescer.ofPackets(Receiver::receive);
    private final Coalescer<Frame, Receiver<Frame>> frames = Coalescer.ofFrames(Receiver::receive);

    /** Takes a packet of a client that a network is to get. */
    void add(Receiver<Packet> to, Packet packet) {
        packets.add(to, to.offloads(), packet);
    }

    /** Takes a frame of a client that a network is to get. */
    void add(Receiver<Frame> to, Frame frame) {
        frames.add(to, to.offloads(), frame);
    }

    /** Hands on what is held, at the end of the burst. */
    void flush() {
        packets.flush();
        frames.flush();
    }
}
