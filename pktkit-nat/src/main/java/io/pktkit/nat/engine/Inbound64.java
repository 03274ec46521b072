// SPDX-License-Identifier: MIT
package io.pktkit.nat.engine;

import io.pktkit.nat.internal.helping.HelpedFlow;
import io.pktkit.nat.internal.helping.HelperStage;
import io.pktkit.nat.internal.map.Kind;
import io.pktkit.nat.internal.map.Mapping;
import io.pktkit.nat.internal.rewrite.Siit;
import io.pktkit.nat.observe.NatDrop;
import io.pktkit.nat.policy.Prefix64;
import io.pktkit.wire.ChecksumStatus;
import io.pktkit.wire.IcmpError;
import io.pktkit.wire.IcmpMessage;
import io.pktkit.wire.IpProtocol;
import io.pktkit.wire.Packet;
import io.pktkit.wire.TcpSegment;
import java.nio.ByteBuffer;
import org.jspecify.annotations.Nullable;

/** IPv4 from outside to an IPv6 host inside: RFC 7915 section 4. The mapping is known, and lets it in. */
final class Inbound64 {

    private static final int HEADER = Packet.IPV6_HEADER_LENGTH;

    private final Shared shared;
    private final Siit.Ends ends = new Siit.Ends();
    private final Packet turned = new Packet();
    private ByteBuffer work = ByteBuffer.allocate(2048);

    /** The MTU, as an IPv4 sender would see it, of what the latest packet was too long for. */
    private int refusedMtu;

    Inbound64(Shared shared) {
        this.shared = shared;
    }

    int refusedMtu() {
        return refusedMtu;
    }

    @Nullable
    NatDrop emit(
            Packet packet,
            NatLink link,
            Mapping mapping,
            @Nullable HelpedFlow helped,
            Prefix64 prefix,
            boolean turning,
            long now,
            NatOutput out) {
        if (packet.headerLength() > Packet.IPV4_HEADER_LENGTH && Siit.hasOpenSourceRoute(packet)) {
            if (!turning) {
                IcmpError failed = IcmpError.destinationUnreachable(5, 0);
                shared.answers.error(null, packet, packet.destination(), failed, now, out);
            }
            return NatDrop.UNSUPPORTED;
        }
        int from = packet.offset() + packet.headerLength();
        int payload = packet.totalLength() - packet.headerLength();
        int protocol = packet.protocol();
        boolean fragment = packet.isFragment();
        boolean first = packet.fragmentOffset() == 0;
        boolean icmp = protocol == IpProtocol.ICMP;
        if (icmp && (fragment || packet.verifyTransportChecksum() == ChecksumStatus.INVALID)) {
            return fragment ? NatDrop.UNSUPPORTED : NatDrop.BAD_CHECKSUM;
        }
        boolean noChecksum =
                protocol == IpProtocol.UDP && first && packet.buffer().getShort(from + 6) == 0;
        if (noChecksum && fragment) {
            return NatDrop.UNSUPPORTED; // IPv6 wants one, and it would cover what is not here
        }
        int header = fragment ? HEADER + Siit.FRAGMENT_HEADER : HEADER;
        int length = header + payload;
        boolean whole = packet.dontFragment() || packet.segmentSize() != 0;
        int most = whole || packet.checksumPending() ? link.mtu() : Math.min(link.mtu(), shared.lowestIpv6Mtu);
        boolean fits = length <= most || segmentsFit(packet, header, most);
        if (!fits && whole) {
            refusedMtu = link.mtu() - (header - Packet.IPV4_HEADER_LENGTH);
            if (!turning) {
                IcmpError error = IcmpError.packetTooBig(refusedMtu);
                shared.answers.error(null, packet, packet.destination(), error, now, out);
            }
            return NatDrop.TOO_BIG;
        }
        boolean direct = fits && helped == null;
        ByteBuffer bytes = direct ? out.begin(length) : workspace(length + HelperStage.room(helped));
        bytes.put(header, packet.buffer(), from, payload);
        ends.source = (int) packet.sourceLow();
        ends.destination = (int) packet.destinationLow();
        ends.sourceHigh = prefix.embedHigh(ends.source);
        ends.sourceLow = prefix.embedLow(ends.source);
        ends.destinationHigh = mapping.high();
        ends.destinationLow = mapping.low();
        if (first) {
            transport(bytes, header, payload, protocol, mapping, packet.checksumPending());
        }
        int hops = turning ? packet.hopLimit() : packet.hopLimit() - 1;
        int next = icmp ? IpProtocol.ICMPV6 : protocol;
        if (fragment) {
            Siit.ipv6Fragment(
                    bytes,
                    0,
                    ends,
                    next,
                    payload,
                    packet.trafficClass(),
                    hops,
                    packet.fragmentOffset(),
                    packet.moreFragments(),
                    packet.identification());
        } else {
            Siit.ipv6(bytes, 0, ends, next, payload, packet.trafficClass(), hops);
        }
        Packet translated = direct ? out.commit(link, length) : turned.wrap(bytes, 0, length);
        translated.facts(packet);
        boolean unfinished = packet.checksumPending() && !fits && helped == null; // as for Shared.cut
        if (icmp || noChecksum || unfinished) {
            translated.checksumPending(false).recomputeTransportChecksum();
        }
        if (direct) {
            return null;
        }
        if (helped != null) {
            int changed = shared.helpers.apply(
                    helped, bytes, length, packet, false, shared.back(null, turning ? null : out), now);
            if (changed == 0) {
                return NatDrop.OUT_OF_ORDER;
            }
            if (!fragment) {
                return shared.deliver(link, turned.wrap(bytes, 0, changed).facts(packet), most, out);
            }
        }
        return cut(packet, bytes, header, payload, next, hops, most, link, out);
    }

