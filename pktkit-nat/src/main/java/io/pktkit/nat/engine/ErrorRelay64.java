// SPDX-License-Identifier: MIT
package io.pktkit.nat.engine;

import io.pktkit.nat.internal.map.Kind;
import io.pktkit.nat.internal.map.Mapping;
import io.pktkit.nat.internal.map.MappingCore;
import io.pktkit.nat.internal.map.OutsideAddress;
import io.pktkit.nat.internal.map.Session;
import io.pktkit.nat.internal.rewrite.IcmpTables;
import io.pktkit.nat.internal.rewrite.Ipv6Chain;
import io.pktkit.nat.internal.rewrite.Siit;
import io.pktkit.nat.observe.NatDrop;
import io.pktkit.nat.policy.Prefix64;
import io.pktkit.wire.Checksum;
import io.pktkit.wire.ChecksumStatus;
import io.pktkit.wire.IcmpErrors;
import io.pktkit.wire.IcmpMessage;
import io.pktkit.wire.IpAddress;
import io.pktkit.wire.IpFamily;
import io.pktkit.wire.IpProtocol;
import io.pktkit.wire.Packet;
import java.nio.ByteBuffer;
import org.jspecify.annotations.Nullable;

/**
 * Translates ICMP errors between the families, with the packet that they quote and the extensions behind it: RFC 7915
 * sections 4.2, 4.3, 5.2 and 5.3. As in {@link ErrorRelay}, only those about a session that there is, and they change nothing.
 */
final class ErrorRelay64 {

    private static final int ICMP_HEADER = 8;
    private static final int V4 = Packet.IPV4_HEADER_LENGTH;
    private static final int V6 = Packet.IPV6_HEADER_LENGTH;

    /** A quote before extensions is at least so long, RFC 4884 section 5.1. */
    private static final int MIN_EXTENDED_QUOTE = 128;

    private final Shared shared;
    private final MappingCore core;
    private final Siit.Ends ends = new Siit.Ends();
    private final Packet turned = new Packet();
    private final ByteBuffer work = ByteBuffer.allocate(2048);
    private @Nullable Inbound inbound;

    /** The quoted packet's part of the error, and the extensions behind it. */
    private int quoteEnd;

    private int extensionAt;
    private int extensionLength;

    ErrorRelay64(Shared shared) {
        this.shared = shared;
        this.core = shared.core;
    }

    void connect(Inbound with) {
        inbound = with;
    }

    /** Where the quote ends, by the length that RFC 4884 has in the header, in units of bytes. */
    private void split(Packet packet, Packet quoted, int units, int unit) {
        int end = packet.offset() + packet.totalLength();
        int quote = units * unit;
        boolean extended = quote >= MIN_EXTENDED_QUOTE && quoted.offset() + quote + 4 <= end;
        quoteEnd = extended ? quoted.offset() + quote : end;
        extensionAt = quoteEnd;
        extensionLength = extended ? end - quoteEnd : 0;
    }

