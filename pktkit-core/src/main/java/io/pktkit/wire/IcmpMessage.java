// SPDX-License-Identifier: MIT
package io.pktkit.wire;

import java.nio.ByteBuffer;
import org.jspecify.annotations.Nullable;

/**
 * A view of an ICMP (RFC 792) or ICMPv6 (RFC 4443) message. See the package description for what all views have in common.
 * Fields of the four bytes behind the checksum read the same bytes under different names; the type says which is meant.
 * Setters change no checksum.
 *
 * <pre>
 *  0      1      2           4           6            8
 *  +------+------+-----------+-----------+------------+---------
 *  | type | code | checksum  | identifier, sequence,  | payload
 *  |      |      |           | MTU or pointer         |
 *  +------+------+-----------+-----------+------------+---------
 * </pre>
 */
public final class IcmpMessage extends View {

    /** Length of the header in bytes. */
    public static final int HEADER_LENGTH = 8;

    /** ICMP echo reply. */
    public static final int V4_ECHO_REPLY = 0;

    /** ICMP destination unreachable. */
    public static final int V4_DESTINATION_UNREACHABLE = 3;

    /** ICMP source quench, deprecated by RFC 6633. */
    public static final int V4_SOURCE_QUENCH = 4;

    /** ICMP redirect. */
    public static final int V4_REDIRECT = 5;

    /** ICMP echo request. */
    public static final int V4_ECHO_REQUEST = 8;

    /** ICMP time exceeded. */
    public static final int V4_TIME_EXCEEDED = 11;

    /** ICMP parameter problem. */
    public static final int V4_PARAMETER_PROBLEM = 12;

    /** ICMPv6 destination unreachable. */
    public static final int V6_DESTINATION_UNREACHABLE = 1;

    /** ICMPv6 packet too big. */
    public static final int V6_PACKET_TOO_BIG = 2;

    /** ICMPv6 time exceeded. */
    public static final int V6_TIME_EXCEEDED = 3;

    /** ICMPv6 parameter problem. */
    public static final int V6_PARAMETER_PROBLEM = 4;

    /** ICMPv6 echo request. */
    public static final int V6_ECHO_REQUEST = 128;

    /** ICMPv6 echo reply. */
    public static final int V6_ECHO_REPLY = 129;

    /** Router solicitation, RFC 4861. */
    public static final int V6_ROUTER_SOLICITATION = 133;

    /** Router advertisement, RFC 4861. */
    public static final int V6_ROUTER_ADVERTISEMENT = 134;

    /** Neighbor solicitation, RFC 4861. */
    public static final int V6_NEIGHBOR_SOLICITATION = 135;

    /** Neighbor advertisement, RFC 4861. */
    public static final int V6_NEIGHBOR_ADVERTISEMENT = 136;

    /** Redirect, RFC 4861. */
    public static final int V6_REDIRECT = 137;

    /** Type, code and checksum: less says nothing. */
    static final int MIN_LENGTH = 4;

    private static final int CODE_OFFSET = 1;
    private static final int CHECKSUM_OFFSET = 2;
    private static final int REST_OFFSET = 4;
    private static final int SEQUENCE_OFFSET = 6;

    private IpFamily family = IpFamily.IPV4;
    private @Nullable Packet quoted;

    /** A view of nothing, until wrapped. */
    public IcmpMessage() {}

    /**
     * Points this view at a message.
     *
     * @param buffer a big-endian buffer
     * @param offset the first byte, absolute
     * @param length how many bytes, header and payload; what lies outside the buffer's limit is cut
     * @param family which ICMP it is
     * @return this
     * @throws IllegalArgumentException if the buffer is little-endian
     */
    public IcmpMessage wrap(ByteBuffer buffer, int offset, int length, IpFamily family) {
        point(buffer, offset, length);
        this.family = family;
        return this;
    }

    /** {@return whether the eight bytes of the header are there} */
    public boolean isValid() {
        return length >= HEADER_LENGTH;
    }

    /** {@return which ICMP this is} */
    public IpFamily family() {
        return family;
    }

    /** {@return the type, 0 to 255} */
    public int type() {
        return length >= MIN_LENGTH ? u8(0) : 0;
    }

    /** {@return the code, 0 to 255} */
    public int code() {
        return length >= MIN_LENGTH ? u8(CODE_OFFSET) : 0;
    }

    /** {@return the checksum field} */
    public int checksum() {
        return length >= MIN_LENGTH ? u16(CHECKSUM_OFFSET) : 0;
    }

    /** {@return the four bytes behind the checksum} */
    public int restOfHeader() {
        return length >= HEADER_LENGTH ? (int) u32(REST_OFFSET) : 0;
    }

    /** {@return the identifier of an echo, 0 to 65535} */
    public int identifier() {
        return restOfHeader() >>> 16;
    }

    /** {@return the sequence number of an echo, 0 to 65535} */
    public int sequenceNumber() {
        return restOfHeader() & 0xFFFF;
    }

