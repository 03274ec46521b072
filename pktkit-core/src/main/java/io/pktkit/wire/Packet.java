// SPDX-License-Identifier: MIT
package io.pktkit.wire;

import java.nio.ByteBuffer;
import org.jspecify.annotations.Nullable;

/**
 * A view of an IPv4 (RFC 791) or IPv6 (RFC 8200) packet. See the package description for what all views have in common.
 *
 * <p>A packet is valid if it has a whole header: 20 bytes and an IHL that fits, or 40 bytes. All accessors of an invalid
 * packet answer 0. Where its payload ends is what the header declares, cut at the view's end for IPv6; an IPv4 packet
 * that declares less than its header or more than the view has no transport. {@link #isComplete()} tells.
 *
 * <p>IPv6 extension headers are walked once per {@code wrap}, when something behind them is first asked for, and at most
 * 16 of them. {@link #nextHeader()} is the literal field, {@link #protocol()} what is at the end of the chain.
 *
 * <p>Setters keep a right IPv4 header checksum right (RFC 1624), and never touch the transport's.
 */
public final class Packet extends Pdu {

    /** Length of an IPv4 header without options in bytes. */
    public static final int IPV4_HEADER_LENGTH = 20;

    /** Length of the fixed IPv6 header in bytes. */
    public static final int IPV6_HEADER_LENGTH = 40;

    static final int IPV4_PROTOCOL_OFFSET = 9;
    static final int IPV6_NEXT_HEADER_OFFSET = 6;
    private static final int IPV4_TOTAL_LENGTH_OFFSET = 2;
    private static final int IPV4_IDENTIFICATION_OFFSET = 4;
    private static final int IPV4_FRAGMENT_OFFSET = 6;
    private static final int IPV4_TTL_OFFSET = 8;
    private static final int IPV4_CHECKSUM_OFFSET = 10;
    private static final int IPV4_SOURCE_OFFSET = 12;
    private static final int IPV4_DESTINATION_OFFSET = 16;
    private static final int IPV6_PAYLOAD_LENGTH_OFFSET = 4;
    private static final int IPV6_HOP_LIMIT_OFFSET = 7;
    private static final int IPV6_SOURCE_OFFSET = 8;
    private static final int IPV6_DESTINATION_OFFSET = 24;
    private static final int DONT_FRAGMENT = 0x4000;
    private static final int MORE_FRAGMENTS = 0x2000;

    private final HeaderWalk walk = new HeaderWalk();
    private final TcpSegment tcp = new TcpSegment();
    private final UdpDatagram udp = new UdpDatagram();
    private final IcmpMessage icmp = new IcmpMessage();
    private int version;
    private int headerLength;
    private boolean walked;
    private boolean quoted;

    /** The code of a {@link LinkCast}: a reference would cost each wrap the garbage collector's barrier. */
    private int linkCast;

    /** A view of nothing, until wrapped. */
    public Packet() {}

    /**
     * Points this view at a packet, and forgets the facts of the one before: no segments, checksum finished, unicast.
     *
     * @param buffer a big-endian buffer
     * @param offset the first byte, absolute
     * @param length how many bytes; what lies outside the buffer's limit is cut
     * @return this
     * @throws IllegalArgumentException if the buffer is little-endian
     */
    public Packet wrap(ByteBuffer buffer, int offset, int length) {
        point(buffer, offset, length);
        this.walked = false;
        this.quoted = false;
        this.segmentSize = 0;
        this.checksumPending = false;
        this.headroom = KEPT;
        this.linkCast = 0;
        this.version = 0;
        this.headerLength = 0;
        readLayout();
        return this;
    }

    private void readLayout() {
        if (length < IPV4_HEADER_LENGTH) {
            return;
        }
        int first = u8(0);
        int ipv4HeaderLength = (first & 0xF) * 4;
        if (first >>> 4 == 4 && ipv4HeaderLength >= IPV4_HEADER_LENGTH && ipv4HeaderLength <= length) {
            version = 4;
            headerLength = ipv4HeaderLength;
        } else if (first >>> 4 == 6 && length >= IPV6_HEADER_LENGTH) {
            version = 6;
            headerLength = IPV6_HEADER_LENGTH;
        }
    }

    /**
     * Points this view at what is between a buffer's position and limit.
     *
     * @param buffer a big-endian buffer
     * @return this
     * @throws IllegalArgumentException if the buffer is little-endian
     */
    public Packet wrap(ByteBuffer buffer) {
        return wrap(buffer, buffer.position(), buffer.remaining());
    }

