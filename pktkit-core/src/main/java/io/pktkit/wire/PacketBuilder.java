// SPDX-License-Identifier: MIT
package io.pktkit.wire;

import java.nio.ByteBuffer;

/**
 * Builds whole packets, lengths and checksums filled in, each in a new heap buffer from position 0 to its limit. For tests
 * and slow paths; forwarding paths use {@link IpHeader}. IPv4 packets have identification 0 and no DF flag: who lets them
 * be fragmented gives each an {@linkplain Packet#identification(int) identification} of its own (RFC 6864). Payloads are
 * read from position to limit, and stay as they are.
 */
public final class PacketBuilder {

    private PacketBuilder() {}

    /**
     * Builds an IP packet.
     *
     * @param source source address
     * @param destination destination address, of the same family
     * @param protocol what the payload is
     * @param hopLimit TTL or hop limit, 0 to 255
     * @param payload the payload
     * @return the packet
     * @throws IllegalArgumentException if the families differ, or the payload is too long for the header to say
     */
    public static ByteBuffer ip(
            IpAddress source, IpAddress destination, int protocol, int hopLimit, ByteBuffer payload) {
        int header = IpHeader.length(source.family());
        ByteBuffer packet = start(source, destination, protocol, hopLimit, payload.remaining());
        packet.put(header, payload, payload.position(), payload.remaining());
        return packet;
    }

    /**
     * Builds a UDP packet.
     *
     * @param source source address
     * @param sourcePort source port
     * @param destination destination address, of the same family
     * @param destinationPort destination port
     * @param payload the payload
     * @return the packet
     * @throws IllegalArgumentException if the families differ, or the payload is too long for the headers to say
     */
    public static ByteBuffer udp(
            IpAddress source, int sourcePort, IpAddress destination, int destinationPort, ByteBuffer payload) {
        int udpLength = UdpDatagram.HEADER_LENGTH + payload.remaining();
        ByteBuffer packet = start(source, destination, IpProtocol.UDP, IpHeader.DEFAULT_HOP_LIMIT, udpLength);
        int at = IpHeader.length(source.family());
        new UdpDatagram()
                .wrap(packet, at, udpLength)
                .sourcePort(sourcePort)
                .destinationPort(destinationPort)
                .udpLength(udpLength);
        return finish(packet, at + UdpDatagram.HEADER_LENGTH, payload);
    }

    /**
     * Builds a TCP packet without options.
     *
     * @param source source address
     * @param sourcePort source port
     * @param destination destination address, of the same family
     * @param destinationPort destination port
     * @param sequenceNumber sequence number, unsigned
     * @param acknowledgmentNumber acknowledgment number, unsigned
     * @param flags a set of the flags of {@link TcpSegment}
     * @param window the window field
     * @param payload the payload
     * @return the packet
     * @throws IllegalArgumentException if the families differ, or the payload is too long for the header to say
     */
    public static ByteBuffer tcp(
            IpAddress source,
            int sourcePort,
            IpAddress destination,
            int destinationPort,
            int sequenceNumber,
            int acknowledgmentNumber,
            int flags,
            int window,
            ByteBuffer payload) {
        int length = TcpSegment.MIN_HEADER_LENGTH + payload.remaining();
        ByteBuffer packet = start(source, destination, IpProtocol.TCP, IpHeader.DEFAULT_HOP_LIMIT, length);
        int at = IpHeader.length(source.family());
        packet.put(at + 12, (byte) (TcpSegment.MIN_HEADER_LENGTH << 2));
        new TcpSegment()
                .wrap(packet, at, length)
                .sourcePort(sourcePort)
                .destinationPort(destinationPort)
                .sequenceNumber(sequenceNumber)
                .acknowledgmentNumber(acknowledgmentNumber)
                .flags(flags)
                .window(window);
        return finish(packet, at + TcpSegment.MIN_HEADER_LENGTH, payload);
    }

    /**
     * Builds an ICMP or ICMPv6 packet.
     *
     * @param source source address
     * @param destination destination address, of the same family
     * @param type the type, of the family's ICMP
     * @param code the code
     * @param restOfHeader the four bytes behind the checksum
     * @param payload what follows the eight bytes of the header
     * @return the packet
     * @throws IllegalArgumentException if the families differ, or the payload is too long for the header to say
     */
    public static ByteBuffer icmp(
            IpAddress source, IpAddress destination, int type, int code, int restOfHeader, ByteBuffer payload) {
        int length = IcmpMessage.HEADER_LENGTH + payload.remaining();
        int protocol = source.isIpv4() ? IpProtocol.ICMP : IpProtocol.ICMPV6;
        ByteBuffer packet = start(source, destination, protocol, IpHeader.DEFAULT_HOP_LIMIT, length);
        int at = IpHeader.length(source.family());
        new IcmpMessage()
                .wrap(packet, at, length, source.family())
                .type(type)
                .code(code)
                .restOfHeader(restOfHeader);
        return finish(packet, at + IcmpMessage.HEADER_LENGTH, payload);
    }

    /**
     * Builds an echo request or reply of the addresses' family.
     *
     * @param source source address
     * @param destination destination address, of the same family
     * @param request whether it is a request
     * @param identifier the identifier, 0 to 65535
     * @param sequenceNumber the sequence number, 0 to 65535
     * @param payload the data to be echoed
     * @return the packet
     * @throws IllegalArgumentException if the families differ, or the payload is too long for the header to say
     */
    public static ByteBuffer icmpEcho(
            IpAddress source,
            IpAddress destination,
            boolean request,
            int identifier,
            int sequenceNumber,
            ByteBuffer payload) {
        int type = source.isIpv4()
                ? (request ? IcmpMessage.V4_ECHO_REQUEST : IcmpMessage.V4_ECHO_REPLY)
                : (request ? IcmpMessage.V6_ECHO_REQUEST : IcmpMessage.V6_ECHO_REPLY);
        int rest = (identifier & 0xFFFF) << 16 | (sequenceNumber & 0xFFFF);
        return icmp(source, destination, type, 0, rest, payload);
    }

    private static ByteBuffer start(
            IpAddress source, IpAddress destination, int protocol, int hopLimit, int payloadLength) {
        ByteBuffer packet = ByteBuffer.allocate(IpHeader.length(source.family()) + payloadLength);
        IpHeader.write(packet, 0, source, destination, protocol, payloadLength, hopLimit, 0, 0, false);
        return packet;
    }

    private static ByteBuffer finish(ByteBuffer packet, int payloadAt, ByteBuffer payload) {
        packet.put(payloadAt, payload, payload.position(), payload.remaining());
        new Packet().wrap(packet).recomputeTransportChecksum();
        return packet;
    }
}
