// SPDX-License-Identifier: MIT

/**
 * NAT-PMP (RFC 6886) and PCP (RFC 6887) for the hosts behind a NAT, on one UDP port, told apart by their version: {@link
 * io.pktkit.nat.pcp.PcpService}, a {@link io.pktkit.nat.service.NatService}. It needs {@code pktkit-iphost}.
 *
 * <p><b>PCP.</b> MAP for TCP and UDP, with PREFER_FAILURE, and FILTER for one remote address; PEER; ANNOUNCE. A {@link
 * io.pktkit.nat.pcp.PcpPolicy} says whether PEER is there, and who may ask for others by THIRD_PARTY; unless told otherwise nobody
 * may. Lifetimes are 2 minutes to 24 hours (section 15). A mapping is its nonce's; one that was had by NAT-PMP or UPnP has none,
 * and is not PCP's to change.
 *
 * <p><b>PEER</b> keeps the mapping that a host makes by sending, or makes it, with the way open for the remote that it names, whatever
 * the filtering. When that time is over, it lives by being used, like any other.
 *
 * <p><b>Announcements.</b> When it starts, it says so ten times, first after a quarter of a second and then each time after twice as
 * long (RFC 6886 section 3.2.1), by both protocols, so that hosts renew what a former instance has forgotten.
 *
 * <p><b>Hostile input.</b> Only hosts of the link's own network are heard; a request is answered by one response of about its
 * size, and holds nothing but what {@link io.pktkit.nat.service.PortLeases} grants.
 *
 * <p><b>Threads.</b> Under the lock of the link's host, by whoever brought a packet or by the timers.
 */
@NullMarked
package io.pktkit.nat.pcp;

import org.jspecify.annotations.NullMarked;
