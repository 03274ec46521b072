// SPDX-License-Identifier: MIT
package io.pktkit.wire;

import java.nio.ByteBuffer;

/** Writes IP headers without allocating. */
public final class IpHeader {

    /** The hop limit of a packet that says nothing else, as IANA recommends for the TTL. */
    public static final int DEFAULT_HOP_LIMIT = 64;

    private static final int MAX_LENGTH = 0xFFFF;

    private IpHeader() {}

    /**
     * Gives the length of a header without options or extension headers.
     *
     * @param family the family
     * @return 20 or 40 bytes
     */
    public static int length(IpFamily family) {
        return family == IpFamily.IPV4 ? Packet.IPV4_HEADER_LENGTH : Packet.IPV6_HEADER_LENGTH;
    }

    /**
     * Writes a header of the addresses' family, an IPv4 checksum included. The flow label is 0.
     *
     * @param target a big-endian buffer
     * @param offset the first byte to write, absolute
     * @param source source address
     * @param destination destination address, of the same family
     * @param protocol what follows the header, 0 to 255
     * @param payloadLength how many bytes follow the header
     * @param hopLimit TTL or hop limit, 0 to 255
     * @param identification for IPv4, unique per fragmentable datagram of one flow (RFC 6864); IPv6 has none here
     * @param trafficClass DSCP and ECN, 0 to 255
     * @param dontFragment the DF flag of IPv4; IPv6 has none
     * @return the length of the header, 20 or 40
     * @throws IllegalArgumentException if the families differ, or the length does not fit into its field
     */
    public static int write(
            ByteBuffer target,
            int offset,
            IpAddress source,
            IpAddress destination,
            int protocol,
            int payloadLength,
            int hopLimit,
            int identification,
            int trafficClass,
            boolean dontFragment) {
        if (source.family() != destination.family()) {
            throw new IllegalArgumentException(
                    "addresses must be of one family: source=" + source + " destination=" + destination);
        }
        int most = source.isIpv4() ? MAX_LENGTH - Packet.IPV4_HEADER_LENGTH : MAX_LENGTH;
        if (payloadLength < 0 || payloadLength > most) {
            throw new IllegalArgumentException("payloadLength must be in 0 to " + most + ": " + payloadLength);
        }
        if (source.isIpv6()) {
            target.putInt(offset, 6 << 28 | (trafficClass & 0xFF) << 20);
            target.putShort(offset + 4, (short) payloadLength);
            target.put(offset + 6, (byte) protocol);
            target.put(offset + 7, (byte) hopLimit);
            source.writeTo(target, offset + 8);
            destination.writeTo(target, offset + 24);
            return Packet.IPV6_HEADER_LENGTH;
        }
        target.put(offset, (byte) (4 << 4 | Packet.IPV4_HEADER_LENGTH / 4));
        target.put(offset + 1, (byte) trafficClass);
        target.putShort(offset + 2, (short) (Packet.IPV4_HEADER_LENGTH + payloadLength));
        target.putShort(offset + 4, (short) identification);
        target.putShort(offset + 6, (short) (dontFragment ? 0x4000 : 0));
        target.put(offset + 8, (byte) hopLimit);
        target.put(offset + 9, (byte) protocol);
        target.putShort(offset + 10, (short) 0);
        source.writeTo(target, offset + 12);
        destination.writeTo(target, offset + 16);
        int checksum = Checksum.internet(target, offset, Packet.IPV4_HEADER_LENGTH);
        target.putShort(offset + 10, (short) checksum);
        return Packet.IPV4_HEADER_LENGTH;
    }
}
