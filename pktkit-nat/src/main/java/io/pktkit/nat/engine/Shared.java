// SPDX-License-Identifier: MIT
package io.pktkit.nat.engine;

import io.pktkit.device.AbstractDevice;
import io.pktkit.nat.internal.helping.GreCalls;
import io.pktkit.nat.internal.helping.HelperStage;
import io.pktkit.nat.internal.helping.UdpPieces;
import io.pktkit.nat.internal.helping.WayBack;
import io.pktkit.nat.internal.map.MappingCore;
import io.pktkit.nat.internal.map.MappingMaker;
import io.pktkit.nat.observe.NatDrop;
import io.pktkit.nat.policy.NatConfig;
import io.pktkit.nat.policy.Prefix64;
import io.pktkit.wire.ChecksumStatus;
import io.pktkit.wire.Fragmenter;
import io.pktkit.wire.IcmpMessage;
import io.pktkit.wire.IpAddress;
import io.pktkit.wire.IpFamily;
import io.pktkit.wire.IpPrefix;
import io.pktkit.wire.LinkCast;
import io.pktkit.wire.Packet;
import io.pktkit.wire.TcpSegment;
import io.pktkit.wire.UdpDatagram;
import java.nio.ByteBuffer;
import java.util.List;
import java.util.function.Consumer;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;

/** What both directions of an engine work with. */
final class Shared {

    /** How many counts of identifications there are; a destination has one of them. */
    private static final int ID_COUNTS = 1024;

    final MappingCore core;
    final MappingMaker maker;
    final Answers answers = new Answers();
    final HeldSyns heldSyns;
    final FragmentTable fragments;
    final Reassembly reassembly;
    final boolean reassemble;
    final GreCalls greCalls = new GreCalls();
    final HelperStage helpers;
    final Tracker tracker;
    final UdpPieces pieces = new UdpPieces();
    final Fragmenter fragmenter = new Fragmenter();
    private final Back back = new Back();
    private final Consumer<Packet> toCopy = this::piece;

    /** Where the pieces go that are being cut. */
    private @Nullable NatLink cutTo;

    private @Nullable NatOutput cutOut;
    private final List<IpPrefix> excluded;
    private final short[] ids = new short[ID_COUNTS];
    private final int idSalt;

    /** The longest packet that the outside takes. */
    int outsideMtu = AbstractDevice.DEFAULT_MTU;

    /** Whether there is a host at our own inside addresses. */
    boolean hosted;

    /** The longest IPv6 packet that each link inside takes, RFC 7915 section 4. */
    final int lowestIpv6Mtu = Fragmenter.MIN_IPV6_MTU;

    private final Prefix64[] prefixes;

    Shared(NatConfig config, MappingCore core) {
        this.core = core;
        this.maker = new MappingMaker(core);
        this.prefixes = config.prefixes64().toArray(new Prefix64[0]);
        this.heldSyns =
                new HeldSyns(config.limits().heldSyns(), config.timeouts().tcpIncomingSyn());
        this.fragments = new FragmentTable(config.limits(), config.timeouts().fragments());
        this.reassembly = new Reassembly(config.limits());
        this.reassemble = config.reassemble();
        this.helpers = new HelperStage(config.helpers(), core, maker, greCalls, config.limits());
        this.tracker = new Tracker(core, heldSyns, helpers);
        this.excluded = config.excluded();
        LongSupplier random = config.random();
        this.idSalt = (int) random.getAsLong();
        for (int i = 0; i < ID_COUNTS; i++) {
            ids[i] = (short) random.getAsLong();
        }
    }

    /** The prefix that an IPv6 address is of, or null. */
    @Nullable
    Prefix64 prefix64(long high, long low) {
        for (Prefix64 prefix : prefixes) {
            if (prefix.contains(high, low)) {
                return prefix;
            }
        }
        return null;
    }

    /** The prefix for hosts that have not yet used any; null if there is none. */
    @Nullable
    Prefix64 firstPrefix64() {
        return prefixes.length == 0 ? null : prefixes[0];
    }

