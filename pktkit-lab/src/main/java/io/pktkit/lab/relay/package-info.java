// SPDX-License-Identifier: MIT

/**
 * Ports that lead from one network into another: from the host into a virtual network, and back.
 *
 * <p>A {@link io.pktkit.lab.relay.TcpRelay} takes connections on a server socket, of the host or of a virtual network, and
 * dials for each on the other side. {@link io.pktkit.lab.relay.Socks5} dials where the connection asks for, with names
 * resolved there. A {@link io.pktkit.lab.relay.UdpRelay} does the same for datagrams, with a socket for each sender.
 *
 * <p><b>Threads.</b> Two for each connection, one for each sender of datagrams, one for each relay; all daemons, gone when
 * the relay is closed. <b>Bounds.</b> 256 connections or 128 senders a relay; who comes then is refused and counted. A sender
 * is forgotten after 60 s of silence both ways, and a connection that does not say where it wants to go after 10 s.
 */
@NullMarked
package io.pktkit.lab.relay;

import org.jspecify.annotations.NullMarked;
