// SPDX-License-Identifier: MIT

/**
 * What happens when time passes: retransmission, window probes, tail loss probes, keepalive, the user timeout, the ends
 * of the closing states, and the memory of a connection that has fallen silent. {@code Timeouts} also sets these timers,
 * as it knows what the last one was for: it is told when all is out that may go, when the peer acknowledges something and
 * when a segment passes.
 *
 * <p>Of the connection this room sees {@code TimeoutView}, by which it has the SYN and the data repeated. The deadlines
 * themselves are in the room of timing, as others set some of them too. The time is that of the call at hand.
 *
 * <p>It belongs to the owner of the connection and is not thread-safe.
 */
@NullMarked
package io.pktkit.vtcp.internal.timeout;

import org.jspecify.annotations.NullMarked;
