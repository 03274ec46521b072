// SPDX-License-Identifier: MIT
package io.pktkit.wire;

import java.nio.ByteBuffer;
import java.util.function.Consumer;

/**
 * Cuts packets into fragments: IPv4 ones anywhere (RFC 791 section 2.3), IPv6 ones at their source only (RFC 8200 section
 * 4.5). Each fragment is written into one buffer that is used again, and lent to the consumer until it returns.
 *
 * <p>Not thread-safe, and not reentrant: the consumer must not call back into the same fragmenter. Who fragments from
 * within callbacks has one for each thread or connection.
 */
public final class Fragmenter {

    /** What became of a packet. */
    public enum Result {
        /** The packet is no longer than the MTU. The consumer was not called: send the packet as it is. */
        FITS,
        /** The consumer got all fragments, in order. */
        FRAGMENTED,
        /** The packet must not be fragmented here: answer with {@link IcmpError#packetTooBig(int)}. */
        DONT_FRAGMENT,
        /** The packet is malformed or too long, or the MTU too small. The consumer was not called. */
        NOT_FRAGMENTABLE
    }

    /** The least MTU of an IPv4 link: a full header and eight bytes, RFC 791 section 3.2. */
    public static final int MIN_IPV4_MTU = 68;

    /** The least MTU of an IPv6 link, RFC 8200 section 5. */
    public static final int MIN_IPV6_MTU = 1280;

    private static final int MAX_DATAGRAM = 0xFFFF;
    private static final int MORE_FRAGMENTS = 0x2000;
    private static final int COPIED_FLAG = 0x80;
    private static final int FRAGMENT_HEADER_LENGTH = 8;

    private final Packet fragment = new Packet();
    private ByteBuffer target = View.EMPTY;

    /** A fragmenter whose buffer grows to the largest MTU that is used. */
    public Fragmenter() {}

    /**
     * Fragments as a router does. The fragments of an IPv4 packet keep its identification, which its sender must not
     * have used for another one (RFC 6864). An IPv6 packet that does not fit yields {@link Result#DONT_FRAGMENT}.
     *
     * @param packet the packet, which may itself be a fragment
     * @param mtu how long a fragment may be, IP header included, in bytes
     * @param out gets each fragment
     * @return what became of the packet
     */
    public Result fragment(Packet packet, int mtu, Consumer<? super Packet> out) {
        if (packet.isIpv6()) {
            Result oversize = packet.isComplete() ? Result.DONT_FRAGMENT : Result.NOT_FRAGMENTABLE;
            return fits(packet, mtu) ? Result.FITS : oversize;
        }
        return fragmentIpv4(packet, mtu, packet.identification(), out);
    }

    /**
     * Fragments as the source of a packet does, in both families. The DF flag of an IPv4 packet is honoured.
     *
     * @param packet the packet
     * @param mtu how long a fragment may be, IP header included, in bytes
     * @param identification unlike that of any other packet lately sent between these hosts (RFC 6864, RFC 7739); the
     *     low 16 bits are used for IPv4
     * @param out gets each fragment
     * @return what became of the packet
     */
    public Result fragment(Packet packet, int mtu, int identification, Consumer<? super Packet> out) {
        return packet.isIpv6()
                ? fragmentIpv6(packet, mtu, identification, out)
                : fragmentIpv4(packet, mtu, identification & 0xFFFF, out);
    }

    private static boolean fits(Packet packet, int mtu) {
        return packet.isComplete() && packet.totalLength() <= mtu;
    }

    private Result fragmentIpv4(Packet packet, int mtu, int identification, Consumer<? super Packet> out) {
        if (fits(packet, mtu)) {
            return Result.FITS;
        }
        if (!packet.isComplete() || mtu < MIN_IPV4_MTU) {
            return Result.NOT_FRAGMENTABLE;
        }
        int header = packet.headerLength();
        int payload = packet.totalLength() - header;
        int base = packet.fragmentOffset();
        boolean misaligned = packet.moreFragments() && payload % 8 != 0;
        // No receiver could hold what ends past 65535: such fragments once crashed hosts ("ping of death").
        if (misaligned || header + base + payload > MAX_DATAGRAM) {
            return Result.NOT_FRAGMENTABLE;
        }
        if (packet.dontFragment()) {
            return Result.DONT_FRAGMENT;
        }
        reserve(mtu);
        // The options for later fragments are made first: a bad option must be found before anything is sent.
        int laterHeader = writeLaterHeader(packet);
        if (laterHeader < 0) {
            return Result.NOT_FRAGMENTABLE;
        }
        int done = (mtu - header) & ~7;
        ByteBuffer later = ByteBuffer.allocate(laterHeader);
        later.put(0, target, 0, laterHeader);
        target.put(0, packet.buffer, packet.offset, header);
        emitIpv4(packet, header, 0, done, identification, true, out);
        target.put(0, later, 0, laterHeader);
        while (done < payload) {
            int left = payload - done;
            int size = left <= mtu - laterHeader ? left : (mtu - laterHeader) & ~7;
            emitIpv4(packet, laterHeader, done, size, identification, done + size < payload, out);
            done += size;
        }
        return Result.FRAGMENTED;
    }

