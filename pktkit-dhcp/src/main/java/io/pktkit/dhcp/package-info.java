// SPDX-License-Identifier: MIT

/**
 * DHCP for IPv4: a client state machine and a server.
 *
 * <p>{@link io.pktkit.dhcp.DhcpClient} reads no clock and owns no socket or thread: it is given packets and the time, and
 * answers through a {@link io.pktkit.dhcp.DhcpTransport} and with the time at which it wants to be called next. {@link
 * io.pktkit.dhcp.DhcpServer} is an Ethernet device to be connected to a hub; it takes its time from a
 * {@link io.pktkit.time.Timers}.
 *
 * <p>Both may be called from any thread. What they have to say, packets as well as what the transport and the observers on the
 * path are told, is queued under their lock and delivered after it is released: one at a time, in order, on a thread that called
 * in. A callback may therefore call back in; what that produces is delivered after the callback returns. That thread is the packet
 * path or the timer thread, so nothing there may block; observers that may are called through a {@link io.pktkit.device.Mailbox}.
 * Closing ends all of it: nothing is called after it returned.
 *
 * <p>Who may use which address is told as events in order ({@link io.pktkit.dhcp.LeaseObserver}) and as a snapshot ({@link
 * io.pktkit.dhcp.DhcpServer#leases()}). A lease has one name, the one that its client gave last, and the name goes with it.
 *
 * <p>A server has clients on its own subnet and, over relay agents, on others ({@link io.pktkit.dhcp.DhcpSubnet}). The relay's address
 * says which one it is; a client that has an address and writes to the server alone is on that of its address; all others are on
 * the server's link. Each subnet has its pool and its limits.
 *
 * <p>Leases end with the process unless they are kept ({@link io.pktkit.dhcp.LeaseStore}): the store gets all of them, a second after
 * a change at the latest and never on the packet path. What is kept ends by the calendar, as the timers do not outlive the process.
 *
 * <p>Every byte that comes in is treated as hostile. Malformed messages are ignored and counted, and the tables of the server
 * are bounded in all and per station, and reservations, which the configuration bounds, are outside those bounds. A newcomer
 * gets the address that was unused for longest.
 */
@NullMarked
package io.pktkit.dhcp;

import org.jspecify.annotations.NullMarked;
