// SPDX-License-Identifier: MIT
package io.pktkit.nat.engine;

import io.pktkit.nat.internal.address.Addresses;
import io.pktkit.nat.internal.helping.HelpedFlow;
import io.pktkit.nat.internal.helping.HelperStage;
import io.pktkit.nat.internal.helping.UdpPieces;
import io.pktkit.nat.internal.map.Endpoint;
import io.pktkit.nat.internal.map.Kind;
import io.pktkit.nat.internal.map.Mapping;
import io.pktkit.nat.internal.map.MappingCore;
import io.pktkit.nat.internal.map.OutsideAddress;
import io.pktkit.nat.internal.map.Refusal;
import io.pktkit.nat.internal.map.Session;
import io.pktkit.nat.internal.rewrite.Ipv6Chain;
import io.pktkit.nat.internal.rewrite.Siit;
import io.pktkit.nat.observe.NatDrop;
import io.pktkit.nat.policy.Prefix64;
import io.pktkit.wire.ChecksumStatus;
import io.pktkit.wire.IcmpError;
import io.pktkit.wire.IcmpMessage;
import io.pktkit.wire.IpAddress;
import io.pktkit.wire.IpFamily;
import io.pktkit.wire.IpPrefix;
import io.pktkit.wire.IpProtocol;
import io.pktkit.wire.Packet;
import io.pktkit.wire.TcpSegment;
import java.nio.ByteBuffer;
import org.jspecify.annotations.Nullable;

/** IPv6 from inside to IPv4 outside: RFC 6146 section 3.5, RFC 7915 section 5. */
final class Outbound64 implements FragmentTable.Stage {

    private final Shared shared;
    private final MappingCore core;
    private final Inbound inbound;
    private final ErrorRelay64 errors;
    private final Endpoint endpoint = new Endpoint();
    private final Siit.Ends ends = new Siit.Ends();
    private final Packet turned = new Packet();
    private ByteBuffer work = ByteBuffer.allocate(2048);

    Outbound64(Shared shared, Inbound inbound, ErrorRelay64 errors) {
        this.shared = shared;
        this.core = shared.core;
        this.inbound = inbound;
        this.errors = errors;
    }

    @Nullable
    NatDrop take(NatLink link, Packet packet, long now, NatOutput out) {
        NatInside inside = link.inside;
        long high = packet.destinationHigh();
        long low = packet.destinationLow();
        if (!mayBeHost(inside, packet.sourceHigh(), packet.sourceLow())) {
            return NatDrop.BAD_SOURCE;
        }
        Prefix64 prefix = shared.prefix64(high, low);
        if (prefix == null) {
            IpAddress own = inside.addressOf(IpFamily.IPV6);
            boolean ours = !own.isUnspecified() && own.high() == high && own.low() == low;
            return ours ? shared.own(link, packet, now, out) : NatDrop.NOT_FOR_US;
        }
        int destination = prefix.extract(high, low);
        if (!Addresses.isForwardable(destination) || !Shared.mayStandFor(prefix, destination)) {
            return NatDrop.MARTIAN;
        }
        if (inside.isInside(destination)) {
            return NatDrop.STAYS_INSIDE;
        }
        if (!packet.isHeaderChainComplete()) {
            return NatDrop.MALFORMED;
        }
        int segmentsLeft = Ipv6Chain.segmentsLeft(packet);
        if (segmentsLeft != Ipv6Chain.NONE) {
            error(link, packet, IcmpError.parameterProblem(0, segmentsLeft), now, out);
            return NatDrop.UNSUPPORTED;
        }
        OutsideAddress ours = core.outsides().find(destination);
        if (ours != null && ours.owner() == null && isQuery(packet)) {
            return shared.answers.echo(link, packet, now, out);
        }
        if (packet.hopLimit() <= 1) {
            error(link, packet, IcmpError.timeExceeded(), now, out);
            return NatDrop.HOP_LIMIT;
        }
        if (!isPiece(packet)) {
            return translate(link, packet, null, now, out);
        }
        return shared.reassemble
                ? reassembled(link, packet, now, out)
                : shared.fragments.take(link, packet, this, now, out);
    }

