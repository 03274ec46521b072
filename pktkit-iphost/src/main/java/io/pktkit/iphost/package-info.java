// SPDX-License-Identifier: MIT

/**
 * One IP endpoint as an engine: packets and the time in, packets and one deadline out. No thread, socket, clock or lock
 * inside; who owns an {@link io.pktkit.iphost.IpHost} guards it with a lock of his own and delivers what it has queued after
 * releasing that.
 *
 * <p><b>What comes in</b> is checked in this order: the lengths, the IPv4 header checksum, the source, the destination, the
 * extension headers (RFC 8200 section 4), the fragments, the checksum of what is carried. Each refusal is a {@link
 * io.pktkit.device.DropReason}; some are told to the sender by ICMP, within a limit of 100 a second and 50 at once.
 *
 * <p><b>Addresses</b> are those of {@link io.pktkit.iphost.HostAddresses}: one of each family with its subnet, any number of
 * others (link-local ones, aliases), and groups. A tentative or duplicate one is nobody's: nothing is sent from it, and what is
 * sent to it is dropped (RFC 4862 section 5.4). Only the table may be read by any thread.
 *
 * <p><b>What is for others</b> is dropped by a host. With a {@link io.pktkit.iphost.Gateway} it is taken: TCP through {@link
 * io.pktkit.vtcp.host.UnclaimedSynHandler}, the rest through the gateway's own methods.
 *
 * <p><b>What is several packets in one</b>, a super-segment, is taken whole by TCP and datagram by datagram by UDP; a checksum
 * that nobody has made is not looked at. TCP makes such packets itself for a taker that says so.
 *
 * <p><b>What goes out</b> is written into the owner's outbox in place. What is longer than the path takes goes in fragments;
 * the MTU of a path is learned from ICMP (RFC 1191, RFC 8201), at most 256 of them, for ten minutes, never below 552 bytes for
 * IPv4 and 1280 for IPv6, and only from errors that quote a packet which the host could have sent.
 *
 * <p><b>Limits.</b> Fragments: {@link io.pktkit.wire.ReassemblyLimits}. UDP ports: 4096. A port's queue: 1024 datagrams and 256
 * KiB, 64 bytes counted for each beside its payload; its memory is reserved from a {@link io.pktkit.device.ByteBudget}. Echo
 * requests that wait for a reply: 1024.
 */
@NullMarked
package io.pktkit.iphost;

import org.jspecify.annotations.NullMarked;
