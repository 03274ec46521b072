// SPDX-License-Identifier: MIT
package io.pktkit.wire;

/** Verifies and writes the checksums of a whole packet. */
final class PacketChecksums {

    private static final int IPV4_CHECKSUM_OFFSET = 10;

    private PacketChecksums() {}

    static ChecksumStatus verifyHeader(Packet packet) {
        if (!packet.isIpv4()) {
            return ChecksumStatus.NOT_CHECKABLE;
        }
        int length = packet.headerLength();
        int sum = length == Packet.IPV4_HEADER_LENGTH
                ? Checksum.sumOf20(packet.buffer, packet.offset)
                : Checksum.sum(packet.buffer, packet.offset, length);
        return status(sum == 0xFFFF);
    }

    static void recomputeHeader(Packet packet) {
        if (packet.isIpv4()) {
            int at = packet.offset + IPV4_CHECKSUM_OFFSET;
            packet.buffer.putShort(at, (short) 0);
            packet.buffer.putShort(at, (short) Checksum.internet(packet.buffer, packet.offset, packet.headerLength()));
        }
    }

    static ChecksumStatus verifyTransport(Packet packet) {
        int protocol = packet.protocol();
        int field = fieldOffset(packet, protocol);
        int destination = field < 0 ? -1 : FinalDestination.sum(packet);
        if (destination < 0 || packet.checksumPending()) {
            return ChecksumStatus.NOT_CHECKABLE;
        }
        if (protocol == IpProtocol.UDP && packet.buffer.getShort(field) == 0) {
            return packet.isIpv4() ? ChecksumStatus.NOT_CHECKABLE : ChecksumStatus.INVALID;
        }
        int covered = coveredLength(packet, protocol);
        return status(covered >= 0 && sum(packet, protocol, destination, covered) == 0xFFFF);
    }

    static boolean recomputeTransport(Packet packet) {
        int protocol = packet.protocol();
        int field = fieldOffset(packet, protocol);
        int covered = field < 0 ? -1 : coveredLength(packet, protocol);
        int destination = covered < 0 ? -1 : FinalDestination.sum(packet);
        if (destination < 0) {
            return false;
        }
        packet.buffer.putShort(field, (short) 0);
        int checksum = Checksum.finish(sum(packet, protocol, destination, covered));
        packet.buffer.putShort(field, (short) (protocol == IpProtocol.UDP ? Checksum.orAllOnes(checksum) : checksum));
        return true;
    }

    /** Where the checksum field is in the buffer, or -1 if the packet is no whole datagram of a known transport. */
    private static int fieldOffset(Packet packet, int protocol) {
        boolean partial = packet.isFragment() && (packet.moreFragments() || packet.fragmentOffset() != 0);
        if (partial || !packet.isComplete()) {
            return -1;
        }
        int length = packet.transportLength();
        int at = packet.transportOffset();
        return switch (protocol) {
            case IpProtocol.TCP -> length >= TcpSegment.MIN_HEADER_LENGTH ? at + TcpSegment.CHECKSUM_OFFSET : -1;
            case IpProtocol.UDP -> length >= UdpDatagram.HEADER_LENGTH ? at + UdpDatagram.CHECKSUM_OFFSET : -1;
            case IpProtocol.ICMP -> packet.isIpv4() && length >= IcmpMessage.MIN_LENGTH ? at + 2 : -1;
            case IpProtocol.ICMPV6 -> packet.isIpv6() && length >= IcmpMessage.MIN_LENGTH ? at + 2 : -1;
            default -> -1;
        };
    }

    /** How many bytes the checksum covers: what UDP itself declares, else the IP payload; -1 if UDP declares nonsense. */
    private static int coveredLength(Packet packet, int protocol) {
        int length = packet.transportLength();
        if (protocol != IpProtocol.UDP) {
            return length;
        }
        int declared = packet.buffer.getShort(packet.transportOffset() + UdpDatagram.LENGTH_OFFSET) & 0xFFFF;
        return declared >= UdpDatagram.HEADER_LENGTH && declared <= length ? declared : -1;
    }

    private static int sum(Packet packet, int protocol, int destination, int covered) {
        int bytes = Checksum.sum(packet.buffer, packet.transportOffset(), covered);
        if (protocol == IpProtocol.ICMP) {
            return bytes; // RFC 792 knows no pseudo-header
        }
        int others = Checksum.pseudoHeader(packet.sourceHigh(), packet.sourceLow(), 0, 0, protocol, covered);
        return Checksum.combine(Checksum.combine(others, destination), bytes);
    }

    private static ChecksumStatus status(boolean right) {
        return right ? ChecksumStatus.VALID : ChecksumStatus.INVALID;
    }
}
