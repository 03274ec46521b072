// SPDX-License-Identifier: MIT
package io.pktkit.vclient;

import io.pktkit.iphost.socket.UdpEndpoint;
import io.pktkit.wire.IpAddress;
import java.nio.ByteBuffer;

/** A UDP datagram that has arrived. */
public final class VirtualDatagram {
    private final UdpEndpoint.Received received;

    VirtualDatagram(UdpEndpoint.Received received) {
        this.received = received;
    }

    /** {@return who sent it} */
    public IpAddress source() {
        return received.source();
    }

    /** {@return from which port} */
    public int sourcePort() {
        return received.sourcePort();
    }

    /** {@return the octets of the payload, 0 to 65527} */
    public int length() {
        return received.payload().length;
    }

    /** {@return a new view of the payload, which belongs to the receiver} */
    public ByteBuffer payload() {
        return ByteBuffer.wrap(received.payload());
    }

    /** {@return a copy of the payload} */
    public byte[] toBytes() {
        return received.payload().clone();
    }

    @Override
    public String toString() {
        return length() + " bytes from " + source() + " port " + sourcePort();
    }
}
