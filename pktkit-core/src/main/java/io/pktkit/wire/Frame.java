// SPDX-License-Identifier: MIT
package io.pktkit.wire;

import java.nio.ByteBuffer;

/**
 * A view of an Ethernet II frame, with at most one 802.1Q tag looked through. See the package description for what all
 * views have in common.
 *
 * <pre>
 *  0      6      12     14               12         14    16     18
 *  +------+------+------+---------       +----------+-----+------+---------
 *  | dst  | src  | type | payload   or   | 0x8100   | TCI | type | payload
 *  +------+------+------+---------       +----------+-----+------+---------
 * </pre>
 */
public final class Frame extends Pdu {

    /** Length of the header without a tag in bytes. */
    public static final int HEADER_LENGTH = 14;

    /** Length of the header with one 802.1Q tag in bytes. */
    public static final int VLAN_HEADER_LENGTH = 18;

    private static final int DESTINATION_OFFSET = 0;
    private static final int SOURCE_OFFSET = DESTINATION_OFFSET + MacAddress.LENGTH;
    private static final int TYPE_OFFSET = SOURCE_OFFSET + MacAddress.LENGTH;
    private static final int TCI_OFFSET = TYPE_OFFSET + 2;
    private static final int INNER_TYPE_OFFSET = TCI_OFFSET + 2;

    private final Packet packet = new Packet();
    private int headerLength;

    /** A view of nothing, until wrapped. */
    public Frame() {}

    /**
     * Points this view at a frame, and forgets the offload facts of the one before.
     *
     * @param buffer a big-endian buffer
     * @param offset the first byte, absolute
     * @param length how many bytes; what lies outside the buffer's limit is cut
     * @return this
     * @throws IllegalArgumentException if the buffer is little-endian
     */
    public Frame wrap(ByteBuffer buffer, int offset, int length) {
        point(buffer, offset, length);
        this.segmentSize = 0;
        this.checksumPending = false;
        this.headroom = KEPT;
        this.headerLength = this.length < HEADER_LENGTH
                ? 0
                : this.length >= VLAN_HEADER_LENGTH && u16(TYPE_OFFSET) == EtherType.VLAN
                        ? VLAN_HEADER_LENGTH
                        : HEADER_LENGTH;
        return this;
    }

    /**
     * Points this view at what is between a buffer's position and limit.
     *
     * @param buffer a big-endian buffer
     * @return this
     * @throws IllegalArgumentException if the buffer is little-endian
     */
    public Frame wrap(ByteBuffer buffer) {
        return wrap(buffer, buffer.position(), buffer.remaining());
    }

    /** {@return whether there is a whole Ethernet header} */
    public boolean isValid() {
        return headerLength != 0;
    }

    /** {@return the destination in the low 48 bits; 0 without a whole header} */
    public long destinationMac() {
        return headerLength == 0 ? 0 : u48Of64(DESTINATION_OFFSET);
    }

    /** {@return the source in the low 48 bits; 0 without a whole header} */
    public long sourceMac() {
        return headerLength == 0 ? 0 : u48Of64(SOURCE_OFFSET);
    }

    /** {@return the destination; all zeros without a whole header} */
    public MacAddress destination() {
        return MacAddress.of(destinationMac());
    }

    /** {@return the source; all zeros without a whole header} */
    public MacAddress source() {
        return MacAddress.of(sourceMac());
    }

    /**
     * Rewrites the destination in place.
     *
     * @param bits48 the address in the low 48 bits
     * @return this
     */
    public Frame destinationMac(long bits48) {
        if (headerLength != 0) {
            putU48(DESTINATION_OFFSET, bits48);
        }
        return this;
    }

    /**
     * Rewrites the source in place.
     *
     * @param bits48 the address in the low 48 bits
     * @return this
     */
    public Frame sourceMac(long bits48) {
        if (headerLength != 0) {
            putU48(SOURCE_OFFSET, bits48);
        }
        return this;
    }

    /** {@return whether there is a whole 802.1Q tag; 802.1ad (0x88A8) is not one} */
    public boolean hasVlan() {
        return headerLength == VLAN_HEADER_LENGTH;
    }