    /**
     * Points this view at a packet quoted in an ICMP error, which is usually cut short: the declared length is then not
     * held against it, and eight bytes of a transport header are enough to look at its ports.
     *
     * @param buffer a big-endian buffer
     * @param offset the first byte, absolute
     * @param length how many bytes
     * @return this
     */
    public Packet wrapQuoted(ByteBuffer buffer, int offset, int length) {
        wrap(buffer, offset, length);
        quoted = true;
        return this;
    }

    /** Ends a complete packet where it says that it ends. */
    void withoutPadding() {
        int declared = declaredLength();
        if (declared < length && declared >= headerLength && version != 0) {
            length = declared;
        }
    }

    /** {@return whether there is a whole IPv4 or IPv6 header} */
    public boolean isValid() {
        return version != 0;
    }

    /** {@return whether the packet is valid and all that it declares is there: not truncated, no lying length} */
    public boolean isComplete() {
        int declared = declaredLength();
        return version != 0 && declared >= headerLength && declared <= length;
    }

    /** {@return 4 or 6; 0 if invalid} */
    public int version() {
        return version;
    }

    /** {@return whether this is a valid IPv4 packet} */
    public boolean isIpv4() {
        return version == 4;
    }

    /** {@return whether this is a valid IPv6 packet} */
    public boolean isIpv6() {
        return version == 6;
    }

    /** {@return the family, or null if invalid} */
    public @Nullable IpFamily family() {
        return version == 4 ? IpFamily.IPV4 : version == 6 ? IpFamily.IPV6 : null;
    }

    /** {@return the length of header and payload that the packet declares, bounded by the view} */
    public int totalLength() {
        return Math.min(declaredLength(), length);
    }

    /**
     * Tells how long the packet is where it is on a wire: what a link's MTU bounds. A super-segment is as long as the
     * longest piece that it will be cut into.
     *
     * @return bytes of header and payload
     */
    public int wireLength() {
        int total = totalLength();
        if (segmentSize == 0 || transportOffset() < 0) {
            return total;
        }
        TcpSegment segment = tcp();
        int header = segment != null ? segment.headerLength() : Math.min(UdpDatagram.HEADER_LENGTH, transportLength());
        return Math.min(total, transportOffset() - offset + header + segmentSize);
    }

    /** {@return the length of header and payload that the packet declares, true or not} */
    public int declaredLength() {
        return switch (version) {
            case 4 -> u16(IPV4_TOTAL_LENGTH_OFFSET);
            case 6 -> IPV6_HEADER_LENGTH + u16(IPV6_PAYLOAD_LENGTH_OFFSET);
            default -> 0;
        };
    }

    /** {@return the length of the IPv4 header with options, or 40 for IPv6 without extension headers} */
    public int headerLength() {
        return headerLength;
    }

    /** {@return the first 64 bits of the source; 0 for IPv4} */
    public long sourceHigh() {
        return version == 6 ? buffer.getLong(offset + IPV6_SOURCE_OFFSET) : 0;
    }

    /** {@return the last 64 bits of the source; for IPv4 the address} */
    public long sourceLow() {
        return version == 4
                ? u32(IPV4_SOURCE_OFFSET)
                : version == 6 ? buffer.getLong(offset + IPV6_SOURCE_OFFSET + 8) : 0;
    }

    /** {@return the first 64 bits of the destination; 0 for IPv4} */
    public long destinationHigh() {
        return version == 6 ? buffer.getLong(offset + IPV6_DESTINATION_OFFSET) : 0;
    }

    /** {@return the last 64 bits of the destination; for IPv4 the address} */
    public long destinationLow() {
        return version == 4
                ? u32(IPV4_DESTINATION_OFFSET)
                : version == 6 ? buffer.getLong(offset + IPV6_DESTINATION_OFFSET + 8) : 0;
    }

    /** {@return the source; 0.0.0.0 if the packet is invalid} */
    public IpAddress source() {
        return version == 6 ? IpAddress.ofIpv6(sourceHigh(), sourceLow()) : IpAddress.ofIpv4((int) sourceLow());
    }

    /** {@return the destination; 0.0.0.0 if the packet is invalid} */
    public IpAddress destination() {
        return version == 6
                ? IpAddress.ofIpv6(destinationHigh(), destinationLow())
                : IpAddress.ofIpv4((int) destinationLow());
    }

    /**
     * Rewrites the source in place; nothing happens if the family differs.
     *
     * @param address the new source
     * @return this
     */
    public Packet source(IpAddress address) {
        return rewrite(address, IPV4_SOURCE_OFFSET, IPV6_SOURCE_OFFSET);
    }

