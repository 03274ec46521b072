// SPDX-License-Identifier: MIT
package io.pktkit.slirp;

import io.pktkit.wire.IpAddress;
import java.time.Duration;
import org.jspecify.annotations.Nullable;

/**
 * One flow of a guest at a moment, for who looks for what goes on: a TCP connection, or a UDP endpoint.
 *
 * @param namespace which of the connected devices the guest is behind
 * @param protocol {@link io.pktkit.wire.IpProtocol#TCP} or {@link io.pktkit.wire.IpProtocol#UDP}
 * @param source the guest's address
 * @param sourcePort its port
 * @param destination where to, as the guest calls it; of a UDP endpoint the one it has sent to last, null before the first is sent
 * @param destinationPort its port, or 0
 * @param state of TCP {@code DIALING} or the state of the guest's connection (RFC 9293 section 3.3.2); of UDP {@code UNANSWERED} or
 *     {@code ANSWERED}
 * @param bytesOut payload that came from the guest
 * @param bytesIn payload that went to the guest
 * @param age since its first packet
 */
public record SlirpFlow(
        int namespace,
        int protocol,
        IpAddress source,
        int sourcePort,
        @Nullable IpAddress destination,
        int destinationPort,
        String state,
        long bytesOut,
        long bytesIn,
        Duration age) {}
