// SPDX-License-Identifier: MIT
package io.pktkit.nat.engine;

import io.pktkit.nat.internal.address.Addresses;
import io.pktkit.nat.internal.helping.GreCalls;
import io.pktkit.nat.internal.helping.HelpedFlow;
import io.pktkit.nat.internal.helping.HelperStage;
import io.pktkit.nat.internal.helping.UdpPieces;
import io.pktkit.nat.internal.map.Endpoint;
import io.pktkit.nat.internal.map.Host;
import io.pktkit.nat.internal.map.Kind;
import io.pktkit.nat.internal.map.Mapping;
import io.pktkit.nat.internal.map.MappingCore;
import io.pktkit.nat.internal.map.OutsideAddress;
import io.pktkit.nat.internal.map.Session;
import io.pktkit.nat.internal.rewrite.Ipv4Rewrite;
import io.pktkit.nat.observe.NatDrop;
import io.pktkit.nat.policy.Prefix64;
import io.pktkit.wire.IcmpError;
import io.pktkit.wire.IcmpMessage;
import io.pktkit.wire.IpProtocol;
import io.pktkit.wire.Packet;
import io.pktkit.wire.TcpSegment;
import java.nio.ByteBuffer;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** From outside to inside, or the second half of a hairpin. */
final class Inbound implements FragmentTable.Stage {

    private final Shared shared;
    private final MappingCore core;
    private final ErrorRelay errors;
    private final List<NatInside> insides;
    private final Inbound64 six;
    private final Endpoint endpoint = new Endpoint();
    private final Packet turned = new Packet();
    private ByteBuffer work = ByteBuffer.allocate(2048);

    /** Whether the present packet comes from inside: its hop is spent already, and its source is ours. */
    private boolean turning;

    /** The MTU of the link that the latest packet was too long for. */
    private int refusedMtu;

    Inbound(Shared shared, ErrorRelay errors, List<NatInside> insides) {
        this.shared = shared;
        this.six = new Inbound64(shared);
        this.core = shared.core;
        this.errors = errors;
        this.insides = insides;
    }

    @Nullable
    NatDrop take(Packet packet, long now, NatOutput out) {
        NatDrop defect = Shared.defect(packet);
        if (defect != null) {
            return defect;
        }
        if (!packet.isIpv4()) {
            return NatDrop.NOT_FOR_US;
        }
        int source = (int) packet.sourceLow();
        if (!Addresses.isForwardable(source) || core.outsides().find(source) != null) {
            return NatDrop.BAD_SOURCE;
        }
        OutsideAddress ours = core.outsides().find((int) packet.destinationLow());
        if (ours == null) {
            return shared.hasExcluded() && shared.isExcluded(source)
                    ? untranslated(packet, now, out)
                    : NatDrop.NOT_FOR_US;
        }
        return dispatch(packet, ours, now, out);
    }

    /** Takes what came from inside for an address of ours, translated already as if it had gone out. */
    @Nullable
    NatDrop turn(Packet packet, OutsideAddress ours, long now, NatOutput out) {
        turning = true;
        try {
            return dispatch(packet, ours, now, out);
        } finally {
            turning = false;
        }
    }

    private @Nullable NatDrop dispatch(Packet packet, OutsideAddress ours, long now, NatOutput out) {
        if (!packet.isFragment()) {
            return translate(packet, ours, null, now, out);
        }
        return shared.reassemble && !turning
                ? reassembled(packet, ours, now, out)
                : shared.fragments.take(null, packet, this, now, out);
    }

    private @Nullable NatDrop reassembled(Packet fragment, OutsideAddress ours, long now, NatOutput out) {
        Packet datagram = shared.reassembly.take(null, fragment, now);
        if (datagram == null) {
            return shared.reassembly.refusal();
        }
        try {
            return translate(datagram, ours, null, now, out);
        } finally {
            shared.reassembly.done();
        }
    }

    @Override
    public @Nullable NatDrop first(Packet fragment, FragmentTable.Flow flow, long now, NatOutput out) {
        OutsideAddress ours = core.outsides().find((int) fragment.destinationLow());
        return ours == null ? NatDrop.NOT_FOR_US : translate(fragment, ours, flow, now, out);
    }