    /**
     * Rewrites the destination in place; nothing happens if the family differs.
     *
     * @param address the new destination
     * @return this
     */
    public Packet destination(IpAddress address) {
        return rewrite(address, IPV4_DESTINATION_OFFSET, IPV6_DESTINATION_OFFSET);
    }

    private Packet rewrite(IpAddress address, int ipv4Offset, int ipv6Offset) {
        if (version == 4 && address.isIpv4()) {
            putIpv4Word(ipv4Offset, address.toIpv4Bits() >>> 16);
            putIpv4Word(ipv4Offset + 2, address.toIpv4Bits());
        } else if (version == 6 && address.isIpv6()) {
            address.writeTo(buffer, offset + ipv6Offset);
        }
        return this;
    }

    /** {@return the TTL or hop limit, 0 to 255; a router drops at 1 rather than forward 0} */
    public int hopLimit() {
        return version == 4 ? u8(IPV4_TTL_OFFSET) : version == 6 ? u8(IPV6_HOP_LIMIT_OFFSET) : 0;
    }

    /**
     * Rewrites the TTL or hop limit in place.
     *
     * @param hops the low 8 bits are used
     * @return this
     */
    public Packet hopLimit(int hops) {
        if (version == 4) {
            putIpv4Word(IPV4_TTL_OFFSET, (hops & 0xFF) << 8 | u8(IPV4_PROTOCOL_OFFSET));
        } else if (version == 6) {
            buffer.put(offset + IPV6_HOP_LIMIT_OFFSET, (byte) hops);
        }
        return this;
    }

    /** {@return whether the packet may be forwarded: false, and nothing changed, if the field is 0 or 1} */
    public boolean decrementHopLimit() {
        int hops = hopLimit();
        if (hops <= 1) {
            return false;
        }
        hopLimit(hops - 1);
        return true;
    }

    /** {@return the traffic class or type of service octet: DSCP and ECN} */
    public int trafficClass() {
        return version == 4 ? u8(1) : version == 6 ? u16(0) >>> 4 & 0xFF : 0;
    }

    /**
     * Rewrites the traffic class or type of service octet in place.
     *
     * @param octet DSCP and ECN, the low 8 bits are used
     * @return this
     */
    public Packet trafficClass(int octet) {
        if (version == 4) {
            putIpv4Word(0, u8(0) << 8 | (octet & 0xFF));
        } else if (version == 6) {
            buffer.putShort(offset, (short) ((u16(0) & 0xF00F) | (octet & 0xFF) << 4));
        }
        return this;
    }

    /** {@return the differentiated services code point, 0 to 63 (RFC 2474)} */
    public int dscp() {
        return trafficClass() >>> 2;
    }

    /** {@return the ECN field (RFC 3168): 0 Not-ECT, 1 ECT(1), 2 ECT(0), 3 CE} */
    public int ecn() {
        return trafficClass() & 3;
    }

    /**
     * Rewrites the ECN field in place.
     *
     * @param codepoint 0 to 3, the low 2 bits are used
     * @return this
     */
    public Packet ecn(int codepoint) {
        return trafficClass((trafficClass() & 0xFC) | (codepoint & 3));
    }

    /** {@return the flow label, 20 bits; 0 for IPv4} */
    public int flowLabel() {
        return version == 6 ? buffer.getInt(offset) & 0xFFFFF : 0;
    }

    /** {@return the literal protocol or next header field of the fixed header} */
    public int nextHeader() {
        return version == 4 ? u8(IPV4_PROTOCOL_OFFSET) : version == 6 ? u8(IPV6_NEXT_HEADER_OFFSET) : 0;
    }

    /**
     * Gives the protocol at the end of the extension headers. For a later IPv6 fragment it is 44, since what is behind
     * the Fragment header is the middle of something; for IPv4 it is always the literal field.
     *
     * @return the protocol, or the extension header at which the walk gave up
     */
    public int protocol() {
        return version == 0 ? 0 : walk().protocol;
    }

    /** {@return whether the header chain was walked to its end: false for one cut short or of more than 16 headers} */
    public boolean isHeaderChainComplete() {
        return version != 0 && walk().complete;
    }

    /** {@return where the transport header is in the buffer, absolute; -1 if absent, as in a later fragment} */
    public int transportOffset() {
        return version == 0 || walk().transport < 0 ? -1 : offset + walk.transport;
    }

    /** {@return the length of transport header and payload without padding; 0 if absent} */
    public int transportLength() {
        return version == 0 || walk().transport < 0 ? 0 : Math.max(0, totalLength() - walk.transport);
    }

