// SPDX-License-Identifier: MIT
package io.pktkit.internal;

import io.pktkit.wire.Checksum;
import io.pktkit.wire.ChecksumStatus;
import io.pktkit.wire.Frame;
import io.pktkit.wire.IpProtocol;
import io.pktkit.wire.LinkCast;
import io.pktkit.wire.Packet;
import io.pktkit.wire.Pdu;
import io.pktkit.wire.TcpSegment;
import java.nio.ByteBuffer;
import org.jspecify.annotations.Nullable;

/** What a {@link Coalescer} holds of one flow: the headers of the first packet and the payloads of all, one behind the other. */
final class HeldFlow<P extends Pdu, O> {

    /** As many as Linux joins of UDP; 64 KiB of TCP have fewer at every usual segment size. */
    static final int MAX_PIECES = 64;

    /** The longest IP packet, which the length of IPv4 can tell. */
    private static final int MAX_LENGTH = 65_535;

    /** Before the first byte, for the header of who puts the packet into a frame. */
    private static final int HEADROOM = 32;

    private static final int IPV4_TOTAL_LENGTH = 2;
    private static final int IPV4_WORD = 4; // identification, flags and fragment offset
    private static final int IPV4_HOP_LIMIT = 8; // and protocol, before the checksum
    private static final int IPV4_ADDRESSES = 12;
    private static final int IPV4_DONT_FRAGMENT = 0x4000;
    private static final int IPV6_PAYLOAD_LENGTH = 4;
    private static final int IPV6_NEXT_HEADER = 6; // and hop limit
    private static final int IPV6_ADDRESSES = 8;

    private static final int TCP_SEQUENCE = 4;
    private static final int TCP_ACKNOWLEDGMENT = 8;
    private static final int TCP_FLAGS = 12; // data offset and window too
    private static final int TCP_CHECKSUM = 16;
    private static final int TCP_URGENT = 18;
    private static final int UDP_CHECKSUM = 6;

    /** In the word of flags. */
    private static final int TCP_END_FLAGS = (TcpSegment.FIN | TcpSegment.PSH) << 16;

    private final P view;
    private @Nullable ByteBuffer memory;
    private @Nullable O owner;
    private LinkCast cast = LinkCast.UNICAST;
    private int hash;
    private boolean tcp;
    private boolean ipv4;
    private int link;
    private int transport;
    private int headers;

    /** Of all that is held, from {@link #HEADROOM} on. */
    private int length;

    /** The payload of the first, and so of all but perhaps the last. */
    private int size;

    private int pieces;
    private int nextSequence;

    /** Whether the checksums of the first were looked at and are right: not before a second one comes. */
    private boolean verified;

    /** Whether all have one IPv4 identification, rather than one that counts. */
    private boolean fixedIdentification;

    private boolean complete;

    HeldFlow(P view) {
        this.view = view;
    }

    int hash() {
        return hash;
    }

    O owner() {
        O its = owner;
        if (its == null) {
            throw new IllegalStateException("nothing is held: pieces=" + pieces);
        }
        return its;
    }

    /** Whether nothing can follow. */
    boolean isComplete() {
        return complete;
    }

    /** Takes the first. */
    void begin(O its, P pdu, Arrival arrival) {
        ByteBuffer held = memory;
        if (held == null) {
            held = ByteBuffer.allocateDirect(HEADROOM + Frame.VLAN_HEADER_LENGTH + MAX_LENGTH);
            memory = held;
        }
        owner = its;
        cast = pdu.linkCast();
        hash = arrival.hash();
        tcp = arrival.isTcp();
        ipv4 = pdu.packet().isIpv4();
        link = arrival.link();
        transport = arrival.transport();
        headers = arrival.headers();
        size = arrival.payload();
        length = pdu.copyTo(held, HEADROOM);
        pieces = 1;
        verified = false;
        fixedIdentification = false;
        complete = false;
        nextSequence = tcp ? held.getInt(HEADROOM + transport + TCP_SEQUENCE) + size : 0;
    }

    /** Takes one that follows; false, and nothing is changed, if it does not. */
    boolean append(P pdu, Arrival arrival) {
        int payload = arrival.payload();
        ByteBuffer held = memory;
        if (held == null
                || !arrival.mayFollow()
                || payload > size
                || length - link + payload > MAX_LENGTH
                || !fits(held, pdu, arrival)
                || !isRight(pdu.packet())) {
            return false;
        }
        if (!verified) {
            P first = wrap(held);
            if (!isRight(first.packet())) {
                return false;
            }
            verified = true;
        }
        if (pieces == 1) {
            fixedIdentification = ipv4 && identification(held, HEADROOM + link) == identification(pdu);
        }
        held.put(HEADROOM + length, pdu.buffer(), pdu.offset() + headers, payload);
        length += payload;
        nextSequence += payload;
        pieces++;
        int ends = arrival.endFlags();
        if (ends != 0) {
            int at = HEADROOM + transport + TCP_FLAGS;
            held.putInt(at, held.getInt(at) | ends << 16);
        }
        complete = ends != 0 || payload < size || pieces == MAX_PIECES;
        return true;
    }

    /** Whether it has the headers that the next one has. */
    private boolean fits(ByteBuffer held, P pdu, Arrival arrival) {
        ByteBuffer buffer = pdu.buffer();
        int at = pdu.offset();
        return arrival.isTcp() == tcp
                && arrival.link() == link
                && arrival.transport() == transport
                && arrival.headers() == headers
                && pdu.packet().isIpv4() == ipv4
                && pdu.linkCast() == cast
                && same(held, HEADROOM, buffer, at, link)
                && (ipv4 ? fitsIpv4(held, buffer, at + link) : fitsIpv6(held, buffer, at + link))
                && (tcp
                        ? fitsTcp(held, buffer, at + transport)
                        : held.getInt(HEADROOM + transport) == buffer.getInt(at + transport));
    }

