// SPDX-License-Identifier: MIT
package io.pktkit.slirp.internal;

import io.pktkit.device.DropReason;
import io.pktkit.slirp.UdpService;
import io.pktkit.time.Timers;
import io.pktkit.vtcp.host.TcpHost;
import io.pktkit.wire.ChecksumStatus;
import io.pktkit.wire.IcmpError;
import io.pktkit.wire.IcmpMessage;
import io.pktkit.wire.IpAddress;
import io.pktkit.wire.IpProtocol;
import io.pktkit.wire.Packet;
import io.pktkit.wire.Reassembler;
import io.pktkit.wire.ReassemblyLimits;
import io.pktkit.wire.UdpDatagram;
import org.jspecify.annotations.Nullable;

/** Checks what guests of one namespace send and gives it to whom it is for. Guarded by the namespace's lock. */
final class Inbound {
    /** A megabyte for a namespace, half of it for one source. */
    private static final ReassemblyLimits REASSEMBLY = new ReassemblyLimits(256, 128, 1 << 20, 1 << 19, 128);

    private static final long REASSEMBLY_SWEEP_NANOS = 5_000_000_000L;

    private final Namespace namespace;
    private final Destinations destinations;
    private final TcpHost tcp;
    private final UdpNat udpNat;
    private final IcmpResponder icmp;
    private final Reassembler reassembler = new Reassembler(REASSEMBLY);
    private long nextSweep = Timers.NEVER;
    private @Nullable Runnable delivery;

    Inbound(Namespace namespace, TcpHost tcp, UdpNat udpNat, IcmpResponder icmp) {
        this.namespace = namespace;
        this.destinations = namespace.stack().destinations();
        this.tcp = tcp;
        this.udpNat = udpNat;
        this.icmp = icmp;
    }

    /** Null when the packet was taken, else why not. */
    @Nullable
    DropReason onPacket(Packet packet, long nowNanos) {
        if (!packet.isValid()) {
            return DropReason.MALFORMED;
        }
        if (!packet.isComplete()) {
            return DropReason.TRUNCATED;
        }
        if (packet.isIpv4() && packet.verifyIpv4Checksum() == ChecksumStatus.INVALID) {
            return DropReason.BAD_CHECKSUM;
        }
        if (!isUsableSource(packet.source())) {
            return DropReason.MARTIAN;
        }
        IpAddress destination = packet.destination();
        if (packet.hopLimit() <= 1 && !destinations.isLocal(destination)) {
            icmp.answer(packet, IcmpError.timeExceeded(), nowNanos);
            return DropReason.TTL_EXPIRED;
        }
        if (!packet.isFragment()) {
            return onWhole(packet, destination, nowNanos);
        }
        Packet whole = reassembler.add(packet, nowNanos);
        if (nextSweep == Timers.NEVER) {
            nextSweep = Timers.after(nowNanos, REASSEMBLY_SWEEP_NANOS);
        }
        return whole == null ? null : onWhole(whole, destination, nowNanos);
    }

    /** The call to make once the lock is released, if the packet was for a service. */
    @Nullable
    Runnable takeDelivery() {
        Runnable due = delivery;
        delivery = null;
        return due;
    }

    void onTick(long nowNanos) {
        if (Timers.isDue(nextSweep, nowNanos)) {
            reassembler.expire(nowNanos);
            nextSweep = reassembler.size() == 0 ? Timers.NEVER : Timers.after(nowNanos, REASSEMBLY_SWEEP_NANOS);
        }
    }

    long nextDeadlineNanos() {
        return nextSweep;
    }

    void close() {
        reassembler.close();
    }

    IcmpResponder icmp() {
        return icmp;
    }

    private @Nullable DropReason onWhole(Packet packet, IpAddress destination, long nowNanos) {
        return switch (packet.protocol()) {
            case IpProtocol.TCP ->
                destinations.isUnusable(destination) ? DropReason.NOT_FOR_US : tcp.onPacket(packet, nowNanos);
            case IpProtocol.UDP -> onUdp(packet, destination, nowNanos);
            case IpProtocol.ICMP, IpProtocol.ICMPV6 -> onIcmp(packet, nowNanos);
            default -> DropReason.UNSUPPORTED;
        };
    }

    private @Nullable DropReason onUdp(Packet packet, IpAddress destination, long nowNanos) {
        UdpDatagram udp = packet.udp();
        if (udp == null || !udp.isValid() || udp.sourcePort() == 0 || udp.destinationPort() == 0) {
            return DropReason.MALFORMED;
        }
        if (!packet.checksumPending() && !isChecksumGood(packet, udp)) {
            return DropReason.BAD_CHECKSUM;
        }
        if (destinations.isUnusable(destination)) {
            return DropReason.NOT_FOR_US;
        }
        UdpService service = namespace.stack().udpService(destination, udp.destinationPort());
        if (service != null) {
            ServiceRequest request = new ServiceRequest(namespace, packet, udp);
            delivery = () -> request.deliver(service);
            return null;
        }
        if (destinations.isLocal(destination) && !destinations.isHostPort(destination, udp.destinationPort())) {
            icmp.closedPort(packet, nowNanos);
            return DropReason.NO_RECEIVER;
        }
        return udpNat.onDatagram(packet, udp, nowNanos);
    }

    /** Without a checksum only over IPv4 (RFC 8200, 8.1). */
    private static boolean isChecksumGood(Packet packet, UdpDatagram udp) {
        return udp.checksum() == 0 ? packet.isIpv4() : packet.verifyTransportChecksum() != ChecksumStatus.INVALID;
    }

    private @Nullable DropReason onIcmp(Packet packet, long nowNanos) {
        IcmpMessage message = packet.icmp();
        if (message == null || !message.isValid()) {
            return DropReason.MALFORMED;
        }
        if (!packet.checksumPending() && packet.verifyTransportChecksum() == ChecksumStatus.INVALID) {
            return DropReason.BAD_CHECKSUM;
        }
        if (message.isEchoRequest()) {
            return destinations.isUnusable(packet.destination())
                    ? DropReason.NOT_FOR_US
                    : icmp.onEcho(packet, nowNanos);
        }
        return message.isError() && tcp.onIcmpError(packet, nowNanos) ? null : DropReason.UNSUPPORTED;
    }

    /** One host, and not ourselves: an answer could go anywhere else. */
    private boolean isUsableSource(IpAddress source) {
        return !source.isLoopback() && !destinations.isLocal(source) && !destinations.isUnusable(source);
    }
}
