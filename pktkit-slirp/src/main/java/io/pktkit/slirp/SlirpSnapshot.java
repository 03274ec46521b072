// SPDX-License-Identifier: MIT
package io.pktkit.slirp;

import io.pktkit.device.DeviceStats;

/**
 * What a {@link Slirp} or one of its namespaces holds at a moment.
 *
 * @param namespaces connected devices
 * @param tcpConnections connections to the host's network, those being dialled included
 * @param dialing connections being dialled
 * @param timeWait connections that are over and remembered for a while
 * @param udpMappings guest UDP endpoints with a socket
 * @param traffic packets from guests as sent, packets to guests as received, and the drops of both by reason
 */
public record SlirpSnapshot(
        int namespaces, int tcpConnections, int dialing, int timeWait, int udpMappings, DeviceStats.Snapshot traffic) {}
