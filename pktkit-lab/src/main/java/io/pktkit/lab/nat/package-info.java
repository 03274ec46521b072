// SPDX-License-Identifier: MIT

/**
 * A router with NAT between two Ethernet networks, brought up and taken down as one.
 *
 * <pre>
 *  inside TAP -- guarded port -- switch -- L2Adapter == Nat == L2Adapter -- outside TAP
 *                                   |                    |
 *                              DHCP server       name server, UPnP, PCP
 * </pre>
 *
 * <p>{@link io.pktkit.lab.nat.NatGateway} has the inside address that it is given, and is router and name server there; the
 * DHCP server has the address beside it. Names are asked of the host's name servers, by sockets of this process, unless others are
 * given. Outside it is a host with one address and a default gateway. With a NAT64 prefix the inside has IPv6 too, by
 * router advertisements that tell the prefix (RFC 8781), its name server makes addresses of it (DNS64), and hosts that can
 * do without IPv4 are told to (RFC 8925).
 *
 * <p><b>Control.</b> {@link io.pktkit.lab.nat.NatVerbs} are its verbs on the control socket.
 *
 * <p><b>Threads.</b> Any thread. Packets are forwarded by the thread that brought them.
 */
@NullMarked
package io.pktkit.lab.nat;

import org.jspecify.annotations.NullMarked;
