// SPDX-License-Identifier: MIT
package io.pktkit.bench;

import io.pktkit.vtcp.SegmentSink;
import io.pktkit.vtcp.TcpTuple;
import io.pktkit.wire.TcpSegment;
import java.nio.ByteBuffer;

/**
 * The other end of a sender, as far as a sender needs one: takes its segments without looking at the payload, and builds
 * acknowledgments as it is told. It has the largest window, speaks SACK and no timestamps. Confined to one thread; the
 * segment that it gives is valid until the next.
 */
final class SackingPeer implements SegmentSink {
    private static final int WINDOW = 0xffff;
    private static final int WINDOW_SHIFT = 14;
    private static final int SEQUENCE = 1;
    private static final int SACK_OFFSET = TcpSegment.MIN_HEADER_LENGTH;

    private final ByteBuffer outgoing = ByteBuffer.allocate(2048);
    private final ByteBuffer incoming = ByteBuffer.allocate(TcpSegment.MIN_HEADER_LENGTH + 28);
    private final TcpSegment sent = new TcpSegment();
    private final TcpSegment answer = new TcpSegment();
    private final TcpTuple tuple;
    private int end;
    private boolean started;

    SackingPeer(TcpTuple tuple) {
        this.tuple = tuple;
    }

    /** The sequence number after the last that the sender has used. */
    int end() {
        return end;
    }

    TcpSegment synAck(int mss) {
        TcpSegment segment = header(12, TcpSegment.SYN | TcpSegment.ACK, SEQUENCE - 1, end);
        incoming.putInt(SACK_OFFSET, 0x0204_0000 | mss);
        incoming.putInt(SACK_OFFSET + 4, 0x0101_0402); // SACK permitted
        incoming.putInt(SACK_OFFSET + 8, 0x0103_0300 | WINDOW_SHIFT);
        return segment;
    }

    TcpSegment ack(int acknowledgment) {
        return header(0, TcpSegment.ACK, SEQUENCE, acknowledgment);
    }

    /** With the newest block, and two blocks of one length. */
    TcpSegment ack(int acknowledgment, int start, int stop, int second, int third, int length) {
        TcpSegment segment = header(28, TcpSegment.ACK, SEQUENCE, acknowledgment);
        incoming.putInt(SACK_OFFSET, 0x0101_051a);
        block(0, start, stop);
        block(1, second, second + length);
        block(2, third, third + length);
        return segment;
    }

    private void block(int index, int start, int stop) {
        incoming.putInt(SACK_OFFSET + 4 + 8 * index, start);
        incoming.putInt(SACK_OFFSET + 8 + 8 * index, stop);
    }

    private TcpSegment header(int options, int flags, int sequence, int acknowledgment) {
        int length = TcpSegment.MIN_HEADER_LENGTH + options;
        incoming.put(12, (byte) (length / 4 << 4));
        return answer.wrap(incoming, 0, length)
                .sourcePort(tuple.remotePort())
                .destinationPort(tuple.localPort())
                .sequenceNumber(sequence)
                .acknowledgmentNumber(acknowledgment)
                .flags(flags)
                .window(WINDOW);
    }

    @Override
    public ByteBuffer reserve(int length) {
        return outgoing;
    }

    @Override
    public void commit(TcpTuple ends, ByteBuffer segment, int offset, int length, int ecn, boolean dontFragment) {
        sent.wrap(segment, offset, length);
        int last = sent.sequenceNumber() + sent.payloadLength() + (sent.has(TcpSegment.SYN) ? 1 : 0);
        if (!started || last - end > 0) {
            end = last;
            started = true;
        }
    }
}