    /** {@return the next-hop MTU: 16 bits of fragmentation needed (RFC 1191), or packet too big's, capped at 2^31-1} */
    public int mtu() {
        return family == IpFamily.IPV4
                ? sequenceNumber()
                : (int) Math.min(restOfHeader() & 0xFFFF_FFFFL, Integer.MAX_VALUE);
    }

    /** {@return the pointer of a parameter problem: 8 bits for ICMP, 32 bits unsigned for ICMPv6} */
    public int pointer() {
        return family == IpFamily.IPV4 ? restOfHeader() >>> 24 : restOfHeader();
    }

    /** {@return the first byte behind the header in the buffer, absolute} */
    public int payloadOffset() {
        return offset + Math.min(HEADER_LENGTH, length);
    }

    /** {@return how many bytes are behind the header} */
    public int payloadLength() {
        return Math.max(0, length - HEADER_LENGTH);
    }

    /** {@return whether this is an error, which must never be answered with an error} */
    public boolean isError() {
        return length >= MIN_LENGTH && (family == IpFamily.IPV4 ? isIcmpv4Error(u8(0)) : isIcmpv6Error(u8(0)));
    }

    /** {@return whether this is an echo request} */
    public boolean isEchoRequest() {
        return length >= MIN_LENGTH && u8(0) == (family == IpFamily.IPV4 ? V4_ECHO_REQUEST : V6_ECHO_REQUEST);
    }

    /** {@return whether this is an echo reply} */
    public boolean isEchoReply() {
        return length >= MIN_LENGTH && u8(0) == (family == IpFamily.IPV4 ? V4_ECHO_REPLY : V6_ECHO_REPLY);
    }

    /** {@return the packet quoted by an error, this message's own view; null if this is none or quotes no IP header} */
    public @Nullable Packet quotedPacket() {
        if (!isError()) {
            return null;
        }
        if (quoted == null) {
            quoted = new Packet(); // late, or a packet would hold a message that holds a packet without end
        }
        quoted.wrapQuoted(buffer, payloadOffset(), payloadLength());
        return quoted.family() == family ? quoted : null;
    }

    /**
     * Tells whether an ICMP type is an error: unreachable, source quench, redirect, time exceeded, parameter problem
     * (RFC 1122 section 3.2.2).
     *
     * @param type the type
     * @return whether it is
     */
    public static boolean isIcmpv4Error(int type) {
        return switch (type) {
            case V4_DESTINATION_UNREACHABLE, V4_SOURCE_QUENCH, V4_REDIRECT, V4_TIME_EXCEEDED, V4_PARAMETER_PROBLEM ->
                true;
            default -> false;
        };
    }

    /**
     * Tells whether an ICMPv6 type is an error: those with the high bit clear (RFC 4443 section 2.1).
     *
     * @param type the type
     * @return whether it is
     */
    public static boolean isIcmpv6Error(int type) {
        return (type & 0x80) == 0;
    }

    /**
     * Rewrites the type in place.
     *
     * @param type the low 8 bits are used
     * @return this
     */
    public IcmpMessage type(int type) {
        if (length >= MIN_LENGTH) {
            buffer.put(offset, (byte) type);
        }
        return this;
    }

    /**
     * Rewrites the code in place.
     *
     * @param code the low 8 bits are used
     * @return this
     */
    public IcmpMessage code(int code) {
        if (length >= MIN_LENGTH) {
            buffer.put(offset + CODE_OFFSET, (byte) code);
        }
        return this;
    }

    /**
     * Rewrites the checksum field in place.
     *
     * @param checksum the low 16 bits are used
     * @return this
     */
    public IcmpMessage checksum(int checksum) {
        if (length >= MIN_LENGTH) {
            putU16(CHECKSUM_OFFSET, checksum);
        }
        return this;
    }

    /**
     * Rewrites the four bytes behind the checksum in place.
     *
     * @param bits the four bytes
     * @return this
     */
    public IcmpMessage restOfHeader(int bits) {
        if (length >= HEADER_LENGTH) {
            buffer.putInt(offset + REST_OFFSET, bits);
        }
        return this;
    }

    /**
     * Rewrites the identifier of an echo in place.
     *
     * @param identifier the low 16 bits are used
     * @return this
     */
    public IcmpMessage identifier(int identifier) {
        if (length >= HEADER_LENGTH) {
            putU16(REST_OFFSET, identifier);
        }
        return this;
    }

    /**
     * Rewrites the sequence number of an echo in place.
     *
     * @param number the low 16 bits are used
     * @return this
     */
    public IcmpMessage sequenceNumber(int number) {
        if (length >= HEADER_LENGTH) {
            putU16(SEQUENCE_OFFSET, number);
        }
        return this;
    }

    /** {@return a line for debugging} */
    @Override
    public String toString() {
        return (family == IpFamily.IPV4 ? "ICMP" : "ICMPv6") + "{type=" + type() + ", code=" + code() + ", payload="
                + payloadLength() + "}";
    }
}
