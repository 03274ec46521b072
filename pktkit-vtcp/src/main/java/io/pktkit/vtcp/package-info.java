// SPDX-License-Identifier: MIT

/**
 * A TCP engine without threads, clock or sockets.
 *
 * <p>{@link io.pktkit.vtcp.TcpConnection} is one end of one connection. It is told of segments, of application calls
 * and of time, and it answers with segments through a {@link io.pktkit.vtcp.SegmentSink} and with one deadline at
 * which it wants to be called again. It never blocks, and it calls nothing but the sink, and that only from inside a
 * call made on it.
 *
 * <p>Where a sink says that its far side cuts segments and makes checksums ({@link io.pktkit.vtcp.SegmentSink#offloads}),
 * full segments that may leave at the same time leave as one super-segment of up to 64 KiB; such ones may arrive too. Window,
 * pace, recovery and counters deal with segments all the same.
 *
 * <p>A connection is not thread-safe: whoever owns it calls it under one lock or from one thread. All times are
 * nanoseconds of one monotonic clock with an arbitrary origin, such as {@code System.nanoTime()}; the same clock
 * serves all connections that share an {@link io.pktkit.vtcp.IsnSource}.
 */
@NullMarked
package io.pktkit.vtcp;

import org.jspecify.annotations.NullMarked;
