// SPDX-License-Identifier: MIT
package io.pktkit.internal;

import io.pktkit.device.DropReason;
import io.pktkit.wire.IpProtocol;
import io.pktkit.wire.Packet;
import io.pktkit.wire.TcpSegment;
import io.pktkit.wire.UdpDatagram;
import java.nio.ByteBuffer;
import org.jspecify.annotations.Nullable;

/**
 * Cuts a TCP or UDP super-segment into packets of a size, as a network card would. Owned by one level of one thread;
 * each {@link #begin} starts over.
 */
final class Segmenter {

    /** More pieces than 64 KiB have at the smallest MSS that anybody uses: a segment size below that is an attack. */
    private static final int MAX_PIECES = 1024;

    private static final int IPV4_TOTAL_LENGTH_OFFSET = 2;
    private static final int IPV4_IDENTIFICATION_OFFSET = 4;
    private static final int IPV6_PAYLOAD_LENGTH_OFFSET = 4;

    private final TcpSegment tcp = new TcpSegment();
    private final UdpDatagram udp = new UdpDatagram();
    private Packet whole = new Packet();
    private int segmentSize;

    /** Everything before the payload that is cut: the IP and the transport header. */
    private int headers;

    private int transportAt;
    private int payload;
    private int done;
    private int pieces;

    /** Starts on a packet, which must stay as it is until the last piece; returns why it cannot be cut, or null. */
    @Nullable
    DropReason begin(Packet packet, int segmentSize) {
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
        if (transportHeader == 0 || packet.transportLength() < transportHeader || segmentSize < 1) {
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

    /** The length of the longest piece. */
    int maxLength() {
        return headers + Math.min(segmentSize, payload);
    }

    boolean hasNext() {
        return done < payload || pieces == 0;
    }

    /** Writes the next piece and returns its length. */
    int next(ByteBuffer target, int at, Packet view) {
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
            int drop = (last ? 0 : TcpSegment.FIN | TcpSegment.PSH) | (pieces == 0 ? 0 : TcpSegment.CWR);
            tcp.flags(tcp.flags() & ~drop);
        } else {
            udp.wrap(target, at + transportAt, length - transportAt).udpLength(length - transportAt);
        }
        view.wrap(target, at, length).recomputeIpv4Checksum();
        view.recomputeTransportChecksum();
        done += share;
        pieces++;
        return length;
    }
}