    /** What is for the NAT itself: pings are answered here, the rest is for the host, if there is one. */
    @Nullable
    NatDrop own(NatLink link, Packet packet, long now, NatOutput out) {
        IcmpMessage icmp = hosted && !packet.isFragment() ? packet.icmp() : null;
        if (!hosted || (icmp != null && icmp.isEchoRequest())) {
            return answers.echo(link, packet, now, out);
        }
        out.local();
        return null;
    }

    /** The Well-Known Prefix stands for global addresses alone (RFC 6052 section 3.1). */
    static boolean mayStandFor(Prefix64 prefix, int address) {
        return !prefix.equals(Prefix64.WELL_KNOWN) || !IpAddress.ofIpv4(address).isPrivate();
    }

    /** What is wrong with a packet for any router, or null. */
    static @Nullable NatDrop defect(Packet packet) {
        if (!packet.isComplete()) {
            return NatDrop.MALFORMED;
        }
        if (packet.verifyIpv4Checksum() == ChecksumStatus.INVALID) {
            return NatDrop.BAD_CHECKSUM;
        }
        return packet.linkCast() == LinkCast.UNICAST ? null : NatDrop.LINK_BROADCAST;
    }

    /** Whether the transport header of a packet with ports is whole: RFC 1858 and 3128 for fragments, plain sense else. */
    static boolean isWholeTcp(Packet packet) {
        TcpSegment tcp = packet.tcp();
        return tcp != null
                && tcp.headerLength() >= TcpSegment.MIN_HEADER_LENGTH
                && tcp.headerLength() <= packet.transportLength();
    }

    static boolean isWholeUdp(Packet packet) {
        UdpDatagram udp = packet.udp();
        return udp != null
                && (packet.isFragment() || (udp.udpLength() >= 8 && udp.udpLength() <= packet.transportLength()));
    }

    /** Whether an ICMP message is one of those that are translated by their identifier (RFC 5508 section 3). */
    static boolean isEcho(Packet packet) {
        IcmpMessage icmp = packet.icmp();
        return icmp != null
                && packet.transportLength() >= IcmpMessage.HEADER_LENGTH
                && (icmp.isEchoRequest() || icmp.isEchoReply());
    }

    /** Whether a packet, or each segment that it will be cut into, is no longer than an MTU. */
    static boolean fits(Packet packet, int mtu) {
        return packet.totalLength() <= mtu || packet.wireLength() <= mtu;
    }

    /** How long a packet may be that leaves outside. */
    int mtuOutside() {
        return reassembly.mtu(outsideMtu);
    }

    /** Cuts a packet of ours that may be cut into what a link takes. An IPv6 packet is one of ours, so that we are its source. */
    @Nullable
    NatDrop cut(@Nullable NatLink to, Packet packet, int mtu, NatOutput out) {
        cutTo = to;
        cutOut = out;
        if (packet.checksumPending()) {
            packet.checksumPending(false).recomputeTransportChecksum(); // nobody could finish it in a fragment
        }
        int id = packet.isIpv4() ? packet.identification() : nextId6((int) packet.destinationLow());
        Fragmenter.Result result = fragmenter.fragment(packet, mtu, id, toCopy);
        return result == Fragmenter.Result.FRAGMENTED ? null : NatDrop.TOO_BIG;
    }

    /** Copies a piece to where {@link #cut} sends it. */
    private void piece(Packet piece) {
        NatOutput out = cutOut;
        if (out == null) {
            throw new IllegalStateException("nothing is being cut");
        }
        ByteBuffer target = out.begin(piece.length());
        piece.copyTo(target, 0);
        Packet sent = out.commit(cutTo, piece.length());
        if (reassembly.isWhole() && sent.isIpv4()) {
            sent.dontFragment(true).recomputeIpv4Checksum();
        }
    }