    private @Nullable NatDrop reassembled(NatLink link, Packet fragment, long now, NatOutput out) {
        Packet datagram = shared.reassembly.take(link, fragment, now);
        if (datagram == null) {
            return shared.reassembly.refusal();
        }
        try {
            return translate(link, datagram, null, now, out);
        } finally {
            shared.reassembly.done();
        }
    }

    /** No host has a multicast, link-local or embedded address: the last would loop (RFC 6146 section 3.5). */
    boolean mayBeHost(NatInside inside, long high, long low) {
        IpPrefix network = inside.prefix(IpFamily.IPV6);
        IpAddress own = network.address();
        boolean member = (network.isSet() && network.contains(IpFamily.IPV6, high, low)) || inside.isRouted(high, low);
        return member
                && !(own.high() == high && own.low() == low)
                && high != 0
                && high >>> 56 != 0xFF
                && high >>> 54 != 0xFE80 >>> 6
                && shared.prefix64(high, low) == null;
    }

    private static boolean isQuery(Packet packet) {
        if (packet.protocol() != IpProtocol.ICMPV6) {
            return false;
        }
        IcmpMessage icmp = packet.icmp();
        return icmp != null && icmp.isEchoRequest();
    }

    /** Whether it is part of something larger; an atomic fragment (RFC 6946) is not. */
    private static boolean isPiece(Packet packet) {
        return packet.isFragment() && (packet.moreFragments() || packet.fragmentOffset() != 0);
    }

    private void error(NatLink link, Packet packet, IcmpError error, long now, NatOutput out) {
        shared.answers.inward(link, packet, 0, error, now, out);
    }

    @Override
    public @Nullable NatDrop first(Packet fragment, FragmentTable.Flow flow, long now, NatOutput out) {
        NatLink link = flow.from;
        return link == null ? NatDrop.LOST_FRAGMENT : translate(link, fragment, flow, now, out);
    }

    @Override
    public @Nullable NatDrop later(Packet fragment, FragmentTable.Flow flow, long now, NatOutput out) {
        Mapping mapping = flow.mapping;
        NatLink link = flow.from;
        int header = Ipv6Chain.fragment(fragment);
        if (mapping == null || link == null || mapping.isRemoved() || header < 0) {
            return NatDrop.LOST_FRAGMENT;
        }
        return emit(link, fragment, header + Siit.FRAGMENT_HEADER, mapping, null, flow.protocol, now, out);
    }

