// SPDX-License-Identifier: MIT
package io.pktkit.vtcp;

import io.pktkit.wire.TcpSegment;
import java.nio.ByteBuffer;

/**
 * A segment on its way, with what its IP header says; or a super-segment, if it has a segment size. The bytes are the
 * packet's own.
 */
@SuppressWarnings("ArrayRecordComponent") // nobody compares packets
record Packet(byte[] bytes, int segmentSize, int ecn, boolean dontFragment) {
    Packet(byte[] bytes, int ecn, boolean dontFragment) {
        this(bytes, 0, ecn, dontFragment);
    }

    /** The length of the longest segment. */
    int wireLength() {
        return segmentSize == 0 ? bytes.length : segment().headerLength() + segmentSize;
    }

    TcpSegment segment() {
        return new TcpSegment().wrap(ByteBuffer.wrap(bytes), 0, bytes.length);
    }

    Packet copy() {
        return new Packet(bytes.clone(), segmentSize, ecn, dontFragment);
    }

    Packet marked(int codepoint) {
        return new Packet(bytes, segmentSize, codepoint, dontFragment);
    }

    /** Whether it only acknowledges, whatever it tells of congestion. */
    boolean isBareAck() {
        TcpSegment segment = segment();
        int ecn = TcpSegment.AE | TcpSegment.CWR | TcpSegment.ECE;
        return segment.payloadLength() == 0 && (segment.flags() & ~ecn) == TcpSegment.ACK;
    }
}
