// SPDX-License-Identifier: MIT

/**
 * The guard of a port to a guest that is not trusted: {@link io.pktkit.hub.HubPort#setGuest}.
 *
 * <p><b>What it stops.</b> A guest uses only addresses that are bound to its port: as the source of its packets (IP source
 * guard), as the sender of its ARP (dynamic ARP inspection) and in its Neighbor Discovery (RFC 6620). It is no DHCP or
 * DHCPv6 server and no router (RFC 6105, RFC 7113), also not behind extension headers or in fragments; it sends DHCP
 * requests for itself only; it takes no part in
 * the protocols between switches; it stacks no VLAN tags and hides nothing in LLC and SNAP. Nobody on a guest port has an
 * address that is {@linkplain io.pktkit.hub.guard.AddressBindings#protect protected}. {@link io.pktkit.hub.guard.GuardReason}
 * lists all of it, and each port counts by reason.
 *
 * <p><b>Where bindings come from.</b> From static configuration and from leases, which whoever runs the DHCP server tells
 * {@link io.pktkit.hub.guard.AddressBindings}; and, if the profile allows it, from what the guests use, first come, first
 * served, so that guests with static or autoconfigured addresses need no configuration. A static binding wins over a
 * lease, a lease over what was found out.
 *
 * <p><b>Conflicts.</b> Whoever claims an address that was found out behind another port, or moves there with its lease,
 * makes the hub ask the present holder: an ARP request or a Neighbor Solicitation to that port alone, at most two a second
 * for each address. If the holder is heard, it keeps the address; if it says nothing for half a second,
 * the next claim succeeds. A holder that has been silent for five minutes is asked too, and forgotten if it does not
 * answer. This is RFC 6620 section 3.2.3 without its states: the claimant's frame is dropped until the question is
 * settled, except for its duplicate address detection, which is a question of its own. A holder that may still be at its
 * own duplicate address detection is not asked, for it would take the question for a duplicate: 3 seconds from its first
 * probe in IPv6, 7 in IPv4.
 *
 * <p><b>VLANs.</b> The guard looks through the one tag that the hub looks through, and drops frames with two. Addresses are
 * judged without regard to the VLAN: networks that use the same addresses need a
 * {@link io.pktkit.hub.guard.AddressBindings} each.
 *
 * <p><b>Threads and bounds.</b> Any thread. A frame that conforms takes no lock and allocates nothing. A claim takes the
 * lock of the bindings; a port has a hundred of these a second. A port holds as many addresses as its profile says, all
 * together 8192. No timer runs without bindings.
 */
@NullMarked
package io.pktkit.hub.guard;

import org.jspecify.annotations.NullMarked;
