// SPDX-License-Identifier: MIT
package io.pktkit.slirp.internal;

import io.pktkit.device.DropReason;
import io.pktkit.wire.Checksum;
import io.pktkit.wire.IcmpError;
import io.pktkit.wire.IcmpErrors;
import io.pktkit.wire.IcmpMessage;
import io.pktkit.wire.IpAddress;
import io.pktkit.wire.IpFamily;
import io.pktkit.wire.IpHeader;
import io.pktkit.wire.IpPrefix;
import io.pktkit.wire.IpProtocol;
import io.pktkit.wire.Packet;
import io.pktkit.wire.RateLimiter;
import io.pktkit.wire.UdpDatagram;
import java.nio.ByteBuffer;
import org.jspecify.annotations.Nullable;

/** The ICMP and ICMPv6 that one namespace sends to its guests. Guarded by the namespace's lock. */
final class IcmpResponder {
    private static final int ERRORS_PER_SECOND = 100;
    private static final int ERROR_BURST = 50;

    private final Namespace namespace;
    private final Emitter emitter;
    private final RateLimiter limiter = new RateLimiter(ERRORS_PER_SECOND, ERROR_BURST);
    private final Packet original = new Packet();

    IcmpResponder(Namespace namespace, Emitter emitter) {
        this.namespace = namespace;
        this.emitter = emitter;
    }

    /**
     * Answers an echo request for the stack's own address. For others an answer would be a lie, and silence would look like
     * loss: the guest is told what it is told of a datagram that the policy does not let through.
     */
    @Nullable
    DropReason onEcho(Packet packet, long nowNanos) {
        if (!namespace.stack().config().isOwn(packet.destination())) {
            answer(packet, IcmpError.adminProhibited(), nowNanos);
            return DropReason.UNSUPPORTED;
        }
        IpAddress from = packet.destination();
        IpAddress to = packet.source();
        boolean ipv6 = packet.isIpv6();
        int length = packet.transportLength();
        int header = IpHeader.length(from.family());
        int protocol = ipv6 ? IpProtocol.ICMPV6 : IpProtocol.ICMP;
        ByteBuffer buffer = emitter.reserve(header + length);
        int message = buffer.position() + header;
        buffer.put(message, packet.buffer(), packet.transportOffset(), length);
        buffer.put(message, (byte) (ipv6 ? IcmpMessage.V6_ECHO_REPLY : IcmpMessage.V4_ECHO_REPLY));
        buffer.putShort(message + 2, (short) 0);
        int checksum = ipv6
                ? Checksum.transport(from, to, protocol, buffer, message, length)
                : Checksum.internet(buffer, message, length);
        buffer.putShort(message + 2, (short) checksum);
        return emitter.send(buffer, from, to, protocol, length) ? null : DropReason.QUEUE_FULL;
    }

    /** An error about a packet at hand, from the stack's own address. */
    void answer(Packet packet, IcmpError error, long nowNanos) {
        IpFamily family = packet.family();
        if (family == null) {
            return;
        }
        IpPrefix own = namespace.stack().config().address(family);
        send(packet, own.isSet() ? own.address() : packet.destination(), error, nowNanos);
    }

    /** An error about a packet to a closed port of the stack's own address or of one of its aliases. */
    void closedPort(Packet packet, long nowNanos) {
        send(packet, packet.destination(), IcmpError.portUnreachable(), nowNanos);
    }

    /** The policy does not let this datagram through. */
    void denied(Endpoint guest, Endpoint destination, long nowNanos) {
        IpPrefix own = namespace.stack().config().address(guest.address().family());
        IpAddress from = own.isSet() ? own.address() : destination.address();
        send(likeness(guest, destination), from, IcmpError.adminProhibited(), nowNanos);
    }

    /** What the host has learned about a datagram that is gone already. */
    void fromRemote(Endpoint guest, Endpoint destination, IcmpError error, long nowNanos) {
        send(likeness(guest, destination), destination.address(), error, nowNanos);
    }

    /** A datagram as the guest sent it, without its payload: enough for the guest to find the socket it is about. */
    private Packet likeness(Endpoint guest, Endpoint destination) {
        int header = IpHeader.length(guest.address().family());
        ByteBuffer quote = ByteBuffer.allocate(header + UdpDatagram.HEADER_LENGTH);
        IpHeader.write(
                quote,
                0,
                guest.address(),
                destination.address(),
                IpProtocol.UDP,
                UdpDatagram.HEADER_LENGTH,
                IpHeader.DEFAULT_HOP_LIMIT,
                0,
                0,
                true);
        quote.putShort(header, (short) guest.port());
        quote.putShort(header + 2, (short) destination.port());
        quote.putShort(header + 4, (short) UdpDatagram.HEADER_LENGTH);
        return original.wrap(quote, 0, quote.capacity());
    }

    private void send(Packet about, IpAddress from, IcmpError error, long nowNanos) {
        if (!IcmpErrors.mayReply(about, error)) {
            return;
        }
        if (!limiter.tryAcquire(nowNanos)) {
            namespace.dropped(DropReason.RATE_LIMITED);
            return;
        }
        ByteBuffer buffer = emitter.reserve(IcmpErrors.MAX_LENGTH);
        int length = IcmpErrors.write(about, from, error, buffer, buffer.position());
        if (length > 0) {
            emitter.sendWritten(buffer, length);
        }
    }
}
