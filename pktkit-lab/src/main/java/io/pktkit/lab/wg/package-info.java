// SPDX-License-Identifier: MIT

/**
 * WireGuard peers as guests of a {@link io.pktkit.lab.Lan}, beside TAP interfaces and hosts in this process.
 *
 * <pre>
 *  peer == tunnel == WgPort -- WgPeerDevice -- L2Adapter -- isolated port of the switch -- gateway, NAT, hosts
 * </pre>
 *
 * <p>A {@link io.pktkit.lab.wg.LanWireGuard} is one UDP port with one identity. Each peer is a station of the switch, with an
 * address of the subnet that no lease has; it reaches the gateway, the NAT and the hosts of the LAN, and they reach it. Other
 * peers it reaches only when asked, since their ports are isolated from each other. Its IPv6 address is its IPv4 address
 * after the prefix of the LAN. Since the file of a peer must last, that prefix is kept with the keys, and given to the LAN by
 * {@code LanConfig.Builder.uniqueLocal}; with another prefix, and where the host gains or loses its way to the IPv6 world,
 * files are written anew as they are for another endpoint.
 *
 * <p><b>State.</b> Keys are made once, into a directory of mode 0700 with files of mode 0600: {@code NAME.conf} is the file
 * for a peer, private key included, ready for {@code wg-quick} and the mobile applications; {@code wireguard.server} has our
 * own key, and name, public key, preshared key and address of each peer. A peer's file is not needed any more once the peer
 * has it, and can be deleted. Both are files as {@link io.pktkit.wg.quick} reads and writes them. Where a peer finds us is
 * written anew at each start.
 *
 * <p><b>Threads.</b> Any thread may call anything. Peers are added and removed under one lock, which no packet takes.
 * <b>Bounds.</b> As many peers as the LAN keeps addresses for.
 */
@NullMarked
package io.pktkit.lab.wg;

import org.jspecify.annotations.NullMarked;
