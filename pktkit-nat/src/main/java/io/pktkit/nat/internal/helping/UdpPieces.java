// SPDX-License-Identifier: MIT
package io.pktkit.nat.internal.helping;

import io.pktkit.wire.IpProtocol;
import io.pktkit.wire.Packet;
import io.pktkit.wire.UdpDatagram;
import java.nio.ByteBuffer;
import org.jspecify.annotations.Nullable;

/**
 * The datagrams that a UDP super-segment stands for. A helper reads messages, and each datagram is one: what it makes longer or
 * shorter could not be told from the rest in a payload that is cut later.
 */
public final class UdpPieces {

    private final Packet piece = new Packet();
    private ByteBuffer bytes = ByteBuffer.allocate(0);

    /** Has taken nothing apart yet. */
    public UdpPieces() {}

    /**
     * Tells whether a packet must be taken apart.
     *
     * @param helped what its session is helped by; null if by nobody
     * @param packet the packet
     * @return whether it must
     */
    public static boolean isNeeded(@Nullable HelpedFlow helped, Packet packet) {
        return helped != null && packet.segmentSize() != 0 && packet.protocol() == IpProtocol.UDP;
    }

    private static int headers(Packet packet) {
        return packet.transportOffset() - packet.offset() + UdpDatagram.HEADER_LENGTH;
    }

    /**
     * Tells how many there are.
     *
     * @param packet a super-segment
     * @return 1 or more
     */
    public static int count(Packet packet) {
        int payload = packet.totalLength() - headers(packet);
        return Math.max(1, (payload + packet.segmentSize() - 1) / packet.segmentSize());
    }

    /**
     * Makes one of them.
     *
     * @param packet the super-segment
     * @param index from 0
     * @return the datagram, good until the next
     */
    public Packet get(Packet packet, int index) {
        int headers = headers(packet);
        int from = index * packet.segmentSize();
        int size = Math.min(packet.segmentSize(), packet.totalLength() - headers - from);
        int length = headers + size;
        if (bytes.capacity() < length) {
            bytes = ByteBuffer.allocate(length);
        }
        bytes.put(0, packet.buffer(), packet.offset(), headers);
        bytes.put(headers, packet.buffer(), packet.offset() + headers + from, size);
        int udp = headers - UdpDatagram.HEADER_LENGTH;
        bytes.putShort(udp + 4, (short) (UdpDatagram.HEADER_LENGTH + size));
        if (packet.isIpv4()) {
            bytes.putShort(2, (short) length);
            bytes.putShort(4, (short) (packet.identification() + index)); // each is a datagram now, RFC 6864 section 4
        } else {
            bytes.putShort(4, (short) (length - Packet.IPV6_HEADER_LENGTH));
        }
        piece.wrap(bytes, 0, length).recomputeIpv4Checksum();
        if (packet.checksumPending() || bytes.getShort(udp + 6) != 0) {
            piece.recomputeTransportChecksum();
        }
        return piece;
    }
}
