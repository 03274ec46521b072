// SPDX-License-Identifier: MIT
package io.pktkit.vtcp.host;

import io.pktkit.device.Offload;
import io.pktkit.vtcp.SegmentSink;
import io.pktkit.vtcp.TcpTuple;
import io.pktkit.wire.Checksum;
import io.pktkit.wire.IpAddress;
import io.pktkit.wire.IpFamily;
import io.pktkit.wire.IpHeader;
import io.pktkit.wire.IpProtocol;
import io.pktkit.wire.TcpSegment;
import java.nio.ByteBuffer;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** Puts the IP header before what the engine writes, in the same buffer, and makes the resets that belong to no connection. */
final class SegmentWriter implements SegmentSink {
    private static final int RESET_LENGTH = 20;
    private static final int MAX_IP_HEADER = IpHeader.length(IpFamily.IPV6);

    private final PacketSink sink;
    private final int hopLimit;
    private final Identifications identifications = new Identifications();

    SegmentWriter(PacketSink sink, int hopLimit) {
        this.sink = sink;
        this.hopLimit = hopLimit;
    }

    @Override
    public @Nullable ByteBuffer reserve(int length) {
        ByteBuffer buffer = sink.reserve(MAX_IP_HEADER + length);
        return buffer == null ? null : buffer.position(buffer.position() + MAX_IP_HEADER);
    }

    @Override
    public Set<Offload> offloads() {
        return sink.offloads();
    }

    @Override
    public void commit(TcpTuple tuple, ByteBuffer segment, int offset, int length, int ecn, boolean dontFragment) {
        commit(tuple, segment, offset, length, 0, false, ecn, dontFragment);
    }

    @Override
    public void commit(
            TcpTuple tuple,
            ByteBuffer segment,
            int offset,
            int length,
            int segmentSize,
            boolean checksumPending,
            int ecn,
            boolean dontFragment) {
        IpAddress source = tuple.localAddress();
        int headerLength = IpHeader.length(source.family());
        int start = offset - headerLength;
        IpHeader.write(
                segment,
                start,
                source,
                tuple.remoteAddress(),
                IpProtocol.TCP,
                length,
                hopLimit,
                identifications.next(
                        tuple.remoteAddress(), segmentSize == 0 ? 1 : 1 + length / segmentSize, dontFragment),
                ecn,
                dontFragment);
        sink.commit(segment, start, headerLength + length, segmentSize, checksumPending);
    }

    /** A reset for a segment that has no connection (RFC 9293, 3.10.7.1). */
    void reset(TcpTuple tuple, int sequenceNumber, int acknowledgmentNumber, int flags) {
        ByteBuffer buffer = reserve(RESET_LENGTH);
        if (buffer == null) {
            return;
        }
        int at = buffer.position();
        buffer.putShort(at, (short) tuple.localPort());
        buffer.putShort(at + 2, (short) tuple.remotePort());
        buffer.putInt(at + 4, sequenceNumber);
        buffer.putInt(at + 8, acknowledgmentNumber);
        buffer.put(at + 12, (byte) ((RESET_LENGTH / 4) << 4));
        buffer.put(at + 13, (byte) (TcpSegment.RST | flags));
        buffer.putInt(at + 14, 0); // window 0, checksum to come
        buffer.putShort(at + 18, (short) 0);
        int checksum = Checksum.transport(
                tuple.localAddress(), tuple.remoteAddress(), IpProtocol.TCP, buffer, at, RESET_LENGTH);
        buffer.putShort(at + 16, (short) checksum);
        commit(tuple, buffer, at, RESET_LENGTH, 0, true);
    }
}
