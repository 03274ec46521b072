// SPDX-License-Identifier: MIT
package io.pktkit.wire;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;

/** What the views share: the window, clamped when it is set, and unsigned reads. */
abstract sealed class View permits Pdu, TcpSegment, UdpDatagram, IcmpMessage, ArpPacket {

    static final ByteBuffer EMPTY = ByteBuffer.allocate(0);

    ByteBuffer buffer = EMPTY;
    int offset;
    int length;

    /** A negative offset or length makes an empty view: what the caller meant is not known. */
    final void point(ByteBuffer buffer, int offset, int length) {
        if (buffer.order() != ByteOrder.BIG_ENDIAN) {
            throw new IllegalArgumentException("buffer must be in network order: order=LITTLE_ENDIAN");
        }
        int limit = buffer.limit();
        this.buffer = buffer;
        if (offset < 0 || offset > limit) {
            this.offset = 0;
            this.length = 0;
        } else {
            this.offset = offset;
            this.length = Math.max(0, Math.min(length, limit - offset));
        }
    }

    /** {@return the buffer that the view is in} */
    public final ByteBuffer buffer() {
        return buffer;
    }

    /** {@return the view's first byte in the buffer, absolute} */
    public final int offset() {
        return offset;
    }

    /** {@return the view's length in bytes} */
    public final int length() {
        return length;
    }

    /**
     * Copies the view's bytes.
     *
     * @param target where to; its position stays
     * @param targetOffset the first byte to write, absolute
     * @return the view's length
     * @throws IndexOutOfBoundsException if the target is too small
     */
    public final int copyTo(ByteBuffer target, int targetOffset) {
        target.put(targetOffset, buffer, offset, length);
        return length;
    }

    /** {@return the view's bytes in a new array} */
    public final byte[] toBytes() {
        byte[] bytes = new byte[length];
        buffer.get(offset, bytes);
        return bytes;
    }

    final int u8(int at) {
        return buffer.get(offset + at) & 0xFF;
    }

    final int u16(int at) {
        return buffer.getShort(offset + at) & 0xFFFF;
    }

    final long u32(int at) {
        return buffer.getInt(offset + at) & 0xFFFF_FFFFL;
    }

    final long u48(int at) {
        return (long) u16(at) << 32 | u32(at + 2);
    }

    /** The first six of eight bytes, all of which must be there: one read, as {@link #u48} takes two. */
    final long u48Of64(int at) {
        return buffer.getLong(offset + at) >>> 16;
    }

    final void putU16(int at, int value) {
        buffer.putShort(offset + at, (short) value);
    }

    final void putU48(int at, long bits48) {
        buffer.putShort(offset + at, (short) (bits48 >>> 32));
        buffer.putInt(offset + at + 2, (int) bits48);
    }
}
