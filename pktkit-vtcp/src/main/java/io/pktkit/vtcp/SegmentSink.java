// SPDX-License-Identifier: MIT
package io.pktkit.vtcp;

import java.nio.ByteBuffer;
import org.jspecify.annotations.Nullable;

/**
 * Where a connection's segments go. For each segment the engine reserves a buffer, writes TCP header, options and
 * payload with the full checksum, and commits it. Both calls come only from inside a call made on a connection, and
 * the sink must not call back into any connection from them: it queues, and delivers once the owner's lock is free.
 */
public interface SegmentSink {
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
     * @param ecn the codepoint for the IP header: 0 not-ECT, 1 ECT(1), 2 ECT(0)
     * @param dontFragment whether the IPv4 header must forbid fragmentation, as path MTU discovery needs
     */
    void commit(TcpTuple tuple, ByteBuffer segment, int offset, int length, int ecn, boolean dontFragment);
}
