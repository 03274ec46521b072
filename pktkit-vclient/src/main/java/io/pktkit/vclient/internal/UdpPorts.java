// SPDX-License-Identifier: MIT
package io.pktkit.vclient.internal;

import io.pktkit.device.DropReason;
import io.pktkit.wire.ChecksumStatus;
import io.pktkit.wire.IcmpError;
import io.pktkit.wire.IcmpErrors;
import io.pktkit.wire.IpAddress;
import io.pktkit.wire.Packet;
import io.pktkit.wire.RateLimiter;
import io.pktkit.wire.UdpDatagram;
import java.net.BindException;
import java.net.SocketException;
import java.nio.ByteBuffer;
import java.security.SecureRandom;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** The UDP sockets by local port: one a port, for all addresses. Guarded by the stack's lock. */
final class UdpPorts {
    private static final int FIRST_DYNAMIC = 49152;
    private static final int DYNAMIC_PORTS = 65536 - FIRST_DYNAMIC;
    private static final int MAX_SOCKETS = 4096;

    private final ClientStack stack;
    private final SecureRandom random = new SecureRandom();
    private final Map<Integer, UdpEndpoint> endpoints = new HashMap<>();
    private final RateLimiter errors = new RateLimiter(100, 50);
    private final ByteBuffer errorBuffer = ByteBuffer.allocate(IcmpErrors.MAX_LENGTH);

    UdpPorts(ClientStack stack) {
        this.stack = stack;
    }

    /** Opens a socket on a port, or on a random one (RFC 6056 section 3.3.1) if it is 0. */
    UdpEndpoint open(@Nullable IpAddress address, int port) throws SocketException {
        stack.checkOpen();
        if (endpoints.size() >= MAX_SOCKETS) {
            throw new SocketException("all " + MAX_SOCKETS + " UDP sockets are in use; close some");
        }
        int chosen = port == 0 ? freePort() : port;
        if (endpoints.containsKey(chosen)) {
            throw new BindException("UDP port " + port + " is in use; choose another one, or 0");
        }
        UdpEndpoint endpoint = new UdpEndpoint(stack, address, chosen);
        endpoints.put(chosen, endpoint);
        return endpoint;
    }

    void remove(UdpEndpoint endpoint) {
        endpoints.remove(endpoint.port(), endpoint);
    }

    int size() {
        return endpoints.size();
    }

    void close() {
        List<UdpEndpoint> open = new ArrayList<>(endpoints.values());
        open.forEach(UdpEndpoint::onClosed);
        endpoints.clear();
    }

    @Nullable
    DropReason onPacket(Packet packet, boolean own, long now) {
        UdpDatagram datagram = packet.udp();
        if (datagram == null || !datagram.isValid()) {
            return DropReason.MALFORMED;
        }
        if (!packet.checksumPending() && packet.verifyTransportChecksum() == ChecksumStatus.INVALID) {
            return DropReason.BAD_CHECKSUM;
        }
        UdpEndpoint endpoint = endpoints.get(datagram.destinationPort());
        if (endpoint == null || !endpoint.accepts(packet, datagram)) {
            if (own && endpoint == null) {
                reject(packet, now);
            }
            return DropReason.NO_RECEIVER;
        }
        return endpoint.onDatagram(packet, datagram) ? null : DropReason.QUEUE_FULL;
    }

    /**
     * Takes an ICMP error that quotes a datagram of ours.
     *
     * @param quoted the datagram, perhaps cut short after its ports
     * @param mtu what a hop takes, or 0 if the error is another one
     * @param portUnreachable whether the far side has no such socket
     */
    void onError(Packet quoted, boolean portUnreachable, int mtu) {
        UdpDatagram datagram = quoted.udp();
        UdpEndpoint endpoint = datagram == null ? null : endpoints.get(datagram.sourcePort());
        if (datagram == null || endpoint == null || !stack.isOwn(quoted.source())) {
            return;
        }
        if (mtu > 0) {
            stack.output().lowerMtu(quoted.destination(), mtu);
        } else {
            endpoint.onUnreachable(quoted.destination(), datagram.destinationPort(), portUnreachable);
        }
    }

    private void reject(Packet packet, long now) {
        int length = IcmpErrors.write(packet, packet.destination(), IcmpError.portUnreachable(), errorBuffer, 0);
        if (length > 0 && errors.tryAcquire(now)) {
            stack.output().append(errorBuffer, length);
        }
    }

    /** {@return a random port of the dynamic range, free or not} */
    int randomPort() {
        return FIRST_DYNAMIC + random.nextInt(DYNAMIC_PORTS);
    }

    private int freePort() throws BindException {
        int start = random.nextInt(DYNAMIC_PORTS);
        for (int i = 0; i < DYNAMIC_PORTS; i++) {
            int port = FIRST_DYNAMIC + (start + i) % DYNAMIC_PORTS;
            if (!endpoints.containsKey(port)) {
                return port;
            }
        }
        throw new BindException("no UDP port is free; close some sockets");
    }
}