    /** {@return the tag control information: priority, DEI and VLAN ID in 16 bits; 0 without a tag} */
    public int vlanTci() {
        return hasVlan() ? u16(TCI_OFFSET) : 0;
    }

    /** {@return the VLAN ID, 0 to 4095; 0 without a tag and in a priority tag} */
    public int vlanId() {
        return vlanTci() & 0xFFF;
    }

    /** {@return the priority code point, 0 to 7} */
    public int vlanPriority() {
        return vlanTci() >>> 13;
    }

    /** {@return the drop eligible indicator} */
    public boolean vlanDei() {
        return (vlanTci() & 0x1000) != 0;
    }

    /** {@return what the payload is: the type behind the tag if there is a whole one, else the type as it stands} */
    public int etherType() {
        if (headerLength == 0) {
            return 0;
        }
        return u16((hasVlan() ? INNER_TYPE_OFFSET : TYPE_OFFSET));
    }

    /** {@return 14, or 18 with a tag; 0 if not even 14 bytes are there} */
    public int headerLength() {
        return headerLength;
    }

    /** {@return the first byte of the payload in the buffer, absolute} */
    public int payloadOffset() {
        return offset + headerLength;
    }

    /** {@return the payload's length in bytes, Ethernet padding included; 0 without a whole header} */
    public int payloadLength() {
        return headerLength == 0 ? 0 : length - headerLength;
    }

    /** {@return whether the destination is ff:ff:ff:ff:ff:ff; needs only its six bytes} */
    public boolean isBroadcast() {
        return length >= MacAddress.LENGTH && u48(0) == MacAddress.BROADCAST.toLong();
    }

    /** {@return whether the destination is a group, broadcast included; needs only the first byte} */
    public boolean isMulticast() {
        return length >= 1 && (buffer.get(offset) & 1) != 0;
    }

    /** {@return how the destination address names its receivers} */
    @Override
    public LinkCast linkCast() {
        return !isMulticast() ? LinkCast.UNICAST : isBroadcast() ? LinkCast.BROADCAST : LinkCast.MULTICAST;
    }

    /**
     * Gives the IP packet inside, with the facts of the frame. It is invalid unless the EtherType is IPv4 or IPv6 and the
     * packet is of that version. It ends where it says that it ends: Ethernet pads short frames to 60 bytes, and what it
     * pads with is nobody's business. Only a packet that declares more than is there has all that is there.
     *
     * @return this frame's own view, wrapped anew by each call, always in the same way: who was lent the frame and looks
     *     into it changes nothing for who lent it
     */
    @Override
    public Packet packet() {
        int type = etherType();
        packet.wrap(buffer, payloadOffset(), payloadLength());
        if (type != EtherType.IPV4 ? type != EtherType.IPV6 || !packet.isIpv6() : !packet.isIpv4()) {
            packet.wrap(buffer, payloadOffset(), 0);
        }
        packet.withoutPadding();
        packet.headroom = headroom < 0 ? KEPT : headroom + headerLength;
        return packet.segmentSize(segmentSize).checksumPending(checksumPending).linkCast(linkCast());
    }

    @Override
    public int linkHeaderLength() {
        return headerLength;
    }

    /**
     * Notes that the frame holds a TCP or UDP super-segment; not part of the bytes.
     *
     * @param bytes payload bytes per segment, 0 for none
     * @return this
     */
    public Frame segmentSize(int bytes) {
        segmentSize = bytes;
        return this;
    }

    /**
     * Notes whether the transport checksum is yet to be finished; not part of the bytes.
     *
     * @param pending whether it is
     * @return this
     */
    public Frame checksumPending(boolean pending) {
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
    public Frame rewritable(int before) {
        headroom = before;
        return this;
    }

    /** {@return a line for debugging} */
    @Override
    public String toString() {
        if (!isValid()) {
            return "Frame{invalid, length=" + length + "}";
        }
        return "Frame{" + MacAddress.toString(sourceMac()) + " > " + MacAddress.toString(destinationMac()) + ", "
                + EtherType.name(etherType()) + (hasVlan() ? ", vlan=" + vlanId() : "") + ", length=" + length + "}";
    }
}