    private @Nullable NatDrop translate(
            NatLink link, Packet packet, FragmentTable.@Nullable Flow flow, long now, NatOutput out) {
        int protocol = packet.protocol();
        int at = packet.transportOffset();
        ByteBuffer bytes = packet.buffer();
        int kind;
        int port;
        int remotePort;
        int flags = 0;
        switch (protocol) {
            case IpProtocol.TCP -> {
                if (!Shared.isWholeTcp(packet)) {
                    return flow == null ? NatDrop.MALFORMED : NatDrop.BAD_FRAGMENT;
                }
                kind = Kind.TCP;
                port = bytes.getShort(at) & 0xFFFF;
                remotePort = bytes.getShort(at + 2) & 0xFFFF;
                flags = bytes.get(at + 13) & 0x3F;
            }
            case IpProtocol.UDP -> {
                if (!Shared.isWholeUdp(packet)) {
                    return flow == null ? NatDrop.MALFORMED : NatDrop.BAD_FRAGMENT;
                }
                if (bytes.getShort(at + 6) == 0) {
                    return NatDrop.BAD_CHECKSUM; // RFC 8200 section 8.1
                }
                kind = Kind.UDP;
                port = bytes.getShort(at) & 0xFFFF;
                remotePort = bytes.getShort(at + 2) & 0xFFFF;
            }
            case IpProtocol.ICMPV6 -> {
                if (flow != null) {
                    return NatDrop.UNSUPPORTED; // its checksum covers a length that no fragment tells
                }
                if (!Shared.isEcho(packet)) {
                    return errors.outward(link, packet, now, out);
                }
                // What is computed anew below must have been right before.
                if (packet.verifyTransportChecksum() == ChecksumStatus.INVALID) {
                    return NatDrop.BAD_CHECKSUM;
                }
                kind = Kind.ICMP;
                port = bytes.getShort(at + 4) & 0xFFFF;
                remotePort = 0;
            }
            default -> {
                return NatDrop.UNSUPPORTED;
            }
        }
        // Headers behind the Fragment header would be part of what is cut, and a second Fragment header makes a piece
        // of what is whole by the first, an atomic one (RFC 6946).
        if (packet.isFragment() && at != Ipv6Chain.fragment(packet) + Siit.FRAGMENT_HEADER) {
            return NatDrop.UNSUPPORTED;
        }
        Prefix64 prefix = shared.prefix64(packet.destinationHigh(), packet.destinationLow());
        if (prefix == null) {
            return NatDrop.NOT_FOR_US;
        }
        int remote = prefix.extract(packet.destinationHigh(), packet.destinationLow());
        if (flow == null && tooBig(packet, at, remote)) {
            error(link, packet, IcmpError.packetTooBig(Math.max(1280, shared.outsideMtu + 20)), now, out);
            return NatDrop.TOO_BIG;
        }
        Mapping mapping = core.findInside(link.inside.tenant, kind, packet.sourceHigh(), packet.sourceLow(), port, now);
        if (mapping == null) {
            boolean opens = kind == Kind.TCP
                    ? (flags & (TcpSegment.SYN | TcpSegment.RST | TcpSegment.FIN)) == TcpSegment.SYN
                    : kind != Kind.ICMP || isQuery(packet);
            if (!opens) {
                return NatDrop.NO_MAPPING;
            }
            endpoint.set(kind, true, packet.sourceHigh(), packet.sourceLow(), port);
            mapping = shared.maker.open(link.inside.tenant, endpoint, link, now);
            if (mapping == null) {
                error(link, packet, IcmpError.adminProhibited(), now, out);
                return shared.maker.refusal() == Refusal.LIMIT ? NatDrop.LIMIT : NatDrop.NO_PORT;
            }
        }
        Mapping displaced = mapping.displaced();
        if (displaced != null && core.sessions().find(displaced, remote, remotePort, now) != null) {
            mapping = displaced;
        }
        mapping.link(link);
        mapping.via(prefix);
        Session session = kind == Kind.ICMP && !isQuery(packet)
                ? shared.tracker.echoed(mapping, remote, now)
                : shared.tracker.outbound(mapping, remote, remotePort, kind == Kind.TCP, flags, packet, now);
        if (session != null) {
            session.via(prefix);
        }
        if (flow != null) {
            flow.mapping = mapping;
            flow.protocol = protocol;
        }
        return emit(link, packet, at, mapping, HelpedFlow.of(session), protocol, now, out);
    }

    /** Whether what cannot be cut outside is longer than the link there; a hairpin has none. */
    private boolean tooBig(Packet packet, int at, int remote) {
        int length = Packet.IPV4_HEADER_LENGTH + packet.offset() + packet.totalLength() - at;
        return core.outsides().find(remote) == null
                && !shared.reassembly.isUnderWay()
                && length > shared.outsideMtu
                && (length > 1260 || packet.segmentSize() != 0)
                && !Shared.fits(packet, shared.outsideMtu + 20);
    }

