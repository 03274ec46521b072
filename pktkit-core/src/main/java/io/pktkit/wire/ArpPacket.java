// SPDX-License-Identifier: MIT
package io.pktkit.wire;

import java.nio.ByteBuffer;

/**
 * A view of an ARP packet for IPv4 over Ethernet, RFC 826. See the package description for what all views have in common.
 * The addresses read as 0 unless the packet is {@linkplain #isValid() valid}.
 *
 * <pre>
 *  0       2       4      5      6     8       14     18      24     28
 *  +-------+-------+------+------+-----+-------+------+-------+------+
 *  | htype | ptype | hlen | plen | op  | sha   | spa  | tha   | tpa  |
 *  +-------+-------+------+------+-----+-------+------+-------+------+
 * </pre>
 */
public final class ArpPacket extends View {

    /** Length in bytes, without Ethernet padding. */
    public static final int LENGTH = 28;

    /** Operation: who has the target protocol address? */
    public static final int REQUEST = 1;

    /** Operation: the sender has the sender protocol address. */
    public static final int REPLY = 2;

    private static final int HARDWARE_ETHERNET = 1;
    private static final int PROTOCOL_TYPE_OFFSET = 2;
    private static final int HARDWARE_LENGTH_OFFSET = 4;
    private static final int PROTOCOL_LENGTH_OFFSET = 5;
    private static final int OPERATION_OFFSET = 6;
    private static final int SENDER_HARDWARE_OFFSET = 8;
    private static final int SENDER_PROTOCOL_OFFSET = SENDER_HARDWARE_OFFSET + MacAddress.LENGTH;
    private static final int TARGET_HARDWARE_OFFSET = SENDER_PROTOCOL_OFFSET + 4;
    private static final int TARGET_PROTOCOL_OFFSET = TARGET_HARDWARE_OFFSET + MacAddress.LENGTH;

    private boolean valid;

    /** A view of nothing, until wrapped. */
    public ArpPacket() {}

    /**
     * Points this view at an ARP packet.
     *
     * @param buffer a big-endian buffer
     * @param offset the first byte, absolute
     * @param length how many bytes; what lies outside the buffer's limit is cut
     * @return this
     * @throws IllegalArgumentException if the buffer is little-endian
     */
    public ArpPacket wrap(ByteBuffer buffer, int offset, int length) {
        point(buffer, offset, length);
        valid = this.length >= LENGTH
                && hardwareType() == HARDWARE_ETHERNET
                && protocolType() == EtherType.IPV4
                && hardwareLength() == MacAddress.LENGTH
                && protocolLength() == 4;
        return this;
    }

    /**
     * Points this view at the payload of a frame; at nothing if its EtherType is not ARP.
     *
     * @param frame the frame
     * @return this
     */
    public ArpPacket wrap(Frame frame) {
        boolean arp = frame.etherType() == EtherType.ARP;
        return wrap(frame.buffer(), frame.payloadOffset(), arp ? frame.payloadLength() : 0);
    }

    /** {@return whether this is ARP for IPv4 over Ethernet, of at least 28 bytes} */
    public boolean isValid() {
        return valid;
    }

    /** {@return the hardware type; 1 for Ethernet} */
    public int hardwareType() {
        return length >= 2 ? u16(0) : 0;
    }

    /** {@return the protocol type, an EtherType} */
    public int protocolType() {
        return length >= PROTOCOL_TYPE_OFFSET + 2 ? u16(PROTOCOL_TYPE_OFFSET) : 0;
    }

    /** {@return the length of a hardware address in bytes} */
    public int hardwareLength() {
        return length > HARDWARE_LENGTH_OFFSET ? u8(HARDWARE_LENGTH_OFFSET) : 0;
    }

    /** {@return the length of a protocol address in bytes} */
    public int protocolLength() {
        return length > PROTOCOL_LENGTH_OFFSET ? u8(PROTOCOL_LENGTH_OFFSET) : 0;
    }

    /** {@return the operation, {@link #REQUEST} or {@link #REPLY}} */
    public int operation() {
        return length >= OPERATION_OFFSET + 2 ? u16(OPERATION_OFFSET) : 0;
    }

    /** {@return the sender's MAC address in the low 48 bits} */
    public long senderMac() {
        return valid ? u48(SENDER_HARDWARE_OFFSET) : 0;
    }

    /** {@return the sender's IPv4 address, its first octet in the highest byte} */
    public int senderIpv4() {
        return valid ? (int) u32(SENDER_PROTOCOL_OFFSET) : 0;
    }

    /** {@return the target's MAC address in the low 48 bits; not significant in a request} */
    public long targetMac() {
        return valid ? u48(TARGET_HARDWARE_OFFSET) : 0;
    }

    /** {@return the target's IPv4 address, its first octet in the highest byte} */
    public int targetIpv4() {
        return valid ? (int) u32(TARGET_PROTOCOL_OFFSET) : 0;
    }

    /** {@return the sender's IPv4 address} */
    public IpAddress senderAddress() {
        return IpAddress.ofIpv4(senderIpv4());
    }

    /** {@return the target's IPv4 address} */
    public IpAddress targetAddress() {
        return IpAddress.ofIpv4(targetIpv4());
    }

    /**
     * Writes an ARP packet for IPv4 over Ethernet.
     *
     * @param target a big-endian buffer
     * @param offset the first byte to write, absolute
     * @param operation {@link #REQUEST} or {@link #REPLY}
     * @param senderMac the sender's MAC address in the low 48 bits
     * @param senderIpv4 the sender's IPv4 address; 0 in a probe (RFC 5227 section 1.1)
     * @param targetMac the target's MAC address in the low 48 bits; 0 in a request
     * @param targetIpv4 the target's IPv4 address
     * @return how many bytes were written, 28
     */
    public static int write(
            ByteBuffer target,
            int offset,
            int operation,
            long senderMac,
            int senderIpv4,
            long targetMac,
            int targetIpv4) {
        target.putShort(offset, (short) HARDWARE_ETHERNET);
        target.putShort(offset + PROTOCOL_TYPE_OFFSET, (short) EtherType.IPV4);
        target.put(offset + HARDWARE_LENGTH_OFFSET, (byte) MacAddress.LENGTH);
        target.put(offset + PROTOCOL_LENGTH_OFFSET, (byte) 4);
        target.putShort(offset + OPERATION_OFFSET, (short) operation);
        MacAddress.write(target, offset + SENDER_HARDWARE_OFFSET, senderMac);
        target.putInt(offset + SENDER_PROTOCOL_OFFSET, senderIpv4);
        MacAddress.write(target, offset + TARGET_HARDWARE_OFFSET, targetMac);
        target.putInt(offset + TARGET_PROTOCOL_OFFSET, targetIpv4);
        return LENGTH;
    }

    /** {@return a line for debugging} */
    @Override
    public String toString() {
        if (!valid) {
            return "ARP{invalid, length=" + length + "}";
        }
        return "ARP{op=" + operation() + ", " + MacAddress.toString(senderMac()) + " " + senderAddress() + " > "
                + MacAddress.toString(targetMac()) + " " + targetAddress() + "}";
    }
}
