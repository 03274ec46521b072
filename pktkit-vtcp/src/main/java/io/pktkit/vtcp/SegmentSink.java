// SPDX-License-Identifier: MIT
package io.pktkit.vtcp;

import io.pktkit.device.Offload;
import java.nio.ByteBuffer;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Where a connection's segments go. For each segment the engine reserves a buffer, writes TCP header, options and
 * payload with the full checksum, and commits it. Both calls come only from inside a call made on a connection, and
 * the sink must not call back into any connection from them: it queues, and delivers once the owner's lock is free.
 *
 * <p>A sink whose far side cuts super-segments, or makes checksums, says so by {@link #offloads}. Full segments that may leave
 * together then come as one, and what they have in common is made once.
 */
public interface SegmentSink {
    /**
     * The most bytes of TCP header and payload that a super-segment has: with the longest IP header and 64 bytes before it, it
     * fits into 64 KiB.
     */
    int MAX_SUPER_SEGMENT = 65_432;

    /**
     * What the engine may leave undone. Asked again for each segment, so the answer may change at any time.
     *
     * @return an immutable set; empty unless overridden
     */
    default Set<Offload> offloads() {
        return Set.of();
    }

    /**
     * A buffer for one segment. The engine writes at the absolute indexes from {@code position()} on and leaves
     * position and limit alone; what is before the position is the sink's own, for the headers of the layers below.
     *
     * @param length bytes that the segment takes, at most 65,535
     * @return a big-endian buffer with at least {@code length} bytes from its position to its limit, borrowed until
     *     {@link #commit}; or null if there is no room, which the engine treats as a loss on the way
     */
    @Nullable
    ByteBuffer reserve(int length);

    /**
     * Sends the segment that was written into the buffer reserved last. Ownership of the buffer returns to the sink.
     *
     * @param tuple the connection's ends: the segment goes from the local to the remote one
     * @param segment the buffer that {@link #reserve} gave
     * @param offset index of the first byte of the TCP header
     * @param length bytes of header and payload
     * @param ecn the traffic class of the IP header: in its two low bits 0 not-ECT, 1 ECT(1), 2 ECT(0), and what {@link
     *     TcpConnection#setTrafficClass} has set above
     * @param dontFragment whether the IPv4 header must forbid fragmentation, as path MTU discovery needs
     */
    void commit(TcpTuple tuple, ByteBuffer segment, int offset, int length, int ecn, boolean dontFragment);

    /**
     * Sends what was written into the buffer reserved last, which lacks what {@link #offloads} said it may lack. This is what the
     * engine calls. It is to be overridden with {@code offloads}; unless it is, nothing is ever lacking, and it calls {@link
     * #commit(TcpTuple, ByteBuffer, int, int, int, boolean)}.
     *
     * @param tuple the connection's ends
     * @param segment the buffer that {@link #reserve} gave
     * @param offset index of the first byte of the TCP header
     * @param length bytes of header and payload, at most {@link #MAX_SUPER_SEGMENT} for a super-segment
     * @param segmentSize payload bytes of each segment but the last of a super-segment, or 0 if it is one segment. FIN and PSH
     *     are meant for the last one and CWR for the first
     * @param checksumPending whether the checksum field holds only the sum of the pseudo-header, with this length
     * @param ecn the traffic class of the IP header
     * @param dontFragment whether the IPv4 header must forbid fragmentation
     */
    default void commit(
            TcpTuple tuple,
            ByteBuffer segment,
            int offset,
            int length,
            int segmentSize,
            boolean checksumPending,
            int ecn,
            boolean dontFragment) {
        commit(tuple, segment, offset, length, ecn, dontFragment);
    }
}
