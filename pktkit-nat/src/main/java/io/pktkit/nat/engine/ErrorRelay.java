// SPDX-License-Identifier: MIT
package io.pktkit.nat.engine;

import io.pktkit.nat.internal.helping.HelpedFlow;
import io.pktkit.nat.internal.map.Kind;
import io.pktkit.nat.internal.map.Mapping;
import io.pktkit.nat.internal.map.MappingCore;
import io.pktkit.nat.internal.map.OutsideAddress;
import io.pktkit.nat.internal.map.Session;
import io.pktkit.nat.internal.rewrite.Ipv4Rewrite;
import io.pktkit.nat.internal.stream.StreamEdits;
import io.pktkit.nat.observe.NatDrop;
import io.pktkit.wire.Checksum;
import io.pktkit.wire.ChecksumStatus;
import io.pktkit.wire.IcmpMessage;
import io.pktkit.wire.IpProtocol;
import io.pktkit.wire.Packet;
import io.pktkit.wire.TcpSegment;
import java.nio.ByteBuffer;
import org.jspecify.annotations.Nullable;

/**
 * Translates ICMP errors and the packets that they quote (RFC 5508 sections 4.1 and 4.2). An error counts only if it is about
 * a packet of a session that there is; it changes nothing, neither keeps alive nor ends (RFC 5508 REQ-6, RFC 5382 REQ-10).
 */
final class ErrorRelay {

    private final Shared shared;
    private final MappingCore core;
    private final ErrorRelay64 six;
    private final Packet turned = new Packet();
    private final ByteBuffer work = ByteBuffer.allocate(65_536);
    private @Nullable Inbound inbound;

    /** The ends of the quoted packet. */
    private int kind;

    private int sourcePort;
    private int destinationPort;

    ErrorRelay(Shared shared, ErrorRelay64 six) {
        this.shared = shared;
        this.six = six;
        this.core = shared.core;
    }

    void connect(Inbound with) {
        inbound = with;
    }

    /** What is wrong with an error, or null; if nothing, the ends of what it quotes are known. */
    private @Nullable NatDrop look(Packet packet) {
        IcmpMessage icmp = packet.icmp();
        if (icmp == null || packet.isFragment()) {
            return NatDrop.UNSUPPORTED;
        }
        switch (icmp.type()) {
            case IcmpMessage.V4_DESTINATION_UNREACHABLE,
                    IcmpMessage.V4_TIME_EXCEEDED,
                    IcmpMessage.V4_PARAMETER_PROBLEM -> {}
            default -> {
                return NatDrop.UNSUPPORTED;
            }
        }
        if (packet.verifyTransportChecksum() == ChecksumStatus.INVALID) {
            return NatDrop.BAD_CHECKSUM;
        }
        Packet quoted = icmp.quotedPacket();
        if (quoted == null || !quoted.isIpv4()) {
            return NatDrop.MALFORMED;
        }
        if (quoted.verifyIpv4Checksum() == ChecksumStatus.INVALID) {
            return NatDrop.BAD_CHECKSUM;
        }
        return ends(quoted) ? null : NatDrop.UNRELATED_ERROR;
    }

    private boolean ends(Packet quoted) {
        int at = quoted.transportOffset();
        int protocol = quoted.protocol();
        kind = protocol == IpProtocol.GRE ? Kind.OTHER : Kind.of(protocol);
        if (at < 0) {
            return false;
        }
        if (kind == Kind.OTHER) {
            sourcePort = protocol;
            destinationPort = protocol;
            return true;
        }
        if (quoted.transportLength() < 8) {
            return false;
        }
        ByteBuffer bytes = quoted.buffer();
        if (kind == Kind.ICMP) {
            sourcePort = bytes.getShort(at + 4) & 0xFFFF;
            destinationPort = sourcePort;
            return Shared.isEcho(quoted);
        }
        sourcePort = bytes.getShort(at) & 0xFFFF;
        destinationPort = bytes.getShort(at + 2) & 0xFFFF;
        return true;
    }

    private int remotePort(int port) {
        return kind == Kind.TCP || kind == Kind.UDP ? port : 0;
    }

    /** From inside: what came in could not be delivered. */
    @Nullable
    NatDrop outward(NatLink link, Packet packet, @Nullable OutsideAddress ours, long now, NatOutput out) {
        NatDrop defect = look(packet);
        IcmpMessage icmp = packet.icmp();
        Packet quoted = icmp == null ? null : icmp.quotedPacket();
        if (defect != null || quoted == null) {
            return defect == null ? NatDrop.MALFORMED : defect;
        }
        int remote = (int) quoted.sourceLow();
        Mapping mapping = core.findInside(link.inside.tenant, kind, 0, quoted.destinationLow(), destinationPort, now);
        if (mapping == null || remote != (int) packet.destinationLow()) {
            return NatDrop.UNRELATED_ERROR;
        }
        Session session = core.sessions().find(mapping, remote, remotePort(sourcePort), now);
        Mapping displaced = mapping.displaced();
        if (session == null && displaced != null) {
            session = core.sessions().find(displaced, remote, remotePort(sourcePort), now);
            mapping = displaced;
        }
        if (session == null) {
            return NatDrop.UNRELATED_ERROR;
        }
        int length = packet.totalLength();
        if (ours == null && length > shared.outsideMtu) {
            return NatDrop.TOO_BIG;
        }
        ByteBuffer bytes = ours == null ? out.begin(length) : work;
        bytes.put(0, packet.buffer(), packet.offset(), length);
        int id = packet.dontFragment() ? Ipv4Rewrite.SAME_ID : shared.nextId(remote);
        int address = mapping.outside().address();
        Ipv4Rewrite.header(bytes, 0, Ipv4Rewrite.SOURCE, address, packet.hopLimit() - 1, id);
        rewriteQuote(bytes, packet, quoted, Ipv4Rewrite.DESTINATION, address, mapping.outsidePort(), session);
        if (ours == null) {
            out.commit(null, length);
            return null;
        }
        Inbound back = inbound;
        return back == null ? NatDrop.CLOSED : back.turn(turned.wrap(bytes, 0, length), ours, now, out);
    }

