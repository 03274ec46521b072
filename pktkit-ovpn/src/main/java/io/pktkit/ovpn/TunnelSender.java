// SPDX-License-Identifier: MIT
package io.pktkit.ovpn;

import io.pktkit.device.DropReason;
import io.pktkit.ovpn.internal.rules.MssClamp;
import io.pktkit.wire.Fragmenter;
import io.pktkit.wire.IcmpError;
import io.pktkit.wire.IcmpErrors;
import io.pktkit.wire.IpAddress;
import io.pktkit.wire.IpFamily;
import io.pktkit.wire.IpPrefix;
import io.pktkit.wire.Packet;
import io.pktkit.wire.RateLimiter;
import java.nio.ByteBuffer;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * The way of IP packets into tunnels: what is too long is cut or refused, what cannot go is answered, and SYNs are told a
 * segment size that fits. One for each device; any thread.
 */
final class TunnelSender {

    /** What an IPv4 error comes from if the device has no address: the IPv4 dummy address, RFC 7600 section 4.8. */
    private static final IpAddress DUMMY = IpAddress.parse("192.0.0.8");

    private static final int ERRORS_PER_SECOND = 100;
    private static final int ERROR_BURST = 50;

    private final ServerCore core;
    private final int mtu;
    private final MssClamp clamp;
    private final RateLimiter errors = new RateLimiter(ERRORS_PER_SECOND, ERROR_BURST);

    TunnelSender(ServerCore core, int mtu, MssClamp clamp) {
        this.core = core;
        this.mtu = mtu;
        this.clamp = clamp;
    }

    /** Sends a finished packet to a client; why not, or null. Errors go to who is given. */
    @Nullable
    DropReason send(Packet packet, @Nullable ClientLink to, IpPrefix own, Consumer<Packet> errorsTo) {
        if (!packet.isComplete()) {
            return packet.isValid() ? DropReason.MALFORMED : DropReason.TRUNCATED;
        }
        if (to == null) {
            report(packet, IcmpError.hostUnreachable(), own, errorsTo);
            return DropReason.NO_ROUTE;
        }
        if (packet.totalLength() > mtu) {
            return fragment(packet, to, own, errorsTo);
        }
        return transmit(packet, to);
    }

    private @Nullable DropReason transmit(Packet packet, ClientLink to) {
        ByteBuffer buffer = packet.buffer();
        int offset = packet.offset();
        int length = packet.totalLength();
        ByteBuffer clamped = clamp.copyIfTooLarge(packet);
        if (clamped != null) {
            buffer = clamped;
            offset = 0;
        }
        return sendTo(core, to, buffer, offset, length, packet.ecn());
    }

    static @Nullable DropReason sendTo(
            ServerCore core, ClientLink to, ByteBuffer buffer, int offset, int length, int trafficClass) {
        if (!to.plane().isUp()) {
            return DropReason.LINK_DOWN;
        }
        if (!to.transport().sendData(to.plane(), buffer, offset, length, trafficClass, core.nowNanos())) {
            return DropReason.IO_ERROR;
        }
        to.sent(length);
        return null;
    }

    private @Nullable DropReason fragment(Packet packet, ClientLink to, IpPrefix own, Consumer<Packet> errorsTo) {
        boolean[] dropped = new boolean[1];
        Fragmenter.Result result =
                new Fragmenter().fragment(packet, mtu, piece -> dropped[0] |= transmit(piece, to) != null);
        if (result == Fragmenter.Result.FRAGMENTED) {
            return dropped[0] ? DropReason.IO_ERROR : null;
        }
        if (result == Fragmenter.Result.DONT_FRAGMENT) {
            report(packet, IcmpError.packetTooBig(mtu), own, errorsTo);
        }
        return DropReason.TOO_BIG;
    }

    /** Answers a packet that cannot go. */
    void report(Packet packet, IcmpError error, IpPrefix own, Consumer<Packet> to) {
        IpFamily family = packet.family();
        if (family == null) {
            return;
        }
        IpAddress from = own.isSet() ? own.address() : family == IpFamily.IPV4 ? DUMMY : packet.destination();
        ByteBuffer target = ByteBuffer.allocate(IcmpErrors.MAX_LENGTH);
        int length = IcmpErrors.write(packet, from, error, target, 0);
        // The limiter is asked last, so that what must not be answered uses up nothing.
        if (length > 0 && errors.tryAcquire(core.nowNanos())) {
            to.accept(new Packet().wrap(target, 0, length));
        }
    }
}
