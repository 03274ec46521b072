// SPDX-License-Identifier: MIT
package io.pktkit.vtcp.internal.sending;

import io.pktkit.device.Offload;
import io.pktkit.vtcp.SegmentSink;
import io.pktkit.vtcp.TcpTuple;
import io.pktkit.vtcp.internal.ecn.AccEcnReport;
import io.pktkit.vtcp.internal.ecn.Ecn;
import io.pktkit.vtcp.internal.option.ReceivedOptions;
import io.pktkit.vtcp.internal.stream.ReceiveSide;
import io.pktkit.wire.Checksum;
import io.pktkit.wire.IpProtocol;
import io.pktkit.wire.TcpSegment;
import java.nio.ByteBuffer;
import org.jspecify.annotations.Nullable;

/**
 * Writes segments into the sink's buffers: header, options in place, payload copied once from the send queue, checksum,
 * if the sink does not take that over. Every byte of the segment is written, so that nothing of the buffer's former use leaks.
 */
public final class SegmentWriter {
    private static final int HEADER_LENGTH = 20;
    private static final int TIMESTAMPS_LENGTH = 12;
    private static final int MAX_OPTIONS = 40;

    private final TcpTuple tuple;
    private final SegmentSink sink;
    private final int pseudoHeader;

    public SegmentWriter(TcpTuple tuple, SegmentSink sink) {
        this.tuple = tuple;
        this.sink = sink;
        this.pseudoHeader = Checksum.pseudoHeader(tuple.localAddress(), tuple.remoteAddress(), IpProtocol.TCP, 0);
    }

    /** A SYN or SYN-ACK; options that are not offered are ABSENT, false or null. */
    public void sendSyn(
            int sequence,
            int ack,
            int flags,
            int window,
            int mss,
            int shift,
            boolean sack,
            boolean timestamps,
            int tsVal,
            int tsEcr,
            @Nullable SynExtra extra,
            @Nullable AccEcnReport report) {
        byte[] cookie = extra == null ? null : extra.cookie();
        int payload = extra == null ? 0 : extra.payload();
        int options = 4 + (timestamps ? 10 : 0) + (sack ? 2 : 0) + (shift >= 0 ? 3 : 0);
        options += cookie == null ? 0 : 2 + cookie.length; // at most 40 with padding: a cookie has at most 16
        ByteBuffer buffer = sink.reserve(HEADER_LENGTH + (report == null ? padded(options) : MAX_OPTIONS) + payload);
        if (buffer == null) {
            return;
        }
        int base = buffer.position();
        int at = base + HEADER_LENGTH;
        buffer.putInt(at, ReceivedOptions.MSS << 24 | 4 << 16 | mss);
        at += 4;
        if (sack) {
            buffer.putShort(at, (short) (ReceivedOptions.SACK_PERMITTED << 8 | 2));
            at += 2;
        }
        if (timestamps) {
            buffer.putShort(at, (short) (ReceivedOptions.TIMESTAMPS << 8 | 10));
            buffer.putInt(at + 2, tsVal);
            buffer.putInt(at + 6, tsEcr);
            at += 10;
        }
        if (shift >= 0) {
            buffer.put(at, (byte) ReceivedOptions.WINDOW_SCALE);
            buffer.put(at + 1, (byte) 3);
            buffer.put(at + 2, (byte) shift);
            at += 3;
        }
        if (cookie != null) {
            buffer.put(at, (byte) ReceivedOptions.FAST_OPEN);
            buffer.put(at + 1, (byte) (2 + cookie.length));
            buffer.put(at + 2, cookie);
            at += 2 + cookie.length;
        }
        if (report != null) {
            options += report.write(buffer, at, MAX_OPTIONS - options, AccEcnReport.NO_DATA);
        }
        int padded = pad(buffer, base, options);
        if (extra != null) {
            extra.writePayload(buffer, base + HEADER_LENGTH + padded);
        }
        finish(buffer, base, sequence, ack, flags, window, padded, payload, payload, false, Ecn.NOT_ECT);
    }

    /** A segment without options or payload, for resets of connections that are not established. */
    public void sendBare(int sequence, int ack, int flags, int window) {
        ByteBuffer buffer = sink.reserve(HEADER_LENGTH);
        if (buffer != null) {
            finish(buffer, buffer.position(), sequence, ack, flags, window, 0, 0, 0, false, Ecn.NOT_ECT);
        }
    }