    @Override
    public @Nullable NatDrop later(Packet fragment, FragmentTable.Flow flow, long now, NatOutput out) {
        Mapping mapping = flow.mapping;
        if (mapping == null || mapping.isRemoved()) {
            return NatDrop.LOST_FRAGMENT;
        }
        if (!turning && fragment.hopLimit() <= 1) {
            return NatDrop.HOP_LIMIT; // of which only the first would be told (RFC 1812 sections 4.3.2.7, 5.3.1)
        }
        return emit(fragment, mapping, null, flow.prefix, now, out);
    }

    /** What stands for a remote to an IPv6 host: what the host used, else the first. */
    private @Nullable Prefix64 prefixOf(Mapping mapping, @Nullable Session session) {
        Object via = session != null ? session.via() : mapping.via();
        return via instanceof Prefix64 prefix ? prefix : shared.firstPrefix64();
    }

    private @Nullable NatDrop translate(
            Packet packet, OutsideAddress ours, FragmentTable.@Nullable Flow flow, long now, NatOutput out) {
        int protocol = packet.protocol();
        boolean call = protocol == IpProtocol.GRE
                && flow == null
                && GreCalls.isEnhanced(packet)
                && core.findOutside(ours, Kind.GRE, GreCalls.callId(packet), now) != null;
        int kind = call ? Kind.GRE : protocol == IpProtocol.GRE ? Kind.OTHER : Kind.of(protocol);
        int at = packet.transportOffset();
        ByteBuffer bytes = packet.buffer();
        int port;
        int remotePort;
        int flags = 0;
        switch (kind) {
            case Kind.TCP -> {
                if (!Shared.isWholeTcp(packet)) {
                    return flow == null ? NatDrop.MALFORMED : NatDrop.BAD_FRAGMENT;
                }
                remotePort = bytes.getShort(at) & 0xFFFF;
                port = bytes.getShort(at + 2) & 0xFFFF;
                flags = bytes.get(at + 13) & 0x3F;
            }
            case Kind.UDP -> {
                if (!Shared.isWholeUdp(packet)) {
                    return flow == null ? NatDrop.MALFORMED : NatDrop.BAD_FRAGMENT;
                }
                remotePort = bytes.getShort(at) & 0xFFFF;
                port = bytes.getShort(at + 2) & 0xFFFF;
            }
            case Kind.ICMP -> {
                IcmpMessage icmp = protocol == IpProtocol.ICMP ? packet.icmp() : null;
                if (icmp == null) {
                    return NatDrop.UNSUPPORTED;
                }
                if (icmp.isEchoRequest() && ours.owner() == null) {
                    boolean came = flow == null && !turning && !shared.reassembly.isUnderWay();
                    return came ? shared.answers.echo(null, packet, now, out) : NatDrop.OURS;
                }
                if (!Shared.isEcho(packet)) {
                    return flow == null ? errors.inward(packet, ours, turning, now, out) : NatDrop.UNSUPPORTED;
                }
                port = bytes.getShort(at + 4) & 0xFFFF;
                remotePort = 0;
            }
            case Kind.GRE -> {
                port = GreCalls.callId(packet);
                remotePort = 0;
            }
            default -> {
                if (protocol == IpProtocol.AH) {
                    return NatDrop.UNSUPPORTED;
                }
                port = protocol;
                remotePort = 0;
            }
        }
        int remote = (int) packet.sourceLow();
        Mapping mapping = core.findOutside(ours, kind, port, now);
        if (mapping == null) {
            mapping = oneToOne(ours, kind, port, remotePort, flags, now);
        }
        if (mapping == null) {
            return unexpected(packet, kind, flags, port, remotePort, NatDrop.NO_MAPPING, now);
        }
        Session session = core.sessions().find(mapping, remote, remotePort, now);
        if (!core.sessions().admits(mapping, session, remote, remotePort, now)) {
            return unexpected(packet, kind, flags, port, remotePort, NatDrop.FILTERED, now);
        }
        NatDrop refused = mayPass(packet, mapping, now, out);
        if (refused != null) {
            return refused;
        }
        session = shared.tracker.inbound(mapping, session, remote, remotePort, kind == Kind.TCP, flags, packet, now);
        Prefix64 prefix = mapping.isIpv6() ? prefixOf(mapping, session) : null;
        if (flow != null) {
            flow.mapping = mapping;
            flow.prefix = prefix;
        }
        return emit(packet, mapping, HelpedFlow.of(session), prefix, now, out);
    }

