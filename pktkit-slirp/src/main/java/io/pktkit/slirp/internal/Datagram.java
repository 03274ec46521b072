// SPDX-License-Identifier: MIT
package io.pktkit.slirp.internal;

import io.pktkit.wire.IpAddress;
import io.pktkit.wire.UdpDatagram;
import java.nio.ByteBuffer;

/** A copy of a datagram on its way from a guest's packet to the loop thread. */
final class Datagram {
    final IpAddress destination;
    final int port;
    final ByteBuffer payload;

    Datagram(IpAddress destination, UdpDatagram udp) {
        this.destination = destination;
        this.port = udp.destinationPort();
        this.payload = ByteBuffer.allocate(udp.payloadLength());
        payload.put(0, udp.buffer(), udp.payloadOffset(), udp.payloadLength());
    }
}
