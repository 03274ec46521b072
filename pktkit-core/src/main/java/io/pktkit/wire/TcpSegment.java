// SPDX-License-Identifier: MIT
package io.pktkit.wire;

import java.nio.ByteBuffer;

/**
 * A view of a TCP segment, RFC 9293 section 3.1. See the package description for what all views have in common. Sequence
 * numbers are unsigned 32-bit numbers in an {@code int}: compare them by the sign of their difference. Setters change no
 * checksum.
 */
public final class TcpSegment extends View {

    /** Length of a header without options in bytes. */
    public static final int MIN_HEADER_LENGTH = 20;

    /** No more data from the sender. */
    public static final int FIN = 1;

    /** Synchronize sequence numbers. */
    public static final int SYN = 2;

    /** Reset the connection. */
    public static final int RST = 4;

    /** Push function. */
    public static final int PSH = 8;

    /** The acknowledgment number is significant. */
    public static final int ACK = 16;

    /** The urgent pointer is significant. */
    public static final int URG = 32;

    /** ECN echo, RFC 3168. */
    public static final int ECE = 64;

    /** Congestion window reduced, RFC 3168. */
    public static final int CWR = 128;

    /** Accurate ECN, RFC 9768; formerly NS. */
    public static final int AE = 256;

    static final int CHECKSUM_OFFSET = 16;
    private static final int DESTINATION_PORT_OFFSET = 2;
    private static final int SEQUENCE_OFFSET = 4;
    private static final int ACKNOWLEDGMENT_OFFSET = 8;
    private static final int FLAGS_OFFSET = 12;
    private static final int WINDOW_OFFSET = 14;
    private static final int URGENT_OFFSET = 18;
    private static final int FLAGS_MASK = 0x1FF;
    private static final String[] FLAG_NAMES = {"FIN", "SYN", "RST", "PSH", "ACK", "URG", "ECE", "CWR", "AE"};

    private int headerLength;

    /** A view of nothing, until wrapped. */
    public TcpSegment() {}

    /**
     * Points this view at a segment.
     *
     * @param buffer a big-endian buffer
     * @param offset the first byte, absolute
     * @param length how many bytes, header and payload; what lies outside the buffer's limit is cut
     * @return this
     * @throws IllegalArgumentException if the buffer is little-endian
     */
    public TcpSegment wrap(ByteBuffer buffer, int offset, int length) {
        point(buffer, offset, length);
        headerLength = this.length < FLAGS_OFFSET + 1
                ? MIN_HEADER_LENGTH
                : Math.max(MIN_HEADER_LENGTH, (u8(FLAGS_OFFSET) >>> 4) * 4);
        return this;
    }

    /** {@return whether a whole header is there, options included, with a data offset of at least 5} */
    public boolean isValid() {
        return length >= MIN_HEADER_LENGTH && u8(FLAGS_OFFSET) >>> 4 >= 5 && headerLength <= length;
    }

    /** {@return the source port, 0 to 65535} */
    public int sourcePort() {
        return word(0);
    }

    /** {@return the destination port, 0 to 65535} */
    public int destinationPort() {
        return word(DESTINATION_PORT_OFFSET);
    }

    /** {@return the sequence number, unsigned} */
    public int sequenceNumber() {
        return length >= SEQUENCE_OFFSET + 4 ? (int) u32(SEQUENCE_OFFSET) : 0;
    }

    /** {@return the acknowledgment number, unsigned} */
    public int acknowledgmentNumber() {
        return length >= ACKNOWLEDGMENT_OFFSET + 4 ? (int) u32(ACKNOWLEDGMENT_OFFSET) : 0;
    }

    /** {@return the data offset in bytes, at least 20} */
    public int headerLength() {
        return headerLength;
    }

    /** {@return the nine flags, a set of the constants of this class} */
    public int flags() {
        return word(FLAGS_OFFSET) & FLAGS_MASK;
    }

    /**
     * Tells whether flags are set.
     *
     * @param flag one of the constants of this class, or several: then all must be set
     * @return whether they are
     */
    public boolean has(int flag) {
        return (flags() & flag) == flag;
    }

    /** {@return the window as sent, unscaled, 0 to 65535} */
    public int window() {
        return word(WINDOW_OFFSET);
    }

