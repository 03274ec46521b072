// SPDX-License-Identifier: MIT
package io.pktkit.nat.engine;

import io.pktkit.nat.internal.map.OutsideAddresses;
import io.pktkit.nat.observe.NatDrop;
import io.pktkit.wire.Checksum;
import io.pktkit.wire.ChecksumStatus;
import io.pktkit.wire.IcmpError;
import io.pktkit.wire.IcmpErrors;
import io.pktkit.wire.IcmpMessage;
import io.pktkit.wire.IpAddress;
import io.pktkit.wire.IpFamily;
import io.pktkit.wire.IpHeader;
import io.pktkit.wire.Packet;
import io.pktkit.wire.RateLimiter;
import java.nio.ByteBuffer;
import org.jspecify.annotations.Nullable;

/** What a NAT says itself: ICMP errors about packets it does not forward, and replies to echo requests. */
final class Answers {

    private final RateLimiter outsideErrors = new RateLimiter(NatInside.ANSWERS_PER_SECOND, NatInside.ANSWERS_AT_ONCE);
    private final RateLimiter outsideEchoes = new RateLimiter(NatInside.ANSWERS_PER_SECOND, NatInside.ANSWERS_AT_ONCE);

    /** Sends an error, unless none may be sent; the limiter is asked last, so that what is not sent uses up nothing. */
    void error(@Nullable NatLink to, Packet original, IpAddress from, IcmpError error, long now, NatOutput out) {
        ByteBuffer target = out.begin(IcmpErrors.MAX_LENGTH);
        int length = IcmpErrors.write(original, from, error, target, 0);
        RateLimiter limit = to == null ? outsideErrors : to.inside.errors;
        if (length != 0 && limit.tryAcquire(now)) {
            out.commit(to, length);
        }
    }

    /** An error to an inside host, from the NAT's address there or, without one, from a given address of it outside. */
    void inward(NatLink to, Packet original, int outside, IcmpError error, long now, NatOutput out) {
        int own = original.isIpv4() ? to.inside.address() : 0;
        IpAddress from =
                original.isIpv6() ? to.inside.addressOf(IpFamily.IPV6) : IpAddress.ofIpv4(own != 0 ? own : outside);
        error(to, original, from, error, now, out);
    }

    /** An error to a host outside about what is not translated: from an address of ours there, if there is any. */
    void outward(OutsideAddresses ours, Packet original, IcmpError error, long now, NatOutput out) {
        if (!ours.all().isEmpty()) {
            error(null, original, IpAddress.ofIpv4(ours.all().get(0).address()), error, now, out);
        }
    }

    /** Answers an echo request; null if it was. */
    @Nullable
    NatDrop echo(@Nullable NatLink to, Packet request, long now, NatOutput out) {
        IcmpMessage icmp = request.icmp();
        if (icmp == null || !icmp.isEchoRequest() || request.isFragment()) {
            return NatDrop.OURS;
        }
        if (request.verifyTransportChecksum() == ChecksumStatus.INVALID) {
            return NatDrop.BAD_CHECKSUM;
        }
        if (!(to == null ? outsideEchoes : to.inside.echoes).tryAcquire(now)) {
            return NatDrop.RATE_LIMITED;
        }
        int payload = request.transportLength();
        int at = request.transportOffset();
        ByteBuffer reply = out.begin(IpHeader.length(request.source().family()) + payload);
        int header = IpHeader.write(
                reply,
                0,
                request.destination(),
                request.source(),
                request.protocol(),
                payload,
                IpHeader.DEFAULT_HOP_LIMIT,
                0,
                request.trafficClass(),
                true);
        reply.put(header, request.buffer(), at, payload);
        int before = reply.getShort(header) & 0xFFFF;
        int type = request.isIpv4() ? IcmpMessage.V4_ECHO_REPLY : IcmpMessage.V6_ECHO_REPLY;
        reply.put(header, (byte) type);
        int checksum = reply.getShort(header + 2) & 0xFFFF;
        reply.putShort(header + 2, (short) Checksum.update(checksum, before, reply.getShort(header) & 0xFFFF));
        out.commit(to, header + payload);
        return null;
    }
}
