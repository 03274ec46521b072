// SPDX-License-Identifier: MIT
package io.pktkit.wire;

import org.jspecify.annotations.Nullable;

/**
 * What identifies a TCP or UDP flow in one direction. A value for slow paths; hot ones use the packet's primitives.
 *
 * @param protocol {@link IpProtocol#TCP} or {@link IpProtocol#UDP}
 * @param source source address
 * @param sourcePort source port, 0 to 65535
 * @param destination destination address
 * @param destinationPort destination port, 0 to 65535
 */
public record FiveTuple(int protocol, IpAddress source, int sourcePort, IpAddress destination, int destinationPort) {

    static @Nullable FiveTuple of(Packet packet) {
        TcpSegment tcp = packet.tcp();
        if (tcp != null) {
            return new FiveTuple(
                    IpProtocol.TCP, packet.source(), tcp.sourcePort(), packet.destination(), tcp.destinationPort());
        }
        UdpDatagram udp = packet.udp();
        if (udp != null) {
            return new FiveTuple(
                    IpProtocol.UDP, packet.source(), udp.sourcePort(), packet.destination(), udp.destinationPort());
        }
        return null;
    }

    /** {@return the flow in the other direction} */
    public FiveTuple reversed() {
        return new FiveTuple(protocol, destination, destinationPort, source, sourcePort);
    }
}