    /** A host with an outside address of its own is reached on all ports of it. */
    private @Nullable Mapping oneToOne(OutsideAddress ours, int kind, int port, int remotePort, int flags, long now) {
        Host owner = ours.owner();
        if (owner == null) {
            return null;
        }
        NatInside inside = (NatInside) owner.tenant().user();
        if (inside.links.isEmpty()) {
            return null;
        }
        endpoint.set(kind, false, 0, owner.low(), port);
        boolean begins = (flags & TcpSegment.RST) == 0;
        return shared.maker.openUnasked(owner, endpoint, remotePort, begins, inside.linkOf(owner), now);
    }

    private NatDrop unexpected(Packet packet, int kind, int flags, int port, int remotePort, NatDrop why, long now) {
        boolean syn = kind == Kind.TCP
                && (flags & (TcpSegment.SYN | TcpSegment.ACK | TcpSegment.RST)) == TcpSegment.SYN
                && !packet.isFragment();
        if (!syn || turning) {
            return why;
        }
        shared.heldSyns.hold(packet, port, remotePort, now);
        return NatDrop.UNSOLICITED_SYN;
    }

    /** What a router checks once it knows where a packet goes; before anything is remembered of it. */
    private @Nullable NatDrop mayPass(Packet packet, Mapping mapping, long now, NatOutput out) {
        NatLink link = NatInside.linkOf(mapping);
        if (link == null) {
            return NatDrop.CLOSED;
        }
        if (turning) {
            return null;
        }
        if (!mapping.isIpv6() && link.inside.isInside((int) packet.sourceLow())) {
            return NatDrop.BAD_SOURCE;
        }
        if (packet.hopLimit() <= 1) {
            shared.answers.error(null, packet, packet.destination(), IcmpError.timeExceeded(), now, out);
            return NatDrop.HOP_LIMIT;
        }
        return null;
    }

    private @Nullable NatDrop emit(
            Packet packet,
            Mapping mapping,
            @Nullable HelpedFlow helped,
            @Nullable Prefix64 prefix,
            long now,
            NatOutput out) {
        if (UdpPieces.isNeeded(helped, packet)) {
            return pieces(packet, mapping, helped, prefix, now, out);
        }
        NatLink link = NatInside.linkOf(mapping);
        if (link == null) {
            return NatDrop.CLOSED;
        }
        if (prefix != null) {
            NatDrop drop = six.emit(packet, link, mapping, helped, prefix, turning, now, out);
            refusedMtu = six.refusedMtu();
            return drop;
        }
        if (mapping.isIpv6()) {
            return NatDrop.UNSUPPORTED; // nothing stands for the remote
        }
        int length = packet.totalLength();
        int mtu = shared.reassembly.mtu(link.mtu());
        boolean fits = Shared.fits(packet, mtu);
        if (shared.reassembly.isTooBig(link.mtu()) || (!fits && (packet.dontFragment() || packet.segmentSize() != 0))) {
            return tooBig(packet, link, now, out);
        }
        boolean call = mapping.kind() == Kind.GRE;
        boolean direct = fits && helped == null;
        ByteBuffer bytes = direct ? out.begin(length) : workspace(length + HelperStage.room(helped));
        bytes.put(0, packet.buffer(), packet.offset(), length);
        int address = (int) mapping.low();
        int before = (int) packet.destinationLow();
        int ttl = turning ? Ipv4Rewrite.SAME_TTL : packet.hopLimit() - 1;
        Ipv4Rewrite.header(bytes, 0, Ipv4Rewrite.DESTINATION, address, ttl, Ipv4Rewrite.SAME_ID);
        int at = packet.transportOffset();
        if (at >= 0 && mapping.kind() != Kind.OTHER) {
            Ipv4Rewrite.transport(
                    bytes,
                    at - packet.offset(),
                    packet.transportLength(),
                    packet.protocol(),
                    Ipv4Rewrite.DESTINATION,
                    before,
                    address,
                    mapping.port(),
                    packet.checksumPending());
        }
        if (call && at >= 0) {
            bytes.putShort(at - packet.offset() + 6, (short) mapping.port()); // which no checksum covers
        }
        if (direct) {
            out.commit(link, length).facts(packet);
            return null;
        }
        if (helped != null) {
            length = shared.helpers.apply(
                    helped, bytes, length, packet, false, shared.back(null, turning ? null : out), now);
            return length == 0
                    ? NatDrop.OUT_OF_ORDER
                    : shared.deliver(link, turned.wrap(bytes, 0, length).facts(packet), mtu, out);
        }
        return shared.cut(link, turned.wrap(bytes, 0, length).facts(packet), mtu, out);
    }