    private HeaderWalk walk() {
        if (!walked) {
            walked = true;
            if (version == 4) {
                walk.ipv4(buffer, offset, headerLength, fragmentOffset() != 0, quoted || isComplete());
            } else {
                walk.ipv6(buffer, offset, totalLength());
            }
        }
        return walk;
    }

    /**
     * Tells whether this is a fragment: any but the whole of an IPv4 datagram, or an IPv6 packet with a Fragment header,
     * found wherever it is in the chain. An atomic fragment (RFC 6946) counts as one too.
     *
     * @return whether it is
     */
    public boolean isFragment() {
        return version == 4
                ? (u16(IPV4_FRAGMENT_OFFSET) & (MORE_FRAGMENTS | 0x1FFF)) != 0
                : version == 6 && walk().fragment >= 0;
    }

    /** {@return where in the datagram this fragment belongs, in bytes; 0 if it is none} */
    public int fragmentOffset() {
        return version == 4 ? (u16(IPV4_FRAGMENT_OFFSET) & 0x1FFF) * 8 : ipv6FragmentWord() & 0xFFF8;
    }

    /** {@return whether fragments of higher offset exist} */
    public boolean moreFragments() {
        return version == 4 ? (u16(IPV4_FRAGMENT_OFFSET) & MORE_FRAGMENTS) != 0 : (ipv6FragmentWord() & 1) != 0;
    }

    private int ipv6FragmentWord() {
        return version == 6 && walk().fragment >= 0 ? u16(walk.fragment + 2) : 0;
    }

    /** {@return whether a router must not fragment this: the DF flag; always true for IPv6} */
    public boolean dontFragment() {
        return version == 4 ? (u16(IPV4_FRAGMENT_OFFSET) & DONT_FRAGMENT) != 0 : version == 6;
    }

    /** {@return the IPv4 identification, 16 bits, or that of an IPv6 Fragment header, 32 bits; 0 without one} */
    public int identification() {
        return version == 4
                ? u16(IPV4_IDENTIFICATION_OFFSET)
                : version == 6 && walk().fragment >= 0 ? buffer.getInt(offset + walk.fragment + 4) : 0;
    }

    /**
     * Rewrites the IPv4 identification in place; nothing happens for IPv6.
     *
     * @param id the low 16 bits are used
     * @return this
     */
    public Packet identification(int id) {
        if (version == 4) {
            putIpv4Word(IPV4_IDENTIFICATION_OFFSET, id);
        }
        return this;
    }

    /**
     * Rewrites the IPv4 DF flag in place; nothing happens for IPv6.
     *
     * @param set whether routers must not fragment
     * @return this
     */
    public Packet dontFragment(boolean set) {
        if (version == 4) {
            int word = u16(IPV4_FRAGMENT_OFFSET) & ~DONT_FRAGMENT;
            putIpv4Word(IPV4_FRAGMENT_OFFSET, set ? word | DONT_FRAGMENT : word);
        }
        return this;
    }

    /** {@return whether the destination is 255.255.255.255; a subnet's own broadcast cannot be told from here} */
    public boolean isBroadcast() {
        return version == 4 && buffer.getInt(offset + IPV4_DESTINATION_OFFSET) == -1;
    }

    /** {@return whether the destination is in 224.0.0.0/4 or ff00::/8} */
    public boolean isMulticast() {
        return version == 4
                ? u8(IPV4_DESTINATION_OFFSET) >>> 4 == 0xE
                : version == 6 && u8(IPV6_DESTINATION_OFFSET) == 0xFF;
    }

    /** {@return the TCP segment, this packet's own view; null if there is no TCP header of at least 20 bytes} */
    public @Nullable TcpSegment tcp() {
        return hasTransport(IpProtocol.TCP, quoted ? 8 : TcpSegment.MIN_HEADER_LENGTH)
                ? tcp.wrap(buffer, transportOffset(), transportLength())
                : null;
    }

    /** {@return the UDP datagram, this packet's own view; null if there is no whole UDP header} */
    public @Nullable UdpDatagram udp() {
        return hasTransport(IpProtocol.UDP, UdpDatagram.HEADER_LENGTH)
                ? udp.wrap(buffer, transportOffset(), transportLength())
                : null;
    }

    /** {@return the ICMP message of the packet's own family, this packet's own view; null if there are no 4 bytes} */
    public @Nullable IcmpMessage icmp() {
        if (version == 4 && hasTransport(IpProtocol.ICMP, IcmpMessage.MIN_LENGTH)) {
            return icmp.wrap(buffer, transportOffset(), transportLength(), IpFamily.IPV4);
        }
        if (version == 6 && hasTransport(IpProtocol.ICMPV6, IcmpMessage.MIN_LENGTH)) {
            return icmp.wrap(buffer, transportOffset(), transportLength(), IpFamily.IPV6);
        }
        return null;
    }

