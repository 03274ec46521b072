// SPDX-License-Identifier: MIT

/**
 * What a segment does. {@code SegmentArrival} puts it through the tests of RFC 9293 section 3.10.7.4, RFC 5961 and
 * RFC 7323 in their order and hands what passes on: the acknowledgment to {@code AckProcessor}, which applies it to the
 * scoreboard and the send side and tells the other rooms what it says, then payload and FIN to the receive side. Both
 * hold nothing from one segment to the next, so that an idle connection can do without them. {@code TupleReuse} judges
 * the segments that may replace a connection in TIME-WAIT.
 *
 * <p>This room stands above all others, as a segment can set anything in motion; of the connection it sees
 * {@code ReceivingView}.
 *
 * <p>All of it belongs to the owner of the connection and is not thread-safe.
 */
@NullMarked
package io.pktkit.vtcp.internal.receiving;

import org.jspecify.annotations.NullMarked;
