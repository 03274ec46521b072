// SPDX-License-Identifier: MIT

/**
 * What a NAT offers to its inside hosts besides routing, on the IP host that it is to them: a name server, UPnP, PCP. Needs
 * {@code pktkit-iphost}.
 *
 * <pre>{@code
 * NatServices services = NatServices.on(nat, timers, List.of(new UpnpService(...), new PcpService(...)));
 * }</pre>
 *
 * <p>Each link of each namespace has an {@link io.pktkit.iphost.IpHost} of its own at the NAT's address there, so that what
 * one tenant does is nothing to another, and an answer goes where the question came from. {@link
 * io.pktkit.nat.service.NatService} is started on each. Nothing is ever heard from outside: packets come through {@link
 * io.pktkit.nat.NatLocal}, which has the NAT's check of sources before it.
 *
 * <p><b>Leases.</b> {@link io.pktkit.nat.service.PortLeases} are the forwards that hosts ask for, by whichever protocol: one
 * table, so that limits and ownership are one. A host gets ports for itself alone, sees those of its namespace, and changes
 * its own.
 *
 * <p><b>Bounds.</b> Of a link: 128 TCP connections with 4 MiB for their buffers, 32 unfinished datagrams with 512 KiB. Those
 * of each service are with it.
 *
 * <p><b>Threads.</b> A service runs on the thread that brought a packet, or on a timer's, under the lock of its host: it must
 * not block. What it calls of the NAT takes the NAT's lock inside its own, never the other way about.
 */
@NullMarked
package io.pktkit.nat.service;

import org.jspecify.annotations.NullMarked;
