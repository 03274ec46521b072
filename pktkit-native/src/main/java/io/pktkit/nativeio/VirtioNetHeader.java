// SPDX-License-Identifier: MIT
package io.pktkit.nativeio;

import io.pktkit.device.DropReason;
import io.pktkit.wire.Checksum;
import io.pktkit.wire.Frame;
import io.pktkit.wire.IpProtocol;
import io.pktkit.wire.Packet;
import io.pktkit.wire.Pdu;
import io.pktkit.wire.TcpSegment;
import io.pktkit.wire.UdpDatagram;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import org.jspecify.annotations.Nullable;

/**
 * {@code struct virtio_net_hdr} of linux/virtio_net.h, which stands before each frame of a packet socket, or message of a
 * TUN or TAP interface, that asked for it: what the bytes do not tell. Total: whatever it says, a view is marked with what
 * is true of its bytes, or there is a reason to drop it. Owned by one thread.
 *
 * <pre>
 *  0       1          2         4          6            8             10
 *  +-------+----------+---------+----------+------------+-------------+-------------
 *  | flags | gso_type | hdr_len | gso_size | csum_start | csum_offset | message       in the byte order of the machine
 *  +-------+----------+---------+----------+------------+-------------+-------------
 * </pre>
 *
 * {@code csum_start} counts from the message's first byte, {@code csum_offset} from {@code csum_start}.
 */
public final class VirtioNetHeader {

    /** The header without what a multi-buffer device adds, in bytes. */
    public static final int LENGTH = 10;

    /**
     * The most that {@link #write} writes: the header, and a frame with a tag up to the checksum of a TCP segment behind the
     * longest IPv4 header.
     */
    public static final int MAX_HEAD = LENGTH + Frame.VLAN_HEADER_LENGTH + 60 + 18;

    /** {@code VIRTIO_NET_HDR_F_NEEDS_CSUM}: the sum from csum_start on is to be put at csum_offset behind it. */
    static final int NEEDS_CHECKSUM = 1;

    /** {@code VIRTIO_NET_HDR_GSO_...}: what a super-segment is to be cut into. */
    static final int GSO_NONE = 0;

    static final int GSO_TCPV4 = 1;
    static final int GSO_TCPV6 = 4;
    static final int GSO_UDP_L4 = 5;

    /** {@code VIRTIO_NET_HDR_GSO_ECN}: some segment has CWR. Cutting keeps it at the first. */
    static final int GSO_ECN = 0x80;

    private static final int GSO_TYPE = 1;
    private static final int HEADERS_LENGTH = 2;
    private static final int GSO_SIZE = 4;
    private static final int CHECKSUM_START = 6;
    private static final int CHECKSUM_OFFSET = 8;

    private static final int TCP_CHECKSUM_OFFSET = 16;
    private static final int UDP_CHECKSUM_OFFSET = 6;

    private static final boolean SWAPPED = ByteOrder.nativeOrder() != ByteOrder.BIG_ENDIAN;

    private boolean unsummed;
    private int type;
    private int segment;
    private int sumStart;
    private int sumAt;

    /** A header that says nothing, until one is read. */
    public VirtioNetHeader() {}

    /**
     * Reads a header; the message follows it.
     *
     * @param data big-endian
     * @param at where the header begins; {@link #LENGTH} bytes must be there
     * @return this
     */
    public VirtioNetHeader read(ByteBuffer data, int at) {
        unsummed = (data.get(at) & NEEDS_CHECKSUM) != 0;
        type = data.get(at + GSO_TYPE) & 0xff & ~GSO_ECN;
        segment = u16(data, at + GSO_SIZE);
        sumStart = at + LENGTH + u16(data, at + CHECKSUM_START);
        sumAt = sumStart + u16(data, at + CHECKSUM_OFFSET);
        return this;
    }

    /**
     * Marks a view of the message with what was read. What cannot be told by a mark is done: a checksum that is not that of
     * the outermost packet's transport is filled in.
     *
     * @param pdu a view that ends where the message ends, in the buffer that the header was read from; it may begin before
     *     the message, if a tag was put into it
     * @param pending whether a checksum that is yet to be filled in may be left pending, or else is filled in; that of a
     *     super-segment is always left
     * @return null, or why it must be dropped
     */
    public @Nullable DropReason applyTo(Pdu pdu, boolean pending) {
        int end = pdu.offset() + pdu.length();
        if (unsummed && sumAt + 2 > end) {
            return DropReason.MALFORMED;
        }
        if (type != GSO_NONE) {
            DropReason refusal = superSegment(pdu);
            if (refusal != null || pdu.segmentSize() != 0) {
                return refusal;
            }
        }
        if (unsummed) {
            if (pending && isTransportChecksum(pdu.packet())) {
                mark(pdu, 0, true);
            } else {
                complete(pdu.buffer(), sumStart, sumAt, end);
            }
        }
        return null;
    }

    /**
     * Notes the segment size, unless it is about a packet inside a tunnel: cutting the outer one would break it. What fits
     * into one segment is none: the kernel takes it so too.
     */
    private @Nullable DropReason superSegment(Pdu pdu) {
        Packet packet = pdu.packet();
        boolean known = switch (type) {
            case GSO_TCPV4 -> packet.isIpv4() && packet.protocol() == IpProtocol.TCP;
            case GSO_TCPV6 -> packet.isIpv6() && packet.protocol() == IpProtocol.TCP;
            case GSO_UDP_L4 -> packet.protocol() == IpProtocol.UDP;
            default -> false;
        };
        if (!known) {
            return DropReason.UNSUPPORTED;
        }
        int headers = transportHeader(packet);
        if (segment == 0 || headers == 0 || packet.isFragment() || !packet.isComplete()) {
            return DropReason.MALFORMED;
        }
        if (packet.transportLength() - headers > segment) {
            mark(pdu, segment, unsummed);
        }
        return null;
    }

