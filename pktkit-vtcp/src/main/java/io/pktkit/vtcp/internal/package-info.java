// SPDX-License-Identifier: MIT

/**
 * The parts of the engine. {@code Tcb} ties them together; the send queue, scoreboard, receive side, round-trip
 * estimator, timers, options and congestion control know nothing of it and can be read alone. {@code LossDetection}
 * says what is lost and {@code LossRecovery} what is done about it; it asks small judges, which can be read alone too:
 * how much of the window the path is known to take, and whether a cut of it was for nothing.
 *
 * <p>Inside this package sequence numbers are unwrapped to 64 bits: offset 0 is the SYN, the first byte of the stream
 * is at offset 1, and an ordinary comparison orders them. Times are nanoseconds since the connection was made. Both
 * conversions happen at the edge, so that neither a wrapped sequence number nor a clock with a negative origin can be
 * compared wrongly.
 *
 * <p>All classes belong to the owner of the connection and none is thread-safe.
 */
@NullMarked
package io.pktkit.vtcp.internal;

import org.jspecify.annotations.NullMarked;
