// SPDX-License-Identifier: MIT
package io.pktkit.nat.engine;

import io.pktkit.nat.internal.address.Addresses;
import io.pktkit.nat.internal.helping.GreCalls;
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
import io.pktkit.nat.internal.rewrite.Ipv4Rewrite;
import io.pktkit.nat.observe.NatDrop;
import io.pktkit.wire.IcmpError;
import io.pktkit.wire.IcmpMessage;
import io.pktkit.wire.IpProtocol;
import io.pktkit.wire.Packet;
import io.pktkit.wire.TcpSegment;
import java.nio.ByteBuffer;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** From inside to outside, or back inside if the destination is an address of ours (hairpin, RFC 4787 REQ-9). */
final class Outbound implements FragmentTable.Stage {

    private final Shared shared;
    private final MappingCore core;
    private final Inbound inbound;
    private final ErrorRelay errors;
    private final Outbound64 six;
    private final Endpoint endpoint = new Endpoint();

    /** For what does not leave as it is: what turns back inside, and what is to be cut. */
    private final Packet turned = new Packet();

    private ByteBuffer work = ByteBuffer.allocate(2048);

    Outbound(Shared shared, Inbound inbound, ErrorRelay errors, Outbound64 six) {
        this.six = six;
        this.shared = shared;
        this.core = shared.core;
        this.inbound = inbound;
        this.errors = errors;
    }

    @Nullable
    NatDrop take(NatLink link, Packet packet, long now, NatOutput out) {
        NatDrop defect = Shared.defect(packet);
        if (defect != null && !(defect == NatDrop.LINK_BROADCAST && isForGroup(packet))) {
            return defect;
        }
        return packet.isIpv4() ? ipv4(link, packet, now, out) : six.take(link, packet, now, out);
    }

    /** What is for a group comes to many stations of the link as it should; only a host here takes it. */
    private boolean isForGroup(Packet packet) {
        return shared.hosted && packet.isIpv4() && Addresses.isGroup((int) packet.destinationLow());
    }

    private @Nullable NatDrop ipv4(NatLink link, Packet packet, long now, NatOutput out) {
        NatInside inside = link.inside;
        int destination = (int) packet.destinationLow();
        if (!inside.mayBeHost((int) packet.sourceLow())) {
            return NatDrop.BAD_SOURCE;
        }
        if (isForGroup(packet)) {
            out.local();
            return null;
        }
        if (!Addresses.isForwardable(destination)) {
            return NatDrop.MARTIAN;
        }
        if (inside.isInside(destination)) {
            return destination == inside.address() ? shared.own(link, packet, now, out) : NatDrop.STAYS_INSIDE;
        }
        OutsideAddress ours = core.outsides().find(destination);
        if (ours != null && ours.owner() == null && isQuery(packet)) {
            return shared.answers.echo(link, packet, now, out);
        }
        if (packet.hopLimit() <= 1) {
            error(link, packet, IcmpError.timeExceeded(), now, out);
            return NatDrop.HOP_LIMIT;
        }
        if (ours == null && shared.hasExcluded() && shared.isExcluded(destination)) {
            inside.seen((int) packet.sourceLow(), link);
            return untranslated(link, packet, now, out);
        }
        if (!packet.isFragment()) {
            return translate(link, packet, ours, null, now, out);
        }
        return shared.reassemble
                ? reassembled(link, packet, ours, now, out)
                : shared.fragments.take(link, packet, this, now, out);
    }

    private @Nullable NatDrop reassembled(
            NatLink link, Packet fragment, @Nullable OutsideAddress ours, long now, NatOutput out) {
        Packet datagram = shared.reassembly.take(link, fragment, now);
        if (datagram == null) {
            return shared.reassembly.refusal();
        }
        try {
            return translate(link, datagram, ours, null, now, out);
        } finally {
            shared.reassembly.done();
        }
    }

    private static boolean isQuery(Packet packet) {
        if (packet.protocol() != IpProtocol.ICMP) {
            return false;
        }
        IcmpMessage icmp = packet.icmp();
        return icmp != null && icmp.isEchoRequest();
    }

    private void error(NatLink link, Packet packet, IcmpError error, long now, NatOutput out) {
        int any = core.outsides().all().isEmpty()
                ? 0
                : core.outsides().all().get(0).address();
        shared.answers.inward(link, packet, any, error, now, out);
    }

    @Override
    public @Nullable NatDrop first(Packet fragment, FragmentTable.Flow flow, long now, NatOutput out) {
        NatLink link = flow.from;
        if (link == null) {
            return NatDrop.LOST_FRAGMENT;
        }
        OutsideAddress ours = core.outsides().find((int) fragment.destinationLow());
        return translate(link, fragment, ours, flow, now, out);
    }