    /** From inside: an ICMPv6 error about what came in. */
    @Nullable
    NatDrop outward(NatLink link, Packet packet, long now, NatOutput out) {
        IcmpMessage icmp = packet.icmp();
        Packet quoted = icmp == null || !icmp.isError() ? null : icmp.quotedPacket();
        if (icmp == null || quoted == null || !quoted.isIpv6() || packet.isFragment()) {
            return NatDrop.UNSUPPORTED;
        }
        int message = IcmpTables.toIpv4(icmp.type(), icmp.code());
        int pointer = icmp.type() == IcmpMessage.V6_PARAMETER_PROBLEM && icmp.code() == 0
                ? IcmpTables.pointerToIpv4(icmp.pointer())
                : 0;
        if (message == IcmpTables.NONE || pointer == IcmpTables.NONE) {
            return NatDrop.UNSUPPORTED;
        }
        if (packet.verifyTransportChecksum() == ChecksumStatus.INVALID) {
            return NatDrop.BAD_CHECKSUM;
        }
        int at = quoted.transportOffset();
        Prefix64 prefix = shared.prefix64(quoted.sourceHigh(), quoted.sourceLow());
        Prefix64 outer = shared.prefix64(packet.destinationHigh(), packet.destinationLow());
        int kind = Kind.of(quoted.protocol());
        boolean readable = at >= 0
                && quoted.transportLength() >= 8
                && kind <= Kind.ICMP
                && (kind != Kind.ICMP || Shared.isEcho(quoted)); // no other message has an identifier
        if (prefix == null || outer == null || !readable) {
            return NatDrop.UNRELATED_ERROR;
        }
        int remote = prefix.extract(quoted.sourceHigh(), quoted.sourceLow());
        int port = quoted.buffer().getShort(kind == Kind.ICMP ? at + 4 : at + 2) & 0xFFFF;
        int remotePort = kind == Kind.ICMP ? 0 : quoted.buffer().getShort(at) & 0xFFFF;
        Mapping mapping =
                core.findInside(link.inside.tenant, kind, quoted.destinationHigh(), quoted.destinationLow(), port, now);
        if (mapping == null || outer.extract(packet.destinationHigh(), packet.destinationLow()) != remote) {
            return NatDrop.UNRELATED_ERROR;
        }
        Session session = core.sessions().find(mapping, remote, remotePort, now);
        Mapping displaced = mapping.displaced();
        if (session == null && displaced != null) {
            session = core.sessions().find(displaced, remote, remotePort, now);
            mapping = displaced;
        }
        if (session == null) {
            return NatDrop.UNRELATED_ERROR;
        }
        int units = icmp.type() == IcmpMessage.V6_DESTINATION_UNREACHABLE || icmp.type() == IcmpMessage.V6_TIME_EXCEEDED
                ? icmp.restOfHeader() >>> 24
                : 0;
        split(packet, quoted, units, 8);
        OutsideAddress ours = core.outsides().find(remote);
        ByteBuffer bytes = ours == null ? out.begin(IcmpErrors.MAX_LENGTH) : work;
        int inner = V4 + ICMP_HEADER;
        int quote = quoteToIpv4(bytes, inner, quoted, mapping, session);
        int length = close(bytes, inner, quote, packet.buffer(), IcmpErrors.MAX_IPV4_LENGTH, 4);
        int extended = extensionLength == 0 ? 0 : quoteEnd / 4;
        int rest = switch (message) {
            case 3 << 8 | 4 -> mtuToIpv4(icmp.mtu(), quoted);
            case 12 << 8 -> pointer << 24;
            default -> 0;
        };
        bytes.putInt(V4 + 4, rest | extended << 16);
        bytes.putShort(V4, (short) message);
        ends.source = mapping.outside().address();
        ends.destination = remote;
        Siit.ipv4(
                bytes,
                0,
                ends,
                IpProtocol.ICMP,
                length - V4,
                packet.trafficClass(),
                packet.hopLimit() - 1,
                shared.nextId(remote),
                0);
        Packet translated = ours == null ? out.commit(null, length) : turned.wrap(bytes, 0, length);
        translated.recomputeTransportChecksum();
        Inbound back = inbound;
        return ours == null || back == null ? null : back.turn(turned, ours, now, out);
    }

    /** The MTU less the difference of the headers, and no more than the links here take (RFC 7915 section 5.2). */
    private int mtuToIpv4(int mtu, Packet quoted) {
        int difference = Ipv6Chain.fragment(quoted) >= 0 ? V6 + Siit.FRAGMENT_HEADER - V4 : V6 - V4;
        long told = (mtu & 0xFFFF_FFFFL) - difference;
        return (int) Math.max(68, Math.min(told, shared.outsideMtu));
    }