    private @Nullable NatDrop emit(
            NatLink link,
            Packet packet,
            int at,
            Mapping mapping,
            @Nullable HelpedFlow helped,
            int protocol,
            long now,
            NatOutput out) {
        if (UdpPieces.isNeeded(helped, packet)) {
            return pieces(link, packet, mapping, helped, protocol, now, out);
        }
        Prefix64 prefix = shared.prefix64(packet.destinationHigh(), packet.destinationLow());
        if (prefix == null) {
            return NatDrop.NOT_FOR_US;
        }
        int payload = packet.offset() + packet.totalLength() - at;
        int length = Packet.IPV4_HEADER_LENGTH + payload;
        if (length > 65_535) {
            return NatDrop.TOO_BIG;
        }
        ends.sourceHigh = packet.sourceHigh();
        ends.sourceLow = packet.sourceLow();
        ends.destinationHigh = packet.destinationHigh();
        ends.destinationLow = packet.destinationLow();
        ends.source = mapping.outside().address();
        ends.destination = prefix.extract(ends.destinationHigh, ends.destinationLow);
        OutsideAddress ours = core.outsides().find(ends.destination);
        int mtu = shared.mtuOutside();
        boolean fits = length <= mtu || packet.segmentSize() != 0;
        boolean direct = ours == null && helped == null && fits;
        ByteBuffer bytes = direct ? out.begin(length) : workspace(length + HelperStage.room(helped));
        bytes.put(Packet.IPV4_HEADER_LENGTH, packet.buffer(), at, payload);
        boolean icmp = protocol == IpProtocol.ICMPV6;
        boolean fragment = packet.isFragment();
        int flags = fragment
                ? Siit.fragmentFlags(packet.fragmentOffset(), packet.moreFragments())
                : shared.reassembly.isUnderWay()
                        ? 0
                        : Siit.wholeFlags(length); // RFC 7915 section 5.1.1: its pieces may be cut
        Siit.ipv4(
                bytes,
                0,
                ends,
                icmp ? IpProtocol.ICMP : protocol,
                payload,
                packet.trafficClass(),
                packet.hopLimit() - 1,
                fragment ? packet.identification() : shared.nextId(ends.destination),
                flags);
        if (icmp) {
            int type = bytes.get(Packet.IPV4_HEADER_LENGTH) & 0xFF;
            int echo = type == IcmpMessage.V6_ECHO_REQUEST ? IcmpMessage.V4_ECHO_REQUEST : IcmpMessage.V4_ECHO_REPLY;
            bytes.put(Packet.IPV4_HEADER_LENGTH, (byte) echo);
            bytes.putShort(Packet.IPV4_HEADER_LENGTH + 4, (short) mapping.outsidePort());
        } else if (packet.fragmentOffset() == 0) {
            Siit.transport(
                    bytes,
                    Packet.IPV4_HEADER_LENGTH,
                    payload,
                    protocol,
                    0,
                    mapping.outsidePort(),
                    ends.sum6(),
                    ends.sum4(),
                    packet.checksumPending());
        }
        Packet translated = direct ? out.commit(null, length) : turned.wrap(bytes, 0, length);
        translated.facts(packet);
        if (icmp) {
            translated.checksumPending(false).recomputeTransportChecksum();
        }
        if (direct) {
            return null;
        }
        if (helped != null) {
            length = shared.helpers.apply(helped, bytes, length, packet, true, shared.back(link, out), now);
            if (length == 0) {
                return NatDrop.OUT_OF_ORDER;
            }
            turned.wrap(bytes, 0, length).facts(packet);
        }
        if (ours == null && helped != null) {
            return shared.deliver(null, turned, mtu, out);
        }
        if (ours == null) {
            return shared.cut(null, turned, mtu, out);
        }
        NatDrop refused = inbound.turn(turned, ours, now, out);
        if (refused == NatDrop.TOO_BIG) {
            error(link, packet, IcmpError.packetTooBig(Math.max(1280, inbound.refusedMtu())), now, out);
        }
        return refused;
    }

    private @Nullable NatDrop pieces(
            NatLink link,
            Packet packet,
            Mapping mapping,
            @Nullable HelpedFlow helped,
            int protocol,
            long now,
            NatOutput out) {
        NatDrop latest = null;
        for (int i = 0; i < UdpPieces.count(packet); i++) {
            Packet piece = shared.pieces.get(packet, i);
            NatDrop drop = emit(link, piece, piece.transportOffset(), mapping, helped, protocol, now, out);
            latest = drop == null ? latest : drop;
        }
        return latest;
    }

    private ByteBuffer workspace(int length) {
        if (work.capacity() < length) {
            work = ByteBuffer.allocate(Integer.highestOneBit(length - 1) << 1);
        }
        return work;
    }
}