    /** The way back to who sent the packet at hand; null if there is none. */
    @Nullable
    WayBack back(@Nullable NatLink to, @Nullable NatOutput out) {
        if (out == null) {
            return null;
        }
        back.to = to;
        back.out = out;
        return back;
    }

    /** Sends a copy of what a helper has seen: in one, or cut if it grew too long for the link. */
    @Nullable
    NatDrop deliver(@Nullable NatLink to, Packet packet, int mtu, NatOutput out) {
        if (fits(packet, mtu)) {
            ByteBuffer target = out.begin(packet.totalLength());
            target.put(0, packet.buffer(), packet.offset(), packet.totalLength());
            out.commit(to, packet.totalLength()).facts(packet);
            return null;
        }
        TcpSegment tcp = packet.tcp();
        // Segments get checksums of their own: what came damaged is cut as it is, so that it is not made to look right.
        if (tcp != null && !packet.isFragment() && packet.verifyTransportChecksum() != ChecksumStatus.INVALID) {
            int headers = tcp.payloadOffset() - packet.offset();
            int room = mtu - headers;
            if (room <= 0) {
                return NatDrop.TOO_BIG;
            }
            for (int done = 0; done < tcp.payloadLength(); done += room) {
                part(to, packet, headers, done, Math.min(room, tcp.payloadLength() - done), out);
            }
            return null;
        }
        if (packet.isIpv4() && packet.dontFragment()) {
            // Its sender numbers what is not to be cut as it likes, often by 0 always (RFC 6864 section 4.1).
            packet.dontFragment(false).identification(nextId((int) packet.destinationLow()));
        }
        return cut(to, packet, mtu, out);
    }

    /** A part of a segment as a segment. */
    private static void part(@Nullable NatLink to, Packet packet, int headers, int done, int size, NatOutput out) {
        ByteBuffer target = out.begin(headers + size);
        target.put(0, packet.buffer(), packet.offset(), headers);
        target.put(headers, packet.buffer(), packet.offset() + headers + done, size);
        if (packet.isIpv4()) {
            target.putShort(2, (short) (headers + size));
        } else {
            target.putShort(4, (short) (headers + size - Packet.IPV6_HEADER_LENGTH));
        }
        boolean last = headers + done + size == packet.totalLength();
        Packet piece = out.commit(to, headers + size);
        TcpSegment tcp = piece.tcp();
        if (tcp != null) {
            tcp.sequenceNumber(tcp.sequenceNumber() + done);
            tcp.flags(last ? tcp.flags() : tcp.flags() & ~(TcpSegment.FIN | TcpSegment.PSH));
        }
        piece.recomputeIpv4Checksum();
        piece.recomputeTransportChecksum();
    }

    boolean isExcluded(int address) {
        for (int i = 0; i < excluded.size(); i++) {
            if (excluded.get(i).contains(IpFamily.IPV4, 0, address & 0xFFFF_FFFFL)) {
                return true;
            }
        }
        return false;
    }

    boolean hasExcluded() {
        return !excluded.isEmpty();
    }

    /**
     * The next identification for a packet that may be fragmented. Several hosts share a source address, so theirs could
     * meet at the receiver (RFC 6864 section 5.3, RFC 7857 section 10). Counts are apart by destination, so that one host
     * cannot see from them how much another sends.
     */
    int nextId(int destination) {
        int bits = (destination ^ idSalt) * 0x9E3779B9;
        return ++ids[bits >>> 22] & 0xFFFF;
    }

    /** The same for IPv6, unlike those that come from IPv4 packets, which have 16 bits (RFC 7915 section 4.1). */
    private int nextId6(int destination) {
        return 1 << 16 | nextId(destination);
    }

    /** One for all packets, as only one is at hand. */
    private static final class Back implements WayBack {

        private @Nullable NatLink to;
        private NatOutput out = new NatOutput(); // until there is one

        @Override
        public ByteBuffer begin(int length) {
            return out.begin(length);
        }

        @Override
        public Packet commit(int length) {
            return out.commit(to, length);
        }
    }
}
