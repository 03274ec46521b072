// SPDX-License-Identifier: MIT

/**
 * What a link tells its IPv6 hosts, and how a host listens: router advertisements (RFC 4861, RFC 4862, RFC 8106, RFC 8781).
 *
 * <p><b>Why here.</b> One place has what a network tells its hosts, whichever protocol carries it: {@link
 * io.pktkit.dhcp.ra.Ipv6Offer} is what advertisements and DHCPv6 answers ({@code io.pktkit.dhcp.v6}) are both made of, beside
 * the DHCPv4 of {@code io.pktkit.dhcp}. The adapter, which is the host's side, depends on this module already; a module of its own would need
 * the same arrows and bring nothing alone, and the NAT, on whose link all this is served, must not know of it.
 *
 * <p><b>Engines</b> without clock, thread or socket: {@link io.pktkit.dhcp.ra.RouterAdvertiser} is when a router speaks,
 * {@link io.pktkit.dhcp.ra.RouterDiscovery} what a host makes of it. Reading is total.
 *
 * <p><b>Times.</b> Advertisements every 200 to 600 s, three in the first half minute, an answer within half a second of a
 * question. A default router holds for 30 minutes, name servers too, a prefix is preferred for 45 and valid for 90 minutes, so that
 * guests forget a network that ended without a word (RFC 9096).
 *
 * <p><b>Bounds.</b> 32 hosts wait for an answer of their own; of each kind of option at most 16 are read; a host keeps one
 * router, one prefix and its name servers.
 */
@NullMarked
package io.pktkit.dhcp.ra;

import org.jspecify.annotations.NullMarked;