    private static boolean segmentsFit(Packet packet, int header, int most) {
        TcpSegment tcp = packet.segmentSize() == 0 ? null : packet.tcp();
        int own = tcp == null ? 8 : tcp.headerLength();
        return packet.segmentSize() != 0 && header + own + packet.segmentSize() <= most;
    }

    private void transport(ByteBuffer bytes, int at, int payload, int protocol, Mapping mapping, boolean pending) {
        if (mapping.kind() == Kind.ICMP) {
            int type = bytes.get(at) & 0xFF;
            int echo = type == IcmpMessage.V4_ECHO_REQUEST ? IcmpMessage.V6_ECHO_REQUEST : IcmpMessage.V6_ECHO_REPLY;
            bytes.put(at, (byte) echo);
            bytes.putShort(at + 4, (short) mapping.port());
            return;
        }
        Siit.transport(bytes, at, payload, protocol, 2, mapping.port(), ends.sum4(), ends.sum6(), pending);
    }

    /**
     * A packet that IPv4 routers may cut, longer than each IPv6 link takes: it leaves in pieces (RFC 7915 section 4.1), of which
     * there is one if it is a fragment that fits.
     *
     * @param bytes what is cut, with its payload at {@code from}
     */
    private @Nullable NatDrop cut(
            Packet packet,
            ByteBuffer bytes,
            int from,
            int payload,
            int next,
            int hops,
            int most,
            NatLink link,
            NatOutput out) {
        int start = HEADER + Siit.FRAGMENT_HEADER;
        int room = (most - start) & ~7;
        int base = packet.fragmentOffset();
        for (int done = 0; done < payload; ) {
            boolean last = payload - done <= most - start;
            int size = last ? payload - done : room;
            ByteBuffer piece = out.begin(start + size);
            Siit.ipv6Fragment(
                    piece,
                    0,
                    ends,
                    next,
                    size,
                    packet.trafficClass(),
                    hops,
                    base + done,
                    !last || packet.moreFragments(),
                    packet.identification());
            piece.put(start, bytes, from + done, size);
            out.commit(link, start + size);
            done += size;
        }
        return null;
    }

    private ByteBuffer workspace(int length) {
        if (work.capacity() < length) {
            work = ByteBuffer.allocate(Integer.highestOneBit(length - 1) << 1);
        }
        return work;
    }
}
