// SPDX-License-Identifier: MIT
package io.pktkit.vclient;

/**
 * What a {@link VirtualClient} holds.
 *
 * @param connections live TCP connections
 * @param timeWaiting TCP connections that only wait for late segments
 * @param udpSockets open UDP sockets, those of lookups included
 * @param waiting sockets at which a thread waits
 * @param reassembling datagrams of which some fragments are missing
 */
public record VirtualClientUsage(int connections, int timeWaiting, int udpSockets, int waiting, int reassembling) {}
