// SPDX-License-Identifier: MIT
package io.pktkit.dns;

import java.nio.ByteBuffer;

/**
 * Reads the parts of a message one after the other. Total: past the end, or after a part that is malformed, everything
 * reads as 0 or the root and {@link #failed} says so, so the caller checks once at the end of each record.
 */
final class DnsReader {
    /** More pointers than a name can have labels serve only to burn time. */
    private static final int MAX_POINTERS = 127;

    private final ByteBuffer buffer;
    private final int start;
    private final byte[] assembled = new byte[DnsName.MAX_LENGTH];
    private int end;
    private int at;
    private boolean failed;

    /** Reads {@code length} bytes from {@code offset} on, all of which must be inside the buffer. */
    DnsReader(ByteBuffer buffer, int offset, int length) {
        this.buffer = buffer;
        this.start = offset;
        this.at = offset;
        this.end = offset + length;
    }

    boolean failed() {
        return failed;
    }

    /** Where the next part starts. */
    int at() {
        return at;
    }

    int remaining() {
        return failed ? 0 : end - at;
    }

    /** The octet that is so far ahead, without taking it; 0 past the end. */
    int peek8(int ahead) {
        return failed || ahead >= end - at ? 0 : buffer.get(at + ahead) & 0xFF;
    }

    int unsigned8() {
        int from = take(1);
        return from < 0 ? 0 : buffer.get(from) & 0xFF;
    }

    int unsigned16() {
        int from = take(2);
        return from < 0 ? 0 : ((buffer.get(from) & 0xFF) << 8) | (buffer.get(from + 1) & 0xFF);
    }

    long unsigned32() {
        long high = unsigned16();
        return (high << 16) | unsigned16();
    }

    byte[] octets(int length) {
        int from = take(length);
        byte[] octets = new byte[from < 0 ? 0 : length];
        if (from >= 0) {
            buffer.get(from, octets, 0, length);
        }
        return octets;
    }

    /**
     * A name, compressed or not. A pointer must lead to before the part of the name it ends: that is what compression
     * means (RFC 1035 section 4.1.4, "a prior occurrence"), and it makes loops impossible.
     */
    DnsName name() {
        int cursor = at;
        int segment = at;
        int resume = -1;
        int pointers = 0;
        int length = 0;
        while (!failed) {
            if (cursor >= end) {
                return fail();
            }
            int octet = buffer.get(cursor) & 0xFF;
            if (octet >= 0xC0) {
                int target =
                        cursor + 1 < end ? start + (((octet & 0x3F) << 8) | (buffer.get(cursor + 1) & 0xFF)) : segment;
                if (target >= segment || ++pointers > MAX_POINTERS) {
                    return fail();
                }
                resume = resume < 0 ? cursor + 2 : resume;
                cursor = target;
                segment = target;
                continue;
            }
            // 0x40 and 0x80 are reserved; the whole name with its last empty label must fit.
            if (octet > DnsName.MAX_LABEL_LENGTH
                    || cursor + 1 + octet > end
                    || length + 1 + octet + (octet == 0 ? 0 : 1) > DnsName.MAX_LENGTH) {
                return fail();
            }
            buffer.get(cursor, assembled, length, 1 + octet);
            length += 1 + octet;
            cursor += 1 + octet;
            if (octet == 0) {
                at = resume < 0 ? cursor : resume;
                return DnsName.ofWire(assembled, length);
            }
        }
        return DnsName.ROOT;
    }

    /** Bounds what follows to {@code length} bytes; gives the former end for {@link #widen}. */
    int narrow(int length) {
        int outer = end;
        if (length > remaining()) {
            failed = true;
        } else {
            end = at + length;
        }
        return outer;
    }

    /** Ends a {@link #narrow}: its bytes must have been read to the last. */
    void widen(int outerEnd) {
        failed |= at != end;
        end = outerEnd;
    }

    private int take(int length) {
        if (failed || length > end - at) {
            failed = true;
            return -1;
        }
        int from = at;
        at += length;
        return from;
    }

    private DnsName fail() {
        failed = true;
        return DnsName.ROOT;
    }
}
