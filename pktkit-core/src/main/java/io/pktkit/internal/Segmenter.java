// SPDX-License-Identifier: MIT
package io.pktkit.internal;

import io.pktkit.device.DropReason;
import io.pktkit.wire.ChecksumStatus;
import io.pktkit.wire.IpProtocol;
import io.pktkit.wire.Packet;
import io.pktkit.wire.TcpSegment;
import io.pktkit.wire.UdpDatagram;
import java.nio.ByteBuffer;
import org.jspecify.annotations.Nullable;

/**
 * Cuts a TCP or UDP super-segment into packets of a size, as a network card would. Owned by one level of one thread;
 * each {@link #begin} starts over. A tunnel has the pieces written to where it encrypts them; everybody else goes through
 * {@link OffloadFinisher}.
 */
public final class Segmenter {

    /** More pieces than 64 KiB have at the smallest MSS that anybody uses: a segment size below that is an attack. */
    private static final int MAX_PIECES = 1024;

    private static final int IPV4_TOTAL_LENGTH_OFFSET = 2;
    private static final int IPV4_IDENTIFICATION_OFFSET = 4;
    private static final int IPV6_PAYLOAD_LENGTH_OFFSET = 4;

    private final TcpSegment tcp = new TcpSegment();
    private final UdpDatagram udp = new UdpDatagram();
    private final Packet bare = new Packet();
    private Packet whole = new Packet();
    private int segmentSize;

    /** Everything before the payload that is cut: the IP and the transport header. */
    private int headers;

    private int transportAt;
    private int payload;
    private int done;
    private int pieces;

    /** Creates one that is at the end of nothing. */
    public Segmenter() {}

    /**
     * Starts on a packet, which must stay as it is until the last piece.
     *
     * @param packet what to cut
     * @param segmentSize payload bytes of each piece but the last
     * @return why it cannot be cut, or null
     */
    public @Nullable DropReason begin(Packet packet, int segmentSize) {
        int protocol = packet.protocol();
        if (!packet.isComplete() || packet.isFragment()) {
            return DropReason.MALFORMED;
        }
        int transport = packet.transportOffset();
        int transportHeader = UdpDatagram.HEADER_LENGTH;
        if (protocol == IpProtocol.TCP) {
            tcp.wrap(packet.buffer(), transport, packet.transportLength());
            transportHeader = tcp.isValid() ? tcp.headerLength() : 0;
        } else if (protocol != IpProtocol.UDP) {
            return DropReason.UNSUPPORTED;
        }
        if (transportHeader == 0
                || packet.transportLength() < transportHeader
                || segmentSize < 1
                || !isSummable(packet)) {
            return DropReason.MALFORMED;
        }
        this.whole = packet;
        this.segmentSize = segmentSize;
        this.transportAt = transport - packet.offset();
        this.headers = transportAt + transportHeader;
        this.payload = packet.transportLength() - transportHeader;
        this.done = 0;
        this.pieces = 0;
        return payload > (long) MAX_PIECES * segmentSize ? DropReason.UNSUPPORTED : null;
    }

    /** Whether pieces can have checksums: not where a Routing header of an unknown type hides the final destination. */
    private boolean isSummable(Packet packet) {
        boolean plain = packet.isIpv4() || packet.transportOffset() - packet.offset() == Packet.IPV6_HEADER_LENGTH;
        return plain
                || bare.wrap(packet.buffer(), packet.offset(), packet.length()).verifyTransportChecksum()
                        != ChecksumStatus.NOT_CHECKABLE;
    }

    /** The length of the longest piece. */
    int maxLength() {
        return headers + Math.min(segmentSize, payload);
    }

    /** {@return whether a piece is left; there is at least one, of no payload if there is none} */
    public boolean hasNext() {
        return done < payload || pieces == 0;
    }

    /** {@return the length of the next piece in bytes} */
    public int nextLength() {
        return headers + Math.min(segmentSize, payload - done);
    }

    /**
     * Writes the next piece, with all its checksums.
     *
     * @param target where to; with room for {@link #nextLength} bytes
     * @param at where the piece begins, absolute
     * @param view is left around the piece
     * @return its length
     */
    public int next(ByteBuffer target, int at, Packet view) {
        int share = Math.min(segmentSize, payload - done);
        boolean last = done + share == payload;
        target.put(at, whole.buffer(), whole.offset(), headers);
        target.put(at + headers, whole.buffer(), whole.offset() + headers + done, share);
        int length = headers + share;
        if (whole.isIpv4()) {
            target.putShort(at + IPV4_TOTAL_LENGTH_OFFSET, (short) length);
            // Each is a datagram of its own now, RFC 6864 section 4.
            target.putShort(at + IPV4_IDENTIFICATION_OFFSET, (short) (whole.identification() + pieces));
        } else {
            target.putShort(at + IPV6_PAYLOAD_LENGTH_OFFSET, (short) (length - Packet.IPV6_HEADER_LENGTH));
        }
        if (whole.protocol() == IpProtocol.TCP) {
            tcp.wrap(target, at + transportAt, length - transportAt);
            tcp.sequenceNumber(tcp.sequenceNumber() + done);
            tcp.flags(tcp.flags() & ~dropped(tcp.flags(), last));
        } else {
            udp.wrap(target, at + transportAt, length - transportAt).udpLength(length - transportAt);
        }
        view.wrap(target, at, length).recomputeIpv4Checksum();
        view.recomputeTransportChecksum();
        done += share;
        pieces++;
        return length;
    }

    /**
     * The flags that a piece does not have. FIN and PSH belong to the end. CWR answers one ECE, so it stands on one segment
     * (RFC 3168 section 6.1.2), and Linux too leaves it to the first. Under AccECN it is a bit of a counter that every
     * segment carries (RFC 9768 section 3.2.2), which Linux marks by SKB_GSO_TCP_ACCECN. That mark does not come with a packet, but AE is
     * sent under AccECN alone, so where it is set all three bits stay. Where it is not, CWR is taken for RFC 3168's: Linux cuts
     * AccECN's segments itself before it gives them to an interface that cannot, and who makes or joins segments here does
     * so only while that bit is not set.
     */
    private int dropped(int flags, boolean last) {
        int atEnd = last ? 0 : TcpSegment.FIN | TcpSegment.PSH;
        boolean counter = (flags & TcpSegment.AE) != 0;
        return pieces == 0 || counter ? atEnd : atEnd | TcpSegment.CWR;
    }
}