    /** From outside: what went out could not be delivered. */
    @Nullable
    NatDrop inward(Packet packet, OutsideAddress ours, boolean turning, long now, NatOutput out) {
        NatDrop defect = look(packet);
        IcmpMessage icmp = packet.icmp();
        Packet quoted = icmp == null ? null : icmp.quotedPacket();
        if (defect != null || quoted == null) {
            return defect == null ? NatDrop.MALFORMED : defect;
        }
        if ((int) quoted.sourceLow() != ours.address()) {
            return NatDrop.UNRELATED_ERROR;
        }
        Mapping mapping = core.findOutside(ours, kind, sourcePort, now);
        int remote = (int) quoted.destinationLow();
        Session session =
                mapping == null ? null : core.sessions().find(mapping, remote, remotePort(destinationPort), now);
        if (mapping == null || session == null) {
            return NatDrop.UNRELATED_ERROR;
        }
        NatLink link = NatInside.linkOf(mapping);
        int length = packet.totalLength();
        if (link == null) {
            return NatDrop.CLOSED;
        }
        if (!turning && packet.hopLimit() <= 1) {
            return NatDrop.HOP_LIMIT;
        }
        if (mapping.isIpv6()) {
            return six.inward(packet, quoted, link, mapping, session, turning, out);
        }
        if (length > link.mtu()) {
            return NatDrop.TOO_BIG;
        }
        ByteBuffer bytes = out.begin(length);
        bytes.put(0, packet.buffer(), packet.offset(), length);
        int ttl = turning ? Ipv4Rewrite.SAME_TTL : packet.hopLimit() - 1;
        int address = (int) mapping.low();
        Ipv4Rewrite.header(bytes, 0, Ipv4Rewrite.DESTINATION, address, ttl, Ipv4Rewrite.SAME_ID);
        rewriteQuote(bytes, packet, quoted, Ipv4Rewrite.SOURCE, address, mapping.port(), session);
        out.commit(link, length);
        return null;
    }

    /**
     * The sequence number as who sent the segment knows it, which looks at it before it believes the error (RFC 5927). Before
     * a stream begins there are no changes in it. A quote need not tell that it is of a SYN: RFC 792 asks for 8 octets.
     *
     * @param inside whether the inside host sent it
     */
    static void renumber(ByteBuffer bytes, int at, int length, Session session, boolean inside) {
        HelpedFlow helped = HelpedFlow.of(session);
        if (helped == null) {
            return;
        }
        int number = bytes.getInt(at + 4);
        boolean opens = length < 14
                ? session.isTriedAt(inside, number + 1)
                : (bytes.get(at + 13) & (TcpSegment.SYN | TcpSegment.ACK)) == TcpSegment.SYN;
        if (opens) {
            return;
        }
        int before = Checksum.sum(bytes, at + 4, 4);
        StreamEdits edits = inside ? helped.outward() : helped.inward();
        bytes.putInt(at + 4, edits.rightEdge(number));
        if (length >= 18) {
            int checksum = bytes.getShort(at + 16) & 0xFFFF;
            bytes.putShort(at + 16, (short) Checksum.update(checksum, before, Checksum.sum(bytes, at + 4, 4)));
        }
    }

    /** The quote as whoever sent it knows it, and the checksum of the whole, which is short. */
    private static void rewriteQuote(
            ByteBuffer bytes, Packet packet, Packet quoted, int field, int address, int port, Session session) {
        int start = packet.offset();
        int quote = quoted.offset() - start;
        int before = (int) (field == Ipv4Rewrite.SOURCE ? quoted.sourceLow() : quoted.destinationLow());
        Ipv4Rewrite.header(bytes, quote, field, address, Ipv4Rewrite.SAME_TTL, Ipv4Rewrite.SAME_ID);
        int protocol = quoted.protocol();
        if (Kind.of(protocol) != Kind.OTHER && protocol != IpProtocol.GRE) {
            int at = quoted.transportOffset() - start;
            Ipv4Rewrite.transport(bytes, at, quoted.transportLength(), protocol, field, before, address, port, false);
        }
        if (protocol == IpProtocol.TCP) {
            boolean inside = field == Ipv4Rewrite.SOURCE;
            renumber(bytes, quoted.transportOffset() - start, quoted.transportLength(), session, inside);
        }
        int icmp = packet.transportOffset() - start;
        bytes.putShort(icmp + 2, (short) 0);
        bytes.putShort(icmp + 2, (short) Checksum.internet(bytes, icmp, packet.transportLength()));
    }
}