    private @Nullable NatDrop pieces(
            Packet packet,
            Mapping mapping,
            @Nullable HelpedFlow helped,
            @Nullable Prefix64 prefix,
            long now,
            NatOutput out) {
        NatDrop latest = null;
        for (int i = 0; i < UdpPieces.count(packet); i++) {
            NatDrop drop = emit(shared.pieces.get(packet, i), mapping, helped, prefix, now, out);
            latest = drop == null ? latest : drop;
        }
        return latest;
    }

    /** The MTU that the latest packet to turn back was too long for; its sender is told by who knows it as it was sent. */
    int refusedMtu() {
        return refusedMtu;
    }

    /** The sender hears it from the address that it sent to. */
    private NatDrop tooBig(Packet packet, NatLink link, long now, NatOutput out) {
        IcmpError error = IcmpError.packetTooBig(link.mtu());
        refusedMtu = link.mtu();
        if (!turning) {
            shared.answers.error(null, packet, packet.destination(), error, now, out);
        }
        return NatDrop.TOO_BIG;
    }

    /** From an excluded destination to an address that exactly one namespace has: as a router does, under our address. */
    private @Nullable NatDrop untranslated(Packet packet, long now, NatOutput out) {
        int host = (int) packet.destinationLow();
        NatInside inside = null;
        for (NatInside each : insides) {
            if (each.mayBeHost(host) && !each.links.isEmpty()) {
                if (inside != null) {
                    return NatDrop.NOT_FOR_US;
                }
                inside = each;
            }
        }
        if (inside == null) {
            return NatDrop.NOT_FOR_US;
        }
        if (packet.hopLimit() <= 1) {
            shared.answers.outward(core.outsides(), packet, IcmpError.timeExceeded(), now, out);
            return NatDrop.HOP_LIMIT;
        }
        endpoint.set(Kind.OTHER, false, 0, packet.destinationLow(), 0);
        NatLink link = inside.linkOf(host, core.findHost(inside.tenant, endpoint));
        boolean fits = Shared.fits(packet, link.mtu());
        if (!fits && (packet.dontFragment() || packet.segmentSize() != 0)) {
            shared.answers.outward(core.outsides(), packet, IcmpError.packetTooBig(link.mtu()), now, out);
            return NatDrop.TOO_BIG;
        }
        int length = packet.totalLength();
        ByteBuffer bytes = fits ? out.begin(length) : workspace(length);
        bytes.put(0, packet.buffer(), packet.offset(), length);
        Packet routed = fits ? out.commit(link, length) : turned.wrap(bytes, 0, length);
        routed.facts(packet).decrementHopLimit();
        return fits ? null : shared.cut(link, turned, link.mtu(), out);
    }

    private ByteBuffer workspace(int length) {
        if (work.capacity() < length) {
            work = ByteBuffer.allocate(Integer.highestOneBit(length - 1) << 1);
        }
        return work;
    }
}
