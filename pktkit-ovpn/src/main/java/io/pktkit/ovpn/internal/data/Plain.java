// SPDX-License-Identifier: MIT
package io.pktkit.ovpn.internal.data;

import java.nio.ByteBuffer;

/** Where decrypted packets are put. Owned by the thread that receives, and overwritten by the next packet. */
public final class Plain {

    private byte[] bytes = new byte[2048];
    private ByteBuffer buffer = ByteBuffer.wrap(bytes);
    private byte[] sealed = new byte[2048];
    private int offset;
    private int length;

    /** Creates it with nothing in it. */
    public Plain() {}

    /** {@return the array's buffer, big-endian} */
    public ByteBuffer buffer() {
        return buffer;
    }

    /** {@return where the payload begins} */
    public int offset() {
        return offset;
    }

    /** {@return the payload's bytes} */
    public int length() {
        return length;
    }

    /** {@return a copy of the payload} */
    public byte[] toBytes() {
        byte[] copy = new byte[length];
        buffer.get(offset, copy);
        return copy;
    }

    /** An array for what is still encrypted. */
    byte[] sealed(int most) {
        if (sealed.length < most) {
            sealed = new byte[Math.max(most, 2 * sealed.length)];
        }
        return sealed;
    }

    /** The array for the payload. */
    byte[] room(int most) {
        if (bytes.length < most) {
            bytes = new byte[Math.max(most, 2 * bytes.length)];
            buffer = ByteBuffer.wrap(bytes);
        }
        return bytes;
    }

    void set(int begin, int count) {
        offset = begin;
        length = count;
    }
}