    /** Whether the checksum is what {@code checksumPending} means: that of the outermost IP packet's own transport. */
    private boolean isTransportChecksum(Packet packet) {
        return packet.transportOffset() == sumStart
                && !packet.isFragment()
                && sumAt - sumStart == checksumOffset(packet.protocol());
    }

    private static void mark(Pdu pdu, int segmentSize, boolean checksumPending) {
        if (pdu instanceof Frame frame) {
            frame.segmentSize(segmentSize).checksumPending(checksumPending);
        } else if (pdu instanceof Packet packet) {
            packet.segmentSize(segmentSize).checksumPending(checksumPending);
        }
    }

    /**
     * Fills a checksum in as the kernel itself would: of all from its start on, where the field holds the sum of the
     * pseudo-header. A sum of zero is written as all ones, which is the same number, and is what UDP needs (RFC 768).
     */
    private static void complete(ByteBuffer data, int sumStart, int sumAt, int end) {
        int sum = Checksum.internet(data, sumStart, end - sumStart);
        data.putShort(sumAt, (short) Checksum.orAllOnes(sum));
    }

    /**
     * Tells how much of a message the kernel is to be given: all of a finished one, and an unfinished one up to where its
     * packet ends, since what pads a frame would be summed and cut too.
     *
     * @param pdu the message
     * @param length the message's length
     * @return bytes
     */
    public static int lengthOf(Pdu pdu, int length) {
        return pdu.isUnfinished() ? pdu.linkHeaderLength() + pdu.packet().totalLength() : length;
    }

    /**
     * Writes the header of a message, and behind it the message's own bytes up to the transport checksum if that is to be
     * filled in: the field then holds the sum of the pseudo-header, whatever it holds in the message, which is not changed.
     *
     * @param pdu the message; a view whose packet is its own, so by the thread that has it
     * @param target big-endian, with {@link #MAX_HEAD} bytes from {@code at} on
     * @param at where to write
     * @return how many bytes of the message were written behind the header, so that the rest of it follows; -1 if the kernel
     *     cannot be told to finish this message, or must not be
     */
    public static int write(Pdu pdu, ByteBuffer target, int at) {
        target.putLong(at, 0);
        target.putShort(at + Long.BYTES, (short) 0);
        return pdu.isUnfinished() ? writeUnfinished(pdu, target, at) : 0;
    }

    private static int writeUnfinished(Pdu pdu, ByteBuffer target, int at) {
        Packet packet = pdu.packet();
        int headers = transportHeader(packet);
        // No extension headers: the kernel's own cutting knows few of them, and a Routing header changes the
        // pseudo-header.
        boolean plain = packet.isIpv4() || packet.transportOffset() - packet.offset() == Packet.IPV6_HEADER_LENGTH;
        if (headers == 0 || !plain || packet.isFragment() || !packet.isComplete()) {
            return -1;
        }
        int protocol = packet.protocol();
        int start = packet.transportOffset() - pdu.offset();
        int transport = packet.transportLength();
        int field = checksumOffset(protocol);
        int segment = pdu.segmentSize();
        target.put(at, (byte) NEEDS_CHECKSUM);
        if (transport - headers > segment && segment > 0) {
            target.put(at + GSO_TYPE, (byte) gsoType(packet));
            putU16(target, at + HEADERS_LENGTH, start + headers);
            putU16(target, at + GSO_SIZE, segment);
        }
        putU16(target, at + CHECKSUM_START, start);
        putU16(target, at + CHECKSUM_OFFSET, field);
        int copied = start + field + 2;
        target.put(at + LENGTH, pdu.buffer(), pdu.offset(), copied);
        int sum = Checksum.pseudoHeader(
                packet.sourceHigh(),
                packet.sourceLow(),
                packet.destinationHigh(),
                packet.destinationLow(),
                protocol,
                transport);
        target.putShort(at + LENGTH + start + field, (short) sum);
        return copied;
    }

    private static int gsoType(Packet packet) {
        TcpSegment tcp = packet.tcp();
        if (tcp == null) {
            return GSO_UDP_L4;
        }
        return (packet.isIpv4() ? GSO_TCPV4 : GSO_TCPV6) | (tcp.has(TcpSegment.CWR) ? GSO_ECN : 0);
    }

    /**
     * The length of a whole TCP or UDP header; 0 if there is none. A UDP datagram that is shorter than its packet has none:
     * the kernel sums to the packet's end.
     */
    private static int transportHeader(Packet packet) {
        TcpSegment tcp = packet.tcp();
        if (tcp != null) {
            return tcp.isValid() ? tcp.headerLength() : 0;
        }
        UdpDatagram udp = packet.udp();
        return udp != null && udp.udpLength() == packet.transportLength() ? UdpDatagram.HEADER_LENGTH : 0;
    }

    private static int checksumOffset(int protocol) {
        return switch (protocol) {
            case IpProtocol.TCP -> TCP_CHECKSUM_OFFSET;
            case IpProtocol.UDP -> UDP_CHECKSUM_OFFSET;
            default -> -1;
        };
    }

    private static int u16(ByteBuffer data, int at) {
        short value = data.getShort(at);
        return (SWAPPED ? Short.reverseBytes(value) : value) & 0xffff;
    }

    private static void putU16(ByteBuffer data, int at, int value) {
        data.putShort(at, SWAPPED ? Short.reverseBytes((short) value) : (short) value);
    }
}