    @Override
    public @Nullable NatDrop later(Packet fragment, FragmentTable.Flow flow, long now, NatOutput out) {
        Mapping mapping = flow.mapping;
        NatLink link = flow.from;
        if (mapping == null || link == null || mapping.isRemoved()) {
            return NatDrop.LOST_FRAGMENT;
        }
        OutsideAddress ours = core.outsides().find((int) fragment.destinationLow());
        return emit(link, fragment, mapping, null, ours, flow, now, out);
    }

    private @Nullable NatDrop translate(
            NatLink link,
            Packet packet,
            @Nullable OutsideAddress ours,
            FragmentTable.@Nullable Flow flow,
            long now,
            NatOutput out) {
        int protocol = packet.protocol();
        if (protocol == IpProtocol.GRE && flow == null && GreCalls.isEnhanced(packet)) {
            int remote = (int) packet.destinationLow();
            List<Mapping> calls = shared.greCalls.find(link.inside.id(), 0, packet.sourceLow(), remote);
            if (!calls.isEmpty()) {
                return call(link, packet, calls, ours, now, out);
            }
        }
        int kind = protocol == IpProtocol.GRE ? Kind.OTHER : Kind.of(protocol);
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
                port = bytes.getShort(at) & 0xFFFF;
                remotePort = bytes.getShort(at + 2) & 0xFFFF;
                flags = bytes.get(at + 13) & 0x3F;
            }
            case Kind.UDP -> {
                if (!Shared.isWholeUdp(packet)) {
                    return flow == null ? NatDrop.MALFORMED : NatDrop.BAD_FRAGMENT;
                }
                port = bytes.getShort(at) & 0xFFFF;
                remotePort = bytes.getShort(at + 2) & 0xFFFF;
            }
            case Kind.ICMP -> {
                if (!Shared.isEcho(packet)) {
                    return protocol == IpProtocol.ICMP && flow == null
                            ? errors.outward(link, packet, ours, now, out)
                            : NatDrop.UNSUPPORTED;
                }
                port = bytes.getShort(at + 4) & 0xFFFF;
                remotePort = 0;
            }
            default -> {
                if (protocol == IpProtocol.AH) {
                    return NatDrop.UNSUPPORTED; // it signs the addresses (RFC 4302)
                }
                port = protocol;
                remotePort = 0;
            }
        }
        boolean fits = packet.totalLength() <= shared.outsideMtu;
        if (ours == null && !fits && isTooBig(packet, shared.outsideMtu)) {
            error(link, packet, IcmpError.packetTooBig(shared.outsideMtu), now, out);
            return NatDrop.TOO_BIG;
        }
        int remote = (int) packet.destinationLow();
        Mapping mapping = core.findInside(link.inside.tenant, kind, 0, packet.sourceLow(), port, now);
        if (mapping == null) {
            if (!mayBegin(packet, kind, flags)) {
                return NatDrop.NO_MAPPING;
            }
            endpoint.set(kind, false, 0, packet.sourceLow(), port);
            mapping = shared.maker.open(link.inside.tenant, endpoint, link, now);
            if (mapping == null) {
                return refused(link, packet, now, out);
            }
        }
        Mapping displaced = mapping.displaced();
        if (displaced != null && core.sessions().find(displaced, remote, remotePort, now) != null) {
            mapping = displaced;
        }
        mapping.link(link);
        Session session = kind == Kind.ICMP && !isQuery(packet)
                ? shared.tracker.echoed(mapping, remote, now)
                : shared.tracker.outbound(mapping, remote, remotePort, kind == Kind.TCP, flags, packet, now);
        if (flow != null) {
            flow.mapping = mapping;
            flow.id = shared.nextId(remote);
        }
        return emit(link, packet, mapping, HelpedFlow.of(session), ours, flow, now, out);
    }

    /** Data of a PPTP call: the Call ID in it is the remote's, and stays. It keeps each call alive that it may be of. */
    private @Nullable NatDrop call(
            NatLink link, Packet packet, List<Mapping> calls, @Nullable OutsideAddress ours, long now, NatOutput out) {
        for (int i = 0; i < calls.size(); i++) {
            calls.get(i).link(link);
            shared.tracker.outbound(calls.get(i), (int) packet.destinationLow(), 0, false, 0, packet, now);
        }
        return emit(link, packet, calls.get(calls.size() - 1), null, ours, null, now, out);
    }

    /** A connection is begun by a SYN, a query by a request (RFC 6146 section 3.5.2.2). */
    private static boolean mayBegin(Packet packet, int kind, int flags) {
        return switch (kind) {
            case Kind.TCP -> (flags & (TcpSegment.SYN | TcpSegment.RST | TcpSegment.FIN)) == TcpSegment.SYN;
            case Kind.ICMP -> isQuery(packet);
            default -> true;
        };
    }

    /** Over a limit, or out of ports: the sender hears of it (RFC 5508 REQ-8), as of a policy. */
    private NatDrop refused(NatLink link, Packet packet, long now, NatOutput out) {
        error(link, packet, IcmpError.adminProhibited(), now, out);
        return shared.maker.refusal() == Refusal.LIMIT ? NatDrop.LIMIT : NatDrop.NO_PORT;
    }

    private boolean isTooBig(Packet packet, int mtu) {
        return shared.reassembly.isTooBig(mtu)
                || (!Shared.fits(packet, mtu) && (packet.dontFragment() || packet.segmentSize() != 0));
    }

    /** Writes the translated packet where it goes. */
    private @Nullable NatDrop emit(
            NatLink link,
            Packet packet,
            Mapping mapping,
            @Nullable HelpedFlow helped,
            @Nullable OutsideAddress ours,
            FragmentTable.@Nullable Flow flow,
            long now,
            NatOutput out) {
        if (UdpPieces.isNeeded(helped, packet)) {
            return pieces(link, packet, mapping, helped, ours, now, out);
        }
        int length = packet.totalLength();
        int mtu = shared.mtuOutside();
        boolean fits = Shared.fits(packet, mtu);
        boolean direct = ours == null && helped == null && fits;
        if (!fits && ours == null && isTooBig(packet, shared.outsideMtu)) {
            error(link, packet, IcmpError.packetTooBig(shared.outsideMtu), now, out);
            return NatDrop.TOO_BIG;
        }
        ByteBuffer bytes = direct ? out.begin(length) : workspace(length + HelperStage.room(helped));
        bytes.put(0, packet.buffer(), packet.offset(), length);
        int id = flow != null
                ? flow.id
                : packet.dontFragment() ? Ipv4Rewrite.SAME_ID : shared.nextId((int) packet.destinationLow());
        int address = mapping.outside().address();
        int before = (int) packet.sourceLow();
        Ipv4Rewrite.header(bytes, 0, Ipv4Rewrite.SOURCE, address, packet.hopLimit() - 1, id);
        int at = packet.transportOffset();
        if (at >= 0 && mapping.kind() != Kind.OTHER) {
            Ipv4Rewrite.transport(
                    bytes,
                    at - packet.offset(),
                    packet.transportLength(),
                    packet.protocol(),
                    Ipv4Rewrite.SOURCE,
                    before,
                    address,
                    mapping.outsidePort(),
                    packet.checksumPending());
        }
        if (direct) {
            out.commit(null, length).facts(packet);
            return null;
        }
        if (helped != null) {
            length = shared.helpers.apply(helped, bytes, length, packet, true, shared.back(link, out), now);
            if (length == 0) {
                return NatDrop.OUT_OF_ORDER;
            }
        }
        turned.wrap(bytes, 0, length).facts(packet);
        if (ours == null) {
            // A packet longer than the link outside, and allowed to be cut (RFC 4787 REQ-13a), or what a helper has
            // seen.
            return helped == null ? shared.cut(null, turned, mtu, out) : shared.deliver(null, turned, mtu, out);
        }
        NatDrop refused = inbound.turn(turned, ours, now, out);
        if (refused == NatDrop.TOO_BIG) {
            error(link, packet, IcmpError.packetTooBig(inbound.refusedMtu()), now, out);
        }
        return refused;
    }

    private @Nullable NatDrop pieces(
            NatLink link,
            Packet packet,
            Mapping mapping,
            @Nullable HelpedFlow helped,
            @Nullable OutsideAddress ours,
            long now,
            NatOutput out) {
        NatDrop latest = null;
        for (int i = 0; i < UdpPieces.count(packet); i++) {
            NatDrop drop = emit(link, shared.pieces.get(packet, i), mapping, helped, ours, null, now, out);
            latest = drop == null ? latest : drop;
        }
        return latest;
    }

    private @Nullable NatDrop untranslated(NatLink link, Packet packet, long now, NatOutput out) {
        int length = packet.totalLength();
        if (!Shared.fits(packet, shared.outsideMtu) && isTooBig(packet, shared.outsideMtu)) {
            error(link, packet, IcmpError.packetTooBig(shared.outsideMtu), now, out);
            return NatDrop.TOO_BIG;
        }
        boolean direct = Shared.fits(packet, shared.outsideMtu);
        ByteBuffer bytes = direct ? out.begin(length) : workspace(length);
        bytes.put(0, packet.buffer(), packet.offset(), length);
        Packet routed = direct ? out.commit(null, length) : turned.wrap(bytes, 0, length);
        routed.facts(packet).decrementHopLimit();
        return direct ? null : shared.cut(null, turned, shared.outsideMtu, out);
    }

    private ByteBuffer workspace(int length) {
        if (work.capacity() < length) {
            work = ByteBuffer.allocate(Integer.highestOneBit(length - 1) << 1);
        }
        return work;
    }
}
