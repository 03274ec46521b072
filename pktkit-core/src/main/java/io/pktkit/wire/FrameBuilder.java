// SPDX-License-Identifier: MIT
package io.pktkit.wire;

import java.nio.ByteBuffer;

/**
 * Builds Ethernet frames and moves VLAN tags. Methods that return a buffer make a new one on the heap, from position 0 to
 * its limit, for tests and slow paths; the {@code write} methods do not allocate. Payloads are read from position to
 * limit, and stay as they are. Frames are not padded to the 60 bytes of a real Ethernet, and no checksum follows them.
 */
public final class FrameBuilder {

    private static final int ADDRESSES_LENGTH = 2 * MacAddress.LENGTH;
    private static final int TAG_LENGTH = 4;

    private FrameBuilder() {}

    /**
     * Builds an untagged frame.
     *
     * @param destination destination
     * @param source source
     * @param etherType what the payload is
     * @param payload the payload
     * @return the frame
     */
    public static ByteBuffer frame(MacAddress destination, MacAddress source, int etherType, ByteBuffer payload) {
        ByteBuffer frame = ByteBuffer.allocate(Frame.HEADER_LENGTH + payload.remaining());
        writeHeader(frame, 0, destination.toLong(), source.toLong(), etherType);
        frame.put(Frame.HEADER_LENGTH, payload, payload.position(), payload.remaining());
        return frame;
    }

    /**
     * Writes an untagged Ethernet header.
     *
     * @param target a big-endian buffer
     * @param offset the first byte to write, absolute
     * @param destinationMac destination in the low 48 bits
     * @param sourceMac source in the low 48 bits
     * @param etherType what follows
     * @return how many bytes were written, 14
     */
    public static int writeHeader(ByteBuffer target, int offset, long destinationMac, long sourceMac, int etherType) {
        MacAddress.write(target, offset, destinationMac);
        MacAddress.write(target, offset + MacAddress.LENGTH, sourceMac);
        target.putShort(offset + ADDRESSES_LENGTH, (short) etherType);
        return Frame.HEADER_LENGTH;
    }

    /**
     * Builds an ARP frame for IPv4. A request with an unspecified sender is a probe, RFC 5227.
     *
     * @param destination where the frame goes, usually broadcast for a request
     * @param operation {@link ArpPacket#REQUEST} or {@link ArpPacket#REPLY}
     * @param senderMac the sender's MAC address, also the frame's source
     * @param sender the sender's IPv4 address
     * @param targetMac the target's MAC address; zero in a request
     * @param target the target's IPv4 address
     * @return the frame
     * @throws IllegalArgumentException if an address is not IPv4
     */
    public static ByteBuffer arp(
            MacAddress destination,
            int operation,
            MacAddress senderMac,
            IpAddress sender,
            MacAddress targetMac,
            IpAddress target) {
        if (!sender.isIpv4() || !target.isIpv4()) {
            throw new IllegalArgumentException("ARP is for IPv4: sender=" + sender + " target=" + target);
        }
        ByteBuffer frame = ByteBuffer.allocate(Frame.HEADER_LENGTH + ArpPacket.LENGTH);
        writeHeader(frame, 0, destination.toLong(), senderMac.toLong(), EtherType.ARP);
        ArpPacket.write(
                frame,
                Frame.HEADER_LENGTH,
                operation,
                senderMac.toLong(),
                sender.toIpv4Bits(),
                targetMac.toLong(),
                target.toIpv4Bits());
        return frame;
    }

    /**
     * Copies a frame with an 802.1Q tag. One that has a tag already is copied as it is, so that tags never stack.
     *
     * @param frame the frame
     * @param vlanId VLAN ID, 0 to 4095
     * @param priority priority code point, 0 to 7
     * @return the tagged frame
     * @throws IllegalArgumentException if an argument is out of range, or the frame has no whole header
     */
    public static ByteBuffer pushVlan(Frame frame, int vlanId, int priority) {
        if (vlanId < 0 || vlanId > 0xFFF || priority < 0 || priority > 7) {
            throw new IllegalArgumentException(
                    "vlanId must be in 0 to 4095 and priority in 0 to 7: vlanId=" + vlanId + " priority=" + priority);
        }
        if (isTagged(requireHeader(frame))) {
            return ByteBuffer.wrap(frame.toBytes());
        }
        ByteBuffer tagged = ByteBuffer.allocate(frame.length() + TAG_LENGTH);
        writeTagged(frame, priority << 13 | vlanId, tagged, 0);
        return tagged;
    }

    /**
     * Copies a frame without its 802.1Q tag. One that has none is copied as it is; of stacked tags the outer one goes.
     *
     * @param frame the frame
     * @return the frame with one tag less
     * @throws IllegalArgumentException if the frame has no whole header
     */
    public static ByteBuffer popVlan(Frame frame) {
        boolean tagged = requireHeader(frame).hasVlan();
        ByteBuffer untagged = ByteBuffer.allocate(frame.length() - (tagged ? TAG_LENGTH : 0));
        writeUntagged(frame, untagged, 0);
        return untagged;
    }

    /**
     * Writes a copy of a frame with a tag of the given content; a tag that it already has is replaced.
     *
     * @param frame a valid frame, in memory that does not overlap the target
     * @param tci priority, DEI and VLAN ID as in the tag
     * @param target a big-endian buffer
     * @param offset the first byte to write, absolute
     * @return how many bytes were written
     */
    public static int writeTagged(Frame frame, int tci, ByteBuffer target, int offset) {
        int rest = frame.payloadOffset() - 2; // from the inner EtherType on
        int restLength = frame.payloadLength() + 2;
        target.put(offset, frame.buffer(), frame.offset(), ADDRESSES_LENGTH);
        target.putShort(offset + ADDRESSES_LENGTH, (short) EtherType.VLAN);
        target.putShort(offset + ADDRESSES_LENGTH + 2, (short) tci);
        target.put(offset + ADDRESSES_LENGTH + TAG_LENGTH, frame.buffer(), rest, restLength);
        return ADDRESSES_LENGTH + TAG_LENGTH + restLength;
    }

    /**
     * Writes a copy of a frame without its tag; a frame without one is copied as it is.
     *
     * @param frame a valid frame, in memory that does not overlap the target
     * @param target a big-endian buffer
     * @param offset the first byte to write, absolute
     * @return how many bytes were written
     */
    public static int writeUntagged(Frame frame, ByteBuffer target, int offset) {
        int restLength = frame.payloadLength() + 2;
        target.put(offset, frame.buffer(), frame.offset(), ADDRESSES_LENGTH);
        target.put(offset + ADDRESSES_LENGTH, frame.buffer(), frame.payloadOffset() - 2, restLength);
        return ADDRESSES_LENGTH + restLength;
    }

    /** A frame of 14 to 17 bytes with type 0x8100 has a tag too, though not a whole one. */
    private static boolean isTagged(Frame frame) {
        return frame.hasVlan() || frame.etherType() == EtherType.VLAN;
    }

    private static Frame requireHeader(Frame frame) {
        if (!frame.isValid()) {
            throw new IllegalArgumentException("frame must have a whole header: length=" + frame.length());
        }
        return frame;
    }
}
