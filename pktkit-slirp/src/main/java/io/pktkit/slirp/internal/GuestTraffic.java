// SPDX-License-Identifier: MIT
package io.pktkit.slirp.internal;

import io.pktkit.device.DropReason;
import io.pktkit.iphost.Gateway;
import io.pktkit.slirp.UdpService;
import io.pktkit.wire.IcmpError;
import io.pktkit.wire.IpAddress;
import io.pktkit.wire.Packet;
import io.pktkit.wire.UdpDatagram;
import org.jspecify.annotations.Nullable;

/** What becomes of the datagrams and echo requests of one namespace's guests. Guarded by the namespace's lock. */
final class GuestTraffic implements Gateway {
    private final Namespace namespace;
    private final UdpNat udpNat;

    GuestTraffic(Namespace namespace, UdpNat udpNat) {
        this.namespace = namespace;
        this.udpNat = udpNat;
    }

    @Override
    public @Nullable DropReason onDatagram(Packet packet, UdpDatagram datagram, boolean own, long nowNanos) {
        if (datagram.sourcePort() == 0) {
            return DropReason.MALFORMED; // nobody an answer could go to
        }
        int port = datagram.destinationPort();
        boolean served = namespace.stack().hasUdpService(port);
        UdpMapping last = served ? null : udpNat.recent(packet, datagram.sourcePort());
        if (last != null && last.sentLastTo(packet, port)) {
            return last.enqueue(packet, datagram, nowNanos);
        }
        IpAddress destination = packet.destination();
        UdpService service = served ? namespace.stack().udpService(destination, port) : null;
        if (service != null) {
            ServiceRequest request = new ServiceRequest(namespace, packet, datagram);
            namespace.shell().afterwards(() -> request.deliver(service));
            return null;
        }
        if (own && !namespace.stack().destinations().isHostPort(destination, port)) {
            namespace.host().errors().report(packet, IcmpError.portUnreachable(), nowNanos);
            return DropReason.NO_RECEIVER;
        }
        return udpNat.onDatagram(packet, datagram, nowNanos);
    }

    /** A service gets one at a time. */
    @Override
    public boolean takesSuperSegment(UdpDatagram datagram) {
        return !namespace.stack().hasUdpService(datagram.destinationPort());
    }

    /**
     * An echo that others should answer. An answer from here would be a lie, and silence would look like loss: the guest is told
     * what it is told of a datagram that the policy does not let through.
     */
    @Override
    public @Nullable DropReason onEcho(Packet packet, long nowNanos) {
        namespace.host().errors().report(packet, IcmpError.adminProhibited(), nowNanos);
        return DropReason.UNSUPPORTED;
    }
}