    /** Writes what an IPv6 quote was outside; its length. */
    private int quoteToIpv4(ByteBuffer bytes, int at, Packet quoted, Mapping mapping, Session session) {
        int from = quoted.transportOffset();
        int declared = quoted.declaredLength() - (from - quoted.offset());
        int present = Math.max(0, Math.min(quoteEnd - from, declared));
        int copied = Math.min(present, IcmpErrors.MAX_IPV4_LENGTH - at - V4);
        int protocol = quoted.protocol();
        ends.sourceHigh = quoted.sourceHigh();
        ends.sourceLow = quoted.sourceLow();
        ends.destinationHigh = quoted.destinationHigh();
        ends.destinationLow = quoted.destinationLow();
        ends.source = session.remote();
        ends.destination = mapping.outside().address();
        boolean fragment = quoted.isFragment();
        int length = Math.min(65_535, V4 + declared);
        int flags = fragment ? Siit.fragmentFlags(0, quoted.moreFragments()) : Siit.wholeFlags(length);
        boolean icmp = protocol == IpProtocol.ICMPV6;
        Siit.ipv4(
                bytes,
                at,
                ends,
                icmp ? IpProtocol.ICMP : protocol,
                length - V4,
                quoted.trafficClass(),
                quoted.hopLimit(),
                fragment ? quoted.identification() : 0,
                flags);
        bytes.put(at + V4, quoted.buffer(), from, copied);
        if (icmp) {
            int type = bytes.get(at + V4) & 0xFF;
            int echo = type == IcmpMessage.V6_ECHO_REQUEST ? IcmpMessage.V4_ECHO_REQUEST : IcmpMessage.V4_ECHO_REPLY;
            int pseudo = Checksum.combine(ends.sum6(), Checksum.combine(declared, IpProtocol.ICMPV6));
            echo(bytes, at + V4, echo, mapping.outsidePort(), pseudo, 0);
        } else {
            Siit.transport(bytes, at + V4, copied, protocol, 2, mapping.outsidePort(), ends.sum6(), ends.sum4(), false);
        }
        if (protocol == IpProtocol.TCP) {
            ErrorRelay.renumber(bytes, at + V4, copied, session, false);
        }
        return V4 + copied;
    }

    /** Changes type and identifier of a quoted echo, and its checksum for them and for a pseudo-header that comes or goes. */
    private static void echo(ByteBuffer bytes, int at, int type, int id, int pseudoBefore, int pseudoAfter) {
        int old = Checksum.combine(
                pseudoBefore, Checksum.combine(bytes.getShort(at) & 0xFFFF, bytes.getShort(at + 4) & 0xFFFF));
        bytes.put(at, (byte) type);
        bytes.putShort(at + 4, (short) id);
        int fresh = Checksum.combine(pseudoAfter, Checksum.combine(bytes.getShort(at) & 0xFFFF, id));
        bytes.putShort(at + 2, (short) Checksum.update(bytes.getShort(at + 2) & 0xFFFF, old, fresh));
    }

    /**
     * Ends the error: pads the quote and puts the extensions behind it if they fit, and says so in {@link #quoteEnd}, the
     * length of the quote, and {@link #extensionLength}.
     *
     * @return the length of the packet
     */
    private int close(ByteBuffer bytes, int inner, int quote, ByteBuffer from, int most, int unit) {
        if (extensionLength != 0) {
            int padded = Math.max(MIN_EXTENDED_QUOTE, (quote + unit - 1) / unit * unit);
            if (inner + padded + extensionLength <= most) {
                for (int at = inner + quote; at < inner + padded; at++) {
                    bytes.put(at, (byte) 0);
                }
                bytes.put(inner + padded, from, extensionAt, extensionLength);
                quoteEnd = padded;
                return inner + padded + extensionLength;
            }
            extensionLength = 0;
        }
        quoteEnd = quote;
        return inner + quote;
    }

    /** From outside: an ICMP error about what an IPv6 host sent; the session is known. */
    @Nullable
    NatDrop inward(
            Packet packet,
            Packet quoted,
            NatLink link,
            Mapping mapping,
            Session session,
            boolean turning,
            NatOutput out) {
        IcmpMessage icmp = packet.icmp();
        Prefix64 prefix = (Prefix64) session.via();
        if (icmp == null || prefix == null) {
            return NatDrop.UNSUPPORTED;
        }
        int message = IcmpTables.toIpv6(icmp.type(), icmp.code());
        boolean pointing = icmp.type() == IcmpMessage.V4_PARAMETER_PROBLEM;
        int pointer = pointing ? IcmpTables.pointerToIpv6(icmp.pointer()) : 0;
        if (message == IcmpTables.NONE || pointer == IcmpTables.NONE) {
            return NatDrop.UNSUPPORTED;
        }
        split(packet, quoted, icmp.restOfHeader() >>> 16 & 0xFF, 4);
        ByteBuffer bytes = out.begin(IcmpErrors.MAX_LENGTH);
        int inner = V6 + ICMP_HEADER;
        int quote = quoteToIpv6(bytes, inner, quoted, mapping, prefix, session);
        int length = close(bytes, inner, quote, packet.buffer(), IcmpErrors.MAX_LENGTH, 8);
        boolean extensible = message >>> 8 == IcmpMessage.V6_DESTINATION_UNREACHABLE
                || message >>> 8 == IcmpMessage.V6_TIME_EXCEEDED;
        if (extensionLength != 0 && !extensible) {
            length = inner + quote;
        }
        int extended = extensionLength == 0 || !extensible ? 0 : quoteEnd / 8;
        int rest = switch (message) {
            case 2 << 8 -> mtuToIpv6(icmp.restOfHeader() & 0xFFFF, quoted, link);
            case 4 << 8 -> pointer;
            case 4 << 8 | 1 -> 6; // protocol unreachable: the Next Header field is what is at fault
            default -> 0;
        };
        bytes.putInt(V6 + 4, rest | extended << 24);
        bytes.putShort(V6, (short) message);
        source(prefix, packet, link);
        ends.destinationHigh = mapping.high();
        ends.destinationLow = mapping.low();
        int hops = turning ? packet.hopLimit() : packet.hopLimit() - 1;
        Siit.ipv6(bytes, 0, ends, IpProtocol.ICMPV6, length - V6, packet.trafficClass(), hops);
        out.commit(link, length).recomputeTransportChecksum();
        return null;
    }

