// SPDX-License-Identifier: MIT
package io.pktkit.ovpn.internal.rules;

import io.pktkit.wire.Packet;
import io.pktkit.wire.TcpOptions;
import io.pktkit.wire.TcpSegment;
import java.nio.ByteBuffer;
import org.jspecify.annotations.Nullable;

/**
 * OpenVPN's {@code mssfix}: both ends of a TCP connection through the tunnel hear of segments that fit into one datagram
 * outside, so that none is fragmented. Immutable.
 */
public final class MssClamp {

    private static final int TCP_HEADER = 20;

    private final int longestPacket;

    /**
     * Creates a clamp.
     *
     * @param longestPacket the longest IP packet inside; 0 for no clamping
     */
    public MssClamp(int longestPacket) {
        this.longestPacket = longestPacket;
    }

    /**
     * Makes the segment size of a packet that may not be changed smaller, if it is too large.
     *
     * @param packet the packet
     * @return a copy with a smaller segment size; null if the packet is good as it is, as nearly all are
     */
    public @Nullable ByteBuffer copyIfTooLarge(Packet packet) {
        if (optionAt(packet) < 0) {
            return null;
        }
        ByteBuffer copy = ByteBuffer.allocate(packet.totalLength());
        packet.copyTo(copy, 0);
        inPlace(new Packet().wrap(copy, 0, copy.capacity()));
        return copy;
    }

    /**
     * Makes the segment size of a packet that may be changed smaller, if it is too large.
     *
     * @param packet the packet
     */
    public void inPlace(Packet packet) {
        int at = optionAt(packet);
        if (at < 0) {
            return;
        }
        packet.buffer().putShort(at, (short) segmentSize(packet));
        packet.recomputeTransportChecksum();
    }

    private int segmentSize(Packet packet) {
        int ipHeader = packet.isIpv4() ? Packet.IPV4_HEADER_LENGTH : Packet.IPV6_HEADER_LENGTH;
        return longestPacket - ipHeader - TCP_HEADER;
    }

    /** Where a segment size is that is too large; -1 if there is none. */
    private int optionAt(Packet packet) {
        if (longestPacket == 0 || packet.isFragment()) {
            return -1;
        }
        TcpSegment tcp = packet.tcp();
        if (tcp == null || !tcp.isValid() || !tcp.has(TcpSegment.SYN)) {
            return -1;
        }
        TcpOptions options = new TcpOptions().wrap(tcp);
        while (options.next()) {
            if (options.kind() == TcpOptions.MSS && options.valueLength() == 2) {
                int at = options.valueOffset();
                return (packet.buffer().getShort(at) & 0xffff) > segmentSize(packet) ? at : -1;
            }
        }
        return -1;
    }
}
