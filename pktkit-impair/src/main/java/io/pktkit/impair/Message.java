// SPDX-License-Identifier: MIT
package io.pktkit.impair;

import io.pktkit.wire.Frame;
import io.pktkit.wire.LinkCast;
import io.pktkit.wire.Pdu;
import java.nio.ByteBuffer;
import org.jspecify.annotations.Nullable;

/**
 * A copy of a frame or packet that waits, with what the bytes do not tell. It has no segments and no pending checksum: what
 * waits was finished before. Used again and again.
 */
final class Message {

    private static final ByteBuffer NONE = ByteBuffer.allocate(0);

    ByteBuffer buffer = NONE;
    int length;
    boolean isFrame;
    LinkCast linkCast = LinkCast.UNICAST;
    long deadline;
    long arrival;

    /** Of a {@link MessageStore}, while nobody uses this one. */
    @Nullable
    Message nextFree;

    void fill(Pdu pdu, ByteBuffer target) {
        buffer = target;
        length = pdu.copyTo(target, 0);
        isFrame = pdu instanceof Frame;
        // A frame tells by its bytes.
        linkCast = isFrame ? LinkCast.UNICAST : pdu.linkCast();
    }

    /** Gives up the buffer. */
    ByteBuffer empty() {
        ByteBuffer given = buffer;
        buffer = NONE;
        return given;
    }

    int capacity() {
        return buffer.capacity();
    }

    void flip(int bit) {
        int at = bit >>> 3;
        buffer.put(at, (byte) (buffer.get(at) ^ 0x80 >>> (bit & 7)));
    }

    /** By deadline, then by arrival. */
    boolean isBefore(Message other) {
        long ahead = deadline - other.deadline;
        return ahead < 0 || (ahead == 0 && arrival - other.arrival < 0);
    }
}
