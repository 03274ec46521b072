// SPDX-License-Identifier: MIT

/**
 * What a connection waits for, and how long a round trip takes. {@code TimerSet} is the table of deadlines, one for each
 * {@code TimerKind}; the earliest is all that the owner of a connection is told. {@code RttEstimator} turns measured
 * round trips into the retransmission timeout (RFC 6298).
 *
 * <p>What happens when a deadline has passed is decided in the room of the timeouts; whoever finds that there is
 * something to wait for arms the timer. Times are nanoseconds since the connection was made, and nothing here reads a
 * clock. Both classes are owned by one connection and are not thread-safe.
 */
@NullMarked
package io.pktkit.vtcp.internal.timing;

import org.jspecify.annotations.NullMarked;
