// SPDX-License-Identifier: MIT
package io.pktkit.slirp.internal;

import io.pktkit.device.DropReason;
import io.pktkit.device.FailureLog;
import io.pktkit.slirp.UdpRequest;
import io.pktkit.slirp.UdpService;
import io.pktkit.wire.IpAddress;
import io.pktkit.wire.Packet;
import io.pktkit.wire.UdpDatagram;
import java.nio.ByteBuffer;

/** A copy of a datagram for a service, with the way back. Immutable. */
final class ServiceRequest implements UdpRequest {
    private static final FailureLog FAILURES = new FailureLog(ServiceRequest.class, "UDP service");

    private final Namespace namespace;
    private final Endpoint source;
    private final Endpoint destination;
    private final ByteBuffer payload;

    ServiceRequest(Namespace namespace, Packet packet, UdpDatagram udp) {
        this.namespace = namespace;
        this.source = new Endpoint(packet.source(), udp.sourcePort());
        this.destination = new Endpoint(packet.destination(), udp.destinationPort());
        this.payload = ByteBuffer.allocate(udp.payloadLength());
        payload.put(0, udp.buffer(), udp.payloadOffset(), udp.payloadLength());
    }

    /** Calls the service; with no lock held. */
    void deliver(UdpService service) {
        try {
            service.onDatagram(this);
        } catch (RuntimeException | Error failure) {
            FAILURES.record(failure);
            namespace.dropped(DropReason.HANDLER_FAILED);
        }
    }

    @Override
    public int namespace() {
        return namespace.namespace();
    }

    @Override
    public IpAddress sourceAddress() {
        return source.address();
    }

    @Override
    public int sourcePort() {
        return source.port();
    }

    @Override
    public IpAddress destinationAddress() {
        return destination.address();
    }

    @Override
    public int destinationPort() {
        return destination.port();
    }

    @Override
    public ByteBuffer payload() {
        return payload.asReadOnlyBuffer();
    }

    @Override
    public boolean reply(ByteBuffer answer) {
        return namespace.sendUdp(destination, source, answer);
    }
}