    /** {@return the checksum field} */
    public int checksum() {
        return word(CHECKSUM_OFFSET);
    }

    /** {@return the urgent pointer, 0 to 65535} */
    public int urgentPointer() {
        return word(URGENT_OFFSET);
    }

    /** {@return the first byte of the options in the buffer, absolute} */
    public int optionsOffset() {
        return offset + Math.min(MIN_HEADER_LENGTH, length);
    }

    /** {@return the length of the options in bytes, 0 to 40, padding included} */
    public int optionsLength() {
        return Math.max(0, Math.min(headerLength, length) - MIN_HEADER_LENGTH);
    }

    /** {@return the first byte of the payload in the buffer, absolute} */
    public int payloadOffset() {
        return offset + Math.min(headerLength, length);
    }

    /** {@return the payload's length in bytes} */
    public int payloadLength() {
        return Math.max(0, length - headerLength);
    }

    /**
     * Rewrites the source port in place.
     *
     * @param port the low 16 bits are used
     * @return this
     */
    public TcpSegment sourcePort(int port) {
        return word(0, port);
    }

    /**
     * Rewrites the destination port in place.
     *
     * @param port the low 16 bits are used
     * @return this
     */
    public TcpSegment destinationPort(int port) {
        return word(DESTINATION_PORT_OFFSET, port);
    }

    /**
     * Rewrites the sequence number in place.
     *
     * @param number the number, unsigned
     * @return this
     */
    public TcpSegment sequenceNumber(int number) {
        if (length >= SEQUENCE_OFFSET + 4) {
            buffer.putInt(offset + SEQUENCE_OFFSET, number);
        }
        return this;
    }

    /**
     * Rewrites the acknowledgment number in place.
     *
     * @param number the number, unsigned
     * @return this
     */
    public TcpSegment acknowledgmentNumber(int number) {
        if (length >= ACKNOWLEDGMENT_OFFSET + 4) {
            buffer.putInt(offset + ACKNOWLEDGMENT_OFFSET, number);
        }
        return this;
    }

    /**
     * Rewrites the nine flags in place.
     *
     * @param flags a set of the constants of this class
     * @return this
     */
    public TcpSegment flags(int flags) {
        return word(FLAGS_OFFSET, (word(FLAGS_OFFSET) & ~FLAGS_MASK) | (flags & FLAGS_MASK));
    }

    /**
     * Rewrites the window in place.
     *
     * @param window the low 16 bits are used
     * @return this
     */
    public TcpSegment window(int window) {
        return word(WINDOW_OFFSET, window);
    }

    /**
     * Rewrites the checksum field in place.
     *
     * @param checksum the low 16 bits are used
     * @return this
     */
    public TcpSegment checksum(int checksum) {
        return word(CHECKSUM_OFFSET, checksum);
    }

    /**
     * Rewrites the urgent pointer in place.
     *
     * @param pointer the low 16 bits are used
     * @return this
     */
    public TcpSegment urgentPointer(int pointer) {
        return word(URGENT_OFFSET, pointer);
    }

    /**
     * Names flags for people to read.
     *
     * @param flags a set of the constants of this class
     * @return such as {@code SYN|ACK}, or {@code none}
     */
    public static String flagsText(int flags) {
        StringBuilder text = new StringBuilder();
        for (int i = 0; i < FLAG_NAMES.length; i++) {
            if ((flags & 1 << i) != 0) {
                text.append(text.length() == 0 ? "" : "|").append(FLAG_NAMES[i]);
            }
        }
        return text.length() == 0 ? "none" : text.toString();
    }

    /** {@return a line for debugging} */
    @Override
    public String toString() {
        return "TCP{" + sourcePort() + " > " + destinationPort() + ", " + flagsText(flags()) + ", seq="
                + Integer.toUnsignedString(sequenceNumber()) + ", ack="
                + Integer.toUnsignedString(acknowledgmentNumber()) + ", window=" + window() + ", payload="
                + payloadLength() + "}";
    }

    private int word(int at) {
        return length >= at + 2 ? u16(at) : 0;
    }

    private TcpSegment word(int at, int value) {
        if (length >= at + 2) {
            putU16(at, value);
        }
        return this;
    }
}
