// SPDX-License-Identifier: MIT
package io.pktkit.dhcp.internal;

import io.pktkit.wire.Checksum;
import io.pktkit.wire.ChecksumStatus;
import io.pktkit.wire.IpAddress;
import io.pktkit.wire.IpHeader;
import io.pktkit.wire.IpProtocol;
import io.pktkit.wire.Packet;
import io.pktkit.wire.UdpDatagram;
import java.nio.ByteBuffer;
import org.jspecify.annotations.Nullable;

/** DHCP messages in and out of UDP over IPv4. */
public final class DhcpPackets {
    private static final int HOP_LIMIT = 64;

    private DhcpPackets() {}

    /** Makes a packet in a buffer of its own, with room for link headers before it. */
    public static Packet udp(
            int headroom, IpAddress source, int sourcePort, IpAddress target, int port, byte[] message) {
        int udpLength = UdpDatagram.HEADER_LENGTH + message.length;
        ByteBuffer buffer = ByteBuffer.allocate(headroom + IpHeader.length(source.family()) + udpLength);
        // Don't Fragment makes the datagram atomic, for which identification 0 is right (RFC 6864 section 4.1).
        int header = IpHeader.write(buffer, headroom, source, target, IpProtocol.UDP, udpLength, HOP_LIMIT, 0, 0, true);
        int udp = headroom + header;
        buffer.putShort(udp, (short) sourcePort).putShort(udp + 2, (short) port).putShort(udp + 4, (short) udpLength);
        buffer.put(udp + UdpDatagram.HEADER_LENGTH, message);
        int checksum = Checksum.transport(source, target, IpProtocol.UDP, buffer, udp, udpLength);
        buffer.putShort(udp + 6, (short) (checksum == 0 ? 0xFFFF : checksum));
        return new Packet().wrap(buffer, headroom, header + udpLength);
    }

    /**
     * The datagram of a packet if it is whole and addressed to a port, else null. A later fragment is never one, whatever its
     * payload looks like, and a first fragment does not hold the whole message.
     */
    public static @Nullable UdpDatagram datagramTo(Packet packet, int port) {
        if (!packet.isValid() || !packet.isIpv4() || packet.isFragment()) {
            return null;
        }
        UdpDatagram datagram = packet.udp();
        return datagram != null && datagram.isValid() && datagram.destinationPort() == port ? datagram : null;
    }

    /** Whether neither checksum is wrong. A UDP checksum of zero was not computed and is let pass (RFC 768). */
    public static boolean checksumsHold(Packet packet) {
        return packet.verifyIpv4Checksum() == ChecksumStatus.VALID
                && packet.verifyTransportChecksum() != ChecksumStatus.INVALID;
    }

    /** Whether an IPv4 address can be a host's: not in 0/8, 127/8, nor 224/4 and above (RFC 1122 section 3.2.1.3). */
    public static boolean isUsableHost(int address) {
        int first = address >>> 24;
        return first != 0 && first != 127 && first < 224;
    }
}
