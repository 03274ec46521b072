// SPDX-License-Identifier: MIT
package io.pktkit.impair;

import java.nio.ByteBuffer;

/** A copy of a frame or packet that waits, with its offload facts. Used again and again. */
final class Message {

    final ByteBuffer buffer;
    int length;
    int segmentSize;
    boolean checksumPending;
    long deadline;
    long arrival;

    Message(int capacity) {
        this.buffer = ByteBuffer.allocate(capacity);
    }

    void fill(ByteBuffer source, int offset, int length, int segmentSize, boolean checksumPending) {
        buffer.clear().put(0, source, offset, length);
        this.length = length;
        this.segmentSize = segmentSize;
        this.checksumPending = checksumPending;
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
