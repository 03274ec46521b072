// SPDX-License-Identifier: MIT
package io.pktkit.dns;

import java.nio.ByteBuffer;
import org.jspecify.annotations.Nullable;

/**
 * Messages in a stream, each after its length (RFC 1035 section 4.2.2, RFC 7766 section 8), put together from pieces of any size.
 * What it holds grows with what has come, never with a length that was only announced. Not for several threads.
 */
public final class DnsFrames {
    private static final int PREFIX = 2;
    private static final int FIRST_CAPACITY = 512;

    private byte[] held = new byte[FIRST_CAPACITY];
    private int from;
    private int to;

    /** An empty stream. */
    public DnsFrames() {}

    /**
     * Writes a message with its length in front, for one write: some servers want both in one segment.
     *
     * @param message at most 65535 octets
     * @return what to send
     */
    public static byte[] frame(byte[] message) {
        DnsRecord.checkUnsigned16("message.length", message.length);
        return ByteBuffer.allocate(PREFIX + message.length)
                .putShort((short) message.length)
                .put(message)
                .array();
    }

    /**
     * Adds what has come. Messages are to be taken by {@link #next} after each call, so that no more than one is held.
     *
     * @param octets from position to limit; the position is moved there
     */
    public void add(ByteBuffer octets) {
        int length = octets.remaining();
        if (length > held.length - to) {
            byte[] larger = length > held.length - (to - from) ? new byte[2 * (to - from + length)] : held;
            System.arraycopy(held, from, larger, 0, to - from);
            held = larger;
            to -= from;
            from = 0;
        }
        octets.get(held, to, length);
        to += length;
    }

    /** {@return the next whole message, without its length; null if there is none yet} */
    public byte @Nullable [] next() {
        if (to - from < PREFIX) {
            return null;
        }
        int length = (held[from] & 0xFF) << 8 | (held[from + 1] & 0xFF);
        if (to - from - PREFIX < length) {
            return null;
        }
        byte[] message = new byte[length];
        System.arraycopy(held, from + PREFIX, message, 0, length);
        from += PREFIX + length;
        if (from == to) {
            from = 0;
            to = 0;
        }
        return message;
    }
}