    /** Fills the length, identification, flags and checksum of the header at the front, and the payload. */
    private void emitIpv4(
            Packet packet,
            int header,
            int done,
            int size,
            int identification,
            boolean more,
            Consumer<? super Packet> out) {
        int flags = more || packet.moreFragments() ? MORE_FRAGMENTS : 0;
        target.putShort(2, (short) (header + size));
        target.putShort(4, (short) identification);
        target.putShort(6, (short) (flags | (packet.fragmentOffset() + done) / 8));
        target.put(header, packet.buffer, packet.offset + packet.headerLength() + done, size);
        fragment.wrap(target, 0, header + size).recomputeIpv4Checksum();
        out.accept(fragment);
    }

    /**
     * Writes the header of later fragments: the fixed part, and the options whose copied flag is set, padded with
     * end-of-list (RFC 791 section 3.1).
     *
     * @return its length, or -1 if the options are malformed
     */
    private int writeLaterHeader(Packet packet) {
        ByteBuffer from = packet.buffer;
        int at = packet.offset + Packet.IPV4_HEADER_LENGTH;
        int end = packet.offset + packet.headerLength();
        int to = Packet.IPV4_HEADER_LENGTH;
        target.put(0, from, packet.offset, Packet.IPV4_HEADER_LENGTH);
        while (at < end) {
            int kind = from.get(at) & 0xFF;
            if (kind == 0) {
                break;
            }
            int size = kind == 1 ? 1 : at + 1 < end ? from.get(at + 1) & 0xFF : 0;
            if (size < 1 || (kind != 1 && size < 2) || at + size > end) {
                return -1;
            }
            if ((kind & COPIED_FLAG) != 0) {
                target.put(to, from, at, size);
                to += size;
            }
            at += size;
        }
        while (to % 4 != 0) {
            target.put(to++, (byte) 0);
        }
        target.put(0, (byte) (4 << 4 | to >>> 2));
        return to;
    }

    private Result fragmentIpv6(Packet packet, int mtu, int identification, Consumer<? super Packet> out) {
        if (fits(packet, mtu)) {
            return Result.FITS;
        }
        boolean whole = packet.isComplete() && packet.isHeaderChainComplete() && !packet.isFragment();
        if (!whole || mtu < MIN_IPV6_MTU) {
            return Result.NOT_FRAGMENTABLE;
        }
        // What routers on the way look at stays in front of each fragment (RFC 8200 section 4.5).
        int link = unfragmentableLink(packet);
        int front = link == Packet.IPV6_NEXT_HEADER_OFFSET
                ? Packet.IPV6_HEADER_LENGTH
                : link + (packet.u8(link + 1) + 1) * 8;
        int header = front + FRAGMENT_HEADER_LENGTH;
        int room = (mtu - header) & ~7;
        if (room < 8 || upperLayerEnd(packet) > front + room) {
            return Result.NOT_FRAGMENTABLE;
        }
        reserve(mtu);
        target.put(0, packet.buffer, packet.offset, front);
        int nextHeader = target.get(link);
        target.put(link, (byte) HeaderWalk.FRAGMENT);
        target.putShort(front, (short) (nextHeader << 8));
        target.putInt(front + 4, identification);
        int payload = packet.totalLength() - front;
        for (int done = 0; done < payload; ) {
            int left = payload - done;
            boolean last = left <= mtu - header;
            int size = last ? left : room;
            target.putShort(4, (short) (header + size - Packet.IPV6_HEADER_LENGTH));
            target.putShort(front + 2, (short) (done | (last ? 0 : 1)));
            target.put(header, packet.buffer, packet.offset + front + done, size);
            out.accept(fragment.wrap(target, 0, header + size));
            done += size;
        }
        return Result.FRAGMENTED;
    }

    /** Where the Next Header field is that will name the Fragment header: in the last header for routers on the way. */
    private static int unfragmentableLink(Packet packet) {
        int routing = packet.layout().routing;
        if (routing >= 0) {
            return routing;
        }
        return packet.nextHeader() == HeaderWalk.HOP_BY_HOP
                ? Packet.IPV6_HEADER_LENGTH
                : Packet.IPV6_NEXT_HEADER_OFFSET;
    }

    /** The first fragment must hold all headers up to that of the transport (RFC 7112), so this must fit into it. */
    private static int upperLayerEnd(Packet packet) {
        int transport = packet.transportOffset() - packet.offset;
        if (transport < 0) {
            return 0;
        }
        TcpSegment tcp = packet.tcp();
        int header = tcp != null ? tcp.headerLength() : UdpDatagram.HEADER_LENGTH;
        return transport + Math.min(header, packet.transportLength());
    }

    private void reserve(int mtu) {
        int size = Math.min(mtu, MAX_DATAGRAM + Packet.IPV6_HEADER_LENGTH);
        if (target.capacity() < size) {
            target = ByteBuffer.allocate(size);
        }
    }
}