    private boolean hasTransport(int wanted, int minLength) {
        return protocol() == wanted && transportLength() >= minLength;
    }

    /** {@return protocol, addresses and ports; null if there is no TCP or UDP header} */
    public @Nullable FiveTuple fiveTuple() {
        return FiveTuple.of(this);
    }

    /** {@return whether the IPv4 header's checksum is right; not checkable for IPv6} */
    public ChecksumStatus verifyIpv4Checksum() {
        return PacketChecksums.verifyHeader(this);
    }

    /**
     * Verifies the checksum of TCP, UDP, ICMP or ICMPv6. UDP is summed over its own length, the others over the packet's
     * payload; with a Routing header the pseudo-header has the final destination (RFC 8200 section 8.1). A UDP checksum
     * of 0 means none in IPv4 and is invalid in IPv6.
     *
     * @return the result; not checkable for a fragment of something larger, a truncated packet, a checksum pending, or
     *     another protocol
     */
    public ChecksumStatus verifyTransportChecksum() {
        return PacketChecksums.verifyTransport(this);
    }

    /** Writes the IPv4 header's checksum in place; nothing happens for IPv6. */
    public void recomputeIpv4Checksum() {
        PacketChecksums.recomputeHeader(this);
    }

    /**
     * Writes the transport's checksum in place, under the rules of {@link #verifyTransportChecksum()}. A UDP checksum
     * comes out as 0xFFFF rather than 0, and is written even where IPv4 had none.
     *
     * @return whether there was one to write
     */
    public boolean recomputeTransportChecksum() {
        return PacketChecksums.recomputeTransport(this);
    }

    /** {@return how the link addressed the packet; unicast unless it was noted} */
    @Override
    public LinkCast linkCast() {
        return LinkCast.of(linkCast);
    }

    /**
     * Notes how the link addressed the packet; not part of the bytes.
     *
     * @param cast how
     * @return this
     */
    public Packet linkCast(LinkCast cast) {
        linkCast = cast.code;
        return this;
    }

    /**
     * Notes of another what was noted of it, for a copy that goes the same way on.
     *
     * @param other the packet whose facts to take
     * @return this
     */
    public Packet facts(Packet other) {
        segmentSize = other.segmentSize;
        checksumPending = other.checksumPending;
        linkCast = other.linkCast;
        return this;
    }

    @Override
    public Packet packet() {
        return this;
    }

    @Override
    public int linkHeaderLength() {
        return 0;
    }

    /**
     * Notes that the packet holds a TCP or UDP super-segment; not part of the bytes.
     *
     * @param bytes payload bytes per segment, 0 for none
     * @return this
     */
    public Packet segmentSize(int bytes) {
        segmentSize = bytes;
        return this;
    }

    /**
     * Notes whether the transport checksum is yet to be finished; not part of the bytes.
     *
     * @param pending whether it is
     * @return this
     */
    public Packet checksumPending(boolean pending) {
        checksumPending = pending;
        return this;
    }

    /**
     * Notes that the headers may be rewritten in place, see {@link #isRewritable()}. For who owns the buffer, and looks at the
     * bytes no more.
     *
     * @param before how many bytes before the first one may be overwritten too, 0 or more
     * @return this
     */
    public Packet rewritable(int before) {
        headroom = before;
        return this;
    }

    /** {@return a line for debugging} */
    @Override
    public String toString() {
        if (!isValid()) {
            return "Packet{invalid, length=" + length + "}";
        }
        return "IPv" + version + "{" + source() + " > " + destination() + ", " + IpProtocol.name(protocol())
                + ", hopLimit=" + hopLimit() + (isFragment() ? ", fragment at " + fragmentOffset() : "") + ", length="
                + length + "}";
    }

    /** The walk's result, for the code of this package that rebuilds headers. Only for a valid packet. */
    HeaderWalk layout() {
        return walk();
    }

    /** Replaces one aligned word of the IPv4 header and carries the change into its checksum. */
    private void putIpv4Word(int at, int word) {
        int checksum = Checksum.update(u16(IPV4_CHECKSUM_OFFSET), u16(at), word & 0xFFFF);
        buffer.putShort(offset + at, (short) word);
        buffer.putShort(offset + IPV4_CHECKSUM_OFFSET, (short) checksum);
    }
}
