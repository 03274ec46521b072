// SPDX-License-Identifier: MIT

/**
 * UPnP Internet Gateway Device for the hosts behind a NAT, in version 1 and version 2: {@link io.pktkit.nat.upnp.UpnpService}, a
 * {@link io.pktkit.nat.service.NatService}. It needs {@code pktkit-iphost} and {@code java.xml}.
 *
 * <p><b>Devices.</b> {@code InternetGatewayDevice}, {@code WANDevice} and {@code WANConnectionDevice} with {@code
 * Layer3Forwarding}, {@code WANCommonInterfaceConfig} and {@code WANIPConnection}. One of version 2 is one of version 1 too: it
 * answers searches for that and calls by its types (UDA 1.1 sections 1.3.3 and 3.1.1). Descriptions are made of the same tables that
 * calls are checked against. Not there: {@code WANIPv6FirewallControl}, as the NAT has no firewall for IPv6, and {@code
 * DeviceProtection}, as no control point is given more rights than others.
 *
 * <p><b>Discovery.</b> SSDP (UDA 1.1 section 1): searches are answered within MX seconds, at most 5, at random times; {@code
 * ssdp:alive} is said at the start and each ten minutes, {@code ssdp:byebye} at the end.
 *
 * <p><b>Control.</b> SOAP over HTTP/1.1 with persistent connections and chunked bodies. A host gets ports for itself alone, from
 * {@link io.pktkit.nat.service.PortLeases}; who asks for another gets fault 606. Leases are those of version 2, 1 s to a week;
 * 0 means a week, in version 1 too.
 *
 * <p><b>Eventing.</b> GENA (UDA 1.1 section 4). Events go to the subscriber itself alone, by a literal address that is the
 * one it subscribes from: anything else would let it have us connect to others (CVE-2020-12695).
 *
 * <p><b>Hostile input.</b> Only hosts of the link's own network are heard, at our literal address in {@code Host} (against DNS
 * rebinding). A request has 8 KiB of headers and 64 KiB of body at most, and 30 seconds from its first octet to its last; XML
 * with a document type is refused unread. Of a link: 64 connections, 8 of a host; 64 subscriptions, 8 of a host; 256 search
 * answers that wait.
 *
 * <p><b>Threads.</b> Everything of a link runs under the lock of its host, by whoever brought a packet or by the timers.
 */
@NullMarked
package io.pktkit.nat.upnp;

import org.jspecify.annotations.NullMarked;