    /** Who reports: a router whose address the prefix cannot stand for is ours to stand for (RFC 6791). */
    private void source(Prefix64 prefix, Packet packet, NatLink link) {
        int reporter = (int) packet.sourceLow();
        IpAddress own = link.inside.addressOf(IpFamily.IPV6);
        if (Shared.mayStandFor(prefix, reporter) || own.isUnspecified()) {
            ends.sourceHigh = prefix.embedHigh(reporter);
            ends.sourceLow = prefix.embedLow(reporter);
        } else {
            ends.sourceHigh = own.high();
            ends.sourceLow = own.low();
        }
    }

    /** The MTU and the difference of the headers; a router that tells none is guessed at (RFC 7915 section 4.2). */
    private int mtuToIpv6(int mtu, Packet quoted, NatLink link) {
        int told = mtu == 0 ? IcmpTables.plateauBelow(quoted.declaredLength()) : mtu;
        int most = Math.min(shared.outsideMtu + V6 - V4, link.mtu());
        return Math.max(1280, Math.min(told + V6 - V4, most));
    }

    /** Writes what an IPv4 quote was inside; its length. */
    private int quoteToIpv6(
            ByteBuffer bytes, int at, Packet quoted, Mapping mapping, Prefix64 prefix, Session session) {
        int from = quoted.transportOffset();
        int declared = quoted.declaredLength() - quoted.headerLength();
        boolean fragment = quoted.isFragment();
        int header = fragment ? V6 + Siit.FRAGMENT_HEADER : V6;
        int present = Math.max(0, Math.min(quoteEnd - from, declared));
        int copied = Math.min(present, IcmpErrors.MAX_LENGTH - at - header);
        int protocol = quoted.protocol();
        ends.source = (int) quoted.sourceLow();
        ends.destination = (int) quoted.destinationLow();
        ends.sourceHigh = mapping.high();
        ends.sourceLow = mapping.low();
        ends.destinationHigh = prefix.embedHigh(ends.destination);
        ends.destinationLow = prefix.embedLow(ends.destination);
        boolean icmp = protocol == IpProtocol.ICMP;
        int next = icmp ? IpProtocol.ICMPV6 : protocol;
        if (fragment) {
            Siit.ipv6Fragment(
                    bytes,
                    at,
                    ends,
                    next,
                    declared,
                    quoted.trafficClass(),
                    quoted.hopLimit(),
                    0,
                    quoted.moreFragments(),
                    quoted.identification());
        } else {
            Siit.ipv6(bytes, at, ends, next, declared, quoted.trafficClass(), quoted.hopLimit());
        }
        bytes.put(at + header, quoted.buffer(), from, copied);
        if (icmp) {
            int type = bytes.get(at + header) & 0xFF;
            int echo = type == IcmpMessage.V4_ECHO_REQUEST ? IcmpMessage.V6_ECHO_REQUEST : IcmpMessage.V6_ECHO_REPLY;
            int pseudo = Checksum.combine(ends.sum6(), Checksum.combine(declared, IpProtocol.ICMPV6));
            echo(bytes, at + header, echo, mapping.port(), 0, pseudo);
        } else {
            Siit.transport(bytes, at + header, copied, protocol, 0, mapping.port(), ends.sum4(), ends.sum6(), false);
        }
        if (protocol == IpProtocol.TCP) {
            ErrorRelay.renumber(bytes, at + header, copied, session, true);
        }
        return header + copied;
    }
}
