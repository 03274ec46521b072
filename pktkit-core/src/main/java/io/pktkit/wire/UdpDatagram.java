// SPDX-License-Identifier: MIT
package io.pktkit.wire;

import java.nio.ByteBuffer;

/**
 * A view of a UDP datagram, RFC 768. See the package description for what all views have in common. Setters change no
 * checksum.
 */
public final class UdpDatagram extends View {

    /** Length of the header in bytes. */
    public static final int HEADER_LENGTH = 8;

    static final int LENGTH_OFFSET = 4;
    static final int CHECKSUM_OFFSET = 6;
    private static final int DESTINATION_PORT_OFFSET = 2;

    /** A view of nothing, until wrapped. */
    public UdpDatagram() {}

    /**
     * Points this view at a datagram.
     *
     * @param buffer a big-endian buffer
     * @param offset the first byte, absolute
     * @param length how many bytes, header and payload; what lies outside the buffer's limit is cut
     * @return this
     * @throws IllegalArgumentException if the buffer is little-endian
     */
    public UdpDatagram wrap(ByteBuffer buffer, int offset, int length) {
        point(buffer, offset, length);
        return this;
    }

    /** {@return whether a whole header is there, and its length field is at least 8 and not past the view} */
    public boolean isValid() {
        return length >= HEADER_LENGTH && u16(LENGTH_OFFSET) >= HEADER_LENGTH && u16(LENGTH_OFFSET) <= length;
    }

    /** {@return the source port, 0 to 65535} */
    public int sourcePort() {
        return word(0);
    }

    /** {@return the destination port, 0 to 65535} */
    public int destinationPort() {
        return word(DESTINATION_PORT_OFFSET);
    }

    /** {@return the length field, header included, true or not} */
    public int udpLength() {
        return word(LENGTH_OFFSET);
    }

    /** {@return the checksum field; 0 for none} */
    public int checksum() {
        return word(CHECKSUM_OFFSET);
    }

    /** {@return the first byte of the payload in the buffer, absolute} */
    public int payloadOffset() {
        return offset + Math.min(HEADER_LENGTH, length);
    }

    /** {@return the payload's length in bytes: by the length field if it makes sense, else what the view has} */
    public int payloadLength() {
        return Math.max(0, (isValid() ? u16(LENGTH_OFFSET) : length) - HEADER_LENGTH);
    }

    /**
     * Rewrites the source port in place.
     *
     * @param port the low 16 bits are used
     * @return this
     */
    public UdpDatagram sourcePort(int port) {
        return word(0, port);
    }

    /**
     * Rewrites the destination port in place.
     *
     * @param port the low 16 bits are used
     * @return this
     */
    public UdpDatagram destinationPort(int port) {
        return word(DESTINATION_PORT_OFFSET, port);
    }

    /**
     * Rewrites the length field in place.
     *
     * @param bytes header and payload; the low 16 bits are used
     * @return this
     */
    public UdpDatagram udpLength(int bytes) {
        return word(LENGTH_OFFSET, bytes);
    }

    /**
     * Rewrites the checksum field in place.
     *
     * @param checksum the low 16 bits are used
     * @return this
     */
    public UdpDatagram checksum(int checksum) {
        return word(CHECKSUM_OFFSET, checksum);
    }

    /** {@return a line for debugging} */
    @Override
    public String toString() {
        return "UDP{" + sourcePort() + " > " + destinationPort() + ", payload=" + payloadLength() + "}";
    }

    private int word(int at) {
        return length >= at + 2 ? u16(at) : 0;
    }

    private UdpDatagram word(int at, int value) {
        if (length >= at + 2) {
            putU16(at, value);
        }
        return this;
    }
}