    private boolean fitsIpv4(ByteBuffer held, ByteBuffer buffer, int at) {
        int first = HEADROOM + link;
        return held.getShort(first) == buffer.getShort(at)
                && held.getShort(first + IPV4_HOP_LIMIT) == buffer.getShort(at + IPV4_HOP_LIMIT)
                && held.getLong(first + IPV4_ADDRESSES) == buffer.getLong(at + IPV4_ADDRESSES)
                && fitsIdentification(held.getInt(first + IPV4_WORD), buffer.getInt(at + IPV4_WORD));
    }

    /** It counts, or stays where it means nothing, RFC 6864; as Linux has it. */
    private boolean fitsIdentification(int first, int next) {
        int step = (next >>> 16) - (first >>> 16) & 0xffff;
        boolean counts = step == pieces && !fixedIdentification;
        boolean stays = step == 0 && (pieces == 1 || fixedIdentification) && (first & IPV4_DONT_FRAGMENT) != 0;
        return (short) first == (short) next && (counts || stays);
    }

    private boolean fitsIpv6(ByteBuffer held, ByteBuffer buffer, int at) {
        int first = HEADROOM + link;
        return held.getInt(first) == buffer.getInt(at)
                && held.getShort(first + IPV6_NEXT_HEADER) == buffer.getShort(at + IPV6_NEXT_HEADER)
                && same(held, first + IPV6_ADDRESSES, buffer, at + IPV6_ADDRESSES, 32);
    }

    private boolean fitsTcp(ByteBuffer held, ByteBuffer buffer, int at) {
        int first = HEADROOM + transport;
        return buffer.getInt(at + TCP_SEQUENCE) == nextSequence
                && held.getInt(first) == buffer.getInt(at)
                && held.getInt(first + TCP_ACKNOWLEDGMENT) == buffer.getInt(at + TCP_ACKNOWLEDGMENT)
                && (held.getInt(first + TCP_FLAGS) ^ (buffer.getInt(at + TCP_FLAGS) & ~TCP_END_FLAGS)) == 0
                && held.getShort(first + TCP_URGENT) == buffer.getShort(at + TCP_URGENT)
                && same(
                        held,
                        first + TcpSegment.MIN_HEADER_LENGTH,
                        buffer,
                        at + TcpSegment.MIN_HEADER_LENGTH,
                        headers - transport - TcpSegment.MIN_HEADER_LENGTH);
    }

    private static boolean same(ByteBuffer a, int atA, ByteBuffer b, int atB, int bytes) {
        int done = 0;
        for (; bytes - done >= Integer.BYTES; done += Integer.BYTES) {
            if (a.getInt(atA + done) != b.getInt(atB + done)) {
                return false;
            }
        }
        for (; done < bytes; done++) {
            if (a.get(atA + done) != b.get(atB + done)) {
                return false;
            }
        }
        return true;
    }

    private static int identification(ByteBuffer buffer, int at) {
        return buffer.getShort(at + IPV4_WORD) & 0xffff;
    }

    private int identification(P pdu) {
        return identification(pdu.buffer(), pdu.offset() + link);
    }

    /** A UDP datagram without a checksum is not right enough: cutting would give it one. */
    private static boolean isRight(Packet packet) {
        return packet.verifyIpv4Checksum() != ChecksumStatus.INVALID
                && packet.verifyTransportChecksum() == ChecksumStatus.VALID;
    }

    /** What is held, as one frame or packet. */
    P finish() {
        ByteBuffer held = memory;
        if (held == null) {
            throw new IllegalStateException("nothing is held: pieces=" + pieces);
        }
        if (pieces > 1) {
            writeLengths(held);
        }
        P whole = wrap(held);
        int segmentSize = pieces > 1 ? size : 0;
        if (whole instanceof Frame frame) {
            frame.segmentSize(segmentSize).checksumPending(segmentSize != 0).rewritable(HEADROOM);
        } else if (whole instanceof Packet packet) {
            packet.segmentSize(segmentSize).checksumPending(segmentSize != 0).rewritable(HEADROOM);
        }
        return whole;
    }

    private P wrap(ByteBuffer held) {
        if (view instanceof Frame frame) {
            frame.wrap(held, HEADROOM, length);
        } else if (view instanceof Packet packet) {
            packet.wrap(held, HEADROOM, length).linkCast(cast);
        }
        return view;
    }

    private void writeLengths(ByteBuffer held) {
        int ip = HEADROOM + link;
        int at = HEADROOM + transport;
        int bytes = length - transport;
        if (ipv4) {
            held.putShort(ip + IPV4_TOTAL_LENGTH, (short) (length - link));
        } else {
            held.putShort(ip + IPV6_PAYLOAD_LENGTH, (short) bytes);
        }
        if (!tcp) {
            held.putShort(at + Integer.BYTES, (short) bytes);
        }
        Packet packet = wrap(held).packet();
        packet.recomputeIpv4Checksum();
        int sum = Checksum.pseudoHeader(
                packet.sourceHigh(),
                packet.sourceLow(),
                packet.destinationHigh(),
                packet.destinationLow(),
                tcp ? IpProtocol.TCP : IpProtocol.UDP,
                bytes);
        held.putShort(at + (tcp ? TCP_CHECKSUM : UDP_CHECKSUM), (short) sum);
    }

    /** Forgets what was held. */
    void release() {
        owner = null;
        pieces = 0;
    }
}