    /**
     * A segment of an established connection, or several that follow upon each other.
     *
     * @param view whose options apply
     * @param sequence sequence number
     * @param flags control bits
     * @param window the window field
     * @param offset send queue offset of the payload
     * @param length bytes of payload
     * @param segment bytes of payload of each segment but the last, if there are several
     * @param blocks whether SACK blocks are written, if there are any
     * @param report what the AccECN option tells, if it is due and fits
     * @param ecn the codepoint of the packet
     */
    public void send(
            SendingView view,
            int sequence,
            int flags,
            int window,
            long offset,
            int length,
            int segment,
            boolean blocks,
            @Nullable AccEcnReport report,
            int ecn) {
        int options = view.agreed().timestamps ? TIMESTAMPS_LENGTH : 0;
        int limit = MAX_OPTIONS;
        if (length > 0) { // beside data there is what it leaves of the MSS
            limit = report == null
                    ? options
                    : Math.max(options, Math.min(limit, options + ((view.send().mss - segment) & ~3)));
        } else if (!blocks && report == null) {
            limit = options;
        }
        ByteBuffer buffer = sink.reserve(HEADER_LENGTH + limit + length);
        if (buffer == null) {
            return;
        }
        int base = buffer.position();
        if (view.agreed().timestamps) {
            buffer.putInt(base + HEADER_LENGTH, 0x0101080a); // NOP, NOP, kind 8, length 10
            buffer.putInt(base + HEADER_LENGTH + 4, view.tsVal());
            buffer.putInt(base + HEADER_LENGTH + 8, view.agreed().tsRecent);
        }
        if (blocks) {
            int room = blocksWithin(limit - options, report);
            options += writeBlocks(view.receive(), buffer, base + HEADER_LENGTH + options, room);
        }
        if (report != null) {
            long start = length > 0 ? offset : AccEcnReport.NO_DATA;
            options += report.write(buffer, base + HEADER_LENGTH + options, limit - options, start);
            options = pad(buffer, base, options);
        }
        if (length > 0) {
            view.send().copyTo(offset, buffer, base + HEADER_LENGTH + options, length);
        }
        int ack = (flags & TcpSegment.ACK) != 0 ? view.receive().wire(view.receive().nxt) : 0;
        finish(
                buffer,
                base,
                sequence,
                ack,
                flags,
                window,
                options,
                length,
                segment,
                !view.path().mayFragment(),
                view.trafficClass() | ecn);
    }

    /** RFC 9768 section 3.2.3.3: congestion comes before SACK, as long as that has two blocks. */
    private static int blocksWithin(int room, @Nullable AccEcnReport report) {
        int beside = report == null ? 0 : (room - report.necessaryRoom() - 4) / 8;
        return beside >= 2 ? beside : (room - 4) / 8;
    }

    private static int writeBlocks(ReceiveSide receive, ByteBuffer buffer, int at, int room) {
        int blocks = receive.history().writeBlocks(receive, buffer, at + 4, room);
        if (blocks == 0) {
            return 0;
        }
        buffer.putInt(at, 0x01010500 | (2 + 8 * blocks)); // NOP, NOP, kind 5
        return 4 + 8 * blocks;
    }

    private static int pad(ByteBuffer buffer, int base, int options) {
        int padded = padded(options);
        for (int i = options; i < padded; i++) {
            buffer.put(base + HEADER_LENGTH + i, (byte) ReceivedOptions.NOP);
        }
        return padded;
    }

    private static int padded(int options) {
        return (options + 3) & ~3;
    }

    private void finish(
            ByteBuffer buffer,
            int base,
            int sequence,
            int ack,
            int flags,
            int window,
            int options,
            int payload,
            int segment,
            boolean dontFragment,
            int ecn) {
        int header = HEADER_LENGTH + options;
        int length = header + payload;
        buffer.putInt(base, tuple.localPort() << 16 | tuple.remotePort());
        buffer.putInt(base + 4, sequence);
        buffer.putInt(base + 8, ack);
        buffer.putInt(base + 12, (header / 4) << 28 | flags << 16 | window);
        buffer.putInt(base + 16, 0);
        int sum = Checksum.combine(pseudoHeader, length);
        boolean pending = sink.offloads().contains(Offload.CHECKSUM);
        if (!pending) {
            sum = Checksum.finish(Checksum.combine(Checksum.sum(buffer, base, length), sum));
        }
        buffer.putShort(base + 16, (short) sum);
        sink.commit(tuple, buffer, base, length, payload > segment ? segment : 0, pending, ecn, dontFragment);
    }

    /** Payload bytes that a super-segment with so many bytes of options may have, 0 if the sink takes none. */
    int superSegmentRoom(int optionsLength) {
        boolean taken = sink.offloads().contains(Offload.SEGMENTATION);
        return taken ? SegmentSink.MAX_SUPER_SEGMENT - HEADER_LENGTH - optionsLength : 0;
    }
}
