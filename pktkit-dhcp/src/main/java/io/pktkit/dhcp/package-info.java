// SPDX-License-Identifier: MIT

/**
 * DHCP for IPv4: a client state machine and a server.
 *
 * <p>{@link io.pktkit.dhcp.DhcpClient} reads no clock and owns no socket or thread: it is given packets and the time, and
 * answers through a {@link io.pktkit.dhcp.DhcpTransport} and with the time at which it wants to be called next. {@link
 * io.pktkit.dhcp.DhcpServer} is an Ethernet device to be connected to a hub; it takes its time from a
 * {@link io.pktkit.time.Timers}.
 *
 * <p>Both may be called from any thread. What they have to say, packets as well as events, is queued under their lock and
 * delivered after it is released: one at a time, in order, on a thread that called in. A callback may therefore call back
 * in; what that produces is delivered after the callback returns.
 *
 * <p>Every byte that comes in is treated as hostile. Malformed messages are ignored and counted, and the tables of the server
 * are bounded in all and per station.
 */
@NullMarked
package io.pktkit.dhcp;

import org.jspecify.annotations.NullMarked;
