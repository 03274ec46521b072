// SPDX-License-Identifier: MIT

/**
 * The TCP of one IP endpoint, sans-I/O: {@link io.pktkit.vtcp.host.TcpHost} finds the connection a packet belongs to, opens new
 * ones from listeners or on demand, answers strays and keeps one deadline over all of them. Nothing here has a thread, a lock, a
 * clock or a socket: whoever owns the host serialises every call (and every call on what the host hands out) with a lock of its
 * own, passes the time in, and delivers the packets that come out of the {@link io.pktkit.vtcp.host.PacketSink} after it has
 * released that lock. Events are called back inside the owner's call, thus under the owner's lock.
 */
@NullMarked
package io.pktkit.vtcp.host;

import org.jspecify.annotations.NullMarked;
